// The thread in which a search goes on: the caller stays free to show progress and to be interrupted, and a planted bug stays
// in here. It loads nothing of the project before its hooks are in place.

import { register } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { PatchedModules } from '../mutants/patched-build.ts';
import type { SearchCounts } from '../search/search.ts';
import type { SearchOrder, SearchReport, SearchWatch } from './work.ts';

export interface ThreadData {
  readonly order: SearchOrder;
  readonly modules: PatchedModules | null;
  /** Not 0: stop. */
  readonly stopped: Int32Array;
}

export type FromThread =
  | { readonly kind: 'progress'; readonly counts: SearchCounts }
  | { readonly kind: 'done'; readonly report: SearchReport };

interface Work {
  searchFrom(order: SearchOrder, watch: SearchWatch): SearchReport;
}

const { order, modules, stopped } = workerData as ThreadData;
if (modules !== null) register('../campaign/patched-modules.js', import.meta.url, { data: modules });
const { searchFrom } = (await import('./work.ts')) as Work;

const tell = (message: FromThread): void => parentPort!.postMessage(message);
const report = searchFrom(order, {
  isStopped: () => Atomics.load(stopped, 0) !== 0,
  onProgress: (counts) => tell({ kind: 'progress', counts }),
});
tell({ kind: 'done', report });
