// What one server knows: the durable part (Meta and the register) and the volatile part, with each role's data inside
// the role, so that a Follower cannot have votes. Changed in place by the handlers in this folder, by nobody else.

import { assert } from '../assert.ts';
import type { Code } from '../codes.ts';
import {
  type ConnectionId,
  type HandleId,
  type Host,
  type Incarnation,
  incarnationOf,
  type LicenseKey,
  type Position,
  type Slot,
  type StoreId,
  type Term,
} from '../ids.ts';
import type {
  Answer,
  Append,
  Call,
  CanvassKind,
  FileOffer,
  Header,
  Prepare,
  StatePart,
  Tokens,
  Vote,
} from '../message.ts';
import type { PoolFile } from '../pool-file.ts';
import type { Settings } from '../settings.ts';
import {
  type Charter,
  charterOf,
  copyOf,
  type Delta,
  type FileInForce,
  type LocalFile,
  type Membership,
  type Meta,
  metaOf,
  type Operation,
  type Recovered,
  type StateImage,
} from '../state.ts';
import { type CivilTime, type Duration, type Instant, later, milliseconds } from '../time.ts';
import { Catalog } from './catalog.ts';
import { offerOf, pastWith } from './file-offer.ts';
import { rankOf, type Tally } from './quorum.ts';
import { Table } from './table.ts';

/** The register as this server has it: exactly the state that `position` names [§3]. */
export interface Register {
  position: Position;
  charter: Charter;
  /** Derived from the charter: how votes and acknowledgements are counted. */
  membership: Membership;
  /** Derived from the charter's file: what may be given out. */
  catalog: Catalog;
  table: Table;
}

export interface Follower {
  readonly kind: 'follower';
}

/** An election that runs: who promised, and what the winner would adopt [§7]. */
export interface Candidate {
  readonly kind: 'candidate';
  readonly term: Term;
  readonly prepare: Prepare;
  readonly asked: Slot[];
  readonly votes: Map<Slot, Vote>;
  /** Voters that were asked for their state and did not answer in time. */
  readonly silentLenders: Slot[];
  /** When Prepare was last sent; it is repeated while a state is fetched. */
  preparedAt: Instant;
  /** An operator's word stands for the quorum [14.11]; null = it is an election like any other. */
  readonly reformation: Reformation | null;
}

/** A pool that is to begin anew: its servers in order, those of them that must promise it, and the stores that have. */
export interface Reformation {
  readonly members: readonly Host[];
  readonly present: readonly Host[];
  readonly promises: Map<Host, StoreId>;
}

/** What a Leader knows of another server [§3]. Emptied when its store changes. */
export interface Peer {
  readonly slot: Slot;
  readonly host: Host;
  heardAt: Instant;
  /** Since when it has been present without a silence of an election timeout. */
  presentSince: Instant;
  incarnation: Incarnation;
  store: StoreId;
  isMember: boolean;
  /** Its disk has no room: it takes nothing [16.16]. */
  isUnfit: boolean;
  /** What it last said it has on disk. */
  position: Position | null;
  /** Its wall clock minus this server's monotonic one in ms, and when that was read; null = never [§11]. */
  wallOffset: number;
  wallReadAt: Instant | null;
  /** Highest round that it acknowledged. */
  acknowledged: number;
  /** Up to where deltas were sent to it; null = its position is not in the buffer, it must fetch. */
  sentUpTo: Position | null;
}

/** One broadcast: a round is judged by the membership of the state that it carried [§6]. */
export interface Round {
  readonly number: number;
  readonly beganAt: Instant;
  readonly position: Position;
  readonly membership: Membership;
}

/** An answer that waits for its round. */
export interface PendingAnswer {
  readonly round: number;
  readonly connection: ConnectionId;
  readonly call: Call;
  readonly code: Code;
  readonly life: Duration;
  readonly tokens: Tokens | null;
}

export interface Refusal {
  readonly code: Code;
  readonly at: Instant;
}

export interface HeldCall {
  readonly connection: ConnectionId;
  readonly call: Call;
}

/** A reclaim under way [§8]: `freeze` and `sent` hold all requests. */
export interface HandOver {
  readonly to: Slot;
  phase: 'trial' | 'freeze' | 'sent';
  phaseBegan: Instant;
  takeOverSentAt: Instant;
}

/** A Leader's reckoning of pool time. */
export interface PoolClock {
  /** Pool time was this … */
  value: CivilTime;
  /** … at this instant of the Leader's clock, and has gone on since at no less than (1−ρ). */
  at: Instant;
  /** When the mark was last committed, or the reign began. */
  markedAt: Instant;
  /** Since when a quorum of clocks has been far ahead; null = it is not. */
  leapSince: Instant | null;
  /** The whole pool was down before this reign: its clocks are taken as they are [11.8]. */
  readonly takesClocksAsTheyAre: boolean;
  hasReadClocks: boolean;
  /** A quorum of clocks is behind the mark by more than the grace [11.6]. */
  isTampered: boolean;
}

/** The body of an offered license file that a Leader pulls, piece by piece [§12]. */
export interface FileFetch {
  readonly from: Slot;
  readonly offer: FileOffer;
  pieces: Uint8Array[];
  received: number;
  askedAt: Instant;
  answeredAt: Instant;
}

/** A change of members that a Leader prepares [13.3]: it counts nowhere yet. */
export interface Change {
  readonly version: number;
  readonly hash: string;
  readonly body: Uint8Array;
  /** The members to come, in their order. */
  readonly members: readonly Slot[];
  /** Those of them that are not members yet. */
  readonly newcomers: readonly Slot[];
  readonly from: Slot;
  readonly beganAt: Instant;
}

export interface Leader {
  readonly kind: 'leader';
  readonly term: Term;
  readonly viaHandOver: boolean;
  /** One of its rounds has been confirmed; only then does it answer clients. */
  isActive: boolean;
  activeAt: Instant;
  round: number;
  confirmedRound: number;
  /** The rounds from the last confirmed one on, oldest first. */
  rounds: Round[];
  readonly peers: Map<Slot, Peer>;
  /** Deltas of this term still kept for followers, consecutive, oldest first, and when each was made. */
  buffer: Delta[];
  bufferedAt: Instant[];
  /** Answers that wait for a round, in round order; those before `pendingFrom` have left. */
  pending: PendingAnswer[];
  pendingFrom: number;
  held: HeldCall[];
  /** What was refused lately, oldest first: none of its sendings that still arrive may be granted [6.31]. */
  readonly refused: Map<HandleId, Refusal>;
  /** When the latest confirmed round *began*: a Leader whose rounds take too long is as good as cut off [6.29]. */
  lastQuorumAt: Instant;
  /** How long the latest confirmed round took. */
  roundTrip: Duration;
  lastHeartbeatAt: Instant;
  /** Its housekeeping goes by this and not by rounds, which may follow each other faster [6.28]. */
  lastTickAt: Instant;
  needsRound: boolean;
  /** From when on it tells again what it has seen of other stores [14.12]. */
  witnessesDueAt: Instant;
  handOver: HandOver | null;
  fileFetch: FileFetch | null;
  change: Change | null;
  /** Members that left: appended to until it is confirmed that they did. */
  leavers: readonly Slot[];
  /** Hashes of the files that it will not have [12.5]. */
  readonly refusedFiles: Set<string>;
  poolClock: PoolClock;
  /** Keys whose use it has told to be above their soft limit [6.33]. */
  readonly aboveSoftLimit: Set<LicenseKey>;
  /** Which position was current when, for purging tombstones by age. */
  positionsAt: { readonly at: Instant; readonly position: Position }[];
}

/** A formation that runs: whose promise it has, by the lines of the file [14.7]. */
export interface Founder {
  readonly kind: 'founder';
  readonly term: Term;
  readonly file: PoolFile;
  readonly stores: Map<Slot, StoreId>;
}

/** What whoever starts a server says for the case that it founds a pool [14.7, 14.10]. */
export interface FoundingTerms {
  /** Nobody holds anything of an earlier pool: no quarantine, and a pool of one may be formed. */
  readonly isFirstInstallation: boolean;
  /** ρ in parts per million. */
  readonly driftPpm: number;
  /** The longest key lifetime that any holder may have been told: no shorter than the longest that a file can give. */
  readonly longestLife: Duration;
}

export const USUAL_FOUNDING: FoundingTerms = Object.freeze({
  isFirstInstallation: false,
  driftPpm: 10_000,
  longestLife: milliseconds(900 * 60_000),
});

export type Role = Follower | Candidate | Founder | Leader;

/** A question to all whether an election would succeed; changes nothing at those asked [§7]. */
export interface Canvass {
  readonly kind: CanvassKind;
  readonly forTerm: Term;
  readonly answered: Tally;
  readonly agreed: Tally;
}

/** A state that is being pulled, part by part [§7]. */
export interface Fetch {
  readonly from: Slot;
  /** The Leader's term, or the candidate's own. */
  readonly term: Term;
  /** What is asked for; null = the sender's present one, until the first part says which. */
  position: Position | null;
  parts: StatePart[];
  askedAt: Instant;
  answeredAt: Instant;
}

/** An image lent to a server that pulls it, cut when it asked for the first part. */
export interface Loan {
  readonly image: StateImage;
  readonly parts: number;
}

export interface Reign {
  readonly leader: Slot;
  readonly term: Term;
  readonly since: Instant;
}

/** What reclaim remembers of a server; volatile on purpose [§8, §20]. */
export interface Record {
  failures: number;
  missedTrials: number;
  nextTryAt: Instant;
}

/** A better server that this one hears and its Leader, it seems, does not: since when it has been asking for votes [§8]. */
export interface Claim {
  readonly since: Instant;
  lastAt: Instant;
}

/** A witness record while it is kept: changed in place, since every message between servers may raise it. */
export interface Seen {
  readonly store: StoreId;
  incarnation: Incarnation;
  booted: Position | null;
  position: Position;
}

export interface Server {
  readonly host: Host;
  readonly settings: Settings;
  readonly founding: FoundingTerms;
  /** 16 random bits of this boot, in its terms and its incarnation. */
  nonce: number;
  incarnation: Incarnation;
  /** What was on its disk when it booted; null = nothing. */
  bootPosition: Position | null;

  meta: Meta;
  register: Register | null;
  /** The license file on this server's disk, as it was found at boot or installed since; null = none. Only an offer [12.1]. */
  localFile: LocalFile | null;
  /** That file, if it was edited here, until it is in force or has lost. */
  fileOffer: FileOffer | null;

  /** The position known to be on this server's own disk. */
  durablePosition: Position | null;
  /** Meta as it is on this server's own disk; null = nothing was synced in this boot. */
  durableMeta: Meta | null;
  /** When the batch that is under way was handed to the disk; null = none is. */
  syncingSince: Instant | null;
  /** The disk had no room for that batch [16.16]. */
  isUnfit: boolean;
  role: Role;
  /** The reign that this server last knew of. */
  reign: Reign | null;
  /** Where the Leader is, as it said itself: a blank server has no other way to know. */
  leaderHost: Host | null;
  /** The Leader was heard and the election timer has not run out since. */
  isLed: boolean;
  /** The version of the file of which its Leader has said that it is in force and no change is under way; 0 = none. */
  settledFile: number;
  leaderHeardAt: Instant;
  lastAppend: Append | null;
  electionDueAt: Instant;
  /** Until then it does not ask again whether a pool can be formed. */
  formsNotBefore: Instant;
  highestTermSeen: Term;
  /** By an operator's word it comes last in the order of preference, until it leads again or boots [8.18]. */
  standsBack: boolean;
  /** It has let a better server go first, once in this silence. */
  hasYielded: boolean;
  canvass: Canvass | null;
  /** Whether the last finished canvass was answered by a quorum; null before the first in this silence. */
  sawMajority: boolean | null;
  fetch: Fetch | null;
  readonly loans: Map<Slot, Loan>;
  readonly records: Map<Slot, Record>;
  readonly claims: Map<Slot, Claim>;
  /** The most that it has seen of each other store [14.12]. */
  readonly witnesses: Map<StoreId, Seen>;
  /** The voter that last failed to lend its state; the next election begins with another one if there is one. */
  silentLender: Slot | null;
  /** Scratch for counting; its content means nothing between two countings. */
  readonly tally: Tally;
}

export function membershipOf(charter: Charter): Membership {
  return {
    fileVersion: charter.file.version,
    members: charter.file.members,
    oldMembers: charter.oldMembers,
    stores: charter.stores,
    isForming: charter.isForming,
  };
}

/**
 * Builds the register from an image, once per boot or fetch. `known` = a catalog that may be of the same file. Null when a
 * handle is named twice, which no state does.
 */
export function registerFrom(image: StateImage, known: Catalog | null): Register | null {
  const table = Table.from(image.live, image.ended);
  if (table === null) return null;
  const catalog =
    known !== null && known.hash === image.charter.file.hash ? known : Catalog.from(image.charter.file);
  return {
    position: image.position,
    charter: image.charter,
    membership: membershipOf(image.charter),
    catalog,
    table,
  };
}

export function imageOf(register: Register): StateImage {
  return {
    position: register.position,
    charter: register.charter,
    live: register.table.tokens(),
    ended: register.table.ended.cut(),
  };
}

/**
 * A server that boots from what recovery found. `bootSequence` is raised here; the caller persists Meta before the first
 * message leaves (the output-commit rule sees to it) [§3].
 */
export function bootServer(
  host: Host,
  settings: Settings,
  recovered: Recovered,
  deltas: readonly Delta[],
  nonce: number,
  now: Instant,
  founding: FoundingTerms = USUAL_FOUNDING,
): Server {
  const register = recovered.image === null ? null : registerFrom(recovered.image, null);
  assert(recovered.image === null || register !== null, 'a stored state names each handle once');
  if (register !== null) {
    for (const delta of deltas) applyDelta(register, delta);
  }
  const bootSequence = recovered.meta.bootSequence + 1;
  const server: Server = {
    host,
    settings,
    founding,
    nonce,
    incarnation: incarnationOf(bootSequence, nonce),
    bootPosition: register?.position ?? null,
    meta: metaOf({ ...recovered.meta, bootSequence }),
    register,
    localFile: recovered.localFile,
    fileOffer: offerOf(recovered.localFile, recovered.meta.lastFile, register?.charter.file.past ?? []),
    durablePosition: register?.position ?? null,
    durableMeta: null,
    syncingSince: null,
    isUnfit: false,
    role: { kind: 'follower' },
    reign: null,
    leaderHost: null,
    isLed: false,
    settledFile: 0,
    leaderHeardAt: later(now, -(2 ** 52) as Duration),
    lastAppend: null,
    electionDueAt: now,
    formsNotBefore: now,
    highestTermSeen: recovered.meta.promised,
    standsBack: false,
    hasYielded: false,
    canvass: null,
    sawMajority: null,
    fetch: null,
    loans: new Map(),
    records: new Map(),
    claims: new Map(),
    witnesses: new Map(recovered.meta.witnesses.map((known) => [known.store, copyOf(known)])),
    silentLender: null,
    tally: new Uint8Array(256),
  };
  resetElectionTimer(server, now);
  return server;
}

const NOBODY: readonly Slot[] = Object.freeze([]);

/** Total order of time-outs, no randomness needed: the best live server times out first [§5, §7]. */
export function resetElectionTimer(server: Server, now: Instant): void {
  const { electionTimeout, electionStagger } = server.settings;
  const members = server.register?.membership.members ?? NOBODY;
  const rank = server.standsBack ? members.length : rankOf(members, server.meta.slot);
  server.electionDueAt = later(now, (electionTimeout + electionStagger * rank) as Duration);
}

/** `durable`: what the message may claim to be on this server's disk; as a rule all that it has, since it waits for that. */
export function headerOf(
  server: Server,
  durable: Position | null = server.register?.position ?? null,
): Header {
  return {
    poolId: server.meta.poolId,
    from: server.meta.slot,
    store: server.meta.store,
    incarnation: server.incarnation,
    durable,
    booted: server.bootPosition,
  };
}

export function recordOf(server: Server, slot: Slot): Record {
  let record = server.records.get(slot);
  if (record === undefined) {
    record = { failures: 0, missedTrials: 0, nextTryAt: 0 as Instant };
    server.records.set(slot, record);
  }
  return record;
}

/** The host of a slot; of its Leader a server knows it also when it is blank, or has not heard of that member yet. */
export function hostKnownAs(server: Server, slot: Slot): Host | null {
  const host = server.register?.charter.hosts.get(slot);
  if (host !== undefined) return host;
  return server.reign?.leader === slot ? server.leaderHost : null;
}

export function hostOf(register: Register, slot: Slot): Host {
  return register.charter.hosts.get(slot)!;
}

/** One step from one state of the pool to the next, in place: table, charter and position [§3]. */
export function applyDelta(register: Register, delta: Delta): void {
  register.table.apply(delta);
  for (const operation of delta.operations) {
    if (operation.kind === 'high-water') {
      const { charter } = register;
      if (operation.at > charter.highWater)
        register.charter = charterOf({ ...charter, highWater: operation.at });
    } else if (operation.kind === 'lower-high-water') {
      const { charter } = register;
      if (operation.at < charter.highWater)
        register.charter = charterOf({ ...charter, highWater: operation.at });
    } else if (operation.kind === 'expire') {
      const expired = new Set(register.charter.expired).add(operation.serial);
      register.charter = charterOf({ ...register.charter, expired });
    } else if (operation.kind === 'formed') {
      const { isInQuarantine } = operation;
      register.charter = charterOf({ ...register.charter, isForming: false, isInQuarantine });
      register.membership = membershipOf(register.charter);
    } else if (operation.kind === 'unquarantine') {
      register.charter = charterOf({ ...register.charter, isInQuarantine: false });
    } else if (operation.kind === 'admit') {
      const stores = new Map(register.charter.stores);
      if (operation.store === null) stores.delete(operation.slot);
      else stores.set(operation.slot, operation.store);
      register.charter = charterOf({ ...register.charter, stores });
      register.membership = membershipOf(register.charter);
    } else if (operation.kind === 'file') {
      putInForce(register, operation);
    } else if (operation.kind === 'slot') {
      const hosts = new Map(register.charter.hosts).set(operation.slot, operation.host);
      register.charter = charterOf({ ...register.charter, hosts });
    } else if (operation.kind === 'file-done') {
      const { file } = register.charter;
      const stores = new Map([...register.charter.stores].filter(([slot]) => file.members.includes(slot)));
      register.charter = charterOf({ ...register.charter, oldMembers: null, stores });
      register.membership = membershipOf(register.charter);
    }
  }
  register.position = delta.position;
}

/** From here on another license file is in force, for new handles at once [§12]. */
function putInForce(register: Register, operation: Extract<Operation, { kind: 'file' }>): void {
  const { charter } = register;
  const { version, hash, body, members, oldMembers } = operation;
  const file: FileInForce = { version, hash, body, members, past: pastWith(charter.file) };
  register.catalog = Catalog.from(file);
  let { longestLife } = charter;
  for (const { keyLifetime } of register.catalog.licenses)
    if (keyLifetime > longestLife) longestLife = keyLifetime;
  register.charter = charterOf({ ...charter, file, oldMembers, longestLife });
  register.membership = membershipOf(register.charter);
}

export function answerTo(
  server: Server,
  call: Call,
  code: Code,
  life: Duration,
  tokens: Tokens | null,
  now: Instant,
): Answer {
  const register = server.register;
  const leader = server.role.kind === 'leader' && server.role.isActive ? server.role : null;
  // Only of a file that is installed here, so committed: a list from a file that is lost would never be replaced [4.3].
  const isNewer =
    register !== null &&
    call.fileVersion < register.charter.file.version &&
    server.meta.lastFile?.version === register.charter.file.version;
  return {
    kind: 'answer',
    call: call.call,
    handle: call.handle,
    attempt: call.attempt,
    code,
    life,
    servers: isNewer ? register.catalog.hosts : [],
    fileVersion: register?.charter.file.version ?? 0,
    hint: leaderHint(server),
    term: leader?.term ?? 0,
    stamp: (leader === null ? 0 : now) as Answer['stamp'],
    tokens,
  };
}

/** Where the Leader is thought to be; null when this server knows of none. */
export function leaderHint(server: Server): Host | null {
  if (server.role.kind === 'leader') {
    const { handOver } = server.role;
    return isFrozen(server.role) && server.register !== null
      ? hostOf(server.register, handOver!.to)
      : server.host;
  }
  return server.isLed && server.reign !== null ? hostKnownAs(server, server.reign.leader) : null;
}

/** While it is frozen a Leader proposes nothing and holds what clients ask. */
export function isFrozen(leader: Leader): boolean {
  return leader.handOver !== null && leader.handOver.phase !== 'trial';
}
