// Which seeds a campaign runs, and in which portions. Portions depend on the seeds alone, never on who runs them, so that
// everything which is decided portion by portion comes out the same for any number of workers.

export interface SeedRange {
  readonly first: number;
  readonly count: number;
}

/** Seeds `first` … `first + count - 1`, the `index`-th portion of a campaign. */
export interface Batch extends SeedRange {
  readonly index: number;
}

/** Handing over a batch costs as much as a few runs. */
export const BATCH_SIZE = 100;

const LARGEST_SEED = Number.MAX_SAFE_INTEGER;

/** Every seed from `first` on: for campaigns that end by time. */
export function seedsFrom(first: number): SeedRange {
  return { first, count: LARGEST_SEED - first };
}

/** `1000` is 1..1000; `A..B` includes both. Null when the text is neither. */
export function parseSeeds(text: string): SeedRange | null {
  const match = /^(?:(\d{1,16})\.\.)?(\d{1,16})$/.exec(text);
  if (match === null) return null;
  const first = match[1] === undefined ? 1 : Number(match[1]);
  const last = Number(match[2]);
  if (last > LARGEST_SEED || last < first) return null;
  return { first, count: last - first + 1 };
}

export function batchCount(seeds: SeedRange): number {
  return Math.ceil(seeds.count / BATCH_SIZE);
}

export function batchAt(seeds: SeedRange, index: number): Batch {
  const done = index * BATCH_SIZE;
  return { index, first: seeds.first + done, count: Math.min(BATCH_SIZE, seeds.count - done) };
}
