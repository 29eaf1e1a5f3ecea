// Shrinks a scenario, or runs one with a planted bug, in a thread of its own.

import type { Judged } from '../campaign/judge.ts';
import type { Recording } from '../explain/recording.ts';
import type { PatchedModules } from '../mutants/patched-build.ts';
import { inOwnThread } from '../own-thread.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { ShrinkStep } from './shrink.ts';
import type { FromThread, ThreadData, ThreadResult } from './thread.ts';
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

export function recordInThread(scenario: Scenario, modules: PatchedModules): Promise<Recording> {
  return inThread({ kind: 'record', scenario }, { modules }) as Promise<Recording>;
}

function inThread(
  task: ThreadData['task'],
  { modules, interrupt, onBetter }: ThreadOptions,
): Promise<ThreadResult> {
  return inOwnThread<FromThread, ThreadResult>({
    script: new URL('./thread.js', import.meta.url),
    dataFor: (stopped): ThreadData => ({ task, modules: modules ?? null, stopped }),
    resultIn: (message) => {
      if (message.kind !== 'better') return message.result;
      onBetter?.(message.step);
      return undefined;
    },
    interrupt,
  });
}
