// Whether, and how, a replay is shown on a screen instead of being told in lines.

import { fork } from 'node:child_process';
import { InvalidArgumentError } from 'commander';
import type { PatchedModules } from '../mutants/patched-build.ts';
import type { ChildOrder } from '../tui/child.ts';
import type { Screen } from '../tui/frame.ts';
import type { Key } from '../tui/model.ts';
import type { ReplayOrder } from '../tui/show.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** `120x40`. */
export function readScreen(text: string): Screen {
  const match = /^(\d{1,3})x(\d{1,3})$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Expected columns and rows such as 120x40.');
  return { columns: Number(match[1]), rows: Number(match[2]) };
}

/** Names of keys between blanks: `v w right`. */
export function readKeys(text: string): Key[] {
  return text.split(/\s+/).filter((key) => key !== '');
}

/** Keys can be read and frames be drawn. */
export function isOnTerminal(): boolean {
  const { CI, TERM } = process.env;
  return process.stdin.isTTY === true && process.stdout.isTTY === true && CI === undefined && TERM !== 'dumb';
}

/** With a planted bug it has a process of its own, since this one has loaded the pool as it is. */
export async function showOnScreen(order: ReplayOrder, modules: PatchedModules | null): Promise<ExitCode> {
  if (modules === null) {
    const { showReplay } = await import('../tui/show.ts');
    return (await showReplay(order)) ? EXIT.violated : EXIT.passed;
  }
  const child = fork(new URL('../tui/child.js', import.meta.url), { stdio: 'inherit' });
  // What ends this process ends the screen first, in good order.
  const pass = (): void => {};
  process.on('SIGINT', pass);
  const code = await new Promise<number | null>((done, fail) => {
    child.on('error', fail);
    child.on('exit', done);
    child.send({ order, modules } satisfies ChildOrder);
  });
  process.off('SIGINT', pass);
  return code === 0 ? EXIT.passed : code === 1 ? EXIT.violated : EXIT.harnessFailed;
}
