// The thread in which one scenario is shrunk: the caller stays free to show progress and to be interrupted, and a planted bug
// stays in here. It loads nothing of the project before its hooks are in place.

import { register } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { PatchedModules } from '../mutants/patched-build.ts';
import type { ShrinkStep } from './shrink.ts';
import type { ShrinkControls, ShrinkOrder, ShrinkResult } from './work.ts';

export interface ThreadData {
  readonly order: ShrinkOrder;
  readonly modules: PatchedModules | null;
  /** Not 0: stop after the run under way. */
  readonly stopped: Int32Array;
}

export type FromThread =
  | { readonly kind: 'better'; readonly step: ShrinkStep }
  | { readonly kind: 'done'; readonly result: ShrinkResult };

type Work = { readonly workOn: (order: ShrinkOrder, controls: ShrinkControls) => ShrinkResult };

const { order, modules, stopped } = workerData as ThreadData;
if (modules !== null) register('../campaign/patched-modules.js', import.meta.url, { data: modules });
const { workOn } = (await import('./work.ts')) as Work;

const tell = (message: FromThread): void => parentPort!.postMessage(message);
const result = workOn(order, {
  isStopped: () => Atomics.load(stopped, 0) !== 0,
  onBetter: (step) => tell({ kind: 'better', step }),
});
tell({ kind: 'done', result });
