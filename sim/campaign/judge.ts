// What can come of a run: an outcome with its verdict; a broken fact, which is a violation that ended the run; or a failure
// of the harness, which says nothing of the pool.

import { BrokenFact } from '../../src/core/assert.ts';
import type { Outcome } from '../outcome.ts';
import type { Scenario } from '../scenario/scenario.ts';

export type Simulate = (scenario: Scenario) => Outcome;

export type Judged =
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  | { readonly kind: 'broken fact'; readonly fact: string }
  | { readonly kind: 'harness failure'; readonly error: string };

/** Never throws. */
export function judge(simulate: Simulate, draw: () => Scenario): Judged {
  try {
    return { kind: 'outcome', outcome: simulate(draw()) };
  } catch (error) {
    if (error instanceof BrokenFact) return { kind: 'broken fact', fact: error.message };
    return {
      kind: 'harness failure',
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}
