// Where a campaign's scenarios come from. A drawn scenario hangs on its seed, the strategy and the environment alone, so a seed
// can be run again by itself.

import { scenarioOf } from '../scenario/arbitrary.ts';
import { drillOf } from '../scenario/drill.ts';
import { pctScenarioOf } from '../scenario/pct.ts';
import type { EnvironmentId, Scenario } from '../scenario/scenario.ts';

export const STRATEGIES = ['random', 'pct', 'guided', 'drill'] as const;

export type Strategy = (typeof STRATEGIES)[number];

/** Everything beside the seed that a scenario hangs on. */
export interface Draw {
  readonly strategy: Strategy;
  readonly environment?: EnvironmentId | undefined;
  /** Where none is named: these in turn, seed by seed. Without any, an environment is drawn like everything else. */
  readonly inTurn?: readonly EnvironmentId[];
}

export const RANDOM_DRAW: Draw = Object.freeze({ strategy: 'random' });

export function scenarioFor(seed: number, draw: Draw): Scenario {
  const environment = environmentFor(seed, draw);
  switch (draw.strategy) {
    case 'random':
    // Before it has learned anything: after that a guide says what the seed runs.
    case 'guided':
      return scenarioOf(seed, { environment });
    case 'pct':
      return pctScenarioOf(seed, { environment });
    case 'drill':
      return drillOf(seed, environment);
  }
}

/** The environment of that seed; undefined: whichever is drawn. */
export function environmentFor(seed: number, { environment, inTurn = [] }: Draw): EnvironmentId | undefined {
  return environment ?? inTurn[seed % inTurn.length];
}
