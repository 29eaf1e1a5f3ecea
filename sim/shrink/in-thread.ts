// Shrinks a scenario, or runs one with a planted bug, in a thread of its own; needs the compiled project, since threads cannot
// load TypeScript everywhere.

import { Worker } from 'node:worker_threads';
import type { Judged } from '../campaign/judge.ts';
import type { PatchedModules } from '../mutants/patched-build.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { ShrinkStep } from './shrink.ts';
import type { FromThread, ThreadData } from './thread.ts';
import type { ShrinkOrder, ShrinkResult } from './work.ts';

export interface ThreadOptions {
  /** A planted bug. */
  readonly modules?: PatchedModules | undefined;
  /** Ends the search with the best so far. */
  readonly interrupt?: AbortSignal | undefined;
  readonly onBetter?: ((step: ShrinkStep) => void) | undefined;
}

export function shrinkInThread(order: ShrinkOrder, options: ThreadOptions = {}): Promise<ShrinkResult> {
  return inThread({ kind: 'shrink', order }, options) as Promise<ShrinkResult>;
}

export function runInThread(scenario: Scenario, modules: PatchedModules): Promise<Judged> {
  return inThread({ kind: 'run', scenario }, { modules }) as Promise<Judged>;
}

function inThread(
  task: ThreadData['task'],
  { modules, interrupt, onBetter }: ThreadOptions,
): Promise<ShrinkResult | Judged> {
  const stopped = new Int32Array(new SharedArrayBuffer(4));
  const data: ThreadData = { task, modules: modules ?? null, stopped };
  const thread = new Worker(new URL('./thread.js', import.meta.url), { workerData: data });
  const stop = (): void => void Atomics.store(stopped, 0, 1);
  interrupt?.addEventListener('abort', stop);
  if (interrupt?.aborted) stop();
  return new Promise<ShrinkResult | Judged>((resolve, reject) => {
    thread.on('message', (message: FromThread) => {
      if (message.kind === 'better') onBetter?.(message.step);
      else resolve(message.result);
    });
    thread.on('error', reject);
    thread.on('exit', () => reject(new Error('the thread ended before it was done')));
  }).finally(() => {
    interrupt?.removeEventListener('abort', stop);
    void thread.terminate();
  });
}
