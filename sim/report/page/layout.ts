// Where things stand in the diagram of a run: time to the right, one lane a node, and below them what is drawn over the same time.
// Heights hang on the run alone; widths on the window on it.

import type { DisturbanceData, RunData } from './data.ts';

export interface Track {
  readonly kind: 'axis' | 'faults' | 'node' | 'level' | 'accounting' | 'wall' | 'monotonic';
  readonly label: string;
  readonly top: number;
  readonly height: number;
  /** Of a node its place; of a license its place in the levels. */
  readonly place: number;
}

export interface Layout {
  readonly tracks: readonly Track[];
  readonly height: number;
  /** Row of each disturbance that is drawn. */
  readonly rows: ReadonlyMap<DisturbanceData, number>;
}

/** The part of the run that is seen, in µs, and where it is drawn. */
export interface View {
  readonly from: number;
  readonly to: number;
  readonly left: number;
  readonly width: number;
}

export const FAULT_ROW = 17;
const MOST_FAULT_ROWS = 6;
const GAP = 10;
/** What lasts for the whole run says nothing over time: it is seen in the clocks. */
const OF_CLOCKS: ReadonlySet<string> = new Set(['monotonic-drift', 'wall-drift']);

export function layoutOf(run: RunData): Layout {
  const tracks: Track[] = [];
  let top = 0;
  const add = (kind: Track['kind'], label: string, height: number, place = 0): void => {
    tracks.push({ kind, label, top, height, place });
    top += height;
  };
  add('axis', '', 24);
  const rows = rowsOf(run.disturbances.filter(({ kind }) => !OF_CLOCKS.has(kind)));
  const count = Math.max(-1, ...rows.values()) + 1;
  if (count > 0) {
    add('faults', 'faults', count * FAULT_ROW + 4);
    top += GAP / 2;
  }
  run.nodes.forEach((name, place) => {
    if (place === run.servers) top += GAP / 2;
    add('node', name, place < run.servers ? 36 : 26, place);
  });
  run.levels.forEach(({ license }, place) => {
    top += GAP;
    add('level', `${license} held`, 54, place);
    if (run.accounting.some((reign) => reign.license === license)) {
      top += GAP;
      add('accounting', 'accounts', 54, place);
    }
  });
  if (hasError(run, 1)) {
    top += GAP;
    add('wall', 'wall clocks', 70);
  }
  if (hasError(run, 2)) {
    top += GAP;
    add('monotonic', 'monotonic', 70);
  }
  return { tracks, height: top + GAP, rows };
}

export function xOf({ from, to, left, width }: View, at: number): number {
  return left + ((at - from) / (to - from)) * width;
}

export function timeAt({ from, to, left, width }: View, x: number): number {
  return from + ((x - left) / width) * (to - from);
}

/** The middle of a node's lane. */
export function laneOf({ tracks }: Layout, node: number): number {
  const track = tracks.find(({ kind, place }) => kind === 'node' && place === node);
  return track === undefined ? 0 : track.top + track.height / 2;
}

/** The first place whose number is above the limit. */
export function firstAbove<T>(list: readonly T[], limit: number, numberOf: (each: T) => number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numberOf(list[middle]!) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Also of a list that is too long to be spread into arguments. */
export function largestOf<T>(list: readonly T[], least: number, numberOf: (each: T) => number): number {
  return list.reduce((largest, each) => Math.max(largest, numberOf(each)), least);
}

/** Each in the first row that is free by then; of very many the rest lie over each other in the last one. */
function rowsOf(disturbances: readonly DisturbanceData[]): Map<DisturbanceData, number> {
  const free: number[] = [];
  const rows = new Map<DisturbanceData, number>();
  for (const each of [...disturbances].sort((a, b) => a.from - b.from)) {
    let row = free.findIndex((since) => since <= each.from);
    if (row < 0) row = Math.min(free.length, MOST_FAULT_ROWS - 1);
    free[row] = Math.max(free[row] ?? 0, each.to);
    rows.set(each, row);
  }
  return rows;
}

function hasError({ clocks }: RunData, field: 1 | 2): boolean {
  return clocks.some(({ points }) => points.some((point) => Math.abs(point[field]) >= 0.001));
}
