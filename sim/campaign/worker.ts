// What a worker thread does: one batch after another. It is compiled before it runs, since threads cannot load TypeScript
// on every Node that is supported.

import type { Scenario } from '../scenario/scenario.ts';
import { simulate } from '../simulate.ts';
import { runBatch } from './batch.ts';
import type { Batch } from './plan.ts';
import type { Draw } from './strategy.ts';
import type { Tally } from './tally.ts';

export interface Order {
  readonly batch: Batch;
  readonly draw: Draw;
  readonly scenarios: readonly Scenario[] | undefined;
  /** Shared by all workers: not 0 = stop between two runs. */
  readonly stopped: Int32Array;
}

export default function work({ batch, draw, scenarios, stopped }: Order): Tally {
  return runBatch((scenario) => simulate(scenario), batch, {
    draw,
    scenarios,
    isStopped: () => Atomics.load(stopped, 0) !== 0,
  });
}
