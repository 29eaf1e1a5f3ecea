// Those who run batches: worker threads, or the calling thread itself.

import { Tinypool } from 'tinypool';
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
  run(batch: Batch): Promise<Tally>;
  /** Batches under way end after their present run, with what they have. */
  stop(): void;
  close(): Promise<void>;
}

export function threadCrew(size: number, draw: Draw): Crew {
  return crewOf(size, './worker.js', (batch, stopped): Order => ({ batch, draw, stopped }));
}

/** Threads whose pool has some of its modules replaced; the calling thread keeps the pool as it is. */
export function patchedCrew(size: number, modules: PatchedOrder['modules'], draw: Draw): Crew {
  return crewOf(
    size,
    './patched-worker.js',
    (batch, stopped): PatchedOrder => ({ batch, draw, stopped, modules }),
  );
}

function crewOf(size: number, worker: string, orderFor: (batch: Batch, stopped: Int32Array) => Order): Crew {
  const stopped = new Int32Array(new SharedArrayBuffer(4));
  const threads = new Tinypool({
    filename: new URL(worker, import.meta.url).href,
    minThreads: size,
    maxThreads: size,
  });
  return {
    size,
    run: (batch) => threads.run(orderFor(batch, stopped)) as Promise<Tally>,
    stop: () => void Atomics.store(stopped, 0, 1),
    close: () => threads.destroy(),
  };
}

export function localCrew(simulate: Simulate, draw: Draw = RANDOM_DRAW): Crew {
  let isStopped = false;
  return {
    size: 1,
    run: async (batch) => runBatch(simulate, batch, { draw, isStopped: () => isStopped }),
    stop: () => {
      isStopped = true;
    },
    close: async () => {},
  };
}
