// The read-only view of a running server that checkers and the replay look at: its real state, and what its disk holds.

import type { Server } from '../../src/core/server/state.ts';

export interface ServerView {
  /** The core's own state, read-only. */
  readonly server: Readonly<Server>;
  /** What a recovery of the medium would find now, kept up to date at each commit: never the un-synced part. */
  readonly durable: DurableView;
}

export interface DurableView {
  /** As of the last committed batch. */
  readonly position: import('../../src/core/ids.ts').Position | null;
  readonly promised: number;
  readonly promisedTo: import('../../src/core/state.ts').Promisee | null;
  readonly isMember: boolean;
  readonly store: import('../../src/core/ids.ts').StoreId;
  readonly bootSequence: number;
}
