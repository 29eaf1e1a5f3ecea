// How fast something can be done by so many at once: each does it again and again, one at a time, for a while.

export interface Speed {
  readonly perSecond: number;
  /** Milliseconds that one took. */
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
}

/** `done`: what is measured; `undone`: what must come between, and is not. */
export async function speedOf<T>(
  clients: number,
  seconds: number,
  done: (client: number) => Promise<T>,
  undone: (client: number, given: T) => Promise<unknown>,
): Promise<Speed> {
  const took: number[] = [];
  let failed = 0;
  const began = performance.now();
  const until = began + seconds * 1000;
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      while (performance.now() < until) {
        const since = performance.now();
        try {
          const given = await done(client);
          const now = performance.now();
          if (now < until) took.push(now - since);
          await undone(client, given);
        } catch {
          failed++;
        }
      }
    }),
  );
  took.sort((a, b) => a - b);
  return { perSecond: took.length / seconds, p50: percentile(took, 50), p99: percentile(took, 99), failed };
}

/** Of numbers in order; NaN when there is none. */
export function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}
