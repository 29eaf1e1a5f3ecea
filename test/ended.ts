// Ended handles one by one, as tests name them, and packed, as an image has them.

import { countOf, ENTRY_BYTES, sliceOf } from '../src/core/ended.ts';
import { HANDLE_BYTES, type HandleId, type Position } from '../src/core/ids.ts';
import { END_REASONS, type EndedHandles, type EndReason } from '../src/core/state.ts';

export interface EndedHandle {
  readonly handle: HandleId;
  readonly reason: EndReason;
  /** The delta that ended it. */
  readonly at: Position;
}

/** As the list has them, whether or not that is an order in which handles can end. */
export function packed(list: readonly EndedHandle[]): EndedHandles {
  const entries = new Uint8Array(list.length * ENTRY_BYTES);
  const runs: number[] = [];
  for (const [n, { handle, reason, at }] of list.entries()) {
    for (let i = 0; i < HANDLE_BYTES; i++) entries[n * ENTRY_BYTES + i] = handle.charCodeAt(i);
    entries[n * ENTRY_BYTES + HANDLE_BYTES] = END_REASONS.indexOf(reason);
    const before = list[n - 1]?.at;
    if (before?.term === at.term && before.index === at.index) runs.pop();
    else runs.push(at.term, at.index);
    runs.push(n + 1);
  }
  return { entries, runs: new Float64Array(runs) };
}

export function listed(ended: EndedHandles): EndedHandle[] {
  return Array.from({ length: countOf(ended) }, (_, n) => {
    const { entries, runs } = sliceOf(ended, n, n + 1);
    return {
      handle: String.fromCharCode(...entries.subarray(0, HANDLE_BYTES)),
      reason: END_REASONS[entries[HANDLE_BYTES]!]!,
      at: { term: runs[0]!, index: runs[1]! },
    };
  });
}
