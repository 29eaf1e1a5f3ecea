// Which seeds a campaign runs, and in which portions. Portions depend on the seeds alone, never on who runs them, so that
// everything which is decided portion by portion comes out the same for any number of workers.

export interface SeedRange {
  readonly first: number;
  readonly count: number;
}

/** Seeds `first` … `first + count - 1`, the `index`-th portion of those that a campaign, or its shard, runs. */
export interface Batch extends SeedRange {
  readonly index: number;
}

/** Every `of`-th portion from the `number`-th on: what one machine of several runs. Counted from 1. */
export interface Shard {
  readonly number: number;
  readonly of: number;
}

export const WHOLE: Shard = { number: 1, of: 1 };

const MOST_SHARDS = 10_000;

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

/** `2/4` is the second of four. Null when the text is nothing of the kind. */
export function parseShard(text: string): Shard | null {
  const match = /^(\d{1,5})\/(\d{1,5})$/.exec(text);
  if (match === null) return null;
  const shard = { number: Number(match[1]), of: Number(match[2]) };
  return shard.number >= 1 && shard.number <= shard.of && shard.of <= MOST_SHARDS ? shard : null;
}

export function batchCount(seeds: SeedRange, shard: Shard = WHOLE, size = BATCH_SIZE): number {
  const all = Math.ceil(seeds.count / size);
  return Math.max(0, Math.ceil((all - shard.number + 1) / shard.of));
}

export function batchAt(seeds: SeedRange, index: number, shard: Shard = WHOLE, size = BATCH_SIZE): Batch {
  const done = (index * shard.of + shard.number - 1) * size;
  return { index, first: seeds.first + done, count: Math.min(size, seeds.count - done) };
}

/** How many seeds the first `batches` portions have. */
export function seedsIn(seeds: SeedRange, batches: number, shard: Shard = WHOLE): number {
  if (batches === 0) return 0;
  return (batches - 1) * BATCH_SIZE + batchAt(seeds, batches - 1, shard).count;
}
