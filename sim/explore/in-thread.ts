// Searches in a thread of its own.

import type { PatchedModules } from '../mutants/patched-build.ts';
import { inOwnThread } from '../own-thread.ts';
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
  return inOwnThread<FromThread, SearchReport>({
    script: new URL('./thread.js', import.meta.url),
    dataFor: (stopped): ThreadData => ({ order, modules: modules ?? null, stopped }),
    resultIn: (message) => {
      if (message.kind !== 'progress') return message.report;
      onProgress?.(message.counts);
      return undefined;
    },
    interrupt,
  });
}
