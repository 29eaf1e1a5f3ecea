// A scenario for tests that want a pool at work and no draw: three servers, clients that are busy until the end, nothing
// broken but what a test says. What a test changes, it names.

import { type ClientPlan, SCENARIO_SCHEMA, type Scenario } from '../../sim/scenario/scenario.ts';

/** µs. */
export const SECOND = 1_000_000;

export function busyClient(meanThink: number, meanHold: number): ClientPlan {
  return {
    meanThink,
    meanHold,
    sessions: 10_000,
    neverReleasePpm: 0,
    crashPpm: 0,
    mostUnits: 1,
    skip: [],
  };
}

export function busyPool(
  changes: Pick<
    Scenario,
    'environment' | 'licenses' | 'clients' | 'faults' | 'chaosUntil' | 'clientsUntil' | 'endsAt'
  >,
): Scenario {
  return {
    schema: SCENARIO_SCHEMA,
    seed: 1,
    servers: 3,
    settings: {},
    driftPpm: 10_000,
    link: { delayFrom: 200, delayTo: 1000 },
    syncFrom: 50,
    syncTo: 5000,
    logLimitBytes: 65_536,
    core: [],
    ...changes,
  };
}
