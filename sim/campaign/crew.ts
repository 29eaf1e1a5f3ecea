// Those who run batches: worker threads, or the calling thread itself.

import { Tinypool } from 'tinypool';
import type { Scenario } from '../scenario/scenario.ts';
import { runBatch } from './batch.ts';
import type { Simulate } from './judge.ts';
import type { PatchedOrder } from './patched-worker.ts';
import type { Batch } from './plan.ts';
import { type Draw, RANDOM_DRAW } from './strategy.ts';
import type { Tally } from './tally.ts';
import type { Order } from './worker.ts';

export interface Crew {
  /** How many batches run at the same time. */
  readonly size: number;
  /** `scenarios`: what its seeds run; absent: what they draw. */
  run(batch: Batch, scenarios?: readonly Scenario[]): Promise<Tally>;
  /** Batches under way end after their present run, with what they have. */
  stop(): void;
  close(): Promise<void>;
}

export function threadCrew(size: number, draw: Draw): Crew {
  return crewOf(size, './worker.js', (order): Order => ({ ...order, draw }));
}

/** Threads whose pool has some of its modules replaced; the calling thread keeps the pool as it is. */
export function patchedCrew(size: number, modules: PatchedOrder['modules'], draw: Draw): Crew {
  return crewOf(size, './patched-worker.js', (order): PatchedOrder => ({ ...order, draw, modules }));
}

/** Threads of another build: the folder of its package, compiled. It runs what it is given, with its own pool and judges. */
export function foreignCrew(size: number, root: URL, draw: Draw): Crew {
  const worker = new URL('dist/sim/campaign/worker.js', root).href;
  return crewOf(size, worker, (order): Order => ({ ...order, draw }));
}

function crewOf(size: number, worker: string, orderFor: (order: Omit<Order, 'draw'>) => Order): Crew {
  const stopped = new Int32Array(new SharedArrayBuffer(4));
  const threads = new Tinypool({
    filename: new URL(worker, import.meta.url).href,
    minThreads: size,
    maxThreads: size,
  });
  return {
    size,
    run: (batch, scenarios) => threads.run(orderFor({ batch, scenarios, stopped })) as Promise<Tally>,
    stop: () => void Atomics.store(stopped, 0, 1),
    close: () => threads.destroy(),
  };
}

export function localCrew(simulate: Simulate, draw: Draw = RANDOM_DRAW): Crew {
  let isStopped = false;
  return {
    size: 1,
    run: async (batch, scenarios) =>
      runBatch(simulate, batch, { draw, scenarios, isStopped: () => isStopped }),
    stop: () => {
      isStopped = true;
    },
    close: async () => {},
  };
}
