// The thread in which one scenario is shrunk, or run, or recorded: the caller stays free to show progress and to be interrupted, and a
// planted bug stays in here. It loads nothing of the project before its hooks are in place.

import { register } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { Judged } from '../campaign/judge.ts';
import type { Recording } from '../explain/recording.ts';
import type { PatchedModules } from '../mutants/patched-build.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { ShrinkStep } from './shrink.ts';
import type { ShrinkControls, ShrinkOrder, ShrinkResult } from './work.ts';

export interface ThreadData {
  readonly task:
    | { readonly kind: 'shrink'; readonly order: ShrinkOrder }
    | { readonly kind: 'run' | 'record'; readonly scenario: Scenario };
  readonly modules: PatchedModules | null;
  /** Not 0: stop after the run under way. */
  readonly stopped: Int32Array;
}

export type ThreadResult = ShrinkResult | Judged | Recording;

export type FromThread =
  | { readonly kind: 'better'; readonly step: ShrinkStep }
  | { readonly kind: 'done'; readonly result: ThreadResult };

interface Work {
  workOn(order: ShrinkOrder, controls: ShrinkControls): ShrinkResult;
  runOnce(scenario: Scenario): Judged;
  record(scenario: Scenario): Recording;
}

const { task, modules, stopped } = workerData as ThreadData;
if (modules !== null) register('../campaign/patched-modules.js', import.meta.url, { data: modules });
const { workOn, runOnce, record } = (await import('./work.ts')) as Work;

const tell = (message: FromThread): void => parentPort!.postMessage(message);
tell({ kind: 'done', result: resultOf(task) });

function resultOf(order: ThreadData['task']): ThreadResult {
  switch (order.kind) {
    case 'run':
      return runOnce(order.scenario);
    case 'record':
      return record(order.scenario);
    case 'shrink':
      return workOn(order.order, {
        isStopped: () => Atomics.load(stopped, 0) !== 0,
        onBetter: (step) => tell({ kind: 'better', step }),
      });
  }
}
