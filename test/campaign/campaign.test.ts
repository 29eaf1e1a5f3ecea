import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PROPERTIES } from '../../properties/index.ts';
import { LABELS } from '../../properties/sometimes.ts';
import { runBatch } from '../../sim/campaign/batch.ts';
import { runCampaign } from '../../sim/campaign/campaign.ts';
import { cardLines } from '../../sim/campaign/card.ts';
import { type CoverageGoal, gapsOf } from '../../sim/campaign/coverage.ts';
import { type Crew, localCrew } from '../../sim/campaign/crew.ts';
import type { Simulate } from '../../sim/campaign/judge.ts';
import { brief, grouped, spanOf } from '../../sim/campaign/numbers.ts';
import {
  batchAt,
  batchCount,
  parseSeeds,
  parseShard,
  seedsFrom,
  seedsIn,
  WHOLE,
} from '../../sim/campaign/plan.ts';
import { jsonSummary, type SummaryContext, textSummary } from '../../sim/campaign/summary.ts';
import { emptyTally, mergeTally, type Tally } from '../../sim/campaign/tally.ts';
import { goalOf } from '../../sim/cli/coverage-goal.ts';
import { patternOf } from '../../sim/outcome.ts';
import { scenarioOf } from '../../sim/scenario/arbitrary.ts';
import { ENVIRONMENTS } from '../../sim/scenario/scenario.ts';
import { signatureOf } from '../../sim/signature.ts';
import { BrokenFact } from '../../src/core/assert.ts';
import { pretend, unrulyCrew } from './pretend.ts';

const GOAL: CoverageGoal = {
  environments: ENVIRONMENTS,
  properties: [
    { id: 'S4', name: 'Conservation', environments: ENVIRONMENTS },
    { id: 'S5', name: 'GlobalCapacity', environments: ENVIRONMENTS.filter((id) => id !== 'E1') },
    { id: 'L1', name: 'SomeLeader', environments: ['E3'] },
  ],
  labels: ['odd', 'even'],
  card: {
    kinds: ['crash', 'wall-jump'],
    phases: ['steady', 'freeze', 'tamper'],
    impossible: { crash: { tamper: 'no clock is set back' } },
  },
};

const MANY = { seeds: { first: 1, count: 1000 }, mostFailures: 1_000_000 };

describe('a tally', () => {
  const parts = Array.from({ length: 12 }, (_, part) => runBatch(pretend, { first: part * 40, count: 40 }));
  const whole = runBatch(pretend, { first: 0, count: 480 });

  test('is the same in whatever order its parts are put together', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(parts, { minLength: parts.length }), (order) => {
        const sum = emptyTally();
        for (const part of order) mergeTally(sum, part);
        expect(sum).toEqual(whole);
      }),
    );
  });

  test('keeps what was checked by environment, and of each number the largest, be it negative', () => {
    const { environments, checked, numbers } = runBatch(pretend, { first: 20, count: 60 });
    expect(Object.values(environments).reduce((sum, runs) => sum + runs, 0)).toBe(60);
    for (const environment of ENVIRONMENTS) {
      expect(checked.S4![environment]).toBe(environments[environment]);
      expect(checked.S5![environment]).toBe(
        environment === 'E1' ? undefined : 3 * environments[environment]!,
      );
    }
    expect(numbers).toEqual({ 'slack, most': -20 });
  });

  test('keeps of each label the smallest seed that reached it, in whatever order the parts come', () => {
    const sum = emptyTally();
    for (const part of parts.toReversed()) mergeTally(sum, part);
    expect(sum.labels).toEqual({ even: { count: whole.labels.even!.count, firstSeed: 0 } });
  });

  test('counts for each phase the faults that struck in it, and keeps the smallest seed with one', () => {
    // Seed 13 is a broken fact: nothing is known of its faults.
    const { card } = runBatch(pretend, { first: 4, count: 10 });
    expect(card).toEqual({
      crash: { steady: { count: 12, firstSeed: 4 }, freeze: { count: 3, firstSeed: 6 } },
    });
  });

  test('shows in its digest that two seeds have exchanged their digests', () => {
    const digestOf = (shift: number) =>
      runBatch(
        (it) => ({ ...pretend(it), digest: ['a'.repeat(16), 'b'.repeat(16)][(it.seed + shift) % 2]! }),
        {
          first: 0,
          count: 2,
        },
      ).digest;
    expect(digestOf(0)).not.toBe(digestOf(1));
  });

  test('counts a broken fact as a violation, and a failure of the harness as none', () => {
    const tally = runBatch(
      ({ seed }) => {
        if (seed === 1) throw new BrokenFact('free units: 3');
        throw new TypeError('oops');
      },
      { first: 0, count: 3 },
    );
    expect(Object.values(tally.findings)).toEqual([
      {
        property: 'ASSERT',
        pattern: 'free units: #',
        reason: 'free units: 3',
        count: 1,
        smallestSeed: 1,
        scenario: scenarioOf(1),
        exposure: {},
      },
    ]);
    expect(tally.harnessFailures.map(({ seed }) => seed)).toEqual([0, 2]);
    expect(tally).toMatchObject({ seeds: 3, failedSeeds: 3, harnessFailed: 2 });
  });

  test('gives one signature to reasons that differ in their numbers only', () => {
    const signature = (reason: string) => signatureOf({ property: 'S5', pattern: patternOf(reason) });
    expect(signature('6 of 5 tokens at 4.2 s')).toBe(signature('7 of 2 tokens at 19 s'));
    expect(signature('6 of 5 tokens at 4.2 s')).not.toBe(signature('6 of 5 keys at 4.2 s'));
    expect(signature('x')).toMatch(/^S5-[0-9a-f]{8}$/);
  });
});

describe('a campaign', () => {
  test('gives the same result for any number of workers and any order in which they end', async () => {
    const { tally } = await runCampaign(MANY, localCrew(pretend));
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.infiniteStream(fc.nat({ max: 50 })),
        async (size, order) => {
          const crew = unrulyCrew(size, pretend, () => order.next().value as number);
          expect((await runCampaign(MANY, crew)).tally).toEqual(tally);
        },
      ),
      { numRuns: 8 },
    );
  });

  test('ends after the same batch for any number of workers when too much fails', async () => {
    const plan = { ...MANY, mostFailures: 5 };
    const first = await runCampaign(plan, localCrew(pretend));
    expect(first.ending).toBe('failures');
    expect(first.tally.seeds).toBe(300);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.infiniteStream(fc.nat({ max: 50 })),
        async (size, order) => {
          const crew = unrulyCrew(size, pretend, () => order.next().value as number);
          expect(await runCampaign(plan, crew)).toEqual(first);
        },
      ),
      { numRuns: 8 },
    );
  });

  test('tells of each signature once, with its smallest seed', async () => {
    const told: [string, number][] = [];
    await runCampaign(MANY, localCrew(pretend), {
      onFinding: (_signature, { property, smallestSeed }) => told.push([property, smallestSeed]),
    });
    expect(told).toEqual([
      ['ASSERT', 13],
      ['S5', 149],
    ]);
  });

  test('ends with the batches under way when its time is over', async () => {
    let asked = 0;
    const plan = { seeds: seedsFrom(1), mostFailures: 1_000_000 };
    const result = await runCampaign(plan, localCrew(pretend), { isTimeOver: () => ++asked > 3 });
    expect(result).toMatchObject({ ending: 'time', tally: { seeds: 300 } });
  });

  test('keeps what was done when it is interrupted', async () => {
    const interrupt = new AbortController();
    const tallies: Tally[] = [];
    const result = await runCampaign(MANY, localCrew(pretend), {
      interrupt: interrupt.signal,
      onProgress: (tally) => {
        tallies.push(tally);
        interrupt.abort();
      },
    });
    expect(result.ending).toBe('interrupted');
    expect(result.tally.seeds).toBeGreaterThan(0);
    expect(result.tally.seeds).toBeLessThan(1000);
    expect(tallies.length).toBeGreaterThan(0);
  });

  test('names the seeds of a batch whose worker was lost', async () => {
    const crew: Crew = { ...localCrew(pretend), run: () => Promise.reject(new Error('out of memory')) };
    await expect(runCampaign(MANY, crew)).rejects.toThrow(
      'seeds 1..100 were lost with their worker: out of memory',
    );
  });
});

describe('a summary', () => {
  const context: SummaryContext = {
    seeds: MANY.seeds,
    shard: WHOLE,
    strategy: 'random',
    wallSeconds: 2,
    goal: GOAL,
    isCoverageRequired: false,
    pathOf: (signature: string) => `out/${signature}`,
    replayOfFile: (path: string) => `replay ${path}`,
    replayOfSeed: (seed: number) => `replay ${seed}`,
  };

  test('has every field of its schema', async () => {
    const result = await runCampaign(MANY, localCrew(pretend));
    expect(jsonSummary(result, context)).toMatchObject({
      schema: 'regency-sim/campaign@1',
      seeds: { first: 1, count: 1000 },
      passed: false,
      violations: [
        { property: 'ASSERT', count: 11, smallestSeed: 13, reason: 'the table holds 13 units' },
        { property: 'S5', count: 6, smallestSeed: 149, reason: '149 of 5 tokens' },
      ],
      digest: expect.stringMatching(/^[0-9a-f]{16}$/),
      simulatedSeconds: 989,
      wallSeconds: 2,
      counts: { grants: 989 },
      faults: { crash: { scheduled: 1978, applied: 989, consequential: 989 } },
      labels: { odd: { count: 0, firstSeed: null }, even: { count: 495, firstSeed: 2 } },
      coverage: {
        required: false,
        missing: { checks: [{ property: 'L1', environment: 'E3' }], labels: ['odd'] },
        card: {
          crash: {
            steady: { count: 1319, firstSeed: 1 },
            freeze: { count: 330, firstSeed: 3 },
            tamper: { count: 0, firstSeed: null, impossible: 'no clock is set back' },
          },
          'wall-jump': { steady: { count: 0, firstSeed: null } },
        },
        states: { distinct: 999, seenInOneRun: 989, seenInTwoRuns: 0, visits: 1978, unseenMass: 0.5 },
      },
      numbers: { 'slack, most': -1 },
    });
  });

  test('has for each property just the environments in which it is asserted and that are drawn', async () => {
    const { checked, environments } = jsonSummary(await runCampaign(MANY, localCrew(pretend)), context);
    expect(Object.keys(checked)).toEqual(['S4', 'S5', 'L1']);
    expect(Object.keys(checked.S4!)).toEqual([...ENVIRONMENTS]);
    expect(checked.S5).toEqual(
      Object.fromEntries(ENVIRONMENTS.filter((id) => id !== 'E1').map((id) => [id, 3 * environments[id]!])),
    );
    expect(checked.L1).toEqual({ E3: 0 });

    const drawn = { ...context, goal: { ...GOAL, environments: ['E1' as const] } };
    const inE1 = await runCampaign(MANY, localCrew(pretend, { strategy: 'random', environment: 'E1' }));
    expect(jsonSummary(inE1, drawn)).toMatchObject({ checked: { S4: { E1: 989 }, S5: {}, L1: {} } });
    expect(gapsOf(inE1.tally, drawn.goal)).toEqual({ checks: [], labels: ['odd'] });
  });

  test('shows property by environment, warns of what was never checked, and lists labels never reached', async () => {
    const text = textSummary(await runCampaign(MANY, localCrew(pretend)), context).join('\n');
    expect(text).toMatch(/^ {7}[ ]+E1( +E\d)+\n {6}runs( +\d+)+\n {2}S4 {2}Conservation( +\d+)+$/m);
    expect(text).toMatch(/^ {2}S5 {2}GlobalCapacity +–( +\d+)+$/m);
    expect(text).toMatch(/^ {2}L1 {2}SomeLeader +– +– +0( +–)+$/m);
    expect(text).toMatch(/^ {2}warning: L1 was never checked in E3$/m);
    expect(text).toMatch(/^ {2}odd +0 +never\n {2}even +495 +2$/m);
    expect(text).toMatch(/^ {2}slack, most {2}-1$/m);
    expect(text).not.toContain('not covered');
  });

  test('shows fault by phase: the size of each count, what is empty, and what cannot be', async () => {
    const { tally } = await runCampaign(MANY, localCrew(pretend));
    expect(cardLines(tally, GOAL.card)).toEqual([
      '           a b c',
      'crash      4 3 -',
      'wall-jump  · · ·',
      '',
      'a steady  b freeze  c tamper',
      '1 = up to 9 faults, 2 = up to 99 …  · = none  - = cannot be',
      '2 of 5 cells that can be',
    ]);
    const wrong = { ...GOAL.card, impossible: { crash: { freeze: 'nobody leads' } } };
    expect(cardLines(tally, wrong).at(-1)).toBe(
      'warning: crash struck in "freeze", seed 3, though nobody leads',
    );
  });

  test('has not passed when it fell short of a coverage that is required', async () => {
    const fine: Simulate = (it) => ({ ...pretend({ ...it, seed: 1 }), seed: it.seed });
    const result = await runCampaign(MANY, localCrew(fine));
    expect(jsonSummary(result, context).passed).toBe(true);
    const required = { ...context, isCoverageRequired: true };
    expect(jsonSummary(result, required).passed).toBe(false);
    const lines = textSummary(result, required);
    expect(lines.at(-1)).toBe('NOT COVERED: checks never made: 1, labels never reached: 2');
    expect(lines.join('\n')).toContain(
      'not covered\n  L1 was never checked in E3\n  never reached: odd\n  never reached: even\n',
    );
  });

  test('keeps its tables within 80 columns, however long the campaign', () => {
    const tally = emptyTally();
    for (const id of ENVIRONMENTS) tally.environments[id] = 123_456_789_012;
    for (const { id } of PROPERTIES) {
      tally.checked[id] = Object.fromEntries(ENVIRONMENTS.map((environment) => [environment, 9_999_999]));
    }
    for (const label of LABELS) tally.labels[label] = { count: 9_999_999, firstSeed: 999_999_999 };
    const goal = goalOf(undefined);
    for (const kind of goal.card.kinds) {
      tally.card[kind] = Object.fromEntries(
        goal.card.phases
          .filter((phase) => goal.card.impossible[kind]?.[phase] === undefined)
          .map((phase) => [phase, { count: 999_999_999, firstSeed: 1 }]),
      );
    }
    for (const line of textSummary({ tally, ending: 'done' }, { ...context, goal })) {
      expect(line.length).toBeLessThanOrEqual(80);
    }
  });

  test('gives for each signature the command that replays it, and ends with the verdict', async () => {
    const lines = textSummary(await runCampaign(MANY, localCrew(pretend)), context);
    expect(lines.join('\n')).toMatch(
      /S5-\w+ {2}6 ×, smallest seed 149\n {4}149 of 5 tokens\n {4}replay out\/S5-/,
    );
    expect(lines.at(-1)).toBe('FAILED: 17 of 1,000 seeds, 2 signatures');
  });
});

test('seeds are a count from 1 on, or a range that includes both ends', () => {
  expect(parseSeeds('1000')).toEqual({ first: 1, count: 1000 });
  expect(parseSeeds('7..7')).toEqual({ first: 7, count: 1 });
  for (const text of ['', '0', 'x', '-1', '9..3', '1..', '1.5', '1...3', '9007199254740993']) {
    expect(parseSeeds(text)).toBeNull();
  }
});

test('a shard is the i-th of n; all of them have every seed once', () => {
  expect(parseShard('2/4')).toEqual({ number: 2, of: 4 });
  for (const text of ['', '2', '0/4', '5/4', '1/0', '1/10001', '1.5/2', '-1/2', '1/2/3']) {
    expect(parseShard(text)).toBeNull();
  }
  const seeds = { first: 17, count: 1234 };
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), (of) => {
      const run = Array.from({ length: of }, (_, at) => ({ number: at + 1, of })).flatMap((shard) => {
        const batches = Array.from({ length: batchCount(seeds, shard) }, (_, at) =>
          batchAt(seeds, at, shard),
        );
        expect(seedsIn(seeds, batches.length, shard)).toBe(
          batches.reduce((sum, { count }) => sum + count, 0),
        );
        return batches.flatMap(({ first, count }) => Array.from({ length: count }, (_, at) => first + at));
      });
      expect(run.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1234 }, (_, at) => 17 + at));
    }),
  );
});

test('large numbers are grouped, and long times are told in a unit of which there are some', () => {
  expect([1, 1234, 1234567].map(grouped)).toEqual(['1', '1,234', '1,234,567']);
  expect([999_999, 12_345_678, 2.5e9, 7e13].map(brief)).toEqual(['999,999', '12.3M', '2.5G', '70.0T']);
  expect([0.5, 119, 7200, 86_400 * 1000].map(spanOf)).toEqual(['0.5 s', '119.0 s', '2.0 hours', '2.7 years']);
});
