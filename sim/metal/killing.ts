// A pool under load whose servers are killed again and again: the Leader, one of them at random, and now
// and then all at once; who is down already is not killed once more. A scenario like any other, so it runs in the simulator, too.

import { stream } from '../kernel/chance.ts';
import { type FaultPlan, SCENARIO_SCHEMA, type Scenario } from '../scenario/scenario.ts';

const SECOND = 1_000_000;
const SERVERS = 3;
const CLIENTS = 12;
/** Fewer than clients ask for: refusals are part of the load. */
const UNITS = 14;
/** Long enough, in most cases, for the pool to have a Leader in between. */
const GAP = { from: 0.3 * SECOND, to: 2.2 * SECOND };
const DOWN = { from: 0.05 * SECOND, to: 1 * SECOND };
/** Of a hundred strokes: so many hit the Leader, so many all servers. */
const LEADER_PERCENT = 40;
const ALL_PERCENT = 2;
/** For the pool to serve, and to be asked, after the last stroke. */
const QUIET = 8 * SECOND;

/** `strokes`: how often somebody is aimed at. */
export function killing(seed: number, strokes: number): Scenario {
  const chance = stream(seed, 'kills');
  const losses = { survivePpm: 1_000_000, torn: false };
  const faults: FaultPlan[] = [];
  let at = 2 * SECOND;
  for (let stroke = 0; stroke < strokes; stroke++, at += chance.between(GAP.from, GAP.to)) {
    const percent = chance.below(100);
    const server = chance.below(SERVERS);
    const until = at + chance.between(DOWN.from, DOWN.to);
    if (percent < ALL_PERCENT) {
      faults.push({ kind: 'all-down', at, until, ...losses });
    } else {
      const target = percent < ALL_PERCENT + LEADER_PERCENT ? { role: 'leader' } : { server };
      faults.push({ kind: 'crash', at, until, target, ...losses });
    }
  }
  const chaosUntil = Math.max(at, ...faults.map(({ until }) => until));
  const client = {
    meanThink: 0.2 * SECOND,
    meanHold: 1.5 * SECOND,
    sessions: 1_000_000,
    neverReleasePpm: 5000,
    crashPpm: 5000,
    mostUnits: 2,
    skip: [],
  };
  return {
    schema: SCENARIO_SCHEMA,
    seed,
    environment: 'E2',
    servers: SERVERS,
    licenses: [{ feature: 'cad', version: '1.0', hardLimit: UNITS, keyLifetimeMs: 30_000 }],
    clients: Array.from({ length: CLIENTS }, () => client),
    settings: {},
    driftPpm: 10_000,
    link: { delayFrom: 0, delayTo: 0 },
    syncFrom: 50,
    syncTo: 2000,
    logLimitBytes: 65_536,
    faults,
    chaosUntil,
    clientsUntil: chaosUntil + QUIET,
    endsAt: chaosUntil + QUIET,
    core: [],
  };
}
