// Does a scenario fail in a certain way? Runs it up to the violation that is looked for, and no further.

import type { Violation } from '../outcome.ts';
import type { Sighting } from '../scenario/axis.ts';
import { checkScenario } from '../scenario/load.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { signatureOf } from '../signature.ts';
import { Run } from '../simulate.ts';

export interface Failure extends Sighting {
  readonly signature: string;
  readonly violation: Violation;
  /** How many events were handled up to it. */
  readonly events: number;
}

/** A verdict on a scenario: how it fails in that way; null = it does not, or not within so many events. */
export type Seek = (scenario: Scenario, signature: string, mostEvents: number) => Failure | null;

/** What was made of a scenario need not be one: then it does not fail, and neither does it when the harness gives up. */
export const seek: Seek = (scenario, signature, mostEvents) => {
  if (!checkScenario(scenario).ok) return null;
  try {
    return seekIn(new Run(scenario), signature, mostEvents);
  } catch {
    return null;
  }
};

function seekIn(run: Run, signature: string, mostEvents: number): Failure | null {
  const { checker, scenario, world } = run;
  let known = 0;
  const isIt = (violation: Violation): boolean => signatureOf(violation) === signature;
  while (run.step()) {
    if (world.events > mostEvents) return null;
    if (checker.violated === known) continue;
    known = checker.violated;
    const violation = checker.violations().find(isIt);
    if (violation !== undefined) return failureOf(run, signature, violation);
  }
  if (run.broken === null) checker.ended(scenario.endsAt);
  const violation = run.outcome().violations.find(isIt);
  return violation === undefined ? null : failureOf(run, signature, violation);
}

function failureOf({ context, world }: Run, signature: string, violation: Violation): Failure {
  return {
    signature,
    violation,
    events: world.events,
    at: violation.at,
    sessions: [...context.sessionsBegun],
    faults: world.faults.map(({ beganAt, consequences, nodes }) => ({
      beganAt,
      hadConsequences: consequences > 0,
      nodes: [...nodes],
    })),
  };
}
