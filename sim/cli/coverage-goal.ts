// What a campaign should check and reach in the environments that it draws. A campaign itself does not know the judges, nor
// what a pool can be in the middle of.

import { PROPERTIES } from '../../properties/index.ts';
import { LABELS, sometimes } from '../../properties/sometimes.ts';
import type { CardGoal } from '../campaign/card.ts';
import type { CoverageGoal } from '../campaign/coverage.ts';
import { whyNever } from '../pool/phase-bounds.ts';
import { PHASES } from '../pool/phases.ts';
import { DRAWN_KINDS, environmentsOf } from '../scenario/fault-arbitraries.ts';
import { ENVIRONMENTS, type EnvironmentId } from '../scenario/scenario.ts';

/** Everything that is asserted in what is drawn, every labelled state, and every meeting of a fault and a phase. */
export function goalOf(environment: EnvironmentId | undefined): CoverageGoal {
  const environments = environment === undefined ? ENVIRONMENTS : [environment];
  return {
    environments,
    // It asserts nothing; its labels are counted instead.
    properties: PROPERTIES.filter((property) => property !== sometimes),
    labels: LABELS,
    card: cardGoalOf(environments),
  };
}

function cardGoalOf(environments: readonly EnvironmentId[]): CardGoal {
  const drawnIn = (kind: string): EnvironmentId[] =>
    environments.filter((environment) => environmentsOf(kind).includes(environment));
  const kinds = DRAWN_KINDS.filter((kind) => drawnIn(kind).length > 0).toSorted();
  const impossibleFor = (kind: string): Record<string, string> =>
    Object.fromEntries(
      PHASES.flatMap((phase) => {
        const reason = whyNever(phase, drawnIn(kind));
        return reason === null ? [] : [[phase, reason]];
      }),
    );
  return {
    kinds,
    phases: PHASES,
    impossible: Object.fromEntries(kinds.map((kind) => [kind, impossibleFor(kind)])),
  };
}
