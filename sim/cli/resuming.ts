// Going on with a campaign that was interrupted or killed, and never losing one by beginning another.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CannotGoOn, printError } from '../../src/cli/terminal.ts';
import { type Checkpoint, checkpointPath, readCheckpoint } from '../campaign/checkpoint.ts';
import { grouped } from '../campaign/numbers.ts';
import type { SeedRange } from '../campaign/plan.ts';
import { setAside } from '../campaign/store.ts';

/**
 * The campaign that is kept in that folder, or null when there is none. Throws CannotGoOn when it cannot be gone on with as
 * `asked`, whose seeds count only if somebody asked for them.
 */
export function earlierCampaign(out: string, asked: Checkpoint, areSeedsAsked: boolean): Checkpoint | null {
  if (!existsSync(checkpointPath(out))) return null;
  const read = readCheckpoint(out);
  if (!read.ok) throw new CannotGoOn(`the campaign in ${out} ${read.reason}; begin anew without --resume`);
  const earlier = read.value;
  const seen = {
    build: earlier.identity.build,
    '--strategy': earlier.identity.strategy,
    '--environment': earlier.identity.environment ?? 'all',
    '--seeds': rangeText(earlier.seeds),
    '--shard': `${earlier.shard.number}/${earlier.shard.of}`,
  };
  const expected = {
    build: asked.identity.build,
    '--strategy': asked.identity.strategy,
    '--environment': asked.identity.environment ?? 'all',
    '--seeds': areSeedsAsked ? rangeText(asked.seeds) : seen['--seeds'],
    '--shard': `${asked.shard.number}/${asked.shard.of}`,
  };
  for (const name of Object.keys(seen) as (keyof typeof seen)[]) {
    if (seen[name] === expected[name]) continue;
    throw new CannotGoOn(
      `the campaign in ${out} is another one: its ${name} is ${seen[name]}, not ${expected[name]}; begin anew without --resume, or name another --out`,
    );
  }
  return { ...earlier, patch: asked.patch };
}

/** A campaign that was interrupted or killed is kept beside the one that begins. */
export function setEarlierAside(out: string): void {
  const read = readCheckpoint(out);
  if (!read.ok || read.value.ending !== null) return;
  const aside = join(out, 'campaign.before.json');
  setAside(checkpointPath(out), aside);
  const seeds = grouped(read.value.state.tally.seeds);
  printError(`an unfinished campaign was there, after ${seeds} seeds; it is now ${aside}`);
}

function rangeText({ first, count }: SeedRange): string {
  return `${first}..${first + count - 1}`;
}
