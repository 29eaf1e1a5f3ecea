// The outside of a server's or a client's process: bytes, a clock, a disk, chance. The daemon provides it with sockets,
// files and OS timers, the simulator with its network, disks and clocks; everything inside is the same code.

import type { ConnectionId, Host } from '../core/ids.ts';
import type { CivilTime, Instant } from '../core/time.ts';
import type { CallOutcome, ClientEvent, ServerEvent } from '../core/turn.ts';
import type { DiskBatch } from '../storage/disk-command.ts';

interface Node {
  now(): Instant;
  wall(): CivilTime;
  /** Uniform 32-bit unsigned chance. */
  random(): number;
  /** Asks for one `wake` at that local instant (or soon after); replaces the one asked for before. NEVER = none. */
  wakeAt(at: Instant): void;
}

export interface ServerOutside extends Node {
  /** `bytes[0 … length)` are valid during the call only: whoever keeps them copies them. */
  send(to: Host, bytes: Uint8Array, length: number): void;
  reply(connection: ConnectionId, bytes: Uint8Array, length: number): void;
  /**
   * Carries the batch out; `onCommitted` is called on the process afterwards, or `onNoRoom` when the disk was full: then the
   * batch stays under way, and is given again as it is. At most one batch is under way.
   */
  commit(batch: DiskBatch): void;
  /** Why a license file may not come into force here; null = it may. The same answer for the same bytes. */
  objectionTo(file: Uint8Array): string | null;
  note(event: ServerEvent): void;
}

export interface ClientOutside extends Node {
  connect(to: Host): ConnectionId;
  close(connection: ConnectionId): void;
  send(connection: ConnectionId, bytes: Uint8Array, length: number): void;
  finish(outcome: CallOutcome): void;
  note(event: ClientEvent): void;
}
