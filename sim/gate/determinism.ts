// Is the same run the same run? Some of the fresh seeds are run twice: by all threads, and again by a single other one, in reverse,
// so that neither what ran before in a thread nor how many there are may count.

import type { SeedRange } from '../campaign/plan.ts';
import { RANDOM_DRAW, scenarioFor } from '../campaign/strategy.ts';
import type { Tally } from '../campaign/tally.ts';
import { onePortionEach, type Portion, runPortions } from './batches.ts';
import type { Check } from './check.ts';
import { failed, isOver, leftOut, missed, passed, type Site, secondsSince } from './site.ts';

export async function checkDeterminism({ first }: SeedRange, twice: number, site: Site): Promise<Check> {
  const startedAt = performance.now();
  const at = { part: 'determinism', name: 'run twice' } as const;
  if (twice === 0) return leftOut(at, 'the settings run no seed twice');
  const portions = onePortionEach(
    Array.from({ length: twice }, (_, seed) => scenarioFor(first + seed, RANDOM_DRAW)),
  );
  const once = await runPortions(site.crew, portions, () => isOver(site));
  const again = await againAlone(portions, site);
  const made = { ...at, seconds: secondsSince(startedAt) };
  for (const [index, { first: seed }] of portions.entries()) {
    const [a, b] = [once[index], again[index]];
    if (a == null || b == null) continue;
    if (signOf(a) !== signOf(b))
      return failed(
        made,
        'nondeterminism',
        `seed ${seed} is not the same run twice: first ${signOf(a)}, then ${signOf(b)}; see ${site.replayOfSeed(seed)} --twice`,
      );
  }
  if (once.includes(null) || again.includes(null)) return missed(at, site);
  return passed(made, `${twice} runs were the same again, in another thread and order`);
}

async function againAlone(portions: readonly Portion[], site: Site): Promise<(Tally | null)[]> {
  const crew = site.newCrew(1);
  const stop = (): void => crew.stop();
  site.interrupt.addEventListener('abort', stop);
  try {
    return (await runPortions(crew, portions.toReversed(), () => isOver(site))).toReversed();
  } finally {
    site.interrupt.removeEventListener('abort', stop);
    await crew.close();
  }
}

/** Every event, and the verdict. */
function signOf({ digest, findings }: Tally): string {
  return [digest, ...Object.keys(findings).toSorted()].join(' ');
}
