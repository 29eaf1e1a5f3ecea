// Draws that look for an order of events instead of a time: probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi,
// Nagarakatte 2010). Servers have priorities, drawn at random, and at d − 1 places, spread over the interesting events of a run,
// whoever is there falls behind all others; a bug that needs d things to come in a certain order is then met with a chance that
// hangs on d and on how many interesting events there are, and not on how well times are guessed.
//
// Everything else of the run is as the seed draws it at random, but for what is done to single messages and makes servers slow:
// in its place come the priorities. Where nothing may be slow (E3, E7) a seed's run is the one of random draws.

import { stream } from '../kernel/chance.ts';
import { scenarioOf } from './arbitrary.ts';
import { type FaultPlan, hasCore, type Scenario } from './scenario.ts';
import { MILLISECOND, SECOND } from './steps.ts';
import type { SwarmOptions } from './swarm.ts';

/** What priorities stand in for. */
const REPLACED: ReadonlySet<string> = new Set([
  'loss',
  'duplication',
  'reordering',
  'delay',
  'slow-link',
  'slow-node',
  'slow-sync',
  'late-copies',
]);

/** Between what a round trip takes and what an election takes. */
const STEPS = [2, 5, 10, 20, 50, 100, 200, 500, 1000].map((ms) => ms * MILLISECOND);

const MOST_CHANGES = 6;

/** Interesting events of a server in a second: heartbeats are none, syncs, grants and elections are. 1.3 in the median of 40 runs. */
const INTERESTING_PER_SECOND = 1.5;

export function pctScenarioOf(seed: number, options: SwarmOptions = {}): Scenario {
  const scenario = scenarioOf(seed, options);
  if (hasCore(scenario.environment) || scenario.servers < 2) return scenario;
  return {
    ...scenario,
    faults: [prioritiesOf(seed, scenario), ...scenario.faults.filter(({ kind }) => !REPLACED.has(kind))],
  };
}

function prioritiesOf(seed: number, { servers, chaosUntil }: Scenario): FaultPlan {
  const chance = stream(seed, 'pct');
  const order = Array.from({ length: servers }, (_, server) => server);
  for (let last = servers - 1; last > 0; last--) {
    const place = chance.below(last + 1);
    [order[last], order[place]] = [order[place]!, order[last]!];
  }
  const most = Math.max(1, Math.floor((chaosUntil / SECOND) * INTERESTING_PER_SECOND * servers));
  const changes = new Set(
    Array.from({ length: chance.below(MOST_CHANGES + 1) }, () => 1 + chance.below(most)),
  );
  return {
    kind: 'priorities',
    at: 0,
    until: chaosUntil,
    servers: order,
    step: STEPS[chance.below(STEPS.length)]!,
    changes: [...changes].sort((a, b) => a - b),
  };
}
