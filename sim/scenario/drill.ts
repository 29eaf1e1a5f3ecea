// Draws that measure: a pool at work loses its Leader once and gets it back, and nothing else goes wrong. How long a fail-over and
// a reclaim take hangs on the protocol and its timers then, and hardly on the draw; of runs in which anything may go wrong it says
// more about how long cuts last.

import { stream } from '../kernel/chance.ts';
import { type EnvironmentId, type FaultPlan, hasCore, SCENARIO_SCHEMA, type Scenario } from './scenario.ts';
import { MILLISECOND, SECOND } from './steps.ts';

/** How it is lost: it dies, nobody reaches it, or it stands still. */
const LOSSES = ['crash', 'partition', 'pause'] as const;

const LEADER = { role: 'leader' } as const;
/** By then the first Leader has long been elected. */
const LOST_FROM = 10 * SECOND;
const GONE_FOR = 10 * SECOND;
/** Enough for a reclaim by a server that is waited for twice as long as usual. */
const ENDS_AT = 45 * SECOND;

export function drillOf(seed: number, environment: EnvironmentId = 'E2'): Scenario {
  const chance = stream(seed, 'drill');
  const servers = [3, 4, 5][chance.below(3)]!;
  const at = LOST_FROM + chance.below(SECOND);
  const end = ENDS_AT - 10 * SECOND;
  return {
    schema: SCENARIO_SCHEMA,
    seed,
    environment,
    servers,
    licenses: [{ feature: 'cad', version: '1.0', hardLimit: 3, keyLifetimeMs: 60_000 }],
    clients: Array.from({ length: 4 }, () => ({
      meanThink: 500 * MILLISECOND,
      meanHold: 2 * SECOND,
      sessions: 100,
      neverReleasePpm: 0,
      crashPpm: 0,
      mostUnits: 1,
      skip: [],
    })),
    settings: {},
    driftPpm: 10_000,
    link: { delayFrom: 200, delayTo: 1000 + chance.below(4000) },
    syncFrom: 50,
    syncTo: 1000 + chance.below(4000),
    logLimitBytes: 65_536,
    faults: [lossAt(at, LOSSES[chance.below(LOSSES.length)]!)],
    chaosUntil: at + GONE_FOR,
    clientsUntil: end,
    endsAt: ENDS_AT,
    core: hasCore(environment) ? Array.from({ length: servers }, (_, server) => server) : [],
  };
}

function lossAt(at: number, kind: (typeof LOSSES)[number]): FaultPlan {
  const span = { at, until: at + GONE_FOR };
  switch (kind) {
    case 'crash':
      return { kind, ...span, target: LEADER, survivePpm: 0, torn: false };
    case 'partition':
      return { kind, ...span, split: { isolate: LEADER }, among: 'all' };
    case 'pause':
      return { kind, ...span, target: LEADER };
  }
}
