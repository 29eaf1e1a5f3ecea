// The ground that all properties stand on: what an omniscient observer knows of a run, kept once for all of them.
// Built from messages as they leave and arrive, answers, disks and the deltas that leaders made; of what a server says of
// itself only the role and term by which its deltas are found, and nothing that is judged here.
//
// Committed, here: (T, i) is committed once a quorum of the configured servers has ever had a position (T, ≥ i) on disk,
// as members. A server takes (T, i) only before it promises a higher term, so every later winner meets one of them: from
// then on (T, i) is in the history of all later leaders. What a leader adopts is committed with its first own position.

import type { ApplicationCall, ClientIndex, RunFacts, ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import type { ServerView } from '../sim/pool/server-view.ts';
import { foundersOf, type Scenario } from '../sim/scenario/scenario.ts';
import { settingsOf } from '../sim/scenario/settings.ts';
import { LS_SUCCESS, STALE } from '../src/core/codes.ts';
import {
  type HandleId,
  type Host,
  type LicenseKey,
  ownerOf,
  type Position,
  type Slot,
  type Term,
} from '../src/core/ids.ts';
import type { Answer, Call, ServerMessage } from '../src/core/message.ts';
import { readPoolFile } from '../src/core/pool-file-text.ts';
import type { Leader } from '../src/core/server/state.ts';
import type { Delta, Operation } from '../src/core/state.ts';
import type { CivilTime } from '../src/core/time.ts';
import type { ServerEvent } from '../src/core/turn.ts';
import { longestTick } from './bounds.ts';
import { needsRound } from './codes.ts';
import {
  Arrival,
  type Entry,
  type FileMade,
  HandleRecord,
  Holding,
  KeyLedger,
  type LicenseFacts,
  Reign,
  type StringLedger,
  TermRecord,
} from './ledger.ts';
import { licensesIn, stringsOf } from './licenses.ts';
import { type Electorate, isAlone, isQuorum } from './quorum.ts';
import { SetBacks } from './set-backs.ts';
import { LOOK_EVERY, type PoolTimeOperation, type Watch } from './watch.ts';

const MOST_MARKS = 32;

export class Ground implements Watch {
  readonly scenario: Scenario;
  /** Number of configured servers. */
  readonly servers: number;
  readonly keys: KeyLedger[] = [];
  readonly handles = new Map<HandleId, HandleRecord>();
  /** Handles that some client believes in, and perhaps some whose belief has just lapsed. */
  readonly believed = new Map<HandleId, HandleRecord>();
  /** The running servers as last seen; null while down. */
  readonly views: (ServerView | null)[] = [];
  /** The last reign of each server since its boot. */
  readonly reigns: (Reign | null)[] = [];
  /** No answer in a term below this one can be confirmed by a round that begins now: a quorum has promised it on disk. */
  blockedBelow: Term = 0;
  /** The highest committed position. */
  committedTerm: Term = 0;
  committedIndex = 0;
  /** What some leader adopted was not seen: then nothing is concluded from "not committed". */
  hasGaps = false;
  /** When a leader last began all holds afresh, or may have (calls held through a freeze are heard of at its end). */
  holdsBeganAt: TrueTime = 0;
  /** The license strings of the file by their serials. */
  readonly strings: Map<string, StringLedger>;
  /** Keys of the license file come first in `keys`. */
  readonly configuredKeys: number;
  readonly setBacks: SetBacks;

  /** By server: the highest term of which a message has arrived since it leads. */
  readonly heardOf: Term[] = [];
  /** By leader: since when it has stepped without a gap longer than a tick. */
  readonly runsSince: TrueTime[] = [];

  private readonly tick: number;
  /** A silence after which a leader that runs lets presence begin anew, by the slowest clock [8.4]. */
  private readonly silence: number;
  /** Marks of rounds are at least so far apart. */
  private readonly markEvery: number;
  private readonly steppedAt: TrueTime[] = [];
  /** The servers in the order of preference of the newest committed license file. */
  order: readonly ServerIndex[];
  /** By `KeyLedger.place`: the license strings of that file. */
  licenses: readonly (readonly LicenseFacts[])[];

  /** Every electorate that a leader's state ever had, in the order in which they came up; the founding one first. */
  readonly electorates: Electorate[] = [];
  private readonly serverBySlot: ServerIndex[] = [];
  private readonly orderByFile = new Map<string, readonly ServerIndex[]>();
  private readonly licensesByFile = new Map<string, readonly (readonly LicenseFacts[])[]>();
  /** By server: the term in which it leads, as far as was seen; 0 = none. */
  private readonly leads: Term[] = [];
  private looksAt: TrueTime = LOOK_EVERY;
  private lastSent: ServerMessage | null = null;
  private readonly facts: RunFacts;
  private readonly keyByName = new Map<LicenseKey, KeyLedger>();
  private readonly terms = new Map<Term, TermRecord>();
  private lastTerm: TermRecord | null = null;
  private readonly promised: Term[] = [];
  private readonly durableTerm: Term[] = [];
  private readonly durableIndex: number[] = [];
  private readonly arrivals: Map<HandleId, Arrival>[] = [];
  private spare: Arrival | null = null;
  private onAnswered: readonly Watch[] = [];
  private onFileMade: readonly Watch[] = [];
  private onFileCommitted: readonly Watch[] = [];
  private onReclaimSent: readonly Watch[] = [];
  private onLeftOffice: readonly Watch[] = [];
  private onLooked: readonly Watch[] = [];
  private onOperationMade: readonly Watch[] = [];
  private onPurgeMade: readonly Watch[] = [];
  private onPoolTimeMade: readonly Watch[] = [];
  private onPoolTimeCommitted: readonly Watch[] = [];
  private onDeltasMade: readonly Watch[] = [];
  private onGrantCommitted: readonly Watch[] = [];
  private onEndCommitted: readonly Watch[] = [];
  private onHistoryLost: readonly Watch[] = [];
  private onHistoryTakenUp: readonly Watch[] = [];

  constructor(facts: RunFacts) {
    this.facts = facts;
    this.scenario = facts.scenario;
    this.servers = facts.scenario.servers;
    const settings = settingsOf(facts.scenario);
    this.tick = longestTick(facts.scenario);
    const areImagesPlanned = this.scenario.faults.some(({ kind }) => kind === 'restored-image');
    this.setBacks = new SetBacks(this.servers, areImagesPlanned);
    this.order = Array.from({ length: foundersOf(facts.scenario) }, (_, server) => server);
    this.electorates.push({ members: this.order, old: null });
    for (let i = 0; i < this.servers; i++) this.serverBySlot.push(i);
    this.silence = Math.ceil(settings.electionTimeout / (1 - facts.scenario.driftPpm / 1e6)) + 2;
    this.markEvery = Math.floor(settings.quorumTimeout / 16);
    this.strings = stringsOf(facts.scenario);
    for (const { key } of this.strings.values()) {
      this.keys[key.place] = key;
      this.keyByName.set(key.key, key);
    }
    this.configuredKeys = this.keys.length;
    this.licenses = this.keys.map(({ strings }) => strings.map(({ license }) => license));
    for (let i = 0; i < this.servers; i++) {
      this.views.push(null);
      this.heardOf.push(0);
      this.leads.push(0);
      this.runsSince.push(0);
      this.steppedAt.push(0);
      this.reigns.push(null);
      this.promised.push(0);
      this.durableTerm.push(0);
      this.durableIndex.push(-1);
      this.arrivals.push(new Map());
    }
  }

  /** Whom derived facts are told to. */
  tell(watches: readonly Watch[]): void {
    this.onAnswered = watches.filter((watch) => watch.answered !== undefined);
    this.onFileMade = watches.filter((watch) => watch.fileMade !== undefined);
    this.onFileCommitted = watches.filter((watch) => watch.fileCommitted !== undefined);
    this.onReclaimSent = watches.filter((watch) => watch.reclaimSent !== undefined);
    this.onLeftOffice = watches.filter((watch) => watch.leftOffice !== undefined);
    this.onLooked = watches.filter((watch) => watch.looked !== undefined);
    this.onOperationMade = watches.filter((watch) => watch.operationMade !== undefined);
    this.onPurgeMade = watches.filter((watch) => watch.purgeMade !== undefined);
    this.onPoolTimeMade = watches.filter((watch) => watch.poolTimeMade !== undefined);
    this.onPoolTimeCommitted = watches.filter((watch) => watch.poolTimeCommitted !== undefined);
    this.onDeltasMade = watches.filter((watch) => watch.deltasMade !== undefined);
    this.onGrantCommitted = watches.filter((watch) => watch.grantCommitted !== undefined);
    this.onEndCommitted = watches.filter((watch) => watch.endCommitted !== undefined);
    this.onHistoryLost = watches.filter((watch) => watch.historyLost !== undefined);
    this.onHistoryTakenUp = watches.filter((watch) => watch.historyTakenUp !== undefined);
  }

  keyOf(key: LicenseKey): KeyLedger {
    let ledger = this.keyByName.get(key);
    if (ledger === undefined) {
      ledger = new KeyLedger(this.keys.length, key);
      this.keys.push(ledger);
      this.keyByName.set(key, ledger);
    }
    return ledger;
  }

  isConfigured(key: LicenseKey): boolean {
    const ledger = this.keyByName.get(key);
    return ledger !== undefined && ledger.place < this.configuredKeys;
  }

  /** Its license strings begin or end some day: how many tokens it has depends on pool time. */
  isDated(key: KeyLedger): boolean {
    return key.leastLimit !== key.limit;
  }

  /** What a server's wall clock shows now. */
  wallOf(server: ServerIndex): CivilTime {
    return this.facts.wall(server);
  }

  /** What the server's disk shows now. */
  filesOf(server: ServerIndex): ReadonlyMap<string, Uint8Array> {
    return this.facts.files(server);
  }

  /** True when the file in the state that `view` shows prefers `server` to `other`; who is not in it comes last. */
  isBetterIn(view: ServerView, server: ServerIndex, other: ServerIndex): boolean {
    const { charter } = view.server.register!;
    const order = this.orderOf(charter.file);
    const rank = order.indexOf(server);
    const otherRank = order.indexOf(other);
    return rank >= 0 && (otherRank < 0 || rank < otherRank);
  }

  /** The servers of a license file, the most preferred first. */
  orderOf(file: { readonly hash: string; readonly body: Uint8Array }): readonly ServerIndex[] {
    let order = this.orderByFile.get(file.hash);
    if (order === undefined) {
      const reading = readPoolFile(file.body);
      order = reading.ok ? reading.file.servers.map(({ host }) => serverNamed(host)) : [];
      this.orderByFile.set(file.hash, order);
    }
    return order;
  }

  /** The license strings that a file gives the configured keys, by their places. */
  licensesOf(file: {
    readonly hash: string;
    readonly body: Uint8Array;
  }): readonly (readonly LicenseFacts[])[] {
    let licenses = this.licensesByFile.get(file.hash);
    if (licenses === undefined) {
      licenses = licensesIn(file.body, this.keys.slice(0, this.configuredKeys), this.strings);
      this.licensesByFile.set(file.hash, licenses);
    }
    return licenses;
  }

  recordOf(handle: HandleId): HandleRecord {
    let record = this.handles.get(handle);
    if (record === undefined) {
      record = new HandleRecord(handle);
      this.handles.set(handle, record);
    }
    return record;
  }

  isBelievedAt(record: HandleRecord, at: TrueTime): boolean {
    return record.isBelieved && record.believedUntil > at;
  }

  /** Takes lapsed beliefs off, so that `held` is exact. */
  settle(at: TrueTime): void {
    for (const record of this.believed.values()) {
      if (record.believedUntil <= at) this.forgetBelief(record, at);
    }
  }

  /** True when a quorum, counted by acknowledgements that arrived and the leader's own disk, has a round after `round`. */
  hasConfirmedAfter(reign: Reign, round: number, acknowledged = reign.acknowledged): boolean {
    const { electorates } = reign;
    acknowledged[reign.server] = reign.ownRound;
    // A round is judged by those who count in the state that it carried, and acknowledging a later one acknowledges it.
    for (let i = electorates.length - 1; i >= 0; i--) {
      const { from, of } = electorates[i]!;
      if (isQuorum(of, acknowledged, Math.max(round + 1, from))) return true;
      if (from <= round + 1) return false;
    }
    return false;
  }

  /** The active leader of the highest term; -1 = none. */
  servingLeader(): ServerIndex {
    let server = -1;
    let term: Term = 0;
    for (let i = 0; i < this.servers; i++) {
      const role = this.views[i]?.server.role;
      if (role?.kind !== 'leader' || !role.isActive || role.term <= term) continue;
      server = i;
      term = role.term;
    }
    return server;
  }

  /** That server alone is enough. */
  isQuorumAlone(server: ServerIndex): boolean {
    const reign = this.reigns[server]!;
    const known = reign === null ? undefined : this.terms.get(reign.term)?.electorates.at(-1);
    return isAlone(known?.of ?? this.electorates.at(-1)!, server);
  }

  /** That server has ever had on disk, as a member, this position or a later one of its term. */
  hasOnDisk(server: ServerIndex, { term, index }: Position): boolean {
    return this.isOver(term) || (this.terms.get(term)?.reached[server] ?? 0) >= index;
  }

  isCommitted({ term, index }: Position): boolean {
    return this.isOver(term) || (this.terms.get(term)?.committed ?? 0) >= index;
  }

  /** A higher term has committed something: what was known of this one's positions is forgotten, and no longer judged. */
  private isOver(term: Term): boolean {
    return term < this.committedTerm;
  }

  /** A leader that has stepped no longer ago than a tick. */
  isAwake(server: ServerIndex, at: TrueTime): boolean {
    return at - this.steppedAt[server]! <= this.tick;
  }

  /** When one of the oldest calls arrived that wait at that server; -1 = none does. */
  waitingSince(server: ServerIndex): TrueTime {
    for (const { at } of this.arrivals[server]!.values()) return at;
    return -1;
  }

  /** What the leader of that term adopted; null = not seen. */
  baseOf(term: Term): Position | null {
    return this.terms.get(term)?.base ?? null;
  }

  // --- servers ---------------------------------------------------------------------------------------------------

  serverBooted(at: TrueTime, server: ServerIndex, view: ServerView): void {
    this.views[server] = view;
    this.reigns[server] = null;
    this.arrivals[server]!.clear();
    this.leads[server] = 0;
    this.promised[server] = 0;
    this.durableTerm[server] = 0;
    this.durableIndex[server] = -1;
    this.look(at, server, view);
    this.setBacks.booted(server, view, this.views);
  }

  serverCrashed(_at: TrueTime, server: ServerIndex): void {
    this.views[server] = null;
    this.setBacks.crashed(server, this.views);
    this.reigns[server] = null;
    this.arrivals[server]!.clear();
  }

  serverStepped(at: TrueTime, server: ServerIndex, view: ServerView): void {
    this.views[server] = view;
    const role = view.server.role;
    if (role.kind === 'leader') {
      this.runs(at, server);
      this.follow(at, server, role, view);
    } else if (this.leads[server] !== 0) this.leave(at, server);
    if (at >= this.looksAt) {
      this.looksAt = at + LOOK_EVERY;
      for (const watch of this.onLooked) watch.looked!(at);
    }
  }

  serverCommitted(at: TrueTime, server: ServerIndex, view: ServerView): void {
    this.views[server] = view;
    const role = view.server.role;
    if (role.kind === 'leader') this.follow(at, server, role, view);
    this.look(at, server, view);
    this.setBacks.committed(view);
  }

  serverNoted(at: TrueTime, server: ServerIndex, event: ServerEvent, _view: ServerView): void {
    const { kind } = event;
    if (kind === 'discarded') this.setBacks.discarded(server);
    if (kind !== 'took over' && kind !== 'froze' && kind !== 'hand-over aborted') return;
    if (kind !== 'froze') this.holdsBeganAt = at;
    const reign = this.reigns[server]!;
    if (reign === null) return;
    reign.isFrozen = kind === 'froze';
    if (kind === 'took over' && event.term === reign.term) reign.activeAt = at;
  }

  messageSent(
    at: TrueTime,
    from: ServerIndex,
    to: ServerIndex,
    message: ServerMessage,
    view: ServerView,
  ): void {
    // A round is one message for all that are to have the same: what it tells was read at the first.
    if (message === this.lastSent) return;
    this.lastSent = message;
    if (message.kind === 'append') {
      let reign = this.reigns[from]!;
      const role = view.server.role;
      if (role.kind === 'leader' && role.term === message.term) {
        // Its round carries what it made in this very step, a change of the members perhaps.
        reign = this.follow(at, from, role, view);
      } else if (reign === null || reign.term < message.term) {
        // The leader was deposed before its first Append left.
        reign = new Reign(at, from, message.term, this.servers, this.keys.length);
        this.reigns[from] = reign;
      } else if (reign.term !== message.term) return;
      const first = message.chain[0];
      if (first !== undefined && first.base.term !== message.term)
        this.termOf(message.term).base ??= first.base;
      if (message.round > reign.lastRound) this.beginRound(at, reign, message.round, message.position);
    } else if (message.kind === 'append-reply') {
      const { position } = message;
      if (message.ok && message.isMember && position !== null && position.term === message.term) {
        this.reach(at, from, position.term, position.index);
      }
    } else if (
      message.kind === 'trial' ||
      message.kind === 'take-over' ||
      (message.kind === 'prepare' && message.handOver !== 0)
    ) {
      for (const watch of this.onReclaimSent) watch.reclaimSent!(at, from, to, message, view);
    }
  }

  messageArrived(at: TrueTime, from: ServerIndex, to: ServerIndex, message: ServerMessage): void {
    this.setBacks.arrived(to, message, this.views[to]!);
    if (this.leads[to] === 0) return;
    if (message.kind !== 'append-reply') {
      const isOfTerm = message.kind === 'append' || message.kind === 'prepare';
      if (isOfTerm && message.term > this.heardOf[to]!) this.heardOf[to] = message.term;
      return;
    }
    if (message.promised > this.heardOf[to]!) this.heardOf[to] = message.promised;
    const reign = this.reigns[to]!;
    if (reign === null || reign.term !== message.term) return;
    const heard = reign.heardAt[from]!;
    const { incarnation, store } = message.header;
    // A late word of an earlier boot is no word [14.12].
    if (store === reign.stores[from] && incarnation < reign.incarnations[from]!) return;
    // One of a store that the server has no more says nothing of its presence: the leader knows an image that was found out.
    const view = this.views[from];
    if (view == null || view.server.meta.store === store) {
      reign.stores[from] = store;
      // A silence that the leader itself slept through is none.
      const wasSilent = at - heard > this.silence && this.runsSince[to]! <= heard;
      if (wasSilent || incarnation !== reign.incarnations[from]) {
        reign.presentSince[from] = at;
        reign.incarnations[from] = incarnation;
      }
    }
    reign.heardAt[from] = at;
    if (!message.ok || !message.isMember) return;
    if (message.round > reign.acknowledged[from]!) reign.acknowledged[from] = message.round;
  }

  // --- clients ---------------------------------------------------------------------------------------------------

  callArrived(at: TrueTime, server: ServerIndex, client: ClientIndex, call: Call): void {
    const arrival = this.spare ?? new Arrival();
    this.spare = arrival.next;
    const reign = this.reigns[server]!;
    arrival.at = at;
    arrival.client = client;
    arrival.call = call.call;
    arrival.attempt = call.attempt;
    arrival.key = call.key;
    arrival.units = call.units;
    arrival.moved = call.moved;
    arrival.blockedBelow = this.blockedBelow;
    arrival.next = null;
    const register = this.views[server]?.server.register ?? null;
    arrival.positionTerm = register === null ? 0 : register.position.term;
    arrival.positionIndex = register === null ? 0 : register.position.index;
    if (reign === null) {
      arrival.term = 0;
      arrival.round = 0;
      arrival.isHeld = false;
    } else {
      arrival.term = reign.term;
      arrival.round = reign.lastRound;
      arrival.isHeld = reign.isFrozen;
      if (call.call === 'update' || call.call === 'request') {
        const holding = reign.live.get(call.handle);
        if (holding !== undefined && !holding.mayBeMine) {
          holding.mayBeMine = true;
          reign.mostMine[holding.key.place]! += holding.units;
        }
      }
    }
    if (call.call === 'request') {
      const record = this.recordOf(call.handle);
      if (record.askedAt < 0) record.askedAt = at;
      record.heardAt = at;
    } else if (call.call === 'update') {
      const record = this.handles.get(call.handle);
      if (record !== undefined) record.heardAt = at;
    } else if (call.call === 'release') {
      const record = this.recordOf(call.handle);
      record.releaseArrived = true;
      record.isBeingReleased = true;
    }
    const waiting = this.arrivals[server]!;
    const first = waiting.get(call.handle);
    if (first === undefined) {
      waiting.set(call.handle, arrival);
      return;
    }
    let last = first;
    while (last.next !== null) last = last.next;
    last.next = arrival;
  }

  answerLeft(at: TrueTime, server: ServerIndex, client: ClientIndex, answer: Answer, view: ServerView): void {
    const role = view.server.role;
    if (role.kind === 'leader') {
      // A leader that is a quorum alone answers within the very step in which it wakes up.
      this.runs(at, server);
      this.follow(at, server, role, view);
    }
    this.look(at, server, view);
    const arrival = this.takeArrival(server, client, answer);
    const code = answer.code.number;
    if (code === LS_SUCCESS.number) {
      if (answer.call === 'update' || answer.call === 'request') {
        const reign = this.reigns[server]!;
        if (reign !== null && reign.term === answer.term) {
          const holding = reign.live.get(answer.handle);
          if (holding !== undefined && !holding.mustBeMine) {
            holding.mustBeMine = true;
            reign.leastMine[holding.key.place]! += holding.units;
          }
        }
        if (arrival !== null) {
          const record = this.recordOf(answer.handle);
          if (arrival.at > record.renewedAt) record.renewedAt = arrival.at;
        }
      } else if (answer.call === 'release' && arrival !== null) {
        const record = this.handles.get(answer.handle);
        if (record !== undefined) {
          this.takeIn(at, record);
          if (record.releasedAt < 0) record.releasedAt = at;
        }
      }
    } else if (code === STALE.number) this.recordOf(answer.handle).isStale = true;
    for (const watch of this.onAnswered) watch.answered!(at, server, arrival, answer, view);
    if (arrival !== null) {
      arrival.next = this.spare;
      this.spare = arrival;
    }
  }

  callBegan(_at: TrueTime, _client: ClientIndex, call: ApplicationCall): void {
    if (call.call === 'release' && call.handle !== null) this.recordOf(call.handle).isBeingReleased = true;
  }

  beliefHeld(
    _at: TrueTime,
    client: ClientIndex,
    handle: HandleId,
    key: LicenseKey,
    units: number,
    until: TrueTime,
  ): void {
    const record = this.recordOf(handle);
    const ledger = this.keyOf(key);
    if (record.isBelieved) ledger.held -= record.believedUnits;
    else this.believed.set(handle, record);
    record.key ??= ledger;
    record.client = client;
    record.isBelieved = true;
    record.hasRunOut = false;
    record.believedUnits = units;
    record.believedUntil = until;
    ledger.held += units;
  }

  beliefEnded(at: TrueTime, _client: ClientIndex, handle: HandleId): void {
    const record = this.handles.get(handle);
    if (record !== undefined) this.forgetBelief(record, at);
  }

  private forgetBelief(record: HandleRecord, at: TrueTime): void {
    if (!record.isBelieved) return;
    record.isBelieved = false;
    record.hasRunOut = record.believedUntil <= at;
    record.key!.held -= record.believedUnits;
    this.believed.delete(record.handle);
  }

  /**
   * The waiting call that an answer belongs to. A duplicated call is answered once for each arrival, and which answer
   * belongs to which cannot be told: an answer that needs a round takes the earliest that fits, one that claims nothing
   * (it may overtake) the latest. That leaves the earlier ones to be judged by, which can only be milder than the truth.
   */
  private takeArrival(server: ServerIndex, client: ClientIndex, answer: Answer): Arrival | null {
    const waiting = this.arrivals[server]!;
    const first = waiting.get(answer.handle);
    if (first === undefined) return null;
    let before: Arrival | null = null;
    let found: Arrival | null = null;
    let previous: Arrival | null = null;
    for (let each: Arrival | null = first; each !== null; each = each.next) {
      if (each.client === client && each.attempt === answer.attempt && each.call === answer.call) {
        found = each;
        before = previous;
        if (needsRound(answer, each.moved)) break;
      }
      previous = each;
    }
    if (found === null) return null;
    if (before !== null) before.next = found.next;
    else if (found.next !== null) waiting.set(answer.handle, found.next);
    else waiting.delete(answer.handle);
    found.next = null;
    return found;
  }

  // --- leaders ---------------------------------------------------------------------------------------------------

  /** Reads the deltas that this leader has made since it was last looked at. */
  private follow(at: TrueTime, server: ServerIndex, role: Leader, view: ServerView): Reign {
    let reign = this.reigns[server]!;
    if (reign === null || reign.term !== role.term) reign = this.beginReign(at, server, role, view);
    const { buffer } = role;
    const length = buffer.length;
    if (length === 0 || buffer[length - 1]!.position.index <= reign.seenIndex) return reign;
    let first = length - 1;
    while (first > 0 && buffer[first - 1]!.position.index > reign.seenIndex) first--;
    if (buffer[first]!.position.index !== reign.seenIndex + 1) reign.isExact = false;
    const term = this.termOf(reign.term);
    for (let i = first; i < length; i++) this.readDelta(at, reign, term, buffer[i]!);
    for (const watch of this.onDeltasMade) watch.deltasMade!(at, server, reign, view);
    return reign;
  }

  private runs(at: TrueTime, server: ServerIndex): void {
    if (at - this.steppedAt[server]! > this.tick) this.runsSince[server] = at;
    this.steppedAt[server] = at;
  }

  private leave(at: TrueTime, server: ServerIndex): void {
    const term = this.leads[server]!;
    this.leads[server] = 0;
    for (const watch of this.onLeftOffice) watch.leftOffice!(at, server, term);
  }

  private beginReign(at: TrueTime, server: ServerIndex, role: Leader, view: ServerView): Reign {
    if (this.leads[server] !== 0) this.leave(at, server);
    this.leads[server] = role.term;
    this.heardOf[server] = 0;
    const reign = new Reign(at, server, role.term, this.servers, this.keys.length);
    this.reigns[server] = reign;
    const register = view.server.register!;
    reign.isExact = true;
    this.allow(reign, register.charter.file);
    reign.seenIndex = register.position.index;
    reign.raiseMark(register.charter.highWater);
    for (const serial of register.charter.expired) reign.expired.add(serial);
    for (const holding of register.table.live.values()) {
      const { handle, units } = holding.token;
      const record = this.recordOf(handle);
      record.key ??= this.keyOf(holding.token.key);
      record.units = units;
      this.hold(at, reign, new Holding(record, record.key, units, false));
    }
    const term = this.termOf(role.term);
    const first = role.buffer[0];
    if (first !== undefined && first.base.term !== role.term) term.base = first.base;
    const { charter, position } = register;
    for (const [slot, host] of charter.hosts) this.serverBySlot[slot] = serverNamed(host);
    if (term.electorates.length === 0) {
      const members = charter.file.members.map((slot) => this.serverOf(slot));
      const old = charter.oldMembers?.map((slot) => this.serverOf(slot)) ?? null;
      this.elect(term, Math.min(position.index, first?.position.index ?? position.index), { members, old });
    }
    return reign;
  }

  private readDelta(at: TrueTime, reign: Reign, term: TermRecord, delta: Delta): void {
    reign.seenIndex = delta.position.index;
    for (const operation of delta.operations) {
      if (operation.kind === 'purge') {
        for (const watch of this.onPurgeMade) watch.purgeMade!(at, reign.server, reign, operation.before);
      }
      const { index } = delta.position;
      if (isOfPoolTime(operation)) {
        for (const watch of this.onPoolTimeMade) watch.poolTimeMade!(at, reign.server, reign, operation);
        if (operation.kind === 'expire') reign.expired.add(operation.serial);
        else if (operation.kind === 'high-water') reign.raiseMark(operation.at);
        else if (operation.at < reign.highWater) reign.highWater = operation.at;
        term.entries.push({ index, operation, record: null, counts: false });
        continue;
      }
      if (operation.kind === 'file') {
        for (const watch of this.onFileMade) watch.fileMade!(at, reign.server, operation, reign.fileVersion);
        this.allow(reign, operation);
        reign.fileMadeAt = at;
        term.entries.push({ index, operation, record: null, counts: false });
        const members = this.orderOf(operation);
        const old = operation.oldMembers?.map((slot) => this.serverOf(slot)) ?? null;
        this.elect(term, index, { members, old });
      } else if (operation.kind === 'file-done') {
        const { members } = this.electorateAt(term, index);
        this.elect(term, index, { members, old: null });
      } else if (operation.kind === 'slot') {
        this.serverBySlot[operation.slot] = serverNamed(operation.host);
      }
      if (operation.kind !== 'add' && operation.kind !== 'end') continue;
      const record = this.recordOf(operation.handle);
      for (const watch of this.onOperationMade) {
        watch.operationMade!(at, reign.server, reign, operation, record, delta.position);
      }
      if (operation.kind === 'add') this.readAdd(at, reign, record, operation, delta.position);
      else {
        const holding = reign.live.get(operation.handle);
        if (holding !== undefined) this.release(at, reign, holding);
        if (operation.reason === 'lapsed') record.hasLapsedSomewhere = true;
        record.hasEndMade = true;
        this.takeFromLeast(at, record);
      }
      // What is made below a committed term can be neither adopted nor acknowledged any more.
      const counts = operation.kind === 'add' && reign.term >= this.committedTerm;
      if (counts) this.giveOut(at, record);
      term.entries.push({ index, operation, record, counts });
    }
  }

  /** From here on this file says what the leader may give out. */
  private allow(
    reign: Reign,
    file: { readonly version: number; readonly hash: string; readonly body: Uint8Array },
  ): void {
    reign.fileVersion = file.version;
    reign.licenses = this.licensesOf(file);
  }

  private readAdd(
    at: TrueTime,
    reign: Reign,
    record: HandleRecord,
    operation: Operation & { kind: 'add' },
    position: Position,
  ): void {
    record.key = this.keyOf(operation.key);
    record.units = operation.units;
    record.life = operation.life;
    record.addedTerm = position.term;
    record.addedIndex = position.index;
    record.addedAt = at;
    const before = reign.live.get(operation.handle);
    if (before !== undefined) this.release(at, reign, before);
    this.hold(at, reign, new Holding(record, record.key, operation.units, true));
  }

  private hold(at: TrueTime, reign: Reign, holding: Holding): void {
    const { place } = holding.key;
    while (reign.units.length <= place) reign.widen();
    reign.live.set(holding.record.handle, holding);
    const units = reign.units[place]! + holding.units;
    reign.units[place] = units;
    reign.peaks[place]!.change(at, units);
    reign.troughs[place]!.change(at, units);
    if (holding.mayBeMine) reign.mostMine[place]! += holding.units;
    if (holding.mustBeMine) reign.leastMine[place]! += holding.units;
  }

  private release(at: TrueTime, reign: Reign, holding: Holding): void {
    const { place } = holding.key;
    reign.live.delete(holding.record.handle);
    const units = reign.units[place]! - holding.units;
    reign.units[place] = units;
    reign.peaks[place]!.change(at, units);
    reign.troughs[place]!.change(at, units);
    if (holding.mayBeMine) reign.mostMine[place]! -= holding.units;
    if (holding.mustBeMine) reign.leastMine[place]! -= holding.units;
  }

  // --- what is out -----------------------------------------------------------------------------------------------

  private giveOut(at: TrueTime, record: HandleRecord): void {
    record.adds++;
    if (record.adds > 1) return;
    const key = record.key!;
    key.out.add(record);
    key.mostOut.change(at, key.mostOut.present + record.units);
  }

  /** Nothing of it is out any more, whatever else was made of it. */
  private takeIn(at: TrueTime, record: HandleRecord): void {
    this.takeFromLeast(at, record);
    if (record.adds === 0) return;
    record.adds = 0;
    const key = record.key!;
    key.out.delete(record);
    key.mostOut.change(at, key.mostOut.present - record.units);
  }

  private takeFromLeast(at: TrueTime, record: HandleRecord): void {
    if (!record.isSurelyOut) return;
    record.isSurelyOut = false;
    const { leastOut } = record.key!;
    leastOut.change(at, leastOut.present - record.units);
  }

  private drop(at: TrueTime, { record, counts }: Entry): void {
    if (!counts || record === null || record.adds === 0) return;
    if (record.adds === 1) this.takeIn(at, record);
    else record.adds--;
  }

  private beginRound(at: TrueTime, reign: Reign, round: number, position: Position): void {
    reign.lastRound = round;
    // Once its term is over no round that it begins is confirmed, and by whom it would be is not known any more.
    if (!this.isOver(reign.term)) {
      const of = this.electorateAt(this.termOf(reign.term), position.index);
      if (reign.electorates.at(-1)?.of !== of) reign.electorates.push({ from: round, of });
    }
    const { markedAt, markedRounds } = reign;
    if (at - markedAt[markedAt.length - 1]! >= this.markEvery) {
      markedRounds.push(round);
      markedAt.push(at);
      if (markedAt.length > MOST_MARKS) {
        markedRounds.splice(0, MOST_MARKS / 2);
        markedAt.splice(0, MOST_MARKS / 2);
      }
    }
    const { server } = reign;
    if (this.durableTerm[server] === reign.term && this.durableIndex[server]! >= position.index) {
      reign.ownRound = round;
      reign.waitFrom = reign.waitRounds.length;
      return;
    }
    if (reign.waitFrom > 64) {
      reign.waitRounds.splice(0, reign.waitFrom);
      reign.waitIndexes.splice(0, reign.waitFrom);
      reign.waitFrom = 0;
    }
    reign.waitRounds.push(round);
    reign.waitIndexes.push(position.index);
  }

  // --- disks -----------------------------------------------------------------------------------------------------

  /** What this server has on its disk now. */
  private look(at: TrueTime, server: ServerIndex, view: ServerView): void {
    const { durable } = view;
    const promised = durable.isMember ? durable.promised : 0;
    if (promised !== this.promised[server]) {
      this.promised[server] = promised;
      if (promised > this.blockedBelow) this.block();
    }
    const { position } = durable;
    if (position === null) return;
    if (position.index === this.durableIndex[server] && position.term === this.durableTerm[server]) return;
    this.durableTerm[server] = position.term;
    this.durableIndex[server] = position.index;
    const reign = this.reigns[server]!;
    if (reign !== null && reign.term === position.term) {
      const { waitRounds, waitIndexes } = reign;
      while (reign.waitFrom < waitRounds.length && waitIndexes[reign.waitFrom]! <= position.index) {
        reign.ownRound = waitRounds[reign.waitFrom]!;
        reign.waitFrom++;
      }
    }
    if (durable.isMember) this.reach(at, server, position.term, position.index);
  }

  private block(): void {
    const { promised, servers, electorates } = this;
    for (let i = 0; i < servers; i++) {
      const term = promised[i]!;
      if (term <= this.blockedBelow) continue;
      // Whichever of them the leader of a lower term counts by.
      let isBlocked = true;
      for (let j = 0; j < electorates.length && isBlocked; j++)
        isBlocked = isQuorum(electorates[j]!, promised, term);
      if (isBlocked) this.blockedBelow = term;
    }
  }

  private termOf(term: Term): TermRecord {
    if (this.lastTerm !== null && this.lastTerm.term === term) return this.lastTerm;
    let record = this.terms.get(term);
    if (record === undefined) {
      record = new TermRecord(term, this.servers);
      this.terms.set(term, record);
    }
    this.lastTerm = record;
    return record;
  }

  private reach(at: TrueTime, server: ServerIndex, termNumber: Term, index: number): void {
    // A late acknowledgement must not begin anew what was taken up and forgotten.
    if (this.isOver(termNumber)) return;
    const term = this.termOf(termNumber);
    const { reached } = term;
    if (index <= reached[server]!) return;
    reached[server] = index;
    if (index <= term.committed) return;
    let committed = term.committed;
    for (let i = 0; i < reached.length; i++) {
      const candidate = reached[i]!;
      if (candidate <= committed) continue;
      if (isQuorum(this.electorateAt(term, candidate), reached, candidate)) committed = candidate;
    }
    if (committed === term.committed) return;
    const isFirst = term.committed === 0;
    term.committed = committed;
    if (isFirst) this.takeUp(at, term);
    this.commit(at, term, committed);
    if (termNumber >= this.committedTerm) {
      this.committedTerm = termNumber;
      this.committedIndex = committed;
    }
  }

  private electorateAt(term: TermRecord, index: number): Electorate {
    const { electorates } = term;
    for (let i = electorates.length - 1; i >= 0; i--)
      if (electorates[i]!.from <= index) return electorates[i]!.of;
    return this.electorates.at(-1)!;
  }

  /** From that position on others count. */
  private elect(term: TermRecord, from: number, of: Electorate): void {
    const known = this.electorates.find(
      ({ members, old }) => isSame(members, of.members) && isSame(old, of.old),
    );
    if (known === undefined) this.electorates.push(of);
    term.electorates.push({ from, of: known ?? of });
  }

  /** The server that has the slot: at the beginning the one of that number. */
  serverOf(slot: Slot): ServerIndex {
    return this.serverBySlot[slot] ?? slot;
  }

  /** That server was given a slot after its first: it was removed, and added again [13.7]. */
  hasLaterSlot(server: ServerIndex): boolean {
    return this.serverBySlot.indexOf(server) !== this.serverBySlot.lastIndexOf(server);
  }

  /** Which server alone may lead in that term. */
  ownerOf(term: Term): ServerIndex {
    return this.serverOf(ownerOf(term));
  }

  /** The first commit of a term commits all that its leader adopted, and nothing else of lower terms ever will be. */
  private takeUp(at: TrueTime, term: TermRecord): void {
    const path: TermRecord[] = [];
    const upTo: number[] = [];
    let base = term.base;
    let hasCommitted = this.committedTerm === 0;
    while (base !== null) {
      if (base.term === this.committedTerm && base.index >= this.committedIndex) hasCommitted = true;
      const ancestor = this.terms.get(base.term);
      if (ancestor === undefined) break;
      path.push(ancestor);
      upTo.push(base.index);
      base = ancestor.base;
    }
    if (term.base === null) {
      // The state with which the pool was formed has no base; of any other term it should have been seen.
      if (this.committedTerm !== 0) this.hasGaps = true;
    } else if (!hasCommitted && term.term > this.committedTerm && !this.hasGaps) {
      for (const watch of this.onHistoryLost) {
        watch.historyLost!(at, term.term, term.base, this.committedTerm, this.committedIndex);
      }
    }
    let kept = 0;
    for (let i = path.length - 1; i >= 0; i--) kept += this.commit(at, path[i]!, upTo[i]!);
    let dropped = 0;
    for (const [number, lower] of this.terms) {
      if (number >= term.term) continue;
      for (let i = lower.entriesFrom; i < lower.entries.length; i++) {
        const entry = lower.entries[i]!;
        if (entry.record !== null) dropped++;
        if (!this.hasGaps) this.drop(at, entry);
      }
      this.terms.delete(number);
    }
    for (const watch of this.onHistoryTakenUp) watch.historyTakenUp!(at, term.term, kept, dropped);
  }

  /** Commits the entries of `term` up to `index`; returns how many were of handles. */
  private commit(at: TrueTime, term: TermRecord, index: number): number {
    const { entries } = term;
    let next = term.entriesFrom;
    let count = 0;
    while (next < entries.length && entries[next]!.index <= index) {
      const entry = entries[next++]!;
      if (entry.record !== null) count++;
      this.commitEntry(at, term.term, entry);
    }
    if (next > 1024) {
      term.entries = entries.slice(next);
      next = 0;
    }
    term.entriesFrom = next;
    return count;
  }

  private commitFile(at: TrueTime, file: FileMade): void {
    this.order = this.orderOf(file);
    this.licenses = this.licensesOf(file);
    for (const watch of this.onFileCommitted) watch.fileCommitted!(at, file);
  }

  private commitEntry(at: TrueTime, term: Term, entry: Entry): void {
    const { operation, record, index } = entry;
    if (isOfPoolTime(operation)) {
      for (const watch of this.onPoolTimeCommitted) watch.poolTimeCommitted!(at, operation, term, index);
      if (operation.kind !== 'expire') this.startStrings(at, operation.at);
      else {
        const string = this.strings.get(operation.serial);
        if (string !== undefined && string.expiredAt < 0) string.expiredAt = at;
      }
      return;
    }
    if (operation.kind === 'file') this.commitFile(at, operation);
    if (record === null) return;
    if (operation.kind !== 'end') {
      for (const watch of this.onGrantCommitted) watch.grantCommitted!(at, record, term, index);
      record.committedGrants++;
      record.grantedTerm = term;
      record.grantedIndex = index;
      if (record.isSurelyOut || record.hasEndMade || record.adds === 0) return;
      record.isSurelyOut = true;
      const { leastOut } = record.key!;
      leastOut.change(at, leastOut.present + record.units);
      return;
    }
    this.takeIn(at, record);
    for (const watch of this.onEndCommitted) watch.endCommitted!(at, record, operation.reason, term, index);
    if (record.endedAt < 0) record.endedAt = at;
  }

  private startStrings(at: TrueTime, mark: CivilTime): void {
    for (const string of this.strings.values()) {
      const { startsAt } = string.license;
      if (startsAt === null) continue;
      if (startsAt > mark) string.startedAt = -1;
      else if (string.startedAt < 0) string.startedAt = at;
    }
  }
}

/** A simulated server's host is its number. */
function serverNamed(host: Host): ServerIndex {
  return Number(host.slice(1)) - 1;
}

function isSame(a: readonly ServerIndex[] | null, b: readonly ServerIndex[] | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((server, i) => server === b[i]);
}

function isOfPoolTime(operation: Operation): operation is PoolTimeOperation {
  return (
    operation.kind === 'high-water' || operation.kind === 'expire' || operation.kind === 'lower-high-water'
  );
}
