// An image in parts, as it is sent [7.10] and as it lies in a log [16.2]. A part has a number of places; a live handle
// takes one, and eight tombstones share one, since a live handle may be 222 bytes and a tombstone is about 20.
// Which handles are in a part follows from the image and that number alone.

import { countOf, joined, newestOf, sliceOf } from './ended.ts';
import { comparePositions, type Position } from './ids.ts';
import type { Charter, EndedHandles, LiveHandle, StateImage } from './state.ts';

const ENDED_PER_PLACE = 8;

export interface ImagePart {
  readonly live: readonly LiveHandle[];
  readonly ended: EndedHandles;
}

export function countParts({ live, ended }: StateImage, places: number): number {
  return Math.max(1, Math.ceil((live.length + Math.ceil(countOf(ended) / ENDED_PER_PLACE)) / places));
}

export function partOf({ live, ended }: StateImage, places: number, part: number): ImagePart {
  const begin = part * places;
  const most = countOf(ended);
  const endedAt = (place: number): number =>
    Math.min(most, Math.max(0, place - live.length) * ENDED_PER_PLACE);
  return {
    live: live.slice(begin, begin + places),
    ended: sliceOf(ended, endedAt(begin), endedAt(begin + places)),
  };
}

/** Null when the parts are no image: their ends are not in order, or after the position. */
export function imageOfParts(
  position: Position,
  charter: Charter,
  parts: readonly ImagePart[],
): StateImage | null {
  const ended = joined(parts.map((part) => part.ended));
  if (ended === null) return null;
  const newest = newestOf(ended);
  if (newest !== null && comparePositions(newest, position) > 0) return null;
  return { position, charter, live: parts.flatMap((part) => part.live), ended };
}
