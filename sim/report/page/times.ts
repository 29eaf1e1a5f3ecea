// How long fail-over, reclaim and the pool's unavailability took, as distributions.

import { barChart } from './charts.ts';
import type { TimesData } from './data.ts';
import { element, section, unfolding } from './element.ts';
import { tableOf } from './table.ts';
import { grouped, offsetText } from './words.ts';

const NAMES: Readonly<Record<string, string>> = {
  failOver: 'fail-over',
  reclaim: 'reclaim',
  unavailable: 'unavailability',
};

export function timesSection(times: Readonly<Record<string, TimesData>>): HTMLElement {
  const charts = Object.entries(times).map(([name, one]) => chartOf(NAMES[name] ?? name, one));
  const rows = Object.entries(times).flatMap(([name, { buckets }]) =>
    buckets.map(([upper, count]) => [NAMES[name] ?? name, spanOfMs(upper), grouped(count)]),
  );
  const columns = [{ title: 'what' }, { title: 'up to', isNumber: true }, { title: 'times', isNumber: true }];
  return section(
    'times',
    'How long the pool took',
    element(
      'p',
      {},
      'In simulated time. Fail-over: from the loss of a Leader until another has taken over. Reclaim: from when a better server is up until it has the lead. Unavailability: while no server serves.',
    ),
    element('div', { class: 'charts' }, ...charts),
    unfolding('Distributions as a table', () => [tableOf('how often each took how long', columns, rows)]),
  );
}

function chartOf(name: string, { count, p50, p99, buckets }: TimesData): HTMLElement {
  const says =
    count === 0 || p50 === null ? 'none' : `median ${spanOfMs(p50)}, 99 % within ${spanOfMs(p99 ?? p50)}`;
  const bins = binsOf(buckets);
  const marks = [
    [p50, '50 %'],
    [p99, '99 %'],
  ] as const;
  return barChart(
    `${name}, ${grouped(count)} times`,
    says,
    bins.map(([upper, times]) => ({ label: spanOfMs(upper), count: times })),
    marks.flatMap(([value, label]) => {
      const place = value === null ? -1 : bins.findIndex(([upper]) => upper >= value);
      return place < 0 ? [] : [{ place, label }];
    }),
  );
}

/** Each bin ends at so many times the one before it. */
const GROWTH = 2 ** 0.25;

/** Buckets are as fine as they could be kept, and empty ones are not there: bins are as wide as can be seen, and without gaps. */
function binsOf(buckets: TimesData['buckets']): [upperMs: number, count: number][] {
  const bins: [number, number][] = [];
  let upper = Math.max(1, buckets[0]?.[0] ?? 1);
  let count = 0;
  for (const [ms, times] of buckets) {
    while (ms > upper) {
      bins.push([upper, count]);
      count = 0;
      upper = Math.ceil(upper * GROWTH);
    }
    count += times;
  }
  return buckets.length === 0 ? [] : [...bins, [upper, count]];
}

function spanOfMs(ms: number): string {
  return offsetText(ms).replace('+', '');
}
