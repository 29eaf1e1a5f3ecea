// What can come of a run: an outcome with its verdict; a broken fact, which is a violation that ended the run; or a failure
// of the harness, which says nothing of the pool.

import { BrokenFact } from '../../src/core/assert.ts';
import type { Outcome } from '../outcome.ts';
import type { Scenario } from '../scenario/scenario.ts';

export type Simulate = (scenario: Scenario) => Outcome;

export type Judged =
  | { readonly kind: 'outcome'; readonly outcome: Outcome; readonly scenario: Scenario }
  | { readonly kind: 'broken fact'; readonly fact: string; readonly scenario: Scenario }
  | { readonly kind: 'harness failure'; readonly error: string };

/** Never throws. */
export function judge(simulate: Simulate, draw: () => Scenario): Judged {
  let scenario: Scenario | null = null;
  try {
    scenario = draw();
    return { kind: 'outcome', outcome: simulate(scenario), scenario };
  } catch (error) {
    if (error instanceof BrokenFact && scenario !== null)
      return { kind: 'broken fact', fact: error.message, scenario };
    return {
      kind: 'harness failure',
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}
