// Everything that the protocol may know of the outside world, or do to it, during one step: the one interface.
// The daemon and the simulator are two interpreters of it (both through `src/process`).

import type { Code } from './codes.ts';
import type { ConnectionId, HandleId, Host, LicenseKey, Position, Slot, Term } from './ids.ts';
import type { ClientMessage, ReplyToClient, ServerMessage, Tokens } from './message.ts';
import type { Delta, EndReason } from './state.ts';
import type { CivilTime, Instant } from './time.ts';

/** What a server may know and do in one step. Effects are collected; when they leave is decided by `output-commit`. */
export interface ServerTurn {
  readonly now: Instant;
  readonly wall: CivilTime;
  /** Uniform 32-bit unsigned chance. */
  random(): number;
  /** To another server, or to this one itself. Leaves when everything changed so far is on disk. */
  send(to: Host, message: ServerMessage): void;
  /** The permitted exception: a Leader's Append may leave before its own sync [§3]. */
  sendEarly(to: Host, message: ServerMessage): void;
  answer(connection: ConnectionId, message: ReplyToClient): void;
  /** For what claims nothing about the state: it leaves whatever this server's disk has [6.2]. */
  answerEarly(connection: ConnectionId, message: ReplyToClient): void;
  /** A durable field of Meta changed. */
  metaChanged(): void;
  /** The register went one delta further. */
  appended(delta: Delta): void;
  /** The register was replaced as a whole (fetched, adopted). */
  replaced(): void;
  /** The register was dropped: the store is a new, blank one [14.2]. */
  blanked(): void;
  /**
   * The server's license file is replaced by this one as a whole; the edit that it wins over, if there is one, is kept
   * beside it under the version that it lost to [12.6, 12.7].
   */
  installed(body: Uint8Array, lost: LostEdit | null): void;
  /** Why a license file may not come into force here, beyond what it says of itself; null = it may [12.11]. */
  objectionTo(file: Uint8Array): string | null;
  /** Something that people and checkers want to know of. Never read back. */
  note(event: ServerEvent): void;
}

/** An edit of a server's license file that never was in force. */
export interface LostEdit {
  readonly body: Uint8Array;
  readonly lostTo: number;
}

/** What lay where a license file is installed. An older one was put back by somebody: tell people, it is gone [12.2]. */
export type Replaced = 'nothing' | 'the same' | 'the one before' | 'an older one' | 'an edit that lost';

export type StepDownReason =
  | 'no confirmed round'
  | 'its own disk is too slow'
  | 'a higher term'
  | 'a higher promise'
  | 'handed over'
  | 'its store was discarded'
  | 'a store was lost while the pool formed'
  | 'an operator re-forms the pool'
  | 'an operator told it to';

/** Why a store is given up [14.6, 14.13, 14.15]. */
export type DiscardReason =
  | 'another store counts'
  | 'it has another slot'
  | 'it is an older image'
  | 'an operator says that it is an older image';

export type ServerEvent =
  | { readonly kind: 'canvassed'; readonly quorumSeen: boolean }
  | { readonly kind: 'stood'; readonly term: Term }
  | { readonly kind: 'elected'; readonly term: Term; readonly adopted: Position }
  | { readonly kind: 'took over'; readonly term: Term; readonly viaHandOver: boolean; readonly tokens: ReadonlyMap<LicenseKey, Tokens> }
  | { readonly kind: 'stepped down'; readonly term: Term; readonly reason: StepDownReason }
  | { readonly kind: 'follows'; readonly term: Term; readonly leader: Slot }
  | { readonly kind: 'granted'; readonly handle: HandleId; readonly key: LicenseKey; readonly units: number; readonly owner: string; readonly position: Position }
  | { readonly kind: 'granted again'; readonly handle: HandleId }
  | { readonly kind: 'renewed'; readonly handle: HandleId; readonly wasPrevious: boolean }
  | { readonly kind: 'refused'; readonly handle: HandleId; readonly key: LicenseKey; readonly units: number; readonly owner: string; readonly code: Code }
  | { readonly kind: 'ended'; readonly handle: HandleId; readonly key: LicenseKey; readonly units: number; readonly owner: string; readonly reason: EndReason; readonly position: Position }
  | { readonly kind: 'expired'; readonly serial: string; readonly poolTime: CivilTime }
  /** The Leader has more units of a key out than its strings' soft limit; it has no more than that again, or there is none [6.33]. */
  | { readonly kind: 'soft limit exceeded'; readonly key: LicenseKey; readonly units: number; readonly softLimit: number }
  | { readonly kind: 'soft limit kept'; readonly key: LicenseKey; readonly units: number; readonly softLimit: number | null }
  /** On every server that applies an operator's word to set the mark of pool time back [11.9]. */
  | { readonly kind: 'mark lowered'; readonly from: CivilTime; readonly to: CivilTime }
  | { readonly kind: 'purged'; readonly before: Position }
  /** A new store counts for the slot from this position on. */
  | { readonly kind: 'admitted'; readonly slot: Slot; readonly position: Position }
  /** At boot the disk held no store, or one that cannot prove that it is complete: this server begins with a new one. */
  | { readonly kind: 'store lost'; readonly because: string }
  /** Another store counts for this server's slot, or more was seen of its store than it holds: it begins anew. */
  | { readonly kind: 'discarded'; readonly because: DiscardReason }
  /** This server's new store counts: it is a member from here on. */
  | { readonly kind: 'joined'; readonly slot: Slot }
  /** The Leader puts the edit of that server in force as this version, from this position on. */
  | { readonly kind: 'file accepted'; readonly from: Slot; readonly version: number; readonly position: Position }
  /** A change of members begins: hosts that are to come, and that are to go [13.3]. */
  | { readonly kind: 'change prepared'; readonly version: number; readonly coming: readonly Host[]; readonly going: readonly Host[] }
  /** A quorum is one of the old members and one of the new ones from here on. */
  | { readonly kind: 'change joint'; readonly version: number; readonly position: Position }
  | { readonly kind: 'change done'; readonly version: number; readonly position: Position }
  /** This server is no member of its pool any more: it forgets its store and what it belonged to [13.10]. */
  | { readonly kind: 'retired'; readonly fileVersion: number }
  /** The Leader will not have that file, in this reign. */
  | { readonly kind: 'file refused'; readonly from: Slot; readonly hash: string; readonly because: string }
  /** The committed file lies on this server's disk. */
  | { readonly kind: 'file installed'; readonly version: number; readonly hash: string; readonly replaced: Replaced }
  /** An edit that never was in force is saved beside the file that it lost to: tell people. */
  | { readonly kind: 'edit lost'; readonly lostTo: number; readonly hash: string; readonly code: Code }
  /** It has the promise of every server of its file: a pool begins, with a state that nobody has confirmed yet [14.8]. */
  | { readonly kind: 'founds'; readonly term: Term }
  /** By an operator's word the pool begins anew with the state of that position, under another pool id [14.11]. */
  | { readonly kind: 're-forms'; readonly term: Term; readonly adopted: Position }
  /** These did not promise it in time, or cannot. */
  | { readonly kind: 're-formation failed'; readonly missing: readonly Host[] }
  | { readonly kind: 'formed'; readonly isInQuarantine: boolean }
  | { readonly kind: 'quarantine ended' }
  /** Its disk has no room: it takes nothing, and goes on when there is room. */
  | { readonly kind: 'disk full' }
  | { readonly kind: 'disk has room' }
  | { readonly kind: 'state fetched'; readonly from: Slot; readonly position: Position }
  /** Its parts are no state: ends out of order or after its position, or a handle named twice [7.45]. */
  | { readonly kind: 'state refused'; readonly from: Slot; readonly position: Position }
  | { readonly kind: 'trial'; readonly of: Slot }
  | { readonly kind: 'trial missed'; readonly of: Slot }
  | { readonly kind: 'froze'; readonly for: Slot }
  | { readonly kind: 'hand-over sent'; readonly to: Slot; readonly position: Position }
  | { readonly kind: 'hand-over aborted'; readonly to: Slot };

/** What a client library may know and do in one step. */
export interface ClientTurn {
  readonly now: Instant;
  readonly wall: CivilTime;
  random(): number;
  /** Opens a new connection and returns its number; what was sent on an older one may still arrive. */
  connect(to: Host): ConnectionId;
  /** Resets the connection: nothing that still arrives on it is delivered here. */
  close(connection: ConnectionId): void;
  send(connection: ConnectionId, message: ClientMessage): void;
  /** A call of the application ends. */
  finish(outcome: CallOutcome): void;
  note(event: ClientEvent): void;
}

/** How a call ended for the application. */
export interface CallOutcome {
  /** The number that the application's call was given. */
  readonly id: number;
  readonly code: Code;
  /** True when the call certainly had, and will have, no effect: a failure that nobody needs to worry about [10.6]. */
  readonly definite: boolean;
  /** Handle status after the call: VLS_REMOTE_UPDATE, VLS_NO_UPDATES_SO_FAR or VLS_CONTACT_FAILOVER_SERVER. */
  readonly status: Code;
  /** The handle that the call was about; for a request that failed, the last one tried. */
  readonly handle: HandleId;
  readonly tokens: Tokens | null;
}

export type ClientEvent =
  /**
   * The library begins to believe that it holds the handle, or believes longer: until `deadline` of its monotonic clock or
   * `wallDeadline` of its wall clock, whichever comes first [§9].
   */
  | { readonly kind: 'holds'; readonly handle: HandleId; readonly key: LicenseKey; readonly units: number; readonly deadline: Instant; readonly wallDeadline: CivilTime; readonly sentAt: Instant }
  /** It stopped believing: released, lapsed by its own clock, or terminated by the Leader. */
  | { readonly kind: 'holds no more'; readonly handle: HandleId; readonly because: 'released' | 'lapsed' | 'terminated' | 'abandoned' };
