// Several reports in their order: what became more and what less.

import { lineChart } from './charts.ts';
import type { CampaignData } from './data.ts';
import { element, section, unfolding } from './element.ts';
import { tableOf } from './table.ts';
import { grouped, percentText } from './words.ts';

interface Measure {
  readonly title: string;
  readonly of: (campaign: CampaignData) => number | null;
  readonly text: (value: number) => string;
}

const MEASURES: readonly Measure[] = [
  { title: 'kinds of violation', of: ({ violations }) => violations.length, text: grouped },
  { title: 'violations a seed', of: violationsPerSeed, text: percentText },
  { title: 'seeds', of: ({ seeds }) => seeds.count, text: grouped },
  {
    title: 'events a second',
    of: ({ events, wallSeconds }) => events / Math.max(wallSeconds, 1e-3),
    text: grouped,
  },
  { title: 'cells struck', of: cellsStruck, text: grouped },
  {
    title: 'states reached',
    of: ({ labels }) => Object.values(labels).filter(({ firstSeed }) => firstSeed !== null).length,
    text: grouped,
  },
  { title: 'abstract states', of: ({ states }) => states?.distinct ?? null, text: grouped },
  { title: 'of a further run is new', of: ({ states }) => states?.unseenMass ?? null, text: percentText },
  { title: 'fail-over, median ms', of: ({ times }) => times?.failOver?.p50 ?? null, text: grouped },
];

export function trendsSection(campaigns: readonly CampaignData[]): HTMLElement {
  const charts = MEASURES.flatMap(({ title, of, text }) => {
    const points = campaigns.flatMap((campaign, x) => {
      const y = of(campaign);
      return y === null ? [] : [{ x, y, label: text(y) }];
    });
    return points.length < 2 ? [] : [lineChart(title, points.at(-1)!.label, points)];
  });
  const columns = [{ title: 'report' }, ...MEASURES.map(({ title }) => ({ title, isNumber: true }))];
  const rows = campaigns.map((campaign) => [
    campaign.name,
    ...MEASURES.map(({ of, text }) => {
      const value = of(campaign);
      return value === null ? '–' : text(value);
    }),
  ]);
  return section(
    'trends',
    'Trends',
    element('p', {}, `Of ${campaigns.length} reports in the order in which they were given.`),
    element('div', { class: 'charts' }, ...charts),
    unfolding('Reports as a table', () => [tableOf('the reports, the last one below', columns, rows)]),
  );
}

/** A seed may fail in several ways, and counts in each. */
function violationsPerSeed({ violations, seeds }: CampaignData): number {
  return violations.reduce((sum, { count }) => sum + count, 0) / Math.max(seeds.count, 1);
}

function cellsStruck({ card }: CampaignData): number | null {
  const cells = Object.values(card).flatMap((phases) => Object.values(phases));
  return cells.length === 0 ? null : cells.filter(({ count }) => count > 0).length;
}
