import { randomBytes, randomUUID } from 'node:crypto';
import { performance as imported } from 'node:perf_hooks';
import { describe, expect, test } from 'vitest';
import { scenarioOf } from '../../sim/scenario/arbitrary.ts';
import { ENVIRONMENTS } from '../../sim/scenario/scenario.ts';
import { simulate } from '../../sim/simulate.ts';
import { Tripped, underTripwires } from './tripwires.ts';

const SEEDS = [1, 2, 3, 4];

describe.each(ENVIRONMENTS)('in %s', (environment) => {
  test.each(SEEDS)('nothing ambient is asked while seed %i is drawn and run', (seed) => {
    const ran = underTripwires(() => simulate(scenarioOf(seed, { environment })));
    expect(ran.events).toBeGreaterThan(0);
    expect(simulate(scenarioOf(seed, { environment }))).toEqual(ran);
  });
});

const TOUCHES: readonly [string, () => unknown][] = [
  ['Date.now', () => Date.now()],
  ['new Date()', () => new Date()],
  ['Date()', () => (Date as unknown as () => string)()],
  ['new Date(2026, 0, 1)', () => new Date(2026, 0, 1)],
  ['Date.parse', () => Date.parse('2026-01-01')],
  ['a local hour', () => new Date(0).getHours()],
  ['a date as text', () => new Date(0).toString()],
  ['Math.random', () => Math.random()],
  ['Math.log', () => Math.log(3)],
  ['Math.cbrt', () => Math.cbrt(2)],
  ['performance.now', () => performance.now()],
  ['performance.now of node:perf_hooks', () => imported.now()],
  ['process.hrtime', () => process.hrtime()],
  ['process.hrtime.bigint', () => process.hrtime.bigint()],
  ['process.nextTick', () => process.nextTick(() => {})],
  ['crypto.randomUUID', () => crypto.randomUUID()],
  ['crypto.getRandomValues', () => crypto.getRandomValues(new Uint8Array(1))],
  ['randomUUID of node:crypto', () => randomUUID()],
  ['randomBytes of node:crypto', () => randomBytes(1)],
  ['setTimeout', () => setTimeout(() => {}, 0)],
  ['setInterval', () => setInterval(() => {}, 1)],
  ['setImmediate', () => setImmediate(() => {})],
  ['queueMicrotask', () => queueMicrotask(() => {})],
  ['a promise', () => Promise.resolve().then(() => {})],
  ['localeCompare', () => 'a'.localeCompare('b')],
  ['toLocaleString', () => (1.5).toLocaleString()],
  ['Intl', () => new Intl.DateTimeFormat()],
  ['sort without a comparison', () => [2, 10].sort()],
  ['toSorted without a comparison', () => [2, 10].toSorted()],
];

test.each(TOUCHES)('%s trips, even when the one who asked says nothing', (_what, touch) => {
  expect(() => underTripwires(touch)).toThrow(Tripped);
  const swallow = () => {
    try {
      touch();
    } catch {}
  };
  expect(() => underTripwires(swallow)).toThrow(Tripped);
});

test('what is exact and given from outside may be used, and afterwards everything is as before', () => {
  const before = [Date, Math.random, performance.now, Array.prototype.sort, setTimeout, randomUUID];
  const seen = underTripwires(() => [
    Date.UTC(2026, 0, 1),
    new Date(0).getUTCFullYear(),
    new Date(0) instanceof Date,
    Math.floor(2.5),
    [3, 1, 2].sort((a, b) => a - b),
  ]);
  expect(seen).toEqual([1_767_225_600_000, 1970, true, 2, [1, 2, 3]]);
  expect([Date, Math.random, performance.now, Array.prototype.sort, setTimeout, randomUUID]).toEqual(before);
  expect(Date.now()).toBeGreaterThan(0);
  expect(new Date(2026, 0, 1).getFullYear()).toBe(2026);
});
