// Disks that are lost, whenever and under whatever other faults, cost a pool of three or more nothing as long as at most f of
// its 2f+1 stores are unusable: every property holds, and each server is a member again. The plan is laid into drawn
// scenarios, so that no run goes without.

import { describe, expect, test } from 'vitest';
import { scenarioOf } from '../sim/scenario/arbitrary.ts';
import type { EnvironmentId, FaultPlan, Scenario } from '../sim/scenario/scenario.ts';
import { simulate } from '../sim/simulate.ts';

const SEEDS = 80;

/** The scenario of that seed, with a pool that is long since founded, in which so many servers lose their disks at about the same moment of the chaos. */
function withLosses(drawn: Scenario, losses: number): Scenario {
  const { seed } = drawn;
  const at = Math.floor((drawn.chaosUntil * (10 + ((seed * 37) % 80))) / 100);
  const lost = Array.from({ length: losses }, (_, nth): FaultPlan => {
    const begins = at + nth * (seed % 5) * 300_000;
    return {
      kind: 'wiped-disk',
      at: begins,
      until: begins + 200_000 + ((seed * 7919 * (nth + 1)) % 5_000_000),
      target: { server: (seed + nth) % drawn.servers },
    };
  });
  // Those alone, so that each is one that the pool can spare.
  const others = drawn.faults.filter(({ kind }) => kind !== 'wiped-disk' && kind !== 'latent-corruption');
  const { begins: _, ...founded } = drawn;
  return { ...founded, faults: [...others, ...lost] };
}

/** Runs every seed whose pool has at least so many servers; returns how many that were. */
function loseIn(environment: EnvironmentId, fewest: number, lossesOf: (servers: number) => number): number {
  let runs = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const drawn = scenarioOf(seed, { environment });
    if (drawn.servers < fewest) continue;
    const losses = lossesOf(drawn.servers);
    const { violations, counts } = simulate(withLosses(drawn, losses));
    expect(violations, `seed ${seed}`).toEqual([]);
    // A new store whose very first sync fails is lost once more.
    expect(counts.storesLost, `seed ${seed}`).toBeGreaterThanOrEqual(losses);
    expect(counts.joins, `seed ${seed}`).toBe(losses);
    runs++;
  }
  return runs;
}

describe('a server that lost its disk', () => {
  for (const environment of ['E1', 'E2', 'E4', 'E5'] as const) {
    test(`is admitted anew, and nothing that must hold is broken [${environment}]`, () => {
      expect(loseIn(environment, 3, () => 1)).toBeGreaterThan(SEEDS / 2);
    });
  }
});

describe('as many servers as a pool of five or more can spare', () => {
  for (const environment of ['E2', 'E5'] as const) {
    test(`lose their disks at once and are members again [${environment}]`, () => {
      expect(loseIn(environment, 5, (servers) => Math.floor((servers - 1) / 2))).toBeGreaterThan(SEEDS / 5);
    });
  }
});
