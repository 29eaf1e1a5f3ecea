// Searches in a thread of its own; needs the compiled project, since threads cannot load TypeScript everywhere.

import { Worker } from 'node:worker_threads';
import type { PatchedModules } from '../mutants/patched-build.ts';
import type { SearchCounts } from '../search/search.ts';
import type { FromThread, ThreadData } from './thread.ts';
import type { SearchOrder, SearchReport } from './work.ts';

export interface SearchOptions {
  /** A planted bug. */
  readonly modules?: PatchedModules | undefined;
  /** Ends the search with what it has. */
  readonly interrupt?: AbortSignal | undefined;
  readonly onProgress?: ((counts: SearchCounts) => void) | undefined;
}

export function searchInThread(
  order: SearchOrder,
  { modules, interrupt, onProgress }: SearchOptions = {},
): Promise<SearchReport> {
  const stopped = new Int32Array(new SharedArrayBuffer(4));
  const data: ThreadData = { order, modules: modules ?? null, stopped };
  const thread = new Worker(new URL('./thread.js', import.meta.url), { workerData: data });
  const stop = (): void => void Atomics.store(stopped, 0, 1);
  interrupt?.addEventListener('abort', stop);
  if (interrupt?.aborted) stop();
  return new Promise<SearchReport>((resolve, reject) => {
    thread.on('message', (message: FromThread) => {
      if (message.kind === 'progress') onProgress?.(message.counts);
      else resolve(message.report);
    });
    thread.on('error', reject);
    thread.on('exit', () => reject(new Error('the thread ended before it was done')));
  }).finally(() => {
    interrupt?.removeEventListener('abort', stop);
    void thread.terminate();
  });
}
