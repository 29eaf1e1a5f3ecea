import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runCampaign } from '../../sim/campaign/campaign.ts';
import { type Crew, localCrew } from '../../sim/campaign/crew.ts';
import { Guide, LAG } from '../../sim/campaign/guide.ts';
import type { Simulate } from '../../sim/campaign/judge.ts';
import type { Batch } from '../../sim/campaign/plan.ts';
import { addStates, mergeStates, noStates } from '../../sim/campaign/states.ts';
import type { Outcome } from '../../sim/outcome.ts';
import { scenarioOf } from '../../sim/scenario/arbitrary.ts';
import type { Scenario } from '../../sim/scenario/scenario.ts';
import { signatureOf } from '../../sim/signature.ts';

/** As if the plan were all that a run shows: a state for each kind of fault that it has, with how many of them. */
const plain: Simulate = ({ seed, environment, faults }): Outcome => {
  const byKind = new Map<string, number>();
  for (const { kind } of faults) byKind.set(kind, (byKind.get(kind) ?? 0) + 1);
  const losses = byKind.get('loss') ?? 0;
  const what = `${losses} losses of ${faults.length} faults`;
  return {
    seed,
    environment,
    digest: faults.length.toString(16).padStart(16, '0'),
    events: faults.length,
    simulated: 1,
    violations: losses >= 2 ? [{ property: 'S1', reason: what, pattern: what, at: 0, event: 1 }] : [],
    counts: {},
    faults: {},
    times: { failOver: [], reclaim: [], unavailable: [] },
    strikes: {},
    labels: {},
    states: [...byKind].map(([kind, count]) =>
      Number.parseInt(signatureOf({ property: kind, pattern: `${count}` }).slice(-6), 16),
    ),
    checked: {},
    numbers: {},
  };
};

/** One whose members are done in another order than they began. */
function crewOf(size: number, order: () => number): Crew {
  const crew = localCrew(plain);
  return {
    ...crew,
    size,
    run: async (batch, scenarios) => {
      for (let turns = order(); turns > 0; turns--) await Promise.resolve();
      return crew.run(batch, scenarios);
    },
  };
}

const SEEDS = { first: 1, count: 400 };

function guidedBy(crew: Crew) {
  return runCampaign(
    { seeds: SEEDS, mostFailures: 1_000_000, guide: new Guide({ strategy: 'guided', environment: 'E2' }) },
    crew,
  );
}

describe('a guided campaign', () => {
  test('gives the same result for any number of workers and any order in which they end', async () => {
    const first = await guidedBy(crewOf(1, () => 0));
    const orders = fc.infiniteStream(fc.nat({ max: 50 }));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), orders, async (size, order) => {
        expect(await guidedBy(crewOf(size, () => order.next().value as number))).toEqual(first);
      }),
      { numRuns: 5 },
    );
  });

  test('has other scenarios than a random one, once it has learned something', async () => {
    const guided = await guidedBy(crewOf(1, () => 0));
    const random = await runCampaign(
      { seeds: SEEDS, mostFailures: 1_000_000 },
      localCrew(plain, { strategy: 'random', environment: 'E2' }),
    );
    expect(guided.tally.digest).not.toBe(random.tally.digest);
  });

  test('hands on for each finding what its smallest seed ran, which fails by itself', async () => {
    const { tally } = await guidedBy(crewOf(3, () => 1));
    const findings = Object.values(tally.findings);
    for (const { scenario, reason } of findings) expect(plain(scenario).violations[0]!.reason).toBe(reason);
    const drawn = findings.filter(({ smallestSeed, scenario }) =>
      isDeepStrictEqual(scenario, scenarioOf(smallestSeed, { environment: 'E2' })),
    );
    expect(drawn.length).toBeLessThan(findings.length);
  });
});

describe('a guide', () => {
  test('plans a batch from what the batches up to its lag before it have shown, and from nothing later', () => {
    /** Plans one batch after the other as soon as it may, or only when all before it are known. */
    const planned = (isEager: boolean): (readonly Scenario[])[] => {
      const guide = new Guide();
      const known = noStates();
      const plans: (readonly Scenario[])[] = [];
      const batchOf = (index: number): Batch => ({ index, first: 1 + index * 25, count: 25 });
      for (let done = 0; done < 20; done++) {
        while (plans.length <= (isEager ? done + LAG - 1 : done))
          plans.push(guide.plan(batchOf(plans.length)));
        const seen = noStates();
        for (let at = 0; at < 25; at++) addStates(seen, 1 + done * 25 + at, [1000 * done + (at % 7)]);
        guide.learn(batchOf(done), seen, known);
        mergeStates(known, seen);
      }
      return plans.slice(0, 20);
    };
    const plans = planned(false);
    expect(planned(true)).toEqual(plans);
    expect(plans[0]).toEqual(Array.from({ length: 25 }, (_, at) => scenarioOf(1 + at)));
    expect(plans[LAG]).not.toEqual(Array.from({ length: 25 }, (_, at) => scenarioOf(1 + LAG * 25 + at)));
  });
});
