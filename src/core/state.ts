// The register: the one small state that the pool replicates as a whole [§3], and the operations that change it.
// It is kept in place: a delta changes it. What is derived from it (units in use, lapse queues) is in `table.ts`.

import type { HandleId, Host, Incarnation, LicenseKey, PoolId, Position, Slot, StoreId, Term } from './ids.ts';
import type { CivilTime, Duration } from './time.ts';

/** The license file in force [§12]. */
export interface FileInForce {
  readonly version: number;
  /** SHA-256 of `body`, 64 hexadecimal digits. */
  readonly hash: string;
  /** The pool file's text, UTF-8. */
  readonly body: Uint8Array;
  /** The members' slots in order of preference, the best first. */
  readonly members: readonly Slot[];
  /** Hashes of the last 64 versions that were in force. */
  readonly past: readonly string[];
}

/** A token in somebody's hands; immutable, so that images share it. */
export interface LiveHandle {
  readonly handle: HandleId;
  readonly key: LicenseKey;
  /** 1 … 2^31-1. */
  readonly units: number;
  /** The client's name for itself, at most 64 bytes of UTF-8. */
  readonly owner: string;
  /** The key lifetime that its holder was told; never changed for a handle [§9]. */
  readonly life: Duration;
}

/** A reason's place in it stands for it wherever ends are bytes: places are for ever. */
export const END_REASONS = ['released', 'lapsed', 'operator'] as const;

export type EndReason = (typeof END_REASONS)[number];

export type Operation =
  | { readonly kind: 'add'; readonly handle: HandleId; readonly key: LicenseKey; readonly units: number; readonly owner: string; readonly life: Duration }
  | { readonly kind: 'end'; readonly handle: HandleId; readonly reason: EndReason }
  /** Drops every tombstone of a handle that ended at a position before `before`. */
  | { readonly kind: 'purge'; readonly before: Position }
  /** Pool time has reached `at`; the mark never goes back [§11]. */
  | { readonly kind: 'high-water'; readonly at: CivilTime }
  /** An operator sets the mark back: the one exception [11.9]. */
  | { readonly kind: 'lower-high-water'; readonly at: CivilTime }
  /** A license string is over, for good [§11]. */
  | { readonly kind: 'expire'; readonly serial: string }
  /** From here on that store counts for the slot, and the one before it counts nowhere any more [14.3]; null: none does [13.6]. */
  | { readonly kind: 'admit'; readonly slot: Slot; readonly store: StoreId | null }
  /** That host has this slot, for good [13.7]. */
  | { readonly kind: 'slot'; readonly slot: Slot; readonly host: Host }
  /** From here on this license file is in force; the one before it is among the past ones [§12]. */
  | {
      readonly kind: 'file';
      readonly version: number;
      readonly hash: string;
      readonly body: Uint8Array;
      readonly members: readonly Slot[];
      /** The previous members, when a quorum is now one of both sets; else null [§13]. */
      readonly oldMembers: readonly Slot[] | null;
    }
  /** The joint phase is over: only the new members count, and the stores of those that left count nowhere [13.5]. */
  | { readonly kind: 'file-done' }
  /** All stores have the forming state: the pool is formed [14.8]. */
  | { readonly kind: 'formed'; readonly isInQuarantine: boolean }
  /** Grants may begin [14.10]. */
  | { readonly kind: 'unquarantine' };

/** One step from one state of the pool to the next. */
export interface Delta {
  readonly base: Position;
  readonly position: Position;
  readonly operations: readonly Operation[];
}

/** The few fields by which votes and acknowledgements are counted [§3]. */
export interface Membership {
  readonly fileVersion: number;
  readonly members: readonly Slot[];
  /** The previous members in their order, while a change is in its joint phase; else null [§13]. */
  readonly oldMembers: readonly Slot[] | null;
  /** The store that counts for each slot, by slot [§14]. */
  readonly stores: ReadonlyMap<Slot, StoreId>;
  readonly isForming: boolean;
}

/** The part of the register beside the table: small, and replaced rather than changed. */
export interface Charter {
  readonly file: FileInForce;
  readonly oldMembers: readonly Slot[] | null;
  readonly stores: ReadonlyMap<Slot, StoreId>;
  /** The host of every slot that was ever given. */
  readonly hosts: ReadonlyMap<Slot, Host>;
  readonly isForming: boolean;
  readonly isInQuarantine: boolean;
  /** Pool time's committed high-water mark [§11]. */
  readonly highWater: CivilTime;
  /** Serials of the license strings that were declared expired; only grows [§11]. */
  readonly expired: ReadonlySet<string>;
  /** ρ in parts per million: the largest this pool ever had, 0 … 100 000 [§9]. */
  readonly driftPpm: number;
  /** The longest key lifetime this pool ever allowed [§14]. */
  readonly longestLife: Duration;
}

/** Ended handles in the order of their ends, packed; immutable, so that images and their parts share the bytes. */
export interface EndedHandles {
  /** Seventeen bytes each: the handle, and the place of its reason in END_REASONS. */
  readonly entries: Uint8Array;
  /** Three numbers for each delta that ended any: its term, its index, and how many ended up to and with it. */
  readonly runs: Float64Array;
}

/** A whole pool state as it is sent or written: exactly the state that `position` names. */
export interface StateImage {
  readonly position: Position;
  readonly charter: Charter;
  readonly live: readonly LiveHandle[];
  readonly ended: EndedHandles;
}

/** To which store and boot a promise was given [§3]. */
export interface Promisee {
  readonly store: StoreId;
  readonly incarnation: Incarnation;
}

/** The most that was seen of a store: its latest boot, what that began with, and what it had on disk since [14.12]. */
export interface Witness {
  readonly store: StoreId;
  readonly incarnation: Incarnation;
  readonly booted: Position | null;
  readonly position: Position;
}

/** What a server keeps on disk beside the register [§3, §16]. */
export interface Meta {
  /** 0 = none yet. */
  readonly poolId: PoolId;
  readonly store: StoreId;
  readonly slot: Slot;
  readonly isMember: boolean;
  readonly isRetired: boolean;
  /** Raised and synced before the first message of a boot. */
  readonly bootSequence: number;
  readonly promised: Term;
  /** Null: the term is known by hearsay only. */
  readonly promisedTo: Promisee | null;
  readonly lastFile: { readonly version: number; readonly hash: string } | null;
  /** What this server had seen of other stores when meta was last written. */
  readonly witnesses: readonly Witness[];
}

// Of charters and metas only changed copies are made, and every step reads them. What a spread makes is of another shape for
// each shape that it was made from, and the engine gives up after a few: field by field all of them are of one. With
// witnesses it is the same.

export function charterOf(charter: Charter): Charter {
  return {
    file: charter.file,
    oldMembers: charter.oldMembers,
    stores: charter.stores,
    hosts: charter.hosts,
    isForming: charter.isForming,
    isInQuarantine: charter.isInQuarantine,
    highWater: charter.highWater,
    expired: charter.expired,
    driftPpm: charter.driftPpm,
    longestLife: charter.longestLife,
  };
}

export function metaOf(meta: Meta): Meta {
  return {
    poolId: meta.poolId,
    store: meta.store,
    slot: meta.slot,
    isMember: meta.isMember,
    isRetired: meta.isRetired,
    bootSequence: meta.bootSequence,
    promised: meta.promised,
    promisedTo: meta.promisedTo,
    lastFile: meta.lastFile,
    witnesses: meta.witnesses,
  };
}

export function copyOf({ store, incarnation, booted, position }: Witness): Witness {
  return { store, incarnation, booted, position };
}

/** The license file as it lies on a server's disk: whatever somebody put there, which may be no license file at all [12.1]. */
export interface LocalFile {
  /** At most MOST_BYTES of a pool file. */
  readonly body: Uint8Array;
  /** SHA-256 of `body`, 64 hexadecimal digits. */
  readonly hash: string;
}

/** What a server is started with: the contents of its disk, recovered. `image` null = blank; `localFile` null = there is none. */
export interface Recovered {
  readonly meta: Meta;
  readonly image: StateImage | null;
  readonly localFile: LocalFile | null;
}
