// What happened, event by event, as integers in a ring: off unless somebody asks, and then still cheap. The replay lists
// it; two runs that should have been one are told apart at their first differing event.

import { formatDigest } from './digest.ts';

export interface TraceRecord {
  /** 0 = the first event of the run. */
  readonly index: number;
  /** True time, µs. */
  readonly at: number;
  readonly kind: number;
  /** The sending node, or -1 for an event without a sender. */
  readonly from: number;
  readonly to: number;
  /** Bytes of the frame, 0 for an event without one. */
  readonly length: number;
  /** The run's digest after the event. */
  readonly digest: string;
}

const WIDTH = 6;
const FIRST_CAPACITY = 1024;

export class Trace {
  private times: Float64Array;
  private columns: Int32Array;
  private capacity: number;
  private count = 0;
  private readonly keepsAll: boolean;

  /** Keeps the last `keep` events; all of them when `keep` is 'all'. */
  constructor(keep: number | 'all') {
    this.keepsAll = keep === 'all';
    this.capacity = keep === 'all' ? FIRST_CAPACITY : Math.max(1, keep);
    this.times = new Float64Array(this.capacity);
    this.columns = new Int32Array(this.capacity * WIDTH);
  }

  /** How many events were recorded, kept or not. */
  get length(): number {
    return this.count;
  }

  record(
    at: number,
    kind: number,
    from: number,
    to: number,
    length: number,
    high: number,
    low: number,
  ): void {
    if (this.keepsAll && this.count === this.capacity) this.grow();
    const row = this.count++ % this.capacity;
    this.times[row] = at;
    const column = row * WIDTH;
    this.columns[column] = kind;
    this.columns[column + 1] = from;
    this.columns[column + 2] = to;
    this.columns[column + 3] = length;
    this.columns[column + 4] = high;
    this.columns[column + 5] = low;
  }

  /** The last `most` of the kept events, oldest first. */
  list(most = this.count): TraceRecord[] {
    const records: TraceRecord[] = [];
    for (let index = Math.max(this.firstKept(), this.count - most); index < this.count; index++)
      records.push(this.at(index));
    return records;
  }

  firstKept(): number {
    return Math.max(0, this.count - this.capacity);
  }

  /** The event of that index; it must still be kept. */
  at(index: number): TraceRecord {
    const row = index % this.capacity;
    const column = row * WIDTH;
    return {
      index,
      at: this.times[row]!,
      kind: this.columns[column]!,
      from: this.columns[column + 1]!,
      to: this.columns[column + 2]!,
      length: this.columns[column + 3]!,
      digest: formatDigest(this.columns[column + 4]!, this.columns[column + 5]!),
    };
  }

  private grow(): void {
    this.capacity *= 2;
    const times = new Float64Array(this.capacity);
    times.set(this.times);
    this.times = times;
    const columns = new Int32Array(this.capacity * WIDTH);
    columns.set(this.columns);
    this.columns = columns;
  }
}

/** Where two runs part: the first index at which they differ, with what each did there (undefined: it had ended). */
export interface Divergence {
  readonly index: number;
  readonly a: TraceRecord | undefined;
  readonly b: TraceRecord | undefined;
}

/** Null when both did the same. Compares from the first event that both still keep. */
export function firstDivergence(a: Trace, b: Trace): Divergence | null {
  const from = Math.max(a.firstKept(), b.firstKept());
  const to = Math.max(a.length, b.length);
  for (let index = from; index < to; index++) {
    const ofA = index < a.length ? a.at(index) : undefined;
    const ofB = index < b.length ? b.at(index) : undefined;
    if (!sameRecord(ofA, ofB)) return { index, a: ofA, b: ofB };
  }
  return null;
}

function sameRecord(a: TraceRecord | undefined, b: TraceRecord | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.digest === b.digest &&
    a.at === b.at &&
    a.kind === b.kind &&
    a.from === b.from &&
    a.to === b.to &&
    a.length === b.length
  );
}
