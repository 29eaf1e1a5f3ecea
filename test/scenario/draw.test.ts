import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { livenessBound } from '../../properties/bounds.ts';
import { FAULT_KINDS, mistakeIn } from '../../sim/faults/index.ts';
import { scenarioOf, scenarioWithin } from '../../sim/scenario/arbitrary.ts';
import { drawsOf } from '../../sim/scenario/draws.ts';
import { DRAWN_KINDS, faultArbitrary, KNOWN_KINDS, kindsOf } from '../../sim/scenario/fault-arbitraries.ts';
import { checkScenario, loadScenario } from '../../sim/scenario/load.ts';
import { saveScenario } from '../../sim/scenario/save.ts';
import { ENVIRONMENTS, type FaultPlan, hasCore, type Scenario } from '../../sim/scenario/scenario.ts';
import { swarmArbitrary } from '../../sim/scenario/swarm.ts';

const SEEDS = Array.from({ length: 2000 }, (_, seed) => seed);
const DRAWN = SEEDS.map((seed) => scenarioOf(seed));
const seeds = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const environments = fc.constantFrom(undefined, ...ENVIRONMENTS);

describe('the draw of a seed', () => {
  test('hangs on the seed alone, not on what was drawn before', () => {
    for (const seed of SEEDS.slice(0, 200).toReversed()) {
      expect(saveScenario(scenarioOf(seed))).toBe(saveScenario(DRAWN[seed]!));
    }
  });

  test('is the same in another process', () => {
    const script = `
      import { scenarioOf } from './dist/sim/scenario/arbitrary.js';
      import { saveScenario } from './dist/sim/scenario/save.js';
      for (const seed of [77, 3, 9007199254740991]) process.stdout.write(saveScenario(scenarioOf(seed)));`;
    const there = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    const here = [77, 3, Number.MAX_SAFE_INTEGER].map((seed) => saveScenario(scenarioOf(seed)));
    expect(there).toBe(here.join(''));
  });

  test('differs between seeds, also between those that agree in their low 32 bits', () => {
    const texts = new Set(DRAWN.map((scenario) => saveScenario({ ...scenario, seed: 0 })));
    expect(texts.size).toBeGreaterThan(SEEDS.length - 5);
    expect(scenarioOf(7 + 2 ** 32)).not.toEqual({ ...scenarioOf(7), seed: 7 + 2 ** 32 });
  });

  test('is a scenario that the loader accepts, in every environment', () => {
    fc.assert(
      fc.property(seeds, environments, (seed, environment) => {
        const scenario = scenarioOf(seed, { environment });
        expect(checkScenario(scenario)).toEqual({ ok: true, scenario });
        if (environment !== undefined) expect(scenario.environment).toBe(environment);
      }),
      { numRuns: 500 },
    );
  });

  test('reaches every environment, size of pool and kind of fault', () => {
    expect(new Set(DRAWN.map(({ environment }) => environment))).toEqual(new Set(ENVIRONMENTS));
    expect(new Set(DRAWN.map(({ servers }) => servers))).toEqual(new Set([1, 2, 3, 4, 5, 7, 9, 11]));
    expect(new Set(DRAWN.flatMap(({ faults }) => faults.map(({ kind }) => kind)))).toEqual(
      new Set(DRAWN_KINDS),
    );
  });

  test('knows how to draw every kind of fault that there is, but for the one that only strategy pct has', () => {
    expect(new Set([...KNOWN_KINDS, 'priorities'])).toEqual(new Set(FAULT_KINDS.keys()));
  });

  test('can draw, and shrink after it was read from a file, also those kinds that it draws nowhere yet', () => {
    for (const kind of KNOWN_KINDS) {
      for (const environment of ENVIRONMENTS) {
        const around = {
          environment,
          servers: 3,
          clients: 2,
          begins: 'founded' as const,
          chaosFrom: 100_000,
          chaosUntil: 40_000_000,
          endsAt: 90_000_000,
          core: hasCore(environment) ? [0, 1] : [],
          strikes: 'nothing' as const,
        };
        const arbitrary = faultArbitrary(kind, around);
        fc.assert(
          fc.property(arbitrary, (plan) => {
            expect(mistakeIn(plan)).toBeNull();
            const saved = JSON.parse(JSON.stringify(plan)) as FaultPlan;
            expect(arbitrary.canShrinkWithoutContext(saved)).toBe(true);
          }),
          { numRuns: 20 },
        );
      }
    }
  });

  test('leaves out each kind of fault in some runs that have many faults', () => {
    const busy = DRAWN.filter(({ faults }) => faults.filter(({ at }) => at > 0).length >= 6);
    for (const kind of DRAWN_KINDS) {
      expect(busy.some(({ faults }) => faults.every((plan) => plan.kind !== kind))).toBe(true);
    }
  });
});

describe('a drawn scenario', () => {
  test('has faults only of kinds that its environment allows', () => {
    for (const { environment, servers, faults } of DRAWN) {
      for (const { kind } of faults) expect(kindsOf(environment, servers)).toContain(kind);
    }
  });

  test('keeps monotonic clocks within the bound, except in E1', () => {
    const drifts = (scenario: Scenario) =>
      scenario.faults.map((plan) => Math.abs((plan.ppm as number | undefined) ?? 0));
    for (const scenario of DRAWN) {
      if (scenario.environment === 'E1') continue;
      const monotonic = {
        ...scenario,
        faults: scenario.faults.filter(({ kind }) => kind === 'monotonic-drift'),
      };
      for (const ppm of drifts(monotonic)) expect(ppm).toBeLessThanOrEqual(scenario.driftPpm);
    }
  });

  test('has at most twelve faults besides the drifts of the whole run, three clients left alone, and a lost store', () => {
    for (const { faults } of DRAWN) expect(faults.filter(({ at }) => at > 0).length).toBeLessThanOrEqual(16);
  });

  test('leaves time for the last handle to lapse after the clients have stopped, wherever liveness is judged', () => {
    for (const { environment, licenses, clientsUntil, endsAt } of DRAWN) {
      const longest = Math.max(...licenses.map(({ keyLifetimeMs }) => keyLifetimeMs));
      if (hasCore(environment)) expect(endsAt - clientsUntil).toBeGreaterThan(longest * 1030);
    }
  });

  test('in E3 and E7 lasts long enough for nearly every verdict on liveness', () => {
    const ofCore = DRAWN.filter(({ environment }) => hasCore(environment));
    const isLong = (scenario: Scenario) => {
      const { leader, reclaim } = livenessBound(scenario);
      return (
        leader < scenario.clientsUntil - scenario.chaosUntil &&
        reclaim < scenario.endsAt - scenario.chaosUntil
      );
    };
    expect(ofCore.filter(isLong).length / ofCore.length).toBeGreaterThan(0.9);
  });

  test('ends its faults with the chaos, except for drifts, for what stays broken around a core, and for clients', () => {
    for (const { environment, faults, chaosUntil, endsAt } of DRAWN) {
      for (const plan of faults) {
        const { at, until } = plan;
        expect(at).toBeLessThan(chaosUntil);
        expect(until).toBeLessThanOrEqual(endsAt);
        if (hasCore(environment) && until > chaosUntil) expect(until).toBe(endsAt);
        if (!hasCore(environment) && at > 0 && !/"(client|grantee)"/.test(JSON.stringify(plan))) {
          expect(until).toBeLessThanOrEqual(chaosUntil);
        }
      }
    }
  });

  test('in E3 and E7 has a core, and outside of it faults on a server last for ever', () => {
    for (const { environment, core, faults, endsAt } of DRAWN) {
      expect(core.length > 0).toBe(hasCore(environment));
      for (const plan of faults) {
        const target = plan.target as { readonly server?: number } | undefined;
        if (core.length === 0 || target?.server === undefined || core.includes(target.server)) continue;
        expect(plan.until).toBe(endsAt);
      }
    }
  });

  test('shrinks also after it was saved and read again', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const draws = drawsOf(seed);
        const within = scenarioWithin(swarmArbitrary().generate(draws, undefined).value, seed);
        const { value } = within.generate(draws, undefined);
        const loaded = loadScenario(saveScenario(value));
        expect(loaded.ok && within.canShrinkWithoutContext(loaded.scenario)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
