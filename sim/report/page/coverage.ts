// How hard was looked: in what the pool was in the middle of when faults struck, which states were reached, what was checked where.
// An empty cell is said as loudly as a full one, since nothing is known there.

import { lineChart } from './charts.ts';
import type { CampaignData, CellData } from './data.ts';
import { element, section, unfolding } from './element.ts';
import { type Cell, scrolling, tableOf } from './table.ts';
import { grouped, percentText, short } from './words.ts';

export function coverageSection(campaign: CampaignData): HTMLElement {
  const { labels, states, card } = campaign;
  return section(
    'coverage',
    'Coverage',
    Object.keys(card).length === 0 ? null : cardOf(card),
    states === null || states.growth.length === 0 ? null : growthOf(states),
    faultsTable(campaign),
    labelsTable(labels),
    checksTable(campaign),
  );
}

function cardOf(card: CampaignData['card']): HTMLElement {
  const kinds = Object.keys(card);
  const phases = [...new Set(kinds.flatMap((kind) => Object.keys(card[kind]!)))];
  const all = kinds.flatMap((kind) => phases.map((phase) => ({ kind, phase, cell: card[kind]![phase] })));
  const possible = all.filter(({ cell }) => cell !== undefined && cell.impossible === undefined);
  const empty = possible.filter(({ cell }) => cell!.count === 0);
  const heads = phases.map((phase) =>
    element('th', { scope: 'col', class: 'upright' }, element('span', {}, phase)),
  );
  const rows = kinds.map((kind) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, kind),
      ...phases.map((phase) => cardCell(kind, phase, card[kind]![phase])),
    ),
  );
  const struck = possible.length - empty.length;
  return element(
    'div',
    {},
    element('h3', {}, 'Faults by what the pool was in the middle of'),
    element(
      'p',
      {},
      `${grouped(struck)} of ${grouped(possible.length)} cells that can be (${percentText(struck / Math.max(possible.length, 1))}); `,
      element('span', { class: 'swatch empty', 'aria-hidden': 'true' }, '0'),
      ' nothing of the kind was seen, ',
      element('span', { class: 'swatch impossible', 'aria-hidden': 'true' }, '–'),
      ' cannot be.',
    ),
    scrolling(
      'faults by phase',
      element(
        'table',
        { class: 'heat' },
        element('caption', { class: 'unseen' }, 'faults of each kind that struck in each phase'),
        element('thead', {}, element('tr', {}, element('td', {}), ...heads)),
        element('tbody', {}, ...rows),
      ),
    ),
    empty.length === 0
      ? null
      : unfolding(`The ${grouped(empty.length)} empty cells`, () => [emptyCells(empty, kinds)]),
  );
}

function cardCell(kind: string, phase: string, cell: CellData | undefined): HTMLElement {
  if (cell === undefined) return element('td', {});
  const { count, firstSeed, impossible } = cell;
  const says =
    count > 0
      ? `${kind} in "${phase}": ${grouped(count)}, first by seed ${firstSeed}`
      : impossible === undefined
        ? `${kind} in "${phase}": none`
        : `${kind} in "${phase}" cannot be: ${impossible}`;
  const look =
    count > 0
      ? `full${Math.min(5, String(count).length)}`
      : impossible === undefined
        ? 'empty'
        : 'impossible';
  return element(
    'td',
    { class: look, title: says },
    count > 0 ? short(count) : impossible === undefined ? '0' : '–',
  );
}

function emptyCells(
  empty: readonly { readonly kind: string; readonly phase: string }[],
  kinds: readonly string[],
): HTMLElement {
  const rows = kinds
    .map((kind) => [kind, empty.filter((each) => each.kind === kind).map(({ phase }) => phase)] as const)
    .filter(([, phases]) => phases.length > 0)
    .map(([kind, phases]) => [kind, phases.join(', ')]);
  return tableOf(
    'phases in which a kind was never seen',
    [{ title: 'fault' }, { title: 'never seen in' }],
    rows,
  );
}

function growthOf(states: NonNullable<CampaignData['states']>): HTMLElement {
  const { growth, distinct, seenInOneRun, unseenMass, isEstimated } = states;
  const points = growth.map(({ seeds, states: seen }) => ({
    x: seeds,
    y: seen,
    label: `${short(seen)} after ${short(seeds)}`,
  }));
  const about = isEstimated ? 'about ' : '';
  return element(
    'div',
    {},
    element('h3', {}, 'Abstract states of the pool'),
    element(
      'p',
      {},
      `${about}${grouped(distinct)} seen, ${about}${grouped(seenInOneRun)} of them in one run only; ${percentText(unseenMass)} of what a further run comes by is new (Good–Turing).`,
    ),
    element('div', { class: 'charts' }, lineChart('different states', grouped(distinct), points)),
    unfolding('States as a table', () => [
      tableOf(
        'different states after so many seeds',
        [
          { title: 'seeds', isNumber: true },
          { title: 'states', isNumber: true },
        ],
        growth.map(({ seeds, states: seen }) => [grouped(seeds), grouped(seen)]),
      ),
    ]),
  );
}

function faultsTable({ faults }: CampaignData): HTMLElement {
  const most = Math.max(1, ...Object.values(faults).map(({ scheduled }) => Math.log1p(scheduled)));
  const rows = Object.entries(faults).map(([kind, { scheduled, applied, consequential }]): Cell[] => {
    const bar = element('span', { class: 'bars', 'aria-hidden': 'true' });
    for (const [name, count] of Object.entries({ scheduled, applied, consequential })) {
      const part = element('span', { class: name });
      part.style.setProperty('width', `${(100 * Math.log1p(count)) / most}%`);
      bar.append(part);
    }
    return [kind, grouped(scheduled), grouped(applied), grouped(consequential), bar];
  });
  const columns = [
    { title: 'kind' },
    { title: 'scheduled', isNumber: true },
    { title: 'applied', isNumber: true },
    { title: 'consequential', isNumber: true },
    { title: 'in powers of ten' },
  ];
  return unfolding(
    'Faults',
    () => [tableOf('faults that were scheduled, applied, and had a consequence', columns, rows)],
    true,
  );
}

function labelsTable(labels: CampaignData['labels']): HTMLElement {
  const entries = Object.entries(labels);
  const never = entries.filter(([, { firstSeed }]) => firstSeed === null).length;
  const rows = entries
    .toSorted(([, a], [, b]) => a.count - b.count)
    .map(([label, { count, firstSeed }]): Cell[] => [
      label,
      grouped(count),
      firstSeed === null ? element('span', { class: 'never' }, 'never') : grouped(firstSeed),
    ]);
  const columns = [
    { title: 'state' },
    { title: 'times', isNumber: true },
    { title: 'first seed', isNumber: true },
  ];
  return unfolding(
    `States that it should reach: ${entries.length - never} of ${entries.length}`,
    () => [tableOf('labelled states, the rarest first', columns, rows)],
    never > 0,
  );
}

function checksTable({ checked, environments }: CampaignData): HTMLElement {
  const names = Object.keys(environments);
  const rows = Object.entries(checked).map(([property, times]): Cell[] => [
    property,
    ...names.map((environment) => {
      const count = times[environment];
      if (count === undefined) return element('span', { class: 'hint' }, '–');
      return count === 0 ? element('span', { class: 'never' }, 'never') : short(count);
    }),
  ]);
  const runs = ['runs', ...names.map((environment) => grouped(environments[environment]!))];
  return unfolding('Checks', () => [
    tableOf(
      'times that each property was checked; – = not asserted there',
      [{ title: 'property' }, ...names.map((title) => ({ title, isNumber: true }))],
      [runs, ...rows],
    ),
  ]);
}
