import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CampaignPlan, type CampaignState, runCampaign } from '../../sim/campaign/campaign.ts';
import { type Checkpoint, checkpointText, parseCheckpoint } from '../../sim/campaign/checkpoint.ts';
import { mergeParts } from '../../sim/campaign/merge.ts';
import { type SeedRange, type Shard, WHOLE } from '../../sim/campaign/plan.ts';
import { swiftCrew } from './pretend.ts';

const SEEDS = { first: 1, count: 2345 };
const MANY: CampaignPlan = { seeds: SEEDS, mostFailures: 1_000_000 };

/** What is in a folder of which the last word was `state`. */
function checkpointOf(state: CampaignState, seeds: SeedRange = SEEDS, shard: Shard = WHOLE): Checkpoint {
  return {
    identity: { build: 'regency 0.1.0, build 1f3a9c02', strategy: 'random', environment: null },
    seeds,
    shard,
    patch: null,
    state,
    ending: 'done',
    wallSeconds: 1.5,
  };
}

function throughText(checkpoint: Checkpoint): Checkpoint {
  const read = parseCheckpoint(checkpointText(checkpoint));
  if (!read.ok) throw new Error(read.reason);
  return read.value;
}

async function partOf(seeds: SeedRange, shard: Shard = WHOLE): Promise<Checkpoint> {
  let last: CampaignState | undefined;
  const onState = (state: CampaignState) => {
    last = state;
  };
  await runCampaign({ seeds, shard, mostFailures: 1_000_000 }, swiftCrew(), { onState });
  return throughText(checkpointOf(last!, seeds, shard));
}

describe('a campaign that is killed', () => {
  test('ends with the same result when it is gone on with, however often and wherever it was killed', async () => {
    const whole = await runCampaign(MANY, swiftCrew());
    const limits = fc.constantFrom(5, 1_000_000);
    const deaths = fc.array(fc.nat({ max: 12 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(
        deaths,
        limits,
        fc.integer({ min: 1, max: 6 }),
        fc.infiniteStream(fc.nat({ max: 50 })),
        async (livesFor, mostFailures, size, order) => {
          let from: CampaignState | undefined;
          for (const life of livesFor) {
            let told = 0;
            const dies = new AbortController();
            const onState = (state: CampaignState) => {
              // Whatever is told after its death, nobody hears.
              if (told++ < life) from = throughText(checkpointOf(state)).state;
              else dies.abort();
            };
            await runCampaign(
              { ...MANY, mostFailures, ...(from === undefined ? {} : { from }) },
              swiftCrew(size, () => order.next().value as number),
              { onState, interrupt: dies.signal },
            );
          }
          const result = await runCampaign(
            { ...MANY, mostFailures, ...(from === undefined ? {} : { from }) },
            swiftCrew(),
          );
          expect(result).toEqual(
            mostFailures === 5 ? await runCampaign({ ...MANY, mostFailures }, swiftCrew()) : whole,
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  test('does not run again what was finished out of order', async () => {
    const state = (await partOf({ first: 1, count: 300 })).state;
    const ahead = new Map([[2, state.tally]]);
    const ran: number[] = [];
    const crew = swiftCrew();
    await runCampaign(
      { seeds: { first: 1, count: 500 }, from: { ...state, taken: 1, ahead }, mostFailures: 9e9 },
      {
        ...crew,
        run: (batch) => {
          ran.push(batch.index);
          return crew.run(batch);
        },
      },
    );
    expect(ran).toEqual([1, 3, 4]);
  });
});

describe('parts put together', () => {
  test.each([1, 2, 4, 7])('of %d shards give what one campaign gives', async (of) => {
    const whole = await runCampaign(MANY, swiftCrew());
    const shards = Array.from({ length: of }, (_, at) => ({ number: at + 1, of }));
    const parts = await Promise.all(shards.map((shard) => partOf(SEEDS, shard)));
    const merged = mergeParts(
      parts.toReversed().map((checkpoint, at) => ({ name: `part${at}`, checkpoint })),
    );
    expect(merged).toMatchObject({ ok: true, value: { seeds: SEEDS, shard: WHOLE, wallSeconds: 1.5 * of } });
    expect(merged.ok && merged.value.state.tally).toEqual(whole.tally);
  });

  test('of ranges that follow each other give what one campaign gives', async () => {
    const whole = await runCampaign(MANY, swiftCrew());
    const [a, b] = await Promise.all([
      partOf({ first: 1, count: 1000 }),
      partOf({ first: 1001, count: 1345 }),
    ]);
    const merged = mergeParts([
      { name: 'b', checkpoint: b! },
      { name: 'a', checkpoint: a! },
    ]);
    expect(merged).toMatchObject({ ok: true, value: { seeds: SEEDS } });
    expect(merged.ok && merged.value.state.tally).toEqual(whole.tally);
  });

  test('are refused when they are no whole, in a line that says why', async () => {
    const [one, two, three, later, other] = await Promise.all([
      partOf(SEEDS, { number: 1, of: 3 }),
      partOf(SEEDS, { number: 2, of: 3 }),
      partOf(SEEDS, { number: 3, of: 3 }),
      partOf({ first: 3001, count: 50 }),
      partOf({ first: 1, count: 100 }),
    ]);
    const reasonOf = (...checkpoints: Checkpoint[]) => {
      const merged = mergeParts(checkpoints.map((checkpoint, at) => ({ name: `p${at + 1}`, checkpoint })));
      return merged.ok ? 'merged' : merged.reason;
    };
    expect(reasonOf()).toBe('expected at least one part, saw none');
    expect(reasonOf(one, three)).toBe('of 3 parts these are missing: 2');
    expect(reasonOf(one, two, two)).toBe('p2 and p3 are both part 2 of 3');
    expect(reasonOf(one, two, { ...three, ending: null })).toMatch(
      /^p3, part 3 of 3, is not finished; go on/,
    );
    expect(reasonOf(one, other)).toBe(
      'p1 and p2 are not parts of one campaign: part 1 of 3 of seeds 1..2345, part 1 of 1 of seeds 1..100',
    );
    expect(reasonOf(other, later)).toMatch(/^nobody ran seeds 101\.\.3000, between p1 and p2; run them/);
    expect(reasonOf(other, other)).toBe('p1 and p2 both ran seed 1');
    const identity = { ...other.identity, build: 'regency 0.1.0, build 00000000' };
    expect(reasonOf(other, { ...later, identity })).toMatch(
      /one is of .*1f3a9c02, the other of .*00000000; run all/,
    );
    const inE3 = { ...later.identity, environment: 'E3' as const };
    expect(reasonOf(other, { ...later, identity: inE3 })).toMatch(
      /one drew all environments, the other E3; run/,
    );
  });
});

describe('a checkpoint', () => {
  test('is refused when it is of another version, broken, or contradicts itself', async () => {
    const part = await partOf({ first: 1, count: 300 });
    const text = checkpointText(part);
    const reasonOf = (broken: string) => {
      const read = parseCheckpoint(broken);
      return read.ok ? 'read' : read.reason;
    };
    expect(reasonOf(text)).toBe('read');
    expect(reasonOf(text.slice(0, -20))).toBe('is not readable: campaign.json is no JSON');
    expect(reasonOf(text.replace('checkpoint@1', 'checkpoint@2'))).toMatch(
      /^was saved as "regency-sim\/checkpoint@2", this version reads regency-sim\/checkpoint@1$/,
    );
    expect(reasonOf(text.replace('"taken":3', '"taken":4'))).toMatch(/^contradicts itself/);
    expect(reasonOf(text.replace('"taken":3', '"taken":-1'))).toBe(
      'is not readable: taken: expected a number of at least 0, saw -1',
    );
    expect(reasonOf(text.replace(/"S5-[0-9a-f]+"/, '"../../x"'))).toMatch(/^is not readable/);
  });

  test('of any text at all is read or refused, never thrown at', async () => {
    const text = checkpointText(await partOf({ first: 1, count: 300 }));
    fc.assert(
      fc.property(fc.nat({ max: text.length }), fc.string(), fc.nat({ max: 9 }), (at, put, cut) => {
        const read = parseCheckpoint(text.slice(0, at) + put + text.slice(at + cut));
        expect(read.ok || read.reason.length > 0).toBe(true);
      }),
    );
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(parseCheckpoint(json).ok).toBe(false);
      }),
    );
  });
});
