import { describe, expect, test } from 'vitest';
import { scenarioOf } from '../../sim/scenario/arbitrary.ts';
import { fitted, isInitial, isStoreLoss } from '../../sim/scenario/fault-arbitraries.ts';
import { checkScenario } from '../../sim/scenario/load.ts';
import { mutated, surroundingsOf } from '../../sim/scenario/mutation.ts';
import { ENVIRONMENTS, type EnvironmentId, type Scenario } from '../../sim/scenario/scenario.ts';

/** Mutants of mutants, each with another one of that environment as its lender. */
function descendants(environment: EnvironmentId, count: number): Scenario[] {
  const found = [scenarioOf(1, { environment }), scenarioOf(2, { environment })];
  for (let seed = 3; found.length < count; seed++) {
    found.push(mutated(found[(seed * 7) % found.length]!, found[(seed * 5) % found.length]!, seed));
  }
  return found;
}

describe.each(ENVIRONMENTS)('in %s a scenario that was changed', (environment) => {
  const all = descendants(environment, 150);

  test('could be saved and loaded, and stays what it was for its environment', () => {
    for (const scenario of all) {
      const checked = checkScenario(JSON.parse(JSON.stringify(scenario)));
      expect(checked.ok ? '' : checked.reason).toBe('');
      expect(scenario.environment).toBe(environment);
      expect(scenario.faults.filter(({ kind }) => isStoreLoss(kind)).length).toBeLessThanOrEqual(1);
    }
  });

  test('has no fault that could not have been drawn there, and none that lasts for longer', () => {
    for (const scenario of all) {
      const around = surroundingsOf(scenario);
      for (const fault of scenario.faults.filter((each) => !isInitial(each))) {
        expect(fitted(fault, around), JSON.stringify(fault)).toEqual(fault);
      }
    }
  });

  test('is the same again for the same seed, and another one for most seeds', () => {
    const [parent, other] = all as [Scenario, Scenario];
    const mutants = Array.from({ length: 30 }, (_, seed) => JSON.stringify(mutated(parent, other, seed)));
    expect(mutants).toEqual(
      Array.from({ length: 30 }, (_, seed) => JSON.stringify(mutated(parent, other, seed))),
    );
    expect(new Set(mutants).size).toBeGreaterThan(15);
  });
});

test('a fault that would outlast the chaos is cut short as a drawn one is, and one from elsewhere does not fit', () => {
  const scenario = scenarioOf(1, { environment: 'E3' });
  const around = surroundingsOf(scenario);
  const { chaosUntil } = scenario;
  const late = {
    kind: 'loss',
    at: chaosUntil - 1_000_000,
    until: chaosUntil + 5_000_000,
    links: 'all',
    ppm: 5000,
  };
  expect(fitted(late, around)).toEqual({ ...late, until: chaosUntil });
  expect(fitted({ ...late, at: chaosUntil }, around)).toBeNull();
  expect(fitted({ ...late, ppm: 4999 }, around)).toBeNull();
  expect(fitted({ ...late, links: [[0, 99]] }, around)).toBeNull();
});
