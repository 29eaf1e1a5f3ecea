// The head of the page: the verdict first, then how hard was looked.

import type { CampaignData, FailureData, PageData } from './data.ts';
import { element } from './element.ts';
import { counted, grouped, short, spanText } from './words.ts';

export function headOf({ title, build, campaigns, failures, mutants, remarks }: PageData): HTMLElement {
  const campaign = campaigns.at(-1);
  const verdict =
    campaign === undefined
      ? verdictOfRuns(failures, mutants !== null)
      : withRuns(verdictOfCampaign(campaign), failures);
  return element(
    'header',
    { class: 'head' },
    element('p', { class: 'brand' }, title),
    element(
      'h1',
      { class: verdict.isGood ? 'good' : 'bad' },
      element('span', { class: 'sign', 'aria-hidden': 'true' }, verdict.isGood ? '✓' : '✗'),
      verdict.text,
    ),
    element('p', { class: 'build' }, campaign === undefined ? build : `${campaign.name}, shown by ${build}`),
    ...remarks.map((remark) => element('p', { class: 'remark' }, remark)),
    campaign === undefined ? null : tilesOf(campaign),
  );
}

interface Verdict {
  readonly isGood: boolean;
  readonly text: string;
}

function verdictOfCampaign({ violations, seeds, passed, harnessFailures, ending }: CampaignData): Verdict {
  if (harnessFailures > 0)
    return {
      isGood: false,
      text: `The harness failed in ${counted(harnessFailures, 'seed')}: they have no verdict`,
    };
  if (violations.length > 0)
    return {
      isGood: false,
      text: `${counted(violations.length, 'kind')} of violation in ${counted(seeds.count, 'seed')}`,
    };
  if (!passed) return { isGood: false, text: 'No property was violated, but not all was covered' };
  const early = ending === 'interrupted' ? ' up to here' : '';
  return { isGood: true, text: `No property was violated in ${counted(seeds.count, 'seed')}${early}` };
}

/** Failing runs from elsewhere do not go under in a campaign that passed. */
function withRuns(verdict: Verdict, failures: readonly FailureData[]): Verdict {
  const failing = failures.filter(({ signature }) => signature !== null).length;
  return failing === 0 || !verdict.isGood
    ? verdict
    : { isGood: false, text: `${counted(failing, 'failing run')}. ${verdict.text}` };
}

function verdictOfRuns(failures: readonly FailureData[], hasMutants: boolean): Verdict {
  const failing = failures.filter(({ signature }) => signature !== null).length;
  if (failures.length === 0) return { isGood: true, text: hasMutants ? 'Planted bugs' : 'Nothing to show' };
  return failing === 0
    ? { isGood: true, text: `No property is violated in ${counted(failures.length, 'run')}` }
    : { isGood: false, text: `${counted(failing, 'failing run')}` };
}

function tilesOf(campaign: CampaignData): HTMLElement {
  const { seeds, events, simulatedSeconds, wallSeconds, counts, faults, states, digest } = campaign;
  const consequential = Object.values(faults).reduce((sum, fault) => sum + fault.consequential, 0);
  const tiles: [string, string, string][] = [
    ['seeds', grouped(seeds.count), `from ${grouped(seeds.first)}, ${campaign.strategy}`],
    ['events', short(events), `${grouped(events / Math.max(wallSeconds, 1e-3))} a second`],
    ['simulated', spanText(simulatedSeconds), `in ${spanText(wallSeconds)}`],
    ['faults', short(consequential), 'had a consequence'],
    ['take-overs', short(counts.takeOvers ?? 0), `${short(counts.reclaims ?? 0)} reclaims`],
    ['grants', short(counts.grants ?? 0), `${short(counts.renewals ?? 0)} renewals`],
  ];
  if (states !== null)
    tiles.push([
      'abstract states',
      short(states.distinct),
      `${(100 * states.unseenMass).toFixed(1)} % of a further run is new`,
    ]);
  const items = tiles.map(([name, value, note]) =>
    element(
      'div',
      { class: 'tile' },
      element('dt', {}, name),
      element('dd', {}, value),
      element('dd', { class: 'note' }, note),
    ),
  );
  return element(
    'div',
    {},
    element('dl', { class: 'tiles' }, ...items),
    element('p', { class: 'digest' }, 'digest ', element('code', {}, digest)),
  );
}
