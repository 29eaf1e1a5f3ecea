// Which commit a gate is about: from git, or from what CI systems tell.

import { execFileSync } from 'node:child_process';
import { CannotGoOn } from '../../src/cli/terminal.ts';

const TOLD_BY = ['GITHUB_SHA', 'CI_COMMIT_SHA'] as const;

/** The hash of what is checked out in the present folder; throws CannotGoOn when nobody knows. */
export function presentCommit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    const told = TOLD_BY.map((name) => process.env[name]).find((hash) => hash !== undefined && hash !== '');
    if (told !== undefined) return told;
    throw new CannotGoOn('which commit is this? git does not say; name it with --commit');
  }
}
