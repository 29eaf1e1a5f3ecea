// The process in which a run with a planted bug is replayed: some modules of the compiled project are replaced as they are loaded, so
// nothing of the project may be loaded before.

import { register } from 'node:module';
import type { PatchedModules } from '../mutants/patched-build.ts';
import type { ReplayOrder } from './show.ts';

export interface ChildOrder {
  readonly order: ReplayOrder;
  readonly modules: PatchedModules;
}

interface Show {
  showReplay(order: ReplayOrder): Promise<boolean>;
}

process.once('message', async ({ order, modules }: ChildOrder) => {
  register('../campaign/patched-modules.js', import.meta.url, { data: modules });
  const { showReplay } = (await import('./show.ts')) as Show;
  process.exitCode = (await showReplay(order)) ? 1 : 0;
});
