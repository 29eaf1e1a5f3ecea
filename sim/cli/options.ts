// The options that several commands share, and how their texts are read. All of it happens before anything is done.

import { existsSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { CannotGoOn } from '../../src/cli/terminal.ts';
import { parseSeeds, parseShard, type SeedRange, type Shard } from '../campaign/plan.ts';
import { whyNotWritable } from '../campaign/store.ts';
import { STRATEGIES } from '../campaign/strategy.ts';
import { ENVIRONMENTS } from '../scenario/scenario.ts';

const MOST_WORKERS = 256;
const LONGEST_FOR_SECONDS = 30 * 86_400;

export function environmentOption(): Option {
  return new Option('--environment <id>', 'what the outside world may do to the pool').choices([
    ...ENVIRONMENTS,
  ]);
}

export function strategyOption(): Option {
  return new Option(
    '--strategy <name>',
    'where scenarios come from; guided: from those that showed new states',
  )
    .choices([...STRATEGIES])
    .default('random');
}

export function jsonOption(): Option {
  return new Option('--json <file>', 'write one machine-readable summary there; - is standard output');
}

export function readSeeds(text: string): SeedRange {
  const seeds = parseSeeds(text);
  if (seeds === null)
    throw new InvalidArgumentError('Expected a count such as 1000, or a range such as 1..1000.');
  return seeds;
}

export function readShard(text: string): Shard {
  const shard = parseShard(text);
  if (shard === null) throw new InvalidArgumentError('Expected a part such as 2/4: the second of four.');
  return shard;
}

export function readWorkers(text: string): number {
  return wholeNumber(text, 1, MOST_WORKERS);
}

export function defaultWorkers(): number {
  return Math.min(MOST_WORKERS, availableParallelism());
}

export function readCount(text: string): number {
  return wholeNumber(text, 1, Number.MAX_SAFE_INTEGER);
}

/** Seconds. */
export function readDuration(text: string): number {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(s|m|h)$/.exec(text);
  const seconds =
    match === null ? 0 : Number(match[1]) * { s: 1, m: 60, h: 3600 }[match[2] as 's' | 'm' | 'h'];
  if (seconds <= 0 || seconds > LONGEST_FOR_SECONDS) {
    throw new InvalidArgumentError('Expected a time such as 30s, 10m or 2h, up to 720h.');
  }
  return seconds;
}

/** Throws CannotGoOn when that file cannot be written. */
export function checkOutput(path: string, option = '--json'): void {
  if (path === '-') return;
  const reason =
    existsSync(path) && statSync(path).isDirectory() ? 'it is a folder' : whyNotWritable(dirname(path));
  if (reason === null && existsSync(dirname(path))) return;
  throw new CannotGoOn(
    `cannot write ${option} ${path}: ${reason ?? `there is no folder ${dirname(path)}`}; name a file in a folder that exists`,
  );
}

function wholeNumber(text: string, least: number, most: number): number {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
}
