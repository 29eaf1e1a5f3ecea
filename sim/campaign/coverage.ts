// What a campaign should have checked and reached, beside what it did. A property that was never checked where it is
// asserted, and a labelled state that was never reached, are told: no violation there means nothing. Which properties and
// labels there are is handed in, since a campaign does not know the judges.

import type { EnvironmentId } from '../scenario/scenario.ts';
import type { CardGoal } from './card.ts';
import type { LabelCount, Tally } from './tally.ts';

export interface CoverageGoal {
  /** Those that the campaign draws. */
  readonly environments: readonly EnvironmentId[];
  readonly properties: readonly GoalProperty[];
  /** Every labelled state, in the order in which they are listed. */
  readonly labels: readonly string[];
  readonly card: CardGoal;
}

export interface GoalProperty {
  readonly id: string;
  readonly name: string;
  /** Where it is asserted. */
  readonly environments: readonly EnvironmentId[];
}

export interface Gaps {
  readonly checks: readonly { readonly property: string; readonly environment: EnvironmentId }[];
  readonly labels: readonly string[];
}

export function gapsOf(tally: Tally, goal: CoverageGoal): Gaps {
  return {
    checks: goal.properties.flatMap((property) =>
      assertedIn(property, goal)
        .filter((environment) => timesChecked(tally, property.id, environment) === 0)
        .map((environment) => ({ property: property.id, environment })),
    ),
    labels: goal.labels.filter((label) => labelOf(tally, label).firstSeed === null),
  };
}

export function hasGaps({ checks, labels }: Gaps): boolean {
  return checks.length + labels.length > 0;
}

/** Property × environment → times checked, of what the campaign should check. */
export function checksOf(tally: Tally, goal: CoverageGoal): Record<string, Record<string, number>> {
  return Object.fromEntries(
    goal.properties.map((property) => [
      property.id,
      Object.fromEntries(
        assertedIn(property, goal).map((environment) => [
          environment,
          timesChecked(tally, property.id, environment),
        ]),
      ),
    ]),
  );
}

/** Every label of the goal, reached or not. */
export function labelsOf(tally: Tally, goal: CoverageGoal): Record<string, ReachedLabel> {
  return Object.fromEntries(goal.labels.map((label) => [label, labelOf(tally, label)]));
}

export interface ReachedLabel {
  readonly count: number;
  /** The smallest seed that reached it; null = none did. */
  readonly firstSeed: number | null;
}

/** Where the campaign must check the property. */
export function assertedIn(property: GoalProperty, goal: CoverageGoal): EnvironmentId[] {
  return goal.environments.filter((environment) => property.environments.includes(environment));
}

function labelOf({ labels }: Tally, label: string): ReachedLabel {
  const reached: LabelCount | undefined = labels[label];
  return reached === undefined ? { count: 0, firstSeed: null } : { ...reached };
}

function timesChecked({ checked }: Tally, property: string, environment: EnvironmentId): number {
  return checked[property]?.[environment] ?? 0;
}
