// The abstract states that a run comes by: few where nothing happens, others where something does, and the same ones whatever the
// times at which they come.

import { expect, test } from 'vitest';
import type { FaultPlan } from '../../sim/scenario/scenario.ts';
import { simulate } from '../../sim/simulate.ts';
import { busyClient, busyPool, SECOND } from '../scenario/busy-pool.ts';

function statesWith(faults: readonly FaultPlan[], seed = 1): Set<number> {
  const pool = busyPool({
    environment: 'E1',
    licenses: [{ feature: 'cad', version: '1.0', hardLimit: 2, keyLifetimeMs: 30_000 }],
    clients: [busyClient(SECOND / 2, SECOND), busyClient(SECOND / 2, SECOND)],
    faults,
    chaosUntil: 30 * SECOND,
    clientsUntil: 30 * SECOND,
    endsAt: 40 * SECOND,
  });
  return new Set(simulate({ ...pool, seed }).states);
}

function crashOf(server: number): FaultPlan {
  const losses = { survivePpm: 0, torn: false };
  return { kind: 'crash', at: 10 * SECOND, until: 15 * SECOND, target: { server }, ...losses };
}

test('a pool at work comes by a few states again and again', () => {
  const calm = statesWith([]);
  expect(calm.size).toBeGreaterThan(5);
  expect(calm.size).toBeLessThan(100);
  const others = statesWith([], 2);
  const common = [...others].filter((state) => calm.has(state));
  expect(common.length / others.size).toBeGreaterThan(0.5);
});

test('a follower that is down shows, and which of two equal ones it is does not', () => {
  const calm = statesWith([]);
  const second = statesWith([crashOf(1)]);
  const third = statesWith([crashOf(2)]);
  const newIn = (states: Set<number>): Set<number> =>
    new Set([...states].filter((state) => !calm.has(state)));
  expect(newIn(second).size).toBeGreaterThan(0);
  expect([...newIn(second)].some((state) => third.has(state))).toBe(true);
});

test('a Leader that falls and reclaims its lead brings states that no fall of a follower brings', () => {
  const fallen = statesWith([crashOf(0)]);
  const others = new Set([...statesWith([]), ...statesWith([crashOf(1)]), ...statesWith([crashOf(2)])]);
  expect([...fallen].filter((state) => !others.has(state)).length).toBeGreaterThan(10);
});
