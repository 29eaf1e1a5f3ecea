// A card for each kind of violation: the sentence, how often, which faults make it likelier, the command; and of what was kept, the
// run itself with what led there.

import type { CampaignData, FailureData, RiskData, StepData, ViolationData } from './data.ts';
import { type Diagram, diagramOf } from './diagram.ts';
import { button, type Child, element, section, unfolding } from './element.ts';
import { counted, grouped, secondsText } from './words.ts';

export function failuresSection(
  campaign: CampaignData | undefined,
  failures: readonly FailureData[],
): HTMLElement | null {
  const violations = campaign?.violations ?? [];
  const told = new Set<FailureData>();
  const cards: HTMLElement[] = [];
  for (const violation of violations) {
    const kept = failures.filter(({ signature }) => signature === violation.signature);
    for (const each of kept) told.add(each);
    cards.push(cardOf(violation, kept[0], campaign, cards.length === 0));
    for (const other of kept.slice(1)) cards.push(cardOf(undefined, other, undefined, false));
  }
  for (const failure of failures)
    if (!told.has(failure)) cards.push(cardOf(undefined, failure, undefined, cards.length === 0));
  if (cards.length === 0) return null;
  const isFailing = violations.length > 0 || failures.some(({ signature }) => signature !== null);
  return section('failures', isFailing ? 'Failures' : 'Runs', ...cards);
}

function cardOf(
  violation: ViolationData | undefined,
  failure: FailureData | undefined,
  campaign: CampaignData | undefined,
  isOpen: boolean,
): HTMLElement {
  const signature = violation?.signature ?? failure?.signature ?? null;
  const often =
    violation === undefined || campaign === undefined
      ? null
      : `${counted(violation.count, 'seed')} of ${grouped(campaign.seeds.count)}, the smallest ${violation.smallestSeed}`;
  return element(
    'article',
    { class: `card ${signature === null ? 'passed' : 'failed'}` },
    element(
      'p',
      { class: 'signature' },
      element('code', {}, signature ?? failure?.name ?? ''),
      often === null ? null : element('span', {}, often),
    ),
    element('h3', { class: 'sentence' }, failure?.sentence ?? violation?.reason ?? ''),
    violation === undefined ? null : risksOf(violation.risks),
    violation === undefined ? null : element('pre', { class: 'command' }, violation.replay),
    failure === undefined
      ? element(
          'p',
          { class: 'hint' },
          'No run of it was given: name the folder that keeps it, and its diagram is here.',
        )
      : unfolding('The run', () => runOf(failure), isOpen, { class: 'run' }),
  );
}

function risksOf(risks: readonly RiskData[]): HTMLElement | null {
  const raising = risks.filter(({ correctedP, relativeRisk }) => correctedP < 0.05 && relativeRisk > 1);
  if (raising.length === 0) return null;
  const factor = (value: number): string => (value < 10 ? value.toFixed(1) : grouped(value));
  return element(
    'ul',
    { class: 'risks', 'aria-label': 'faults that make it likelier' },
    ...raising.map(({ kind, relativeRisk, interval, failing, others }) =>
      element(
        'li',
        {},
        element('strong', {}, kind),
        ` makes it ${factor(relativeRisk)} × as likely (${factor(interval[0])} … ${factor(interval[1])}): in ${failing[0]} of ${failing[1]} failing runs, ${grouped(others[0])} of ${grouped(others[1])} others`,
      ),
    ),
  );
}

function runOf(failure: FailureData): Child[] {
  const { run, story, chain, twin, faults, scenario } = failure;
  const diagram = diagramOf(run, failure.signature ?? failure.name);
  const rest =
    run.firstId > 1
      ? element(
          'p',
          { class: 'remark' },
          `Of ${grouped(run.total)} events the last ${grouped(run.events.length)} are here.`,
        )
      : null;
  return [
    rest,
    diagram.host,
    story.length === 0
      ? null
      : unfolding('What led there', () => [stepsOf(story, diagram, run.firstId)], story.length < 40),
    chain.length === 0
      ? null
      : unfolding('The last steps, each asked for by the one below it', () => [
          stepsOf(chain, diagram, run.firstId),
        ]),
    twin === null
      ? null
      : unfolding('The nearest run that passes', () => [element('pre', {}, twin.join('\n'))]),
    unfolding('The scenario', () => [
      element('pre', {}, [...scenario, '', ...(faults.length === 0 ? ['no faults'] : faults)].join('\n')),
    ]),
  ];
}

/** Each leads to its event in the diagram, if that is there. */
function stepsOf(steps: readonly StepData[], diagram: Diagram, firstId: number): HTMLElement {
  const rows = steps.map(({ id, at, text }) =>
    element(
      'li',
      {},
      element('span', { class: 'time' }, secondsText(at)),
      id < firstId
        ? element('span', {}, text)
        : button(text, { class: 'link' }, () => {
            diagram.select(id);
            diagram.host.scrollIntoView({ block: 'nearest' });
          }),
    ),
  );
  return element('ol', { class: 'steps' }, ...rows);
}
