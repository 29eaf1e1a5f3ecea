// The pool's file (`lservrlf`) as data: who is in the pool, in which order of preference, and what it may give out.
// Text ↔ data is in `pool-file-text.ts`; nothing here knows of disks.

import type { Host } from './ids.ts';
import type { License } from './license.ts';

export const MOST_SERVERS = 11;

export interface PoolServer {
  /** 1–64 characters of [A-Za-z0-9.-]; unique in the file. */
  readonly host: Host;
  /** Where it listens: `address:port`, or null for host:5093. */
  readonly address: string | null;
}

export interface PoolFile {
  /** 1–64 characters of [A-Za-z0-9._-]. */
  readonly poolName: string;
  /** 0 … 2^31-1; only grows [§12]. */
  readonly version: number;
  /** 1–11 servers, the most preferred first. */
  readonly servers: readonly PoolServer[];
  readonly licenses: readonly License[];
}
