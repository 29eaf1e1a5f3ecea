// A worker whose pool is patched: some modules of the compiled project are replaced as they are loaded. A thread loads one
// patched pool only, and nothing of the project before its hooks are in place.

import { register } from 'node:module';
import type { Tally } from './tally.ts';
import type { Order } from './worker.ts';

export interface PatchedOrder extends Order {
  /** JavaScript by the URL of the module that it replaces. The same in every order that a thread is given. */
  readonly modules: Readonly<Record<string, string>>;
}

type Work = (order: Order) => Tally;

let loading: Promise<Work> | null = null;

export default async function workPatched({ modules, ...order }: PatchedOrder): Promise<Tally> {
  loading ??= load(modules);
  const work = await loading;
  return work(order);
}

async function load(modules: PatchedOrder['modules']): Promise<Work> {
  register('./patched-modules.js', import.meta.url, { data: modules });
  const worker = (await import('./worker.ts')) as { readonly default: Work };
  return worker.default;
}
