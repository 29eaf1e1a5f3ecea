// What all servers of a pool say of it at the same time, as an operator is told.

import { type Inspection, inspect } from '../client/inspection.ts';
import type { Host } from '../core/ids.ts';
import type { Report } from '../core/message.ts';
import type { Keys } from '../node/keys.ts';
import { keysBy } from './key-options.ts';
import { type PoolOptions, serversBy } from './pool-options.ts';
import { CannotGoOn } from './terminal.ts';

/** Where the servers are, and by what an operator is known to them. */
export interface Reach {
  readonly servers: ReadonlyMap<Host, string>;
  readonly keys: Keys | null;
}

export interface View {
  readonly inspections: readonly Inspection[];
  /** Of the active Leader of the highest term; null = nobody says that it is one. */
  readonly leader: Report | null;
}

/** Throws CannotGoOn. */
export async function reachOf(options: PoolOptions): Promise<Reach> {
  const keys = keysBy(options);
  if (keys !== null && keys.identity.role !== 'operator')
    throw new CannotGoOn(`the keys are those of a ${keys.identity.role}: give those of an operator`);
  return { servers: await serversBy(options), keys };
}

export async function look({ servers, keys }: Reach): Promise<View> {
  const inspections = await Promise.all([...servers].map(([host, address]) => inspect(host, address, keys)));
  let leader: Report | null = null;
  for (const { report } of inspections) {
    if (report?.isActive && (leader === null || report.term > leader.term)) leader = report;
  }
  return { inspections, leader };
}
