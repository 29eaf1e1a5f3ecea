import { expect, test } from 'vitest';
import { scenarioOf } from '../../sim/scenario/arbitrary.ts';
import { loadScenario } from '../../sim/scenario/load.ts';
import { pctScenarioOf } from '../../sim/scenario/pct.ts';
import { saveScenario } from '../../sim/scenario/save.ts';
import { simulate } from '../../sim/simulate.ts';

const SEEDS = Array.from({ length: 120 }, (_, i) => i + 1);

test('a seed has one draw, which is read back as it was', () => {
  for (const seed of SEEDS) {
    const scenario = pctScenarioOf(seed);
    expect(pctScenarioOf(seed)).toEqual(scenario);
    expect(loadScenario(saveScenario(scenario))).toEqual({ ok: true, scenario });
  }
});

test('priorities take the place of all that is done to single messages, and of what makes servers slow', () => {
  for (const seed of SEEDS) {
    const scenario = pctScenarioOf(seed, { environment: 'E2' });
    const kinds = scenario.faults.map(({ kind }) => kind);
    if (scenario.servers < 2) continue;
    expect(kinds.filter((kind) => kind === 'priorities')).toHaveLength(1);
    for (const kind of ['loss', 'duplication', 'reordering', 'delay', 'slow-node', 'slow-link'])
      expect(kinds).not.toContain(kind);
    const [{ servers, changes }] = scenario.faults as unknown as [{ servers: number[]; changes: number[] }];
    expect(servers.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: scenario.servers }, (_, server) => server),
    );
    expect(changes).toEqual([...new Set(changes)].toSorted((a, b) => a - b));
  }
});

test('where nothing may be slow it is the random draw', () => {
  for (const seed of SEEDS.slice(0, 20)) {
    for (const environment of ['E3', 'E7'] as const)
      expect(pctScenarioOf(seed, { environment })).toEqual(scenarioOf(seed, { environment }));
  }
});

test('places at which somebody falls behind are come by in most runs', () => {
  let drawn = 0;
  let otherRuns = 0;
  for (const seed of SEEDS.slice(0, 40)) {
    const scenario = pctScenarioOf(seed, { environment: 'E2' });
    const [first, ...rest] = scenario.faults;
    if (first?.kind !== 'priorities' || (first.changes as number[]).length === 0) continue;
    drawn++;
    const unchanged = simulate({ ...scenario, faults: [{ ...first, changes: [] }, ...rest] });
    if (simulate(scenario).digest !== unchanged.digest) otherRuns++;
  }
  expect(drawn).toBeGreaterThan(20);
  expect(otherRuns).toBeGreaterThan(drawn / 2);
});
