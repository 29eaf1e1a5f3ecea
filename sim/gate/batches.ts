// Given scenarios, run in small portions by a crew: what comes of each portion, in their order, whoever ran it when.

import type { Crew } from '../campaign/crew.ts';
import type { Tally } from '../campaign/tally.ts';
import type { Scenario } from '../scenario/scenario.ts';

/** Scenarios that count as the seeds from `first` on. */
export interface Portion {
  readonly first: number;
  readonly scenarios: readonly Scenario[];
}

/** Null = not run, since it was over before. */
export async function runPortions(
  crew: Crew,
  portions: readonly Portion[],
  isOver: () => boolean,
): Promise<(Tally | null)[]> {
  const tallies: (Tally | null)[] = portions.map(() => null);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < portions.length && !isOver(); index = next++) {
      const { first, scenarios } = portions[index]!;
      const tally = await crew.run({ index, first, count: scenarios.length }, scenarios);
      // Whoever was told to stop may have run less.
      if (tally.seeds === scenarios.length) tallies[index] = tally;
    }
  };
  // Twice as many as there are hands, so that none waits for the next portion.
  await Promise.all(Array.from({ length: Math.min(2 * crew.size, portions.length) }, work));
  return tallies;
}

export function onePortionEach(scenarios: readonly Scenario[]): Portion[] {
  return scenarios.map((scenario) => ({ first: scenario.seed, scenarios: [scenario] }));
}
