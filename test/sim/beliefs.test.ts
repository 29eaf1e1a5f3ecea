// A client believes that it holds a token until the earlier of its two clocks says no; checkers are told when that is in
// true time, and anew whenever a clock of the client is disturbed.

import { expect, test } from 'vitest';
import { scenarioOf } from '../../sim/scenario/arbitrary.ts';
import type { Scenario } from '../../sim/scenario/scenario.ts';
import { Run } from '../../sim/simulate.ts';

const SECOND = 1_000_000;
const LIFE = 60 * SECOND;

/** A run up to the first token of its only client, and every end that checkers were told of. */
function holding(): { run: Run; client: number; ends: number[] } {
  const drawn = scenarioOf(1, { environment: 'E2' });
  const scenario: Scenario = {
    ...drawn,
    servers: 3,
    licenses: [{ feature: 'cad', version: '1.0', hardLimit: 1, keyLifetimeMs: LIFE / 1000 }],
    clients: [
      {
        meanThink: SECOND,
        meanHold: 1000 * SECOND,
        sessions: 1,
        neverReleasePpm: 0,
        crashPpm: 0,
        mostUnits: 1,
        skip: [],
      },
    ],
    settings: {},
    faults: [],
    core: [],
  };
  const run = new Run(scenario);
  const ends: number[] = [];
  run.context.observer = { beliefHeld: (_at, _client, _handle, _key, _units, until) => ends.push(until) };
  while (ends.length === 0 && run.step());
  return { run, client: scenario.servers, ends };
}

test('undisturbed, a belief ends within a lifetime of its beginning, whichever clock ends it', () => {
  const { run, ends } = holding();
  expect(ends[0]).toBeGreaterThan(run.world.now);
  expect(ends[0]).toBeLessThanOrEqual(run.world.now + LIFE);
});

test('a wall clock that jumps forward brings the end nearer by as much, and beyond it: to now', () => {
  const { run, client, ends } = holding();
  run.world.jumpWall(client, 20_000);
  expect(ends.at(-1)! - ends[0]!).toBeGreaterThanOrEqual(-20 * SECOND - 1000);
  expect(ends.at(-1)! - ends[0]!).toBeLessThanOrEqual(-20 * SECOND);
  run.world.jumpWall(client, 100_000);
  expect(ends.at(-1)).toBe(run.world.now);
});

test('a wall clock that jumps back does not prolong a belief', () => {
  const { run, client, ends } = holding();
  run.world.jumpWall(client, -1_000_000);
  expect(ends.at(-1)! - ends[0]!).toBeGreaterThanOrEqual(0);
  // Whole milliseconds of the wall clock are not the last word any more.
  expect(ends.at(-1)! - ends[0]!).toBeLessThanOrEqual(1000);
});

test('a machine that sleeps believes no longer than its wall clock allows', () => {
  const { run, client, ends } = holding();
  run.world.suspendClock(client, true);
  expect(ends.at(-1)).toBe(ends[0]);
});
