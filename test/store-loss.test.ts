// A disk that is lost once, whenever and under whatever other faults, costs a pool of three or more nothing: every property
// holds, and the server is a member again. The kind is not drawn by campaigns yet, so the plan is laid into drawn scenarios.

import { describe, expect, test } from 'vitest';
import { scenarioOf } from '../sim/scenario/arbitrary.ts';
import type { EnvironmentId, FaultPlan, Scenario } from '../sim/scenario/scenario.ts';
import { simulate } from '../sim/simulate.ts';

const SEEDS = 80;

/** The scenario of that seed in which one server loses its disk somewhere in the chaos; null where it has too few. */
function withLoss(seed: number, environment: EnvironmentId): Scenario | null {
  const drawn = scenarioOf(seed, { environment });
  if (drawn.servers < 3) return null;
  const at = Math.floor((drawn.chaosUntil * (10 + ((seed * 37) % 80))) / 100);
  const loss: FaultPlan = {
    kind: 'wiped-disk',
    at,
    until: at + 200_000 + ((seed * 7919) % 5_000_000),
    target: { server: seed % drawn.servers },
  };
  return { ...drawn, faults: [...drawn.faults, loss] };
}

describe('a server that lost its disk', () => {
  for (const environment of ['E1', 'E2', 'E4', 'E5'] as const) {
    test(`is admitted anew, and nothing that must hold is broken [${environment}]`, () => {
      let lost = 0;
      for (let seed = 1; seed <= SEEDS; seed++) {
        const scenario = withLoss(seed, environment);
        if (scenario === null) continue;
        const { violations, counts } = simulate(scenario);
        expect(violations, `seed ${seed}`).toEqual([]);
        expect(counts.storesLost, `seed ${seed}`).toBe(1);
        expect(counts.joins, `seed ${seed}`).toBe(1);
        lost++;
      }
      expect(lost).toBeGreaterThan(SEEDS / 2);
    });
  }
});
