// What a campaign leaves in its folder after every batch, as `<out>/campaign.json`: enough to go on after a crash, and to be
// put together with the parts that other machines ran. Whoever reads one trusts nothing in it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { complaintOf } from '../scenario/complaint.ts';
import { checkScenario } from '../scenario/load.ts';
import { ENVIRONMENTS, type EnvironmentId, type Scenario } from '../scenario/scenario.ts';
import type { CampaignState, Ending } from './campaign.ts';
import { batchSizeOf } from './guide.ts';
import { batchCount, type SeedRange, type Shard } from './plan.ts';
import { STRATEGIES, type Strategy } from './strategy.ts';
import type { Tally } from './tally.ts';

export const CHECKPOINT_SCHEMA = 'regency-sim/checkpoint@1';

/** Whatever decides what comes of a campaign: two with the same identity can be put together. */
export interface CampaignIdentity {
  /** The build, and the planted bug if there is one. */
  readonly build: string;
  readonly strategy: Strategy;
  readonly environment: EnvironmentId | null;
}

export interface Checkpoint {
  readonly identity: CampaignIdentity;
  readonly seeds: SeedRange;
  readonly shard: Shard;
  /** Where the planted bug's patch was, for commands that replay a failure. */
  readonly patch: string | null;
  readonly state: CampaignState;
  /** Null: under way, interrupted, or killed. */
  readonly ending: Exclude<Ending, 'interrupted'> | null;
  /** Time spent so far, by the clock on the wall. */
  readonly wallSeconds: number;
}

export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string };

export function checkpointPath(out: string): string {
  return join(out, 'campaign.json');
}

export function checkpointText({
  identity,
  seeds,
  shard,
  patch,
  state,
  ending,
  wallSeconds,
}: Checkpoint): string {
  const { taken, tally, ahead } = state;
  const saved: Saved = {
    schema: CHECKPOINT_SCHEMA,
    ...identity,
    seeds,
    shard,
    patch,
    ending,
    wallSeconds,
    taken,
    tally,
    ahead: [...ahead],
  };
  return `${JSON.stringify(saved)}\n`;
}

/** Why there is none that can be used, in words that go on from "the campaign in <folder>". */
export function readCheckpoint(out: string): Read<Checkpoint> {
  let text: string;
  try {
    text = readFileSync(checkpointPath(out), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return refusal(code === 'ENOENT' ? 'is not there' : `cannot be read (${code ?? error})`);
  }
  return parseCheckpoint(text);
}

export function parseCheckpoint(text: string): Read<Checkpoint> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refusal('is not readable: campaign.json is no JSON');
  }
  const schema = (value as { schema?: unknown } | null)?.schema;
  if (typeof schema === 'string' && schema.startsWith('regency-sim/') && schema !== CHECKPOINT_SCHEMA) {
    return refusal(
      `was saved as ${JSON.stringify(schema.slice(0, 60))}, this version reads ${CHECKPOINT_SCHEMA}`,
    );
  }
  const parsed = saved.safeParse(value);
  if (!parsed.success) return refusal(`is not readable: ${complaintOf(parsed.error.issues[0]!, value)}`);
  const { build, strategy, environment, seeds, shard, patch, ending, wallSeconds, taken, tally, ahead } =
    parsed.data;
  const last = batchCount(seeds, shard, batchSizeOf(strategy));
  if (shard.number > shard.of || taken > last || ahead.some(([index]) => index < taken || index >= last)) {
    return refusal('contradicts itself: it holds batches that it does not have');
  }
  return {
    ok: true,
    value: {
      identity: { build, strategy, environment },
      seeds,
      shard,
      patch,
      state: { taken, tally, ahead: new Map(ahead) },
      ending,
      wallSeconds,
    },
  };
}

function refusal(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}

const count = z.int().min(0);
const seed = z.int().min(0);
const digest = z.string().regex(/^[0-9a-f]{16}$/);
const counts = z.record(z.string(), count);

const histogram = z.strictObject({ sumMs: count, buckets: z.record(z.string().regex(/^\d{1,16}$/), count) });

const exposure = z.record(z.string(), z.strictObject({ runs: count, kinds: counts }));

/** Trusts nothing: for tallies that come from a file or from another machine. */
export const tallySchema: z.ZodType<Tally> = z.strictObject({
  seeds: count,
  failedSeeds: count,
  events: count,
  simulatedMs: count,
  digest,
  counts,
  faults: z.record(z.string(), z.strictObject({ scheduled: count, applied: count, consequential: count })),
  card: z.record(z.string(), z.record(z.string(), z.strictObject({ count, firstSeed: seed }))),
  exposure,
  labels: z.record(z.string(), z.strictObject({ count, firstSeed: seed })),
  states: z.strictObject({
    depth: z.int().min(0).max(52),
    kept: count,
    visits: count,
    seen: z.record(z.string().regex(/^\d{1,16}$/), z.tuple([seed, z.int().min(1)])),
  }),
  times: z.strictObject({ failOver: histogram, reclaim: histogram, unavailable: histogram }),
  environments: counts,
  checked: z.record(z.string(), counts),
  numbers: z.record(z.string(), z.number()),
  findings: z.record(
    // It names a folder.
    z.string().regex(/^[A-Z]+\d*-[0-9a-f]{8}$/),
    z.strictObject({
      property: z.string(),
      pattern: z.string(),
      count,
      smallestSeed: seed,
      reason: z.string(),
      scenario: z.custom<Scenario>((value) => checkScenario(value).ok, 'a scenario'),
      exposure,
    }),
  ),
  harnessFailed: count,
  harnessFailures: z.array(z.strictObject({ seed, error: z.string() })),
});

const saved = z.strictObject({
  schema: z.literal(CHECKPOINT_SCHEMA),
  build: z.string(),
  strategy: z.enum(STRATEGIES),
  environment: z.enum(ENVIRONMENTS).nullable(),
  seeds: z.strictObject({ first: seed, count: z.int().min(1) }),
  shard: z.strictObject({ number: z.int().min(1), of: z.int().min(1) }),
  patch: z.string().nullable(),
  ending: z.enum(['done', 'failures', 'time']).nullable(),
  wallSeconds: z.number().min(0),
  taken: count,
  tally: tallySchema,
  ahead: z.array(z.tuple([count, tallySchema])),
});

type Saved = z.infer<typeof saved>;
