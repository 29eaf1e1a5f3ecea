// The thread in which one scenario is shrunk, or run: the caller stays free to show progress and to be interrupted, and a
// planted bug stays in here. It loads nothing of the project before its hooks are in place.

import { register } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { Judged } from '../campaign/judge.ts';
import type { PatchedModules } from '../mutants/patched-build.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { ShrinkStep } from './shrink.ts';
import type { ShrinkControls, ShrinkOrder, ShrinkResult } from './work.ts';

export interface ThreadData {
  readonly task:
    | { readonly kind: 'shrink'; readonly order: ShrinkOrder }
    | { readonly kind: 'run'; readonly scenario: Scenario };
  readonly modules: PatchedModules | null;
  /** Not 0: stop after the run under way. */
  readonly stopped: Int32Array;
}

export type FromThread =
  | { readonly kind: 'better'; readonly step: ShrinkStep }
  | { readonly kind: 'done'; readonly result: ShrinkResult | Judged };

interface Work {
  workOn(order: ShrinkOrder, controls: ShrinkControls): ShrinkResult;
  runOnce(scenario: Scenario): Judged;
}

const { task, modules, stopped } = workerData as ThreadData;
if (modules !== null) register('../campaign/patched-modules.js', import.meta.url, { data: modules });
const { workOn, runOnce } = (await import('./work.ts')) as Work;

const tell = (message: FromThread): void => parentPort!.postMessage(message);
const result =
  task.kind === 'run'
    ? runOnce(task.scenario)
    : workOn(task.order, {
        isStopped: () => Atomics.load(stopped, 0) !== 0,
        onBetter: (step) => tell({ kind: 'better', step }),
      });
tell({ kind: 'done', result });
