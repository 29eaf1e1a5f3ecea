import { expect, test } from 'vitest';
import type { Violation } from '../../sim/outcome.ts';
import { scenarioOf } from '../../sim/scenario/arbitrary.ts';
import { AXES, LAST_AXES } from '../../sim/scenario/axes.ts';
import type { Sighting } from '../../sim/scenario/axis.ts';
import { checkScenario } from '../../sim/scenario/load.ts';
import { saveScenario } from '../../sim/scenario/save.ts';
import type { Scenario } from '../../sim/scenario/scenario.ts';
import type { Failure, Seek } from '../../sim/shrink/seek.ts';
import { shrink } from '../../sim/shrink/shrink.ts';
import { sizeOf } from '../../sim/shrink/size.ts';

const SEEDS = Array.from({ length: 20 }, (_, place) => place + 1);

const VIOLATION: Violation = { property: 'S5', reason: 'S5: too many', pattern: 'too many', at: 0, event: 1 };

/** A simulator that runs nothing: a scenario fails when what is asked of it holds, at the end of the run. */
function failingIf(isFailing: (scenario: Scenario) => boolean): Seek {
  return (scenario, signature): Failure | null =>
    checkScenario(scenario).ok && isFailing(scenario)
      ? { signature, violation: VIOLATION, events: 1, ...shownBy(scenario) }
      : null;
}

function shownBy(scenario: Scenario): Sighting {
  return {
    at: scenario.endsAt,
    sessions: scenario.clients.map(({ sessions }) => sessions),
    faults: scenario.faults.map(({ at }) => ({ beganAt: at, hadConsequences: true, nodes: [] })),
  };
}

test('Every simpler scenario can be read again, but for one without any license', () => {
  for (const seed of SEEDS) {
    const scenario = scenarioOf(seed);
    for (const axis of [...AXES, ...LAST_AXES]) {
      const sighting = { ...shownBy(scenario), at: scenario.endsAt / 2 };
      const candidates =
        axis.kind === 'simpler'
          ? [...axis.candidates(scenario, sighting)]
          : axis
              .parts(scenario, sighting)
              .map((_, place, parts) => axis.keeping(scenario, parts.slice(0, place)));
      for (const candidate of candidates) {
        const loaded = checkScenario(JSON.parse(saveScenario(candidate)));
        if (loaded.ok) expect(saveScenario(loaded.scenario)).toBe(saveScenario(candidate));
        else expect(`${axis.name}: ${loaded.reason}`).toMatch(/licenses: expected/);
        expect(saveScenario(candidate)).not.toBe(saveScenario(scenario));
      }
    }
  }
});

test('What makes it fail is all that is left', () => {
  const scenario = scenarioOf(3);
  const needed = [...new Set(scenario.faults.map(({ kind }) => kind))].slice(-2);
  const shrunk = shrink(scenario, 'S5-00000000', {
    seek: failingIf(
      ({ faults, servers }) =>
        servers >= 3 && needed.every((kind) => faults.some((fault) => fault.kind === kind)),
    ),
  })!;
  expect(shrunk.isComplete).toBe(true);
  expect(shrunk.scenario.faults.map(({ kind }) => kind).toSorted()).toEqual(needed.toSorted());
  expect(sizeOf(shrunk.scenario)).toMatchObject({ servers: 3, clients: 0, licenses: 1, settings: 0 });
});

test('It is the same search every time, and ends with the best so far when it is told to', () => {
  const seek = failingIf(({ faults, clients }) => faults.length >= 2 && clients.length >= 1);
  const scenario = scenarioOf(5);
  const complete = shrink(scenario, 'S5-00000000', { seek })!;
  expect(shrink(scenario, 'S5-00000000', { seek })).toEqual(complete);
  let left = 5;
  const cut = shrink(scenario, 'S5-00000000', { seek, isOver: () => left-- === 0 })!;
  expect(cut).toMatchObject({ isComplete: false, runs: 6 });
  expect(seek(cut.scenario, 'S5-00000000', 1)).not.toBeNull();
});

test('A scenario that does not fail is not shrunk', () => {
  expect(shrink(scenarioOf(1), 'S5-00000000', { seek: () => null })).toBeNull();
});
