// What `campaign --json` and `mutants --json` wrote, read back: untrusted, bounded, and only what the page shows. Fields that a
// later release adds are passed over; one that is missing or of another kind is said in one line.

import { z } from 'zod';
import { complaintOf } from '../scenario/complaint.ts';
import type { CampaignData, MutantsData } from './page/data.ts';

export type Read<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: string };

const MOST_ENTRIES = 10_000;

const name = z.string().min(1).max(200);
const text = z.string().max(20_000);
const whole = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const number = z.number();

function named<Value extends z.ZodType>(value: Value) {
  return z
    .record(name, value)
    .refine((entries) => Object.keys(entries).length <= MOST_ENTRIES, `at most ${MOST_ENTRIES} entries`);
}

const seeds = z.object({ first: whole, count: whole });

const risk = z.object({
  kind: name,
  failing: z.tuple([whole, whole]),
  others: z.tuple([whole, whole]),
  relativeRisk: number,
  interval: z.tuple([number, number]),
  correctedP: number,
});

const violation = z.object({
  signature: name,
  property: name,
  reason: text,
  count: whole,
  smallestSeed: whole,
  replay: text,
  risks: z.array(risk).max(100).default([]),
});

const states = z.object({
  distinct: number,
  isEstimated: z.boolean(),
  seenInOneRun: number,
  unseenMass: number,
  growth: z.array(z.object({ seeds: whole, states: number })).max(1000),
});

const times = z.object({
  count: whole,
  p50: number.nullable(),
  p99: number.nullable(),
  buckets: z.array(z.tuple([number, whole])).max(1000),
});

const cell = z.object({ count: whole, firstSeed: whole.nullable(), impossible: text.optional() });

const campaign = z.object({
  seeds,
  shard: z.object({ number: whole, of: whole }).nullable().default(null),
  strategy: name,
  passed: z.boolean(),
  ending: name,
  violations: z.array(violation).max(MOST_ENTRIES),
  harnessFailures: z.object({ count: whole }),
  digest: name,
  events: whole,
  simulatedSeconds: number,
  wallSeconds: number,
  counts: named(number),
  faults: named(z.object({ scheduled: whole, applied: whole, consequential: whole })),
  labels: named(z.object({ count: whole, firstSeed: whole.nullable() })),
  environments: named(whole),
  checked: named(named(whole)),
  coverage: z.object({ card: named(named(cell)).default({}), states: states.nullable().default(null) }),
  times: named(times).optional(),
});

/** Of a shard, `shard` says which of how many. */
export type CampaignPart = CampaignData & {
  readonly shard: { readonly number: number; readonly of: number } | null;
};

export function readCampaign(inputName: string, data: unknown): Read<CampaignPart> {
  const read = checked(campaign, data);
  if (!read.ok) return read;
  const { coverage, harnessFailures, times = null, ...rest } = read.value;
  const { card, states } = coverage;
  return {
    ok: true,
    value: { ...rest, name: inputName, harnessFailures: harnessFailures.count, card, states, times },
  };
}

const mutants = z.object({
  seeds,
  mutants: z
    .array(
      z.object({
        id: name,
        title: text,
        isEquivalent: z.boolean(),
        seeds: whole,
        kills: whole,
        firstSeed: whole.nullable(),
        firstEnvironment: name.nullable().default(null),
        share: number,
        interval: z.tuple([number, number]),
        properties: named(whole),
        isInterrupted: z.boolean(),
      }),
    )
    .max(MOST_ENTRIES),
});

export function readMutants(data: unknown): Read<MutantsData> {
  return checked(mutants, data);
}

function checked<Value>(shape: z.ZodType<Value>, data: unknown): Read<Value> {
  const parsed = shape.safeParse(data);
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, reason: complaintOf(parsed.error.issues[0]!, data) };
}
