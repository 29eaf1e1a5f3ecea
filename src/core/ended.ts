// Ended handles as an image carries them [3.4, 3.5]: packed bytes, of which a part is a view. At 1,000 grants a second
// there are tens of thousands of them beside a few thousand live handles; as objects they took a hundred bytes each.
// Nothing here looks a handle up: that is what `server/tombstones.ts` builds from it.

import { comparePositions, HANDLE_BYTES, type Position } from './ids.ts';
import type { EndedHandles } from './state.ts';

/** The handle and its reason. */
export const ENTRY_BYTES = HANDLE_BYTES + 1;

/** Of a run: term, index, number of entries; in `EndedHandles` the number up to the end of the run. */
export const RUN_FIELDS = 3;

export const NONE_ENDED: EndedHandles = { entries: new Uint8Array(0), runs: new Float64Array(0) };

export function countOf(ended: EndedHandles): number {
  return ended.entries.length / ENTRY_BYTES;
}

/** Null when nothing has ended. */
export function newestOf({ runs }: EndedHandles): Position | null {
  return runs.length === 0 ? null : positionAt(runs, runs.length - RUN_FIELDS);
}

/** Those from number `begin` to before number `end`, in place. */
export function sliceOf({ entries, runs }: EndedHandles, begin: number, end: number): EndedHandles {
  const firstRun = runOf(runs, begin);
  const endRun = begin < end ? runOf(runs, end - 1) + 1 : firstRun;
  const own = runs.slice(firstRun * RUN_FIELDS, endRun * RUN_FIELDS);
  for (let at = 2; at < own.length; at += RUN_FIELDS) own[at] = Math.min(own[at]!, end) - begin;
  return { entries: entries.subarray(begin * ENTRY_BYTES, end * ENTRY_BYTES), runs: own };
}

/** All of them in one; null when they do not follow each other in the order of their ends. */
export function joined(pieces: readonly EndedHandles[]): EndedHandles | null {
  let bytes = 0;
  let fields = 0;
  for (const { entries, runs } of pieces) {
    bytes += entries.length;
    fields += runs.length;
  }
  const entries = new Uint8Array(bytes);
  const runs = new Float64Array(fields);
  let written = 0;
  let to = 0;
  for (const piece of pieces) {
    const before = written / ENTRY_BYTES;
    for (let from = 0; from < piece.runs.length; from += RUN_FIELDS) {
      const order =
        to === 0 ? 1 : comparePositions(positionAt(piece.runs, from), positionAt(runs, to - RUN_FIELDS));
      if (order < 0) return null;
      if (order === 0) to -= RUN_FIELDS; // a run that was cut in two
      runs[to] = piece.runs[from]!;
      runs[to + 1] = piece.runs[from + 1]!;
      runs[to + 2] = before + piece.runs[from + 2]!;
      to += RUN_FIELDS;
    }
    entries.set(piece.entries, written);
    written += piece.entries.length;
  }
  return { entries, runs: to === fields ? runs : runs.slice(0, to) };
}

function positionAt(runs: Float64Array, at: number): Position {
  return { term: runs[at]!, index: runs[at + 1]! };
}

/** The run in which entry number `nth` stands: the first that ends behind it. */
function runOf(runs: Float64Array, nth: number): number {
  let low = 0;
  let high = runs.length / RUN_FIELDS;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (runs[middle * RUN_FIELDS + 2]! > nth) high = middle;
    else low = middle + 1;
  }
  return low;
}
