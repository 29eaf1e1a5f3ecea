// What the lanes and the curves of a diagram show, as tables: roles, beliefs, faults, units held and accounted for, clocks.

import type { RunData } from './data.ts';
import { element, unfolding } from './element.ts';
import { type Column, tableOf } from './table.ts';
import { grouped, offsetText, secondsText } from './words.ts';

const MOST_ROWS = 300;

interface Lane {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rowsOf: (run: RunData) => readonly (readonly string[])[];
}

const FROM: Column = { title: 'from', isNumber: true };
const TO: Column = { title: 'to', isNumber: true };

function numbers(...titles: readonly string[]): Column[] {
  return titles.map((title) => ({ title, isNumber: true }));
}

const LANES: readonly Lane[] = [
  {
    title: 'what each server was',
    columns: [{ title: 'server' }, FROM, TO, { title: 'was' }, { title: 'term’s round' }],
    rowsOf: ({ standings, nodes }) =>
      standings.map(({ node, from, to, standing, label }) => [
        nodes[node]!,
        at(from),
        at(to),
        standing,
        label,
      ]),
  },
  {
    title: 'what each client believed to hold',
    columns: [{ title: 'client' }, FROM, TO, { title: 'handle' }],
    rowsOf: ({ beliefs, nodes }) =>
      beliefs.map(({ node, from, to, label }) => [nodes[node]!, at(from), at(to), `${label} …`]),
  },
  {
    title: 'faults',
    columns: [{ title: 'kind' }, FROM, TO, { title: 'what' }],
    rowsOf: ({ disturbances }) =>
      disturbances.map(({ kind, from, to, label }) => [kind, at(from), at(to), label]),
  },
  {
    title: 'units believed to be held',
    columns: [{ title: 'license' }, ...numbers('from', 'units', 'limit')],
    rowsOf: ({ levels }) =>
      levels.flatMap(({ license, limit, steps }) =>
        steps.map(([since, units]) => [license, at(since), grouped(units), grouped(limit)]),
      ),
  },
  {
    title: 'how Leaders accounted for them',
    columns: [
      { title: 'license' },
      { title: 'Leader' },
      ...numbers('from', 'its own', 'of earlier Leaders', 'free'),
    ],
    rowsOf: ({ accounting, nodes }) =>
      accounting.flatMap(({ license, node, steps }) =>
        steps.map(([since, ...units]) => [license, nodes[node] ?? '', at(since), ...units.map(grouped)]),
      ),
  },
  {
    title: 'how far clocks were off; between two rows it goes straight',
    columns: [{ title: 'node' }, ...numbers('at', 'wall clock', 'monotonic clock gained')],
    rowsOf: ({ clocks, nodes }) =>
      clocks.flatMap(({ node, points }) =>
        points.map(([since, wall, monotonic]) => [
          nodes[node]!,
          at(since),
          offsetText(wall),
          offsetText(monotonic),
        ]),
      ),
  },
];

export function lanesTables(run: RunData): HTMLElement {
  return unfolding('Lanes and curves as tables', () =>
    LANES.flatMap(({ title, columns, rowsOf }) => {
      const rows = rowsOf(run);
      if (rows.length === 0) return [];
      const rest =
        rows.length > MOST_ROWS
          ? element('p', { class: 'hint' }, `The first ${MOST_ROWS} of ${grouped(rows.length)} rows.`)
          : null;
      return [tableOf(title, columns, rows.slice(0, MOST_ROWS)), rest];
    }),
  );
}

function at(time: number): string {
  return secondsText(time);
}
