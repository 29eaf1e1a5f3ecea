// The records in which `Ground` keeps what it knows: of a handle, a key, a call that waits, a leader's reign, a term.
// Plain objects with plain fields: the world is cloned with them.

import type { ClientIndex, ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import type { HandleId, Incarnation, LicenseKey, Position, StoreId, Term } from '../src/core/ids.ts';
import type { License } from '../src/core/license.ts';
import type { CallKind } from '../src/core/message.ts';
import type { Operation } from '../src/core/state.ts';
import type { Electorate } from './quorum.ts';

/** What checkers need to know of a license string. */
export type LicenseFacts = Pick<
  License,
  'serial' | 'hardLimit' | 'softLimit' | 'startsAt' | 'endsAt' | 'isTamperChecked'
>;

/** One license string, and when it was seen to be over. */
export class StringLedger {
  readonly license: LicenseFacts;
  readonly key: KeyLedger;
  /** When a quorum had a mark at its start on disk; -1 = none has, 0 = it has always started. */
  startedAt: TrueTime = -1;
  /** When a quorum had its `expire` on disk; -1 = it has not. */
  expiredAt: TrueTime = -1;
  /** When a client was first told that all strings of a file that has this one are over; -1 = none was. */
  deniedAt: TrueTime = -1;

  constructor(license: LicenseFacts, key: KeyLedger) {
    this.license = license;
    this.key = key;
    if (license.startsAt === null) this.startedAt = 0;
  }
}

/** One key of the license file. */
export class KeyLedger {
  readonly place: number;
  readonly key: LicenseKey;
  readonly strings: StringLedger[] = [];
  /** The units of all its strings, whenever they count: never are more out. */
  limit = 0;
  /** The units of those strings that always count. */
  leastLimit = 0;
  /** Units that clients believe they hold; never less than the truth: beliefs that lapsed are taken off when it matters. */
  held = 0;
  /**
   * Two sweeps that bound what any leader can show or refuse by. Out at the most: units that some leader has added and that
   * may still be adopted or acknowledged, until their end is committed, their release acknowledged, or another history
   * committed. Out at the least: units of committed grants of which no leader has made the end.
   */
  readonly mostOut = new Peak(0);
  readonly leastOut = new Trough();
  /** The handles counted in `mostOut`. */
  readonly out = new Set<HandleRecord>();

  constructor(place: number, key: LicenseKey) {
    this.place = place;
    this.key = key;
  }
}

/** All that was ever seen of one handle. */
export class HandleRecord {
  readonly handle: HandleId;
  key: KeyLedger | null = null;
  units = 0;
  /** The key lifetime of its last add; 0 = none was seen. */
  life = 0;
  /** Where it was last added to a leader's state; term 0 = never seen. */
  addedTerm: Term = 0;
  addedIndex = 0;
  addedAt: TrueTime = -1;
  /** Adds on the committed history: more than one must never be. */
  committedGrants = 0;
  grantedTerm: Term = 0;
  grantedIndex = 0;
  /** When its end was committed; -1 = it has not ended. */
  endedAt: TrueTime = -1;
  /** Some leader, perhaps a deposed one, has let it lapse. */
  hasLapsedSomewhere = false;
  /** Its holder's application asked for its release, or such a call reached a server. */
  isBeingReleased = false;
  /** When a release of it was first answered LS_SUCCESS, whether it was known or not; -1 = none was. */
  releasedAt: TrueTime = -1;
  /** A release call for it reached a server. */
  releaseArrived = false;
  /** When a request for it first reached a server; -1 = never. */
  askedAt: TrueTime = -1;
  /** When a request or an update for it last reached a server; -1 = never. */
  heardAt: TrueTime = -1;
  /** When the last call arrived that was answered as granted or renewed; -1 = none was. */
  renewedAt: TrueTime = -1;
  /** Adds that may still count; while there are any, its units are in its key's `mostOut`. */
  adds = 0;
  /** Its units are in its key's `leastOut`. */
  isSurelyOut = false;
  /** Some leader has made its end, committed or not. */
  hasEndMade = false;
  /** A server answered STALE for it. */
  isStale = false;
  client: ClientIndex = -1;
  isBelieved = false;
  believedUnits = 0;
  believedUntil: TrueTime = -1;
  /** The last belief lasted until its deadline: its client could not renew and did not give it back. */
  hasRunOut = false;

  constructor(handle: HandleId) {
    this.handle = handle;
  }
}

/** A client's call that reached a server and is not answered yet. Used again once it is. */
export class Arrival {
  at: TrueTime = 0;
  client: ClientIndex = 0;
  call: CallKind = 'status';
  attempt = 0;
  key: LicenseKey = '';
  units = 0;
  moved = false;
  /** The server's reign when the call arrived (0: none), and the last round that had begun in it. */
  term: Term = 0;
  round = 0;
  /** The server's position when the call arrived. */
  positionTerm: Term = 0;
  positionIndex = 0;
  /** Terms below this one could not be confirmed any more when the call arrived. */
  blockedBelow: Term = 0;
  /** The leader was frozen for a hand-over. */
  isHeld = false;
  next: Arrival | null = null;
}

/** A token in a leader's state. */
export class Holding {
  readonly record: HandleRecord;
  readonly key: KeyLedger;
  readonly units: number;
  /** A call reached the leader in this reign that may have made it "mine" … */
  mayBeMine: boolean;
  /** … and an answer left that says that it is. */
  mustBeMine: boolean;

  constructor(record: HandleRecord, key: KeyLedger, units: number, isMine: boolean) {
    this.record = record;
    this.key = key;
    this.units = units;
    this.mayBeMine = isMine;
    this.mustBeMine = isMine;
  }
}

/** How many units of one key were out, and the most that were out since any instant. */
export class Peak {
  present: number;
  /** Earlier levels, strictly falling, each with the last instant at which it was in effect. */
  private readonly levels: number[] = [];
  private readonly until: TrueTime[] = [];

  constructor(present: number) {
    this.present = present;
  }

  change(at: TrueTime, units: number): void {
    const { levels, until } = this;
    while (levels.length > 0 && levels[levels.length - 1]! <= this.present) {
      levels.pop();
      until.pop();
    }
    levels.push(this.present);
    until.push(at);
    this.present = units;
  }

  /** The most units at any instant from `since` until now. */
  since(since: TrueTime): number {
    for (let i = 0; i < this.levels.length; i++) {
      if (this.until[i]! >= since) return Math.max(this.present, this.levels[i]!);
    }
    return this.present;
  }
}

/** The same downwards: the fewest units that were out since any instant. */
export class Trough {
  private readonly negated = new Peak(0);

  change(at: TrueTime, units: number): void {
    this.negated.change(at, -units);
  }

  get present(): number {
    return -this.negated.present;
  }

  since(since: TrueTime): number {
    return -this.negated.since(since);
  }
}

/** One server's time as leader of one term, followed from outside. */
export class Reign {
  readonly server: ServerIndex;
  readonly term: Term;
  /** False when deltas were missed (or the leader's state was never seen): then nothing is concluded from `live`. */
  isExact = false;
  /** Deltas up to this index are in `live`. */
  seenIndex = 0;
  readonly live = new Map<HandleId, Holding>();
  /** By `KeyLedger.place`: units of live handles; of those, the least and the most that can be "mine". */
  readonly units: number[] = [];
  readonly leastMine: number[] = [];
  readonly mostMine: number[] = [];
  readonly peaks: Peak[] = [];
  readonly troughs: Trough[] = [];
  /** The last round of which an Append has left. */
  lastRound = 0;
  /** By server: the highest round acknowledged with ok by a member, as it arrived here. */
  readonly acknowledged: number[] = [];
  /** The highest round whose position is on the leader's own disk. */
  ownRound = 0;
  /** Rounds whose position is not on the leader's own disk yet, oldest first from `waitFrom`. */
  readonly waitRounds: number[] = [];
  readonly waitIndexes: number[] = [];
  waitFrom = 0;
  /** Some of its rounds and when they began, far enough apart that few suffice; the first is 0, its election. */
  readonly markedRounds: number[] = [];
  readonly markedAt: TrueTime[] = [];
  /** By server: when it last answered in this reign, in which boot, and since when without a silence. */
  readonly heardAt: TrueTime[] = [];
  readonly incarnations: Incarnation[] = [];
  readonly stores: StoreId[] = [];
  readonly presentSince: TrueTime[] = [];
  /** When it became active; -1 = not yet. */
  activeAt: TrueTime = -1;
  /** By whom its rounds are judged: from that round on. */
  readonly electorates: { readonly from: number; readonly of: Electorate }[] = [];
  /** Held for a hand-over. */
  isFrozen = false;
  /** Pool time's mark and the serials that are over, in this leader's state: what it adopted and what it made since. */
  highWater = 0;
  /** The highest that its mark ever was: an operator may have set it back since. */
  highestMark = 0;
  readonly expired = new Set<string>();
  /** By `KeyLedger.place`: the license strings of the file in this leader's state; and its version. */
  licenses: readonly (readonly LicenseFacts[])[] = [];
  fileVersion = 0;
  /** When it last put a license file into its state; -1 = it goes by the one that it adopted. */
  fileMadeAt: TrueTime = -1;

  constructor(at: TrueTime, server: ServerIndex, term: Term, servers: number, keys: number) {
    this.server = server;
    this.term = term;
    this.markedRounds.push(0);
    this.markedAt.push(at);
    for (let i = 0; i < servers; i++) {
      this.acknowledged.push(0);
      this.heardAt.push(at);
      this.incarnations.push(0);
      this.stores.push(0);
      this.presentSince.push(at);
    }
    for (let i = 0; i < keys; i++) this.widen();
  }

  raiseMark(at: number): void {
    this.highWater = at;
    if (at > this.highestMark) this.highestMark = at;
  }

  /** One more key. */
  widen(): void {
    this.units.push(0);
    this.leastMine.push(0);
    this.mostMine.push(0);
    this.peaks.push(new Peak(0));
    this.troughs.push(new Trough());
  }
}

/** A license file that a leader has put into its state. */
export type FileMade = Extract<Operation, { readonly kind: 'file' }>;

/** An operation that a leader made and that is not committed yet; of a handle, if it is an add or an end. */
export interface Entry {
  readonly index: number;
  readonly operation: Operation;
  readonly record: HandleRecord | null;
  /** It is one of its record's `adds`. */
  readonly counts: boolean;
}

/** What is known of a term's positions. */
export class TermRecord {
  readonly term: Term;
  /** The position that its leader adopted; null = not seen. */
  base: Position | null = null;
  /** By server: the highest index of this term that it ever had on disk. */
  readonly reached: number[] = [];
  /** The highest index that a quorum has on disk; 0 = none. */
  committed = 0;
  entries: Entry[] = [];
  entriesFrom = 0;
  /** Who counts in its states: from that index on. Empty: its leader was not seen. */
  readonly electorates: { readonly from: number; readonly of: Electorate }[] = [];

  constructor(term: Term, servers: number) {
    this.term = term;
    for (let i = 0; i < servers; i++) this.reached.push(0);
  }
}
