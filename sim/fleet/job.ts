// What a fleet's queue holds: batches as jobs, tallies as their results. A job says all that its result hangs on, and its id is
// made of that, so the same batch is never there twice and a result serves whoever asks for it. Both are hostile until parsed.

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type CampaignIdentity, CHECKPOINT_SCHEMA, type Read, tallySchema } from '../campaign/checkpoint.ts';
import { BATCH_SIZE, type SeedRange } from '../campaign/plan.ts';
import { STRATEGIES } from '../campaign/strategy.ts';
import type { Tally } from '../campaign/tally.ts';
import { complaintOf } from '../scenario/complaint.ts';
import { ENVIRONMENTS } from '../scenario/scenario.ts';

/** How all keys of fleets begin. */
export const PREFIX = 'regency';

/** Builds whose campaigns are under way, each with the second until which that holds. */
export const BUILDS_KEY = `${PREFIX}:builds`;

/** Characters of a result; a batch of a hundred seeds has some 100,000. */
export const LONGEST_RESULT = 16_000_000;

export type Job = z.infer<typeof job>;

const job = z.strictObject({
  build: z.string().max(300),
  strategy: z.enum(STRATEGIES).exclude(['guided']),
  environment: z.enum(ENVIRONMENTS).nullable(),
  first: z.int().min(0),
  count: z.int().min(1).max(BATCH_SIZE),
});

/** A build has a queue of its own, so a worker of another never takes what it cannot run; how results are saved counts as well. */
export function queueName(build: string): string {
  return `campaign-${shortHash(`${build}\n${CHECKPOINT_SCHEMA}`)}`;
}

export function jobFor({ build, strategy, environment }: CampaignIdentity, { first, count }: SeedRange): Job {
  if (strategy === 'guided') throw new Error('what a guided campaign runs hangs on more than its seeds');
  return { build, strategy, environment, first, count };
}

export function jobId({ strategy, environment, first, count }: Job): string {
  return `${strategy}-${environment ?? 'all'}-${first}-${count}`;
}

export function parseJob(value: unknown, build: string): Read<Job> {
  const parsed = job.safeParse(value);
  if (!parsed.success) return { ok: false, reason: complaintOf(parsed.error.issues[0]!, value) };
  if (parsed.data.build !== build)
    return { ok: false, reason: `the batch is of ${parsed.data.build}, this is ${build}` };
  return { ok: true, value: parsed.data };
}

/** All of the batch and nothing else. */
export function parseResult(value: unknown, { first, count }: SeedRange): Read<Tally> {
  const parsed = tallySchema.safeParse(value);
  if (!parsed.success) return { ok: false, reason: complaintOf(parsed.error.issues[0]!, value) };
  const tally = parsed.data;
  const isInside = (seed: number) => seed >= first && seed < first + count;
  const named = [
    ...Object.values(tally.findings).map(({ smallestSeed }) => smallestSeed),
    ...failedIn(tally),
  ];
  return tally.seeds === count && tally.failedSeeds <= count && named.every(isInside)
    ? { ok: true, value: tally }
    : { ok: false, reason: `it is not of the seeds ${first}..${first + count - 1}` };
}

function failedIn({ harnessFailures }: Tally): number[] {
  return harnessFailures.map(({ seed }) => seed);
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
