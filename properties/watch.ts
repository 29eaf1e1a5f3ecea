// What a property's watch can follow: every event that the simulator tells, and the few facts that `Ground` derives from
// them once for all (which call an answer answers, which operation was made, which one is committed).

import type { Observer, ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import type { ServerView } from '../sim/pool/server-view.ts';
import type { Position, Term } from '../src/core/ids.ts';
import type { Answer, ServerMessage } from '../src/core/message.ts';
import type { EndReason, Operation } from '../src/core/state.ts';
import type { Arrival, FileMade, HandleRecord, Reign } from './ledger.ts';

/** A second of true time. */
export const LOOK_EVERY = 1_000_000;
/** What pool time has decided [§11]. */
export type PoolTimeOperation = Operation & { readonly kind: 'high-water' | 'lower-high-water' | 'expire' };

/** `arrival` objects are lent for the call only: they are used again. */
export interface Watch extends Observer {
  /** An answer left, and this is the call that it answers; null: no such call was waiting at this server. */
  answered?(
    at: TrueTime,
    server: ServerIndex,
    arrival: Arrival | null,
    answer: Answer,
    view: ServerView,
  ): void;
  /** A message of a reclaim leaves: a trial, a take-over, or a prepare with a leader's consent. */
  reclaimSent?(
    at: TrueTime,
    from: ServerIndex,
    to: ServerIndex,
    message: ServerMessage,
    view: ServerView,
  ): void;
  /** After a step a server does not lead any more in the term in which it led before; not told of a crash. */
  leftOffice?(at: TrueTime, server: ServerIndex, term: Term): void;
  /** Now and then, not more often than once in `LOOK_EVERY`: for what is looked at and not told. */
  looked?(at: TrueTime): void;
  /** A leader put an add or an end into its state; `reign.live` is still as before it. */
  operationMade?(
    at: TrueTime,
    server: ServerIndex,
    reign: Reign,
    operation: Operation,
    record: HandleRecord,
    position: Position,
  ): void;
  /** A leader's state forgets all tombstones from before a position. */
  purgeMade?(at: TrueTime, server: ServerIndex, reign: Reign, before: Position): void;
  /** A leader put a mark or an expiry into its state; `reign.highWater` and `reign.expired` are still as before it. */
  poolTimeMade?(at: TrueTime, server: ServerIndex, reign: Reign, operation: PoolTimeOperation): void;
  /** A leader's step made at least one delta, all told by `operationMade`; `reign.units` is as after them. */
  deltasMade?(at: TrueTime, server: ServerIndex, reign: Reign, view: ServerView): void;
  /** A leader put a license file into its state; `before` = the version that it replaces. */
  fileMade?(at: TrueTime, server: ServerIndex, file: FileMade, before: number): void;
  /** A quorum has that license file in force on disk. */
  fileCommitted?(at: TrueTime, file: FileMade): void;
  /** A quorum has the grant on disk; `record.committedGrants` is still as before it. */
  grantCommitted?(at: TrueTime, record: HandleRecord, term: Term, index: number): void;
  /** A quorum has the end on disk; `record.endedAt` is still as before it. */
  endCommitted?(at: TrueTime, record: HandleRecord, reason: EndReason, term: Term, index: number): void;
  /** A quorum has the mark or the expiry on disk; a string's `startedAt` and `expiredAt` are still as before it. */
  poolTimeCommitted?(at: TrueTime, operation: PoolTimeOperation, term: Term, index: number): void;
  /** A term has committed something, and what it adopted does not contain what was committed before. */
  historyLost?(at: TrueTime, term: Term, adopted: Position, lostTerm: Term, lostIndex: number): void;
  /** A term has committed something: of the operations that were not committed before it, so many it kept and so many it dropped. */
  historyTakenUp?(at: TrueTime, term: Term, kept: number, dropped: number): void;
}
