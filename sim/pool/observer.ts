// What a checker can see of a run: everything that servers and clients do, told as it happens, with true time.
// Observers read; nothing that they do is felt by the run. The omniscient side of `properties`.

import type { HandleId, LicenseKey } from '../../src/core/ids.ts';
import type { Answer, Call, ServerMessage } from '../../src/core/message.ts';
import type { CivilTime } from '../../src/core/time.ts';
import type { CallOutcome, ServerEvent } from '../../src/core/turn.ts';
import type { Files } from '../../src/storage/disk-command.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { ServerView } from './server-view.ts';

/** True time, integer microseconds since the run began; only the simulator knows it. */
export type TrueTime = number;

/** Index of a server in the scenario's preference order at the start, 0 = most preferred; equals its slot at formation. */
export type ServerIndex = number;

export type ClientIndex = number;

/** The application's call as the workload made it. */
export interface ApplicationCall {
  /** Unique in the run. */
  readonly id: number;
  readonly call: 'request' | 'update' | 'release' | 'status';
  /** For update and release: the handle; for request null (it is drawn by the library). */
  readonly handle: HandleId | null;
  readonly key: LicenseKey;
  readonly units: number;
}

export interface Observer {
  serverBooted?(at: TrueTime, server: ServerIndex, view: ServerView): void;
  serverCrashed?(at: TrueTime, server: ServerIndex): void;
  /** Somebody put that license file on the disk of a server, which is down. */
  filePut?(at: TrueTime, server: ServerIndex, body: Uint8Array): void;
  /** After each step of a running server (message, wake-up, commit): its state may have changed. */
  serverStepped?(at: TrueTime, server: ServerIndex, view: ServerView): void;
  /** A message leaves the server towards another one (never its own loop-back). */
  messageSent?(
    at: TrueTime,
    from: ServerIndex,
    to: ServerIndex,
    message: ServerMessage,
    view: ServerView,
  ): void;
  /** A server is about to step on a message from another server. */
  messageArrived?(at: TrueTime, from: ServerIndex, to: ServerIndex, message: ServerMessage): void;
  /** A server is about to step on a client's call. */
  callArrived?(at: TrueTime, server: ServerIndex, client: ClientIndex, call: Call): void;
  /** An answer leaves the server. */
  answerLeft?(at: TrueTime, server: ServerIndex, client: ClientIndex, answer: Answer, view: ServerView): void;
  /** A client is about to step on an answer. */
  answerArrived?(at: TrueTime, server: ServerIndex, client: ClientIndex, answer: Answer): void;
  /** A server's batch of writes is on its medium. */
  serverCommitted?(at: TrueTime, server: ServerIndex, view: ServerView): void;
  serverNoted?(at: TrueTime, server: ServerIndex, event: ServerEvent, view: ServerView): void;
  callBegan?(at: TrueTime, client: ClientIndex, call: ApplicationCall): void;
  callEnded?(at: TrueTime, client: ClientIndex, call: ApplicationCall, outcome: CallOutcome): void;
  /**
   * The client believes that it holds the handle until `until` (true time, by its clock's present rate). Told again
   * with the same handle when the belief is prolonged or when the clock's rate changes.
   */
  beliefHeld?(
    at: TrueTime,
    client: ClientIndex,
    handle: HandleId,
    key: LicenseKey,
    units: number,
    until: TrueTime,
  ): void;
  /** The belief ended before its time: released, terminated, or the client's process crashed. */
  beliefEnded?(at: TrueTime, client: ClientIndex, handle: HandleId): void;
  clientCrashed?(at: TrueTime, client: ClientIndex): void;
  /** The faults end and the core phase begins: from here on the servers of `core` are fully linked [E3]. */
  coreBegan?(at: TrueTime, core: readonly ServerIndex[]): void;
  /** The last event was handled; `at` = the end of the run. */
  ended?(at: TrueTime): void;
}

/** What an observer is told before the run. */
export interface RunFacts {
  readonly scenario: Scenario;
  /** What the server's disk shows now. */
  files(index: ServerIndex): Files;
  /** Reads the present state of a server: undefined while it is down. */
  server(index: ServerIndex): ServerView | undefined;
  /** What that server's wall clock shows now, also while it is down. */
  wall(index: ServerIndex): CivilTime;
}
