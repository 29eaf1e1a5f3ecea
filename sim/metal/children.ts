// Processes that this one starts, and that do not outlive it: they are killed when it ends, and where the system can be asked to
// (setpriv of Linux), also when it is itself killed.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';

export type Child = ChildProcessByStdio<null, Readable, Readable>;

const SETPRIV = '/usr/bin/setpriv';
const DYING_WITH_PARENT = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL'] : [];

const running = new Set<Child>();
let isEndAwaited = false;

export function startChild(program: string, args: readonly string[]): Child {
  if (!isEndAwaited) process.once('exit', killAll);
  isEndAwaited = true;
  // A terminal's Ctrl-C is for this program, which then ends its processes itself.
  const [command, ...rest] = [...DYING_WITH_PARENT, program, ...args];
  const child = spawn(command!, rest, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}
