// In what the pool was in the middle of when a fault struck it: the phase in which a milestone puts it is seen at that milestone,
// every phase that draws can bring about is seen, and of what strikes again and again every strike is asked for.

import { describe, expect, test } from 'vitest';
import { whyNever } from '../../sim/pool/phase-bounds.ts';
import { PHASES, type Phase, PoolPhases, phasesIn } from '../../sim/pool/phases.ts';
import { scenarioOf } from '../../sim/scenario/arbitrary.ts';
import type { MilestoneName } from '../../sim/scenario/milestones.ts';
import { ENVIRONMENTS, type EnvironmentId, type FaultPlan } from '../../sim/scenario/scenario.ts';
import { Run } from '../../sim/simulate.ts';
import type { World } from '../../sim/world/world.ts';
import { echoWorld } from './echo.ts';

/** It strikes at the milestone and is over at once, so that it changes nothing. */
function probeAt(milestone: MilestoneName): FaultPlan {
  return { kind: 'one-way-cut', at: 0, until: 0, links: [[0, 1]], when: { milestone, delay: 0 } };
}

describe('a fault that is bound to a milestone strikes in the phase that begins with it', () => {
  test.each<readonly [MilestoneName, Phase, EnvironmentId]>([
    ['canvassed', 'electing', 'E2'],
    ['stood', 'electing', 'E2'],
    ['elected', 'activating', 'E2'],
    ['trial', 'trial', 'E2'],
    ['froze', 'freeze', 'E2'],
    ['hand-over sent', 'hand-over sent', 'E2'],
    ['founds', 'formation', 'E2'],
    ['change prepared', 'change prepared', 'E7'],
    ['change joint', 'joint change', 'E7'],
    ['admitted', 'readmission', 'E6'],
  ])('%s: %s', (milestone, phase, environment) => {
    let struck = 0;
    for (let seed = 1; struck < 3; seed++) {
      expect(seed, 'seeds until it has come three times').toBeLessThan(300);
      const drawn = scenarioOf(seed, { environment });
      const run = new Run({ ...drawn, faults: [...drawn.faults, probeAt(milestone)] });
      while (run.world.faults.at(-1)!.beganAt === null && run.step());
      const { isApplied, phases } = run.world.faults.at(-1)!;
      if (!isApplied) continue;
      struck++;
      expect(phasesIn(phases), `seed ${seed}`).toContain(phase);
    }
  });
});

test('runs come by every phase that is said to be possible, and by no other; a pool is always in one', () => {
  const possible = PHASES.filter((phase) => whyNever(phase, ENVIRONMENTS) === null);
  const reader = new PoolPhases();
  const seen = new Map<EnvironmentId, number>();
  const all = (): readonly Phase[] => phasesIn([...seen.values()].reduce((sum, bits) => sum | bits, 0));
  for (let seed = 1; all().length < possible.length && seed <= 60; seed++) {
    for (const environment of ENVIRONMENTS) {
      const run = new Run(scenarioOf(seed, { environment }));
      let bits = 0;
      while (run.step()) {
        const now = reader.phases(run.world);
        if (now === 0) throw new Error(`seed ${seed} in ${environment}: no phase at ${run.world.now}`);
        bits |= now;
      }
      seen.set(environment, (seen.get(environment) ?? 0) | bits);
    }
  }
  expect(all()).toEqual(possible);
  for (const [environment, bits] of seen) {
    for (const phase of phasesIn(bits))
      expect(whyNever(phase, [environment]), `${phase} in ${environment}`).toBeNull();
  }
});

test('a fault that strikes again and again is in the union of the phases of all its strikes', () => {
  const everyTenth = { phases: (world: World): number => 1 << Math.floor(world.now / 100_000) };
  const phasesOf = (plan: FaultPlan): number => {
    const world = echoWorld({ endsAt: 1_000_000, faults: [plan], phases: everyTenth });
    world.run();
    return world.faults[0]!.phases;
  };
  const losses = { survivePpm: 0, torn: false };
  const during = { at: 150_000, until: 900_000, ...losses };
  expect(phasesOf({ kind: 'crash', ...during, target: { server: 0 } })).toBe(0b10);
  expect(
    phasesOf({ kind: 'crash-loop', ...during, target: { server: 0 }, downFor: 50_000, upFor: 250_000 }),
  ).toBe(0b10010010);
  expect(phasesOf({ kind: 'rolling-restart', ...during, downFor: 50_000, gap: 50_000 })).toBe(0b111110);
});
