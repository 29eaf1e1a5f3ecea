// What the engine runs, and what it offers to what it runs. A machine is anything that reacts to bytes, to its one timer
// and to its disk; the engine knows nothing else of it. Everything here is called synchronously, one call per event.

import type { CivilTime, Instant } from '../../src/core/time.ts';
import type { DiskBatch, Files } from '../../src/storage/disk-command.ts';

/** One run of a node's process. It is dropped at a crash; a restart boots a new one over the same disk. */
export interface Machine {
  start(): void;
  /** `bytes[0 … length)` arrived; they are valid during the call only. `connection` is the sender's number, handed through. */
  receive(from: number, connection: number, bytes: Uint8Array, length: number): void;
  /** The instant asked for with `wakeAt` has come, or passed. */
  wake(): void;
  /** The batch given to `commit` is done. */
  committed(): void;
  /** The disk had no room for that batch; some of it may be written. Nothing is under way any more. */
  noRoom(): void;
  /** An operator's order at its console, which the engine does not understand; false: nothing came of it. Absent: it takes none. */
  order?(order: unknown): boolean;
}

/** What a host offers to its machine. After the machine's crash it does nothing any more. */
export interface Port {
  readonly node: number;
  /** 1 for the node's first boot, one more at each restart: for numbers that must not be used twice. */
  readonly boot: number;
  /** Local monotonic time. */
  now(): Instant;
  wall(): CivilTime;
  /** Uniform unsigned 32-bit chance, from the node's own stream. */
  random(): number;
  /** Asks for one `wake` at that local instant (at once when it has passed); replaces the one asked for before; NEVER = none. */
  wakeAt(at: Instant): void;
  /** The bytes are copied. A node may send to itself: such a frame takes no time and meets no fault. */
  send(to: number, connection: number, bytes: Uint8Array, length: number): void;
  /** Carries a batch out; at most one may be under way. */
  commit(batch: DiskBatch): void;
  /** The machine got somewhere that faults may wait for. Nothing comes of it before the machine's step is done. */
  milestone(name: string): void;
  /** What its disk holds is good, and the others count on it: from now on a fault may take another node's store. */
  storeCounts(): void;
  /** The disk's files as they are now: for recovery at boot. */
  files(): Files;
  /** True time in µs, which no real process knows: for what checkers are told, never for a decision. */
  trueTime(): number;
}

/** What a node runs. An object with fields, never a closure, so that a snapshot of the world holds all of it. */
export interface Program {
  boot(node: number, port: Port): Machine;
}
