import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addStates,
  expectedIn,
  mergeStates,
  noStates,
  reportOf,
  type States,
} from '../../sim/campaign/states.ts';
import { stream } from '../../sim/kernel/chance.ts';

/** Runs of seeds 0, 1, 2 …: which states each came by. */
const runs = fc.array(fc.uniqueArray(fc.nat({ max: 400 }), { maxLength: 30 }), {
  minLength: 1,
  maxLength: 20,
});

function statesOf(seeds: Iterable<[number, readonly number[]]>, most: number): States {
  const states = noStates();
  for (const [seed, run] of seeds) addStates(states, seed, run, most);
  return states;
}

describe('abstract states', () => {
  test('are the same in whatever order and grouping runs are put together, also beyond what can be kept', () => {
    fc.assert(
      fc.property(runs, fc.integer({ min: 1, max: 60 }), fc.gen(), (all, most, gen) => {
        const whole = statesOf(all.entries(), most);
        const order = gen(() => fc.shuffledSubarray([...all.entries()], { minLength: all.length }));
        const cut = gen(() => fc.nat({ max: all.length }));
        const sum = noStates();
        for (const part of [order.slice(cut), order.slice(0, cut)]) {
          mergeStates(sum, statesOf(part, most), most);
        }
        expect(sum).toEqual(whole);
        expect(whole.kept).toBe(Object.keys(whole.seen).length);
        expect(whole.kept).toBeLessThanOrEqual(Math.max(most, 1));
      }),
    );
  });

  test('are counted with the smallest seed that came by each, and with one, two or more runs', () => {
    const states = statesOf(
      [
        [7, [1, 2, 3]],
        [4, [2, 3]],
        [9, [3, 5]],
        [2, [3]],
      ],
      100,
    );
    expect(states).toEqual({
      depth: 0,
      kept: 4,
      visits: 8,
      seen: { '1': [7, 1], '2': [4, 2], '3': [2, 3], '5': [9, 1] },
    });
    expect(reportOf(states, 4, 2, 8)).toMatchObject({
      distinct: 4,
      isEstimated: false,
      seenInOneRun: 2,
      seenInTwoRuns: 1,
      unseenMass: 0.25,
      growth: [
        { seeds: 1, states: 1 },
        { seeds: 2, states: 1 },
        { seeds: 5, states: 2 },
        { seeds: 8, states: 4 },
      ],
    });
  });

  test('are about as many as there are when only a share of them is kept', () => {
    const chance = stream(1, 'states');
    const all = Array.from({ length: 20_000 }, () => chance.uint32() * 2 ** 20 + (chance.uint32() >>> 12));
    const states = statesOf([[1, all]], 1000);
    expect(states.kept).toBeLessThanOrEqual(1000);
    const { distinct, isEstimated } = reportOf(states, 1, 1, 1);
    expect(isEstimated).toBe(true);
    expect(distinct).toBeGreaterThan(18_000);
    expect(distinct).toBeLessThan(22_000);
  });

  test('that nobody has seen yet are foretold well where all are as likely as each other, and as too few elsewhere', () => {
    /** 3,000 states; each run comes by each with its own probability, in 1 / `rarest` … 1 / `commonest` of the runs. */
    const foretold = (commonest: number, rarest: number) => {
      const chance = stream(2, 'runs');
      const rarity = Array.from({ length: 3000 }, (_, at) => commonest + ((rarest - commonest) * at) / 3000);
      const run = (): number[] =>
        rarity.flatMap((one, at) => (chance.below(Math.round(one)) === 0 ? [at] : []));
      const states = noStates();
      for (let seed = 0; seed < 500; seed++) addStates(states, seed, run());
      const report = reportOf(states, 500, 0, 500);
      for (let seed = 500; seed < 1500; seed++) addStates(states, seed, run());
      return { expected: report.expectedNew.states, came: states.kept - report.distinct, report };
    };
    const alike = foretold(700, 700);
    expect(Math.abs(alike.expected - alike.came) / alike.came).toBeLessThan(0.1);
    // A run comes by 3000 / 700 states; of those the unseen ones are new.
    const unseen = (3000 - alike.report.distinct) / 3000;
    expect(Math.abs(alike.report.unseenMass - unseen)).toBeLessThan(0.05);
    const mixed = foretold(2, 4000);
    expect(mixed.expected).toBeLessThan(mixed.came * 1.1);
    expect(mixed.expected).toBeGreaterThan(mixed.came / 2);
  });

  test('are all known when none was seen in one run only', () => {
    expect(expectedIn(1000, 10, 0, 5)).toBe(0);
    expect(expectedIn(1000, 0, 0, 0)).toBe(0);
    expect(expectedIn(1000, 10, 1, 0)).toBe(0);
  });
});
