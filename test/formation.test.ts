// A pool that begins with nothing but license files forms itself under whatever faults a drawn scenario has, and keeps all
// properties from its first grant on. Campaigns draw it in one run of eight; here all begin so. Liveness is not judged: a formation needs every server, also
// those outside of a core.

import { describe, expect, test } from 'vitest';
import { scenarioOf } from '../sim/scenario/arbitrary.ts';
import type { Scenario } from '../sim/scenario/scenario.ts';
import { simulate } from '../sim/simulate.ts';

const SEEDS = 60;

describe('a pool that begins with license files only', () => {
  for (const begins of ['first installation', 'blank'] as const) {
    for (const environment of ['E1', 'E2', 'E4', 'E5', 'E6'] as const) {
      test(`forms itself, and breaks nothing that must hold (${begins}) [${environment}]`, () => {
        let formed = 0;
        for (let seed = 1; seed <= SEEDS; seed++) {
          const scenario: Scenario = { ...scenarioOf(seed, { environment }), begins };
          const { violations, counts } = simulate(scenario);
          expect(violations, `seed ${seed}`).toEqual([]);
          if (counts.takeOvers! > 0) formed++;
          // Without the word of whoever installs it a pool of one is not formed.
          if (begins === 'blank' && scenario.servers === 1) expect(counts.takeOvers, `seed ${seed}`).toBe(0);
        }
        expect(formed).toBeGreaterThan(SEEDS / 2);
      });
    }
  }
});
