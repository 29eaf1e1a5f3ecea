import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Clock } from '../../sim/kernel/clock.ts';
import { type CivilTime, NEVER } from '../../src/core/time.ts';

const change = fc.record({
  after: fc.oneof(fc.nat(5), fc.nat(10_000_000), fc.nat(100_000_000_000)),
  what: fc.oneof(
    fc.record({
      ppm: fc.oneof(fc.integer({ min: -999_999, max: 1_000_000 }), fc.integer({ min: -500, max: 500 })),
    }),
    fc.record({ suspended: fc.boolean() }),
    fc.record({ wallPpm: fc.integer({ min: -1000, max: 1000 }) }),
    fc.record({ jump: fc.integer({ min: -10_000_000_000, max: 10_000_000_000 }) }),
  ),
});
const changes = fc.array(change, { maxLength: 20, size: 'max' });
const steps = fc.array(fc.oneof(fc.nat(3), fc.nat(1_000_000_000)), { maxLength: 10, size: 'max' });

function apply(clock: Clock, at: number, what: object): void {
  if ('ppm' in what) clock.setMonotonicPpm(at, what.ppm as number);
  else if ('suspended' in what) clock.setSuspended(at, what.suspended as boolean);
  else if ('wallPpm' in what) clock.setWallPpm(at, what.wallPpm as number);
  else if ('jump' in what) clock.jumpWall(what.jump as number);
}

test('the monotonic clock never goes back and shows whole microseconds, whatever happens to its rate', () => {
  fc.assert(
    fc.property(changes, steps, (plan, between) => {
      const clock = new Clock(5_000_000, 1_800_000_000_000);
      let at = 0;
      let last: number = clock.local(0);
      for (const { after, what } of plan) {
        for (const step of [...between].sort((x, y) => x - y)) {
          if (step > after) break;
          const reading = clock.local(at + step);
          expect(Number.isSafeInteger(reading)).toBe(true);
          expect(reading).toBeGreaterThanOrEqual(last);
          last = reading;
        }
        at += after;
        const before = clock.local(at);
        expect(before).toBeGreaterThanOrEqual(last);
        apply(clock, at, what);
        expect(clock.local(at)).toBe(before);
        last = before;
      }
    }),
  );
});

test('trueTimeOf gives the earliest true time at which the clock shows at least the instant', () => {
  fc.assert(
    fc.property(changes, fc.oneof(fc.nat(10), fc.nat(2 ** 40)), (plan, ahead) => {
      const clock = new Clock(0, 0);
      let at = 0;
      for (const { after, what } of plan) {
        at += after;
        apply(clock, at, what);
      }
      clock.setMonotonicPpm(at, clock.monotonicPpm());
      const instant = clock.local(at) + ahead;
      const found = clock.trueTimeOf(instant);
      if (clock.isSuspended() && ahead > 0) {
        expect(found).toBe(NEVER);
        return;
      }
      if (found === NEVER) return;
      expect(clock.local(found)).toBeGreaterThanOrEqual(instant);
      if (found > at) expect(clock.local(found - 1)).toBeLessThan(instant);
    }),
  );
});

test('a clock that runs 500 ppm fast is half a millisecond ahead after a second, exactly, also after a year', () => {
  const clock = new Clock(0, 0);
  clock.setMonotonicPpm(0, 500);
  expect(clock.local(1_000_000)).toBe(1_000_500);
  const year = 365 * 86_400_000_000;
  expect(clock.local(year)).toBe(year + (year / 1_000_000) * 500);
  expect(clock.trueTimeOf(year + (year / 1_000_000) * 500)).toBe(year);
});

test('a suspended machine: its monotonic clock stands still while the wall clock goes on', () => {
  const clock = new Clock(100, 7000);
  clock.setSuspended(1_000_000, true);
  expect([clock.local(61_000_000), clock.wall(61_000_000)]).toEqual([1_000_100, 68_000]);
  clock.setSuspended(61_000_000, false);
  expect([clock.local(62_000_000), clock.wall(62_000_000)]).toEqual([2_000_100, 69_000]);
});

test('a jump moves the wall clock only, by any distance', () => {
  const clock = new Clock(0, 1_800_000_000_000);
  const millennium = 31_556_952_000_000;
  clock.jumpWall(-millennium);
  expect([clock.local(5_000_000), clock.wall(5_000_000)]).toEqual([
    5_000_000,
    1_800_000_005_000 - millennium,
  ]);
});

test('an instant that never comes has no true time', () => {
  expect(new Clock(0, 0).trueTimeOf(NEVER)).toBe(NEVER);
});

test('the true time of a wall reading follows jumps and rates, and does not wait for a suspended machine', () => {
  const clock = new Clock(0, 7000);
  const reading = 67_000 as CivilTime;
  expect(clock.trueTimeOfWall(reading)).toBe(60_000_000);
  clock.setSuspended(1_000_000, true);
  expect(clock.trueTimeOfWall(reading)).toBe(60_000_000);
  clock.jumpWall(-10_000);
  expect(clock.trueTimeOfWall(reading)).toBe(70_000_000);
  clock.setWallPpm(10_000_000, 1_000_000);
  const found = clock.trueTimeOfWall(reading);
  expect(found).toBe(40_000_000);
  expect([clock.wall(found - 1), clock.wall(found)]).toEqual([66_999, 67_000]);
});
