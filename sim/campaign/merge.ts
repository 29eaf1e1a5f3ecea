// Puts together what several campaigns ran: all shards of one, or ranges of seeds that follow each other. What comes out is the
// same as if one had run them all.

import type { CampaignIdentity, Checkpoint, Read } from './checkpoint.ts';
import { batchCount, type SeedRange, WHOLE } from './plan.ts';
import { emptyTally, mergeTally } from './tally.ts';

export interface Part {
  /** How messages call it. */
  readonly name: string;
  readonly checkpoint: Checkpoint;
}

/** Why they are no whole, in one line. */
export function mergeParts(parts: readonly Part[]): Read<Checkpoint> {
  const [first, ...others] = parts;
  if (first === undefined) return refusal('expected at least one part, saw none');
  for (const other of others) {
    const difference = differenceOf(first.checkpoint.identity, other.checkpoint.identity);
    if (difference !== null) {
      return refusal(
        `${first.name} and ${other.name} cannot be put together: ${difference}; run all parts with one build and the same options`,
      );
    }
  }
  if (first.checkpoint.identity.strategy === 'guided' && others.length > 0)
    return refusal(
      'parts of a guided campaign make no whole: what each of them ran hangs on what it had seen',
    );
  const isSharded = parts.some(({ checkpoint }) => checkpoint.shard.of > 1);
  const range = isSharded ? rangeOfShards(parts) : rangeOfRanges(parts);
  if (!range.ok) return range;
  const tally = emptyTally();
  let wallSeconds = 0;
  for (const { checkpoint } of parts) {
    mergeTally(tally, checkpoint.state.tally);
    wallSeconds += checkpoint.wallSeconds;
  }
  const { identity, patch } = first.checkpoint;
  const seeds = range.value;
  const endedByFailures = parts.some(({ checkpoint }) => checkpoint.ending === 'failures');
  return {
    ok: true,
    value: {
      identity,
      seeds,
      shard: WHOLE,
      patch,
      state: { taken: batchCount(seeds), tally, ahead: new Map() },
      ending: endedByFailures ? 'failures' : 'done',
      wallSeconds,
    },
  };
}

/** Each of them once, each to its end. */
function rangeOfShards(parts: readonly Part[]): Read<SeedRange> {
  const { seeds, shard } = parts[0]!.checkpoint;
  const seen = new Map<number, string>();
  for (const { name, checkpoint } of parts) {
    const { number, of } = checkpoint.shard;
    if (of !== shard.of || !isSame(checkpoint.seeds, seeds)) {
      return refusal(
        `${parts[0]!.name} and ${name} are not parts of one campaign: ${planText(parts[0]!)}, ${planText(parts.find((part) => part.name === name)!)}`,
      );
    }
    const twin = seen.get(number);
    if (twin !== undefined) return refusal(`${twin} and ${name} are both part ${number} of ${of}`);
    seen.set(number, name);
    if (checkpoint.ending !== 'done' && checkpoint.ending !== 'failures') {
      return refusal(`${name}, part ${number} of ${of}, is not finished; go on with it: campaign --resume`);
    }
  }
  const missing = Array.from({ length: shard.of }, (_, at) => at + 1).filter((number) => !seen.has(number));
  return missing.length === 0
    ? { ok: true, value: seeds }
    : refusal(`of ${shard.of} parts these are missing: ${missing.slice(0, 20).join(', ')}`);
}

/** What was run of each, one after the other without a hole. */
function rangeOfRanges(parts: readonly Part[]): Read<SeedRange> {
  const sorted = parts.toSorted((a, b) => a.checkpoint.seeds.first - b.checkpoint.seeds.first);
  const { first } = sorted[0]!.checkpoint.seeds;
  let next = first;
  let before = '';
  for (const { name, checkpoint } of sorted) {
    const begins = checkpoint.seeds.first;
    if (begins < next) return refusal(`${before} and ${name} both ran seed ${begins}`);
    if (begins > next) {
      return refusal(
        `nobody ran seeds ${next}..${begins - 1}, between ${before} and ${name}; run them, or go on with ${before}: campaign --resume`,
      );
    }
    next += checkpoint.state.tally.seeds;
    before = name;
  }
  return next === first
    ? refusal('no part has run a seed')
    : { ok: true, value: { first, count: next - first } };
}

function differenceOf(a: CampaignIdentity, b: CampaignIdentity): string | null {
  if (a.build !== b.build) return `one is of ${a.build}, the other of ${b.build}`;
  if (a.strategy !== b.strategy) return `one is ${a.strategy}, the other ${b.strategy}`;
  if (a.environment !== b.environment) {
    return `one drew ${a.environment ?? 'all environments'}, the other ${b.environment ?? 'all environments'}`;
  }
  return null;
}

function planText({ checkpoint: { seeds, shard } }: Part): string {
  return `part ${shard.number} of ${shard.of} of seeds ${seeds.first}..${seeds.first + seeds.count - 1}`;
}

function isSame(a: SeedRange, b: SeedRange): boolean {
  return a.first === b.first && a.count === b.count;
}

function refusal(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}
