// Three servers and clients that hold a token for a fifth of a second and ask for the next one: what a pool looks like when
// far more handles have ended lately than are live. Nothing is broken.

import { SCENARIO_SCHEMA, type Scenario } from './scenario.ts';

const SECOND = 1_000_000;

/** From the wish for a token to the next wish, one client, in the mean; the calls themselves take some milliseconds. */
const MEAN_THINK = 0.05 * SECOND;
const MEAN_HOLD = 0.2 * SECOND;

export function shortGrants(seed: number, grantsPerSecond: number, seconds: number): Scenario {
  const client = {
    meanThink: MEAN_THINK,
    meanHold: MEAN_HOLD,
    sessions: Number.MAX_SAFE_INTEGER,
    neverReleasePpm: 0,
    crashPpm: 0,
    mostUnits: 1,
    skip: [],
  };
  const clients = Math.ceil((grantsPerSecond * (MEAN_THINK + MEAN_HOLD)) / SECOND);
  return {
    schema: SCENARIO_SCHEMA,
    seed,
    environment: 'E2',
    servers: 3,
    licenses: [{ feature: 'cad', version: '1.0', hardLimit: clients, keyLifetimeMs: 300_000 }],
    clients: Array.from({ length: clients }, () => client),
    settings: {},
    driftPpm: 10_000,
    link: { delayFrom: 200, delayTo: 1000 },
    syncFrom: 50,
    syncTo: 1000,
    logLimitBytes: 4 * 1024 * 1024,
    faults: [],
    chaosUntil: seconds * SECOND,
    clientsUntil: seconds * SECOND,
    endsAt: seconds * SECOND,
    core: [],
  };
}
