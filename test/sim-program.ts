// The harness's program as it is called, for tests of its commands; it needs the compiled project.

import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect } from 'vitest';

export const MAIN = resolve('dist/sim/cli/main.js');

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs it in that folder, to its end. */
export function runIn(folder: string, ...words: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...words], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** It ended with 2, and said why in one line like this, and nothing else. */
export function expectOneLineRefusal({ status, stdout, stderr }: Ran, line: RegExp): void {
  expect(status).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toMatch(line);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
}
