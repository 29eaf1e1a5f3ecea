// Fail-overs, reclaims and times without service of many runs, as histograms that add up in any order. Whole milliseconds,
// rounded up; exact below 64, above that in buckets of which each is at most a thirty-second wide of what it begins with.

import type { Outcome } from '../outcome.ts';

export const TIMES = ['failOver', 'reclaim', 'unavailable'] as const;

export type TimeName = (typeof TIMES)[number];

export interface Histogram {
  sumMs: number;
  /** The largest value of a bucket, in ms → how many are in it. */
  readonly buckets: Record<string, number>;
}

export type Histograms = Readonly<Record<TimeName, Histogram>>;

/** For people and programs. Percentiles are by rank, and say the largest value of their bucket; null = there is none. */
export interface Distribution {
  readonly count: number;
  readonly sumMs: number;
  readonly p50: number | null;
  readonly p99: number | null;
  /** Largest value and count of each bucket, the smallest first. */
  readonly buckets: readonly (readonly [number, number])[];
}

const EXACT_BITS = 6;

export function noTimes(): Histograms {
  return {
    failOver: { sumMs: 0, buckets: {} },
    reclaim: { sumMs: 0, buckets: {} },
    unavailable: { sumMs: 0, buckets: {} },
  };
}

export function addTimes(whole: Histograms, times: Outcome['times']): void {
  for (const name of TIMES) {
    for (const micros of times[name]) {
      const ms = Math.ceil(micros / 1000);
      whole[name].sumMs += ms;
      addTo(whole[name], bucketOf(ms), 1);
    }
  }
}

export function mergeTimes(whole: Histograms, part: Histograms): void {
  for (const name of TIMES) addHistogram(whole[name], part[name]);
}

/** Adds `part` to `whole`. */
export function addHistogram(whole: Histogram, part: Histogram): void {
  whole.sumMs += part.sumMs;
  for (const [bucket, count] of Object.entries(part.buckets)) addTo(whole, bucket, count);
}

/** The largest whole number of milliseconds in the bucket of this one. */
export function bucketOf(ms: number): number {
  if (ms < 2 ** EXACT_BITS) return ms;
  // Six bits are kept, the first of which is always 1.
  const width = 2 ** (32 - Math.clz32(Math.min(ms, 0xffff_ffff)) - EXACT_BITS);
  return (Math.floor(ms / width) + 1) * width - 1;
}

export function distributionOf({ sumMs, buckets }: Histogram): Distribution {
  const sorted = Object.entries(buckets)
    .map(([upper, count]) => [Number(upper), count] as const)
    .sort(([a], [b]) => a - b);
  const count = sorted.reduce((sum, [, each]) => sum + each, 0);
  return {
    count,
    sumMs,
    p50: percentile(sorted, count, 50),
    p99: percentile(sorted, count, 99),
    buckets: sorted,
  };
}

export function distributionsOf(times: Histograms): Record<TimeName, Distribution> {
  return {
    failOver: distributionOf(times.failOver),
    reclaim: distributionOf(times.reclaim),
    unavailable: distributionOf(times.unavailable),
  };
}

/** The smallest value than which at least that share is no larger. */
function percentile(sorted: Distribution['buckets'], count: number, percent: number): number | null {
  let left = Math.ceil((count * percent) / 100);
  for (const [upper, each] of sorted) {
    left -= each;
    if (left <= 0) return upper;
  }
  return null;
}

function addTo({ buckets }: Histogram, bucket: number | string, count: number): void {
  buckets[bucket] = (buckets[bucket] ?? 0) + count;
}
