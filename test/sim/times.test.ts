import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addTimes, bucketOf, distributionOf, mergeTimes, noTimes } from '../../sim/campaign/times.ts';
import type { Outcome } from '../../sim/outcome.ts';
import { drillOf } from '../../sim/scenario/drill.ts';
import type { FaultPlan, Scenario } from '../../sim/scenario/scenario.ts';
import { Run, simulate } from '../../sim/simulate.ts';

const SECOND = 1_000_000;
const LOST_AT = 10 * SECOND;
const LEADER = { role: 'leader' };

const WAYS_TO_BE_LOST: readonly FaultPlan[] = [
  { kind: 'crash', at: LOST_AT, until: 20 * SECOND, target: LEADER, survivePpm: 0, torn: false },
  { kind: 'partition', at: LOST_AT, until: 20 * SECOND, split: { isolate: LEADER }, among: 'all' },
  { kind: 'pause', at: LOST_AT, until: 20 * SECOND, target: LEADER },
];

function poolWith(fault: FaultPlan, changes: Partial<Scenario> = {}): Scenario {
  return { ...drillOf(1), servers: 3, faults: [fault], ...changes };
}

/** When which server took over. */
function reignsOf(scenario: Scenario): { at: number; server: number }[] {
  const run = new Run(scenario);
  const reigns: { at: number; server: number }[] = [];
  run.context.observer = {
    serverNoted(at, server, event) {
      if (event.kind === 'took over') reigns.push({ at, server });
    },
  };
  while (run.step());
  return reigns;
}

describe('A fail-over takes from the loss of the Leader, which it may not know of itself, until another server serves', () => {
  test.each(WAYS_TO_BE_LOST)('$kind', (fault) => {
    const scenario = poolWith(fault);
    const { times } = simulate(scenario);
    const [, second] = reignsOf(scenario);
    expect(times.failOver).toHaveLength(1);
    expect(second!.server).toBe(1);
    const lostAt = second!.at - times.failOver[0]!;
    // One that dies is lost at that moment; else the last round that could be confirmed began up to a heartbeat before.
    expect(lostAt).toBeLessThanOrEqual(LOST_AT);
    if (fault.kind === 'crash') expect(lostAt).toBe(LOST_AT);
    else expect(lostAt).toBeGreaterThan(LOST_AT - 0.25 * SECOND);
  });

  test.each(WAYS_TO_BE_LOST)('and longer with a longer time-out: $kind', (fault) => {
    const usual = simulate(poolWith(fault)).times.failOver[0]!;
    const longer = simulate(poolWith(fault, { settings: { electionTimeout: 2500 } })).times.failOver[0]!;
    expect(longer - usual).toBeGreaterThan(0.7 * SECOND);
    expect(longer - usual).toBeLessThan(1.3 * SECOND);
  });
});

test('a reclaim takes from when the better server is up, or in reach, until it leads again', () => {
  for (const fault of WAYS_TO_BE_LOST) {
    const scenario = poolWith(fault);
    const [, , third] = reignsOf(scenario);
    expect(third!.server).toBe(0);
    const backAt = third!.at - simulate(scenario).times.reclaim[0]!;
    expect(backAt).toBeGreaterThanOrEqual(fault.until);
    expect(backAt).toBeLessThan(fault.until + 0.5 * SECOND);
  }
});

test('a pool whose only Leader comes back was out of service and did not fail over; what lasts at the end counts', () => {
  const down = { kind: 'all-down', at: LOST_AT, until: 20 * SECOND, survivePpm: 1_000_000, torn: false };
  const { times } = simulate(poolWith(down));
  expect(times.failOver).toEqual([]);
  expect(times.unavailable).toHaveLength(1);
  expect(times.unavailable[0]).toBeGreaterThan(10 * SECOND);
  const endsAt = 15 * SECOND;
  const cutShort = poolWith({ ...down, until: endsAt }, { chaosUntil: endsAt, clientsUntil: endsAt, endsAt });
  expect(simulate(cutShort).times).toEqual({ failOver: [], reclaim: [], unavailable: [endsAt - LOST_AT] });
});

test('a hand-over is a time without service of its own, from the freeze on', () => {
  const { times } = simulate(poolWith(WAYS_TO_BE_LOST[0]!));
  expect(times.unavailable).toHaveLength(2);
  expect(times.unavailable[0]).toBe(times.failOver[0]);
  expect(times.unavailable[1]).toBeLessThan(0.1 * SECOND);
});

describe('Histograms of times', () => {
  const micros = fc.oneof(fc.nat(100_000), fc.nat(100_000_000), fc.nat(1e13));

  test('are the same whoever counted which run, in whatever order they are put together', () => {
    const times = fc.record({
      failOver: fc.array(micros, { maxLength: 5 }),
      reclaim: fc.array(micros, { maxLength: 5 }),
      unavailable: fc.array(micros, { maxLength: 5 }),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(times, fc.nat(2)), { maxLength: 12 }), (runs) => {
        const atOnce = noTimes();
        const parts = [noTimes(), noTimes(), noTimes()];
        for (const [run, part] of runs) {
          addTimes(atOnce, run as Outcome['times']);
          addTimes(parts[part]!, run as Outcome['times']);
        }
        const whole = noTimes();
        for (const part of parts.toReversed()) mergeTimes(whole, part);
        expect(whole).toEqual(atOnce);
      }),
    );
  });

  test('tell a percentile that is no smaller than the value of that rank, and larger by a thirty-second at most', () => {
    fc.assert(
      fc.property(fc.array(micros, { minLength: 1, maxLength: 300 }), (values) => {
        const times = noTimes();
        addTimes(times, { failOver: values, reclaim: [], unavailable: [] });
        const sorted = values.map((value) => Math.ceil(value / 1000)).sort((a, b) => a - b);
        const { count, p50, p99 } = distributionOf(times.failOver);
        expect(count).toBe(values.length);
        for (const [percentile, percent] of [
          [p50, 50],
          [p99, 99],
        ] as const) {
          const exact = sorted[Math.ceil((sorted.length * percent) / 100) - 1]!;
          expect(percentile).toBeGreaterThanOrEqual(exact);
          expect(percentile).toBeLessThanOrEqual(exact * (1 + 1 / 32));
        }
      }),
    );
    expect(distributionOf(noTimes().reclaim)).toMatchObject({ count: 0, p50: null, p99: null });
  });

  test('have buckets that each value is in once', () => {
    let last = -1;
    for (let ms = 0; ms < 10_000; ms++) {
      const upper = bucketOf(ms);
      expect(upper).toBeGreaterThanOrEqual(ms);
      if (upper !== last) {
        expect(ms).toBe(last + 1);
        last = upper;
      }
    }
  });
});
