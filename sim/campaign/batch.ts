// Runs one batch of seeds and folds what came of them into a tally. The same wherever it runs: nothing here knows of workers.

import type { Scenario } from '../scenario/scenario.ts';
import { judge, type Simulate } from './judge.ts';
import type { SeedRange } from './plan.ts';
import { type Draw, RANDOM_DRAW, scenarioFor } from './strategy.ts';
import { addBrokenFact, addHarnessFailure, addOutcome, emptyTally, type Tally } from './tally.ts';

export interface BatchOptions {
  readonly draw?: Draw;
  /** What the seeds run, in their order; absent: what they draw. */
  readonly scenarios?: readonly Scenario[] | undefined;
  /** Asked between two runs: true ends the batch early. */
  readonly isStopped?: () => boolean;
}

export function runBatch(simulate: Simulate, batch: SeedRange, options: BatchOptions = {}): Tally {
  const { draw = RANDOM_DRAW, scenarios, isStopped } = options;
  const tally = emptyTally();
  for (let seed = batch.first; seed < batch.first + batch.count && !isStopped?.(); seed++) {
    const judged = judge(simulate, () => scenarios?.[seed - batch.first] ?? scenarioFor(seed, draw));
    if (judged.kind === 'outcome') addOutcome(tally, seed, judged.outcome, judged.scenario);
    else if (judged.kind === 'broken fact') addBrokenFact(tally, seed, judged.fact, judged.scenario);
    else addHarnessFailure(tally, seed, judged.error);
  }
  return tally;
}
