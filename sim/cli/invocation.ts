// How this program was called, so that every command that it prints can be pasted back from the same folder.

import { basename, relative } from 'node:path';
import type { Draw } from '../campaign/strategy.ts';
import type { EnvironmentId } from '../scenario/scenario.ts';

/** `patch`: the planted bug with which it fails. */
export function replayOfFile(path: string, patch?: string): string {
  return `${program()} replay ${quoted(path)}${patch === undefined ? '' : ` --patch ${quoted(patch)}`}`;
}

export function replayOfSeed(seed: number, { strategy, environment }: Draw): string {
  const options = [
    ...(strategy === 'random' ? [] : [` --strategy ${strategy}`]),
    ...(environment === undefined ? [] : [` --environment ${environment}`]),
  ];
  return `${program()} replay ${seed}${options.join('')}`;
}

/** A guided campaign's seed hangs on those before it, so they are run again. */
export function guidedUpTo(first: number, seed: number, environment: EnvironmentId | undefined): string {
  const inEnvironment = environment === undefined ? '' : ` --environment ${environment}`;
  return `${program()} campaign --strategy guided --seeds ${first}..${seed}${inEnvironment}`;
}

function program(): string {
  const called = process.argv[1] ?? 'regency-sim';
  if (basename(called) === 'regency-sim') return 'regency-sim';
  const here = relative(process.cwd(), called);
  return `node ${quoted(here.startsWith('..') ? called : here)}`;
}

function quoted(path: string): string {
  return /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
