// The same scenario, requests and faults, through the simulator and through real processes. What differs by its nature, and
// is not compared, stands in docs/metal.md.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FAULT_KINDS } from '../../sim/faults/index.ts';
import { EXCLUDED_FAULTS, mappedToProcesses } from '../../sim/metal/mapping.ts';
import { runOnProcesses } from '../../sim/metal/on-processes.ts';
import { loadScenario } from '../../sim/scenario/load.ts';
import type { Scenario } from '../../sim/scenario/scenario.ts';
import { Run } from '../../sim/simulate.ts';
import { hearing, Notes } from './notes.ts';

const PROGRAM = new URL('../../dist/src/cli/main.js', import.meta.url).pathname;

function scenarioIn(file: string): Scenario {
  const loaded = loadScenario(readFileSync(new URL(file, import.meta.url), 'utf8'));
  if (!loaded.ok) throw new Error(loaded.reason);
  return loaded.scenario;
}

test('The simulator and real servers tell the same of a fail-over, a reclaim, a cut and a pause', async () => {
  const scenario = scenarioIn('fail-over.json');
  const simulated = new Notes();
  const run = new Run(scenario);
  run.context.observer = hearing(simulated);
  while (run.step());
  expect(simulated.leaders).toEqual(['s1', 's2', 's1 by hand-over']);

  const mapped = mappedToProcesses(scenario);
  if (typeof mapped === 'string') throw new Error(mapped);
  expect(mapped.exclusions).toEqual([]);
  const real = new Notes();
  const outcome = await runOnProcesses(mapped.scenario, {
    program: PROGRAM,
    noted: ({ server, line }) => real.hear(server, line),
  });
  expect(outcome.violations).toEqual([]);
  expect(outcome.faults).toEqual(Object.fromEntries(run.world.faultCounts()));
  expect(real).toEqual(simulated);
}, 90_000);

test('Of every kind of fault it is said whether it can be done to processes; what cannot is left out and told', () => {
  for (const kind of Object.keys(EXCLUDED_FAULTS)) expect(FAULT_KINDS.has(kind), kind).toBe(true);
  const scenario = scenarioIn('fail-over.json');
  const jump = { kind: 'wall-jump', at: 0, until: 1, target: { server: 0 }, byMs: 1000 };
  const mapped = mappedToProcesses({
    ...scenario,
    environment: 'E4',
    settings: { heartbeatInterval: 100 },
    faults: [...scenario.faults, jump],
  });
  if (typeof mapped === 'string') throw new Error(mapped);
  expect(mapped.scenario.faults).toEqual(scenario.faults);
  expect(mapped.exclusions.map(({ what }) => what)).toEqual([
    'fault wall-jump',
    'timers other than the usual',
  ]);
  expect(mappedToProcesses({ ...scenario, moves: [] })).toMatch(/cannot be put in order/);
});
