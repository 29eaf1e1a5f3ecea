// A pool that lost more stores than it can spare begins anew from one that survived, by an operator's word alone [14.11], and
// the second of a pool of two is promoted in the same way [15.4]. An election whose quorum is that word: all whom it names
// promise, the newest state among them is carried into another pool id, and the pool is formed with it, in quarantine.

import { assert } from '../assert.ts';
import {
  comparePositions,
  type Host,
  isSameHost,
  nextTerm,
  type Position,
  type Slot,
  type StoreId,
  samePosition,
} from '../ids.ts';
import type { FormVote, OrderOutcome, ReForm, Reject } from '../message.ts';
import { MOST_SERVERS } from '../pool-file.ts';
import { encodeText, hashOfPoolFile, printPoolFile, readPoolFile } from '../pool-file-text.ts';
import { charterOf, type FileInForce, metaOf } from '../state.ts';
import type { ServerTurn } from '../turn.ts';
import { takeOffice } from './accession.ts';
import { Catalog } from './catalog.ts';
import { pastWith } from './file-offer.ts';
import { rejectForm, voteToForm } from './form-vote.ts';
import { isFirstState, newPoolId } from './formation.ts';
import { GREATEST_SLOT, NO_SLOT } from './new-store.ts';
import { becomeFollower, stepDown } from './office.ts';
import { promise, seeTerm } from './promises.ts';
import {
  type Candidate,
  headerOf,
  membershipOf,
  type Reformation,
  type Register,
  resetElectionTimer,
  type Server,
} from './state.ts';
import { isSticky } from './stickiness.ts';
import { beginFetch } from './transfer.ts';

/** The pool is to consist of these servers, in this order, and all of them are there. */
export function orderReformation(server: Server, named: readonly Host[], turn: ServerTurn): OrderOutcome {
  const members = named.map((host) => knownAs(server, host));
  const areHosts = members.length <= MOST_SERVERS && new Set(members).size === members.length;
  if (!areHosts || !members.includes(server.host)) return 'wrong servers';
  return beginReformation(server, afresh({ members, present: members }), turn);
}

/** The name by which the pool knows that host: an operator need not mind its case. */
function knownAs({ host: own, register }: Server, host: Host): Host {
  if (isSameHost(own, host)) return own;
  for (const known of register?.charter.hosts.values() ?? []) if (isSameHost(known, host)) return known;
  return host;
}

/** This server, the second of a pool of two, is to go on without the first, which comes back, if at all, with a new store. */
export function orderPromotion(server: Server, turn: ServerTurn): OrderOutcome {
  const { register, meta } = server;
  const members = register?.membership.members ?? [];
  if (members.length !== 2 || members[1] !== meta.slot) return 'not the second of two';
  const first = register!.charter.hosts.get(members[0]!)!;
  const { host } = server;
  return beginReformation(server, afresh({ members: [host, first], present: [host] }), turn);
}

function beginReformation(server: Server, reformation: Reformation, turn: ServerTurn): OrderOutcome {
  const { register, role } = server;
  if (register === null || isFirstState(register.charter)) return 'holds nothing';
  // A second pool would be opened beside it. That a quorum *answers* is no hindrance: stores that were admitted, and have not
  // been told so when their Leader dies for good, answer for ever and vote never.
  if (server.isLed && (role.kind !== 'leader' || role.isActive)) return 'a leader serves';
  if (role.kind === 'leader') stepDown(server, 'an operator re-forms the pool', turn);
  ask(server, register, reformation, turn);
  return 'obeyed';
}

function ask(server: Server, register: Register, reformation: Reformation, turn: ServerTurn): void {
  const { meta, nonce, host } = server;
  const term = nextTerm(Math.max(meta.promised, server.highestTermSeen), meta.slot, nonce);
  promise(server, term, { store: meta.store, incarnation: server.incarnation }, turn);
  const { position } = register;
  server.fetch = null;
  server.canvass = null;
  server.role = {
    kind: 'candidate',
    term,
    prepare: { kind: 'prepare', header: headerOf(server), term, position, handOver: 0, host },
    asked: [],
    votes: new Map(),
    silentLenders: [],
    preparedAt: turn.now,
    reformation,
  };
  resetElectionTimer(server, turn.now);
  turn.note({ kind: 'stood', term });
  const message: ReForm = {
    kind: 're-form',
    header: headerOf(server),
    term,
    host,
    stores: [...register.charter.stores.values()],
  };
  for (const other of reformation.present) turn.send(other, message);
}

/** An operator's word goes before what this server knows of a pool, but not before a Leader that it hears. */
export function onReForm(server: Server, message: ReForm, turn: ServerTurn): void {
  const { register } = server;
  seeTerm(server, message.term);
  if (register !== null && !isOfSamePool(server, register, message))
    rejectForm(server, message.host, 0, true, turn);
  else voteToForm(server, message, isSticky(server, turn.now), turn);
}

/**
 * The same pool, or what became of it when it was re-formed and this server did not get that far: the asker's state counts
 * this very store, and is newer.
 */
function isOfSamePool({ meta }: Server, register: Register, { header, stores }: ReForm): boolean {
  if (header.poolId === meta.poolId) return true;
  const isNewer = header.durable !== null && comparePositions(header.durable, register.position) > 0;
  return isNewer && stores.includes(meta.store);
}

/** One that was asked has promised. What it holds is said by the header, and is of use only if it is of this pool. */
export function onPromiseToReForm(server: Server, { header, host, term }: FormVote, turn: ServerTurn): void {
  const { role: candidate } = server;
  if (candidate.kind !== 'candidate' || candidate.reformation === null) return;
  const { reformation } = candidate;
  const asked = reformation.present.find((other) => isSameHost(other, host));
  if (term !== candidate.term || asked === undefined) return;
  reformation.promises.set(asked, header.store);
  const { durable, poolId, from } = header;
  if (durable !== null && poolId === server.meta.poolId && from !== NO_SLOT) {
    // Counted by nobody's membership: the quorum is the operator's word.
    const { membership } = server.register!;
    candidate.votes.set(from, { kind: 'vote', header, term, position: durable, membership, witnessed: [] });
  }
  evaluatePromises(server, candidate, reformation, turn);
}

export function onRefusalToReForm(
  server: Server,
  candidate: Candidate,
  message: Reject,
  turn: ServerTurn,
): void {
  if (!message.formed) {
    // A blank server may have promised many a formation of its own; the next term is above all of them.
    if (message.promised >= candidate.term)
      ask(server, server.register!, afresh(candidate.reformation!), turn);
    return;
  }
  giveUp(candidate, turn);
  becomeFollower(server, turn.now);
}

/** The same order, before anybody has promised. */
function afresh({ members, present }: Pick<Reformation, 'members' | 'present'>): Reformation {
  return { members, present, promises: new Map() };
}

/** Says who has not promised: an operator waits for it. */
export function giveUp({ reformation }: Candidate, turn: ServerTurn): void {
  if (reformation === null) return;
  const missing = reformation.present.filter((host) => !reformation.promises.has(host));
  turn.note({ kind: 're-formation failed', missing });
}

/** When all have promised, the newest state of them all is fetched, if it is elsewhere, and then carried over. */
export function evaluatePromises(
  server: Server,
  candidate: Candidate,
  reformation: Reformation,
  turn: ServerTurn,
): void {
  if (reformation.promises.size < reformation.present.length) return;
  const register = server.register!;
  let best: Position = register.position;
  let holder: Slot | null = null;
  for (const [slot, { position }] of candidate.votes) {
    if (comparePositions(position, best) <= 0) continue;
    best = position;
    holder = slot;
  }
  if (holder === null) reForm(server, register, candidate, reformation, turn);
  else if (server.fetch === null || !samePosition(server.fetch.position, best)) {
    resetElectionTimer(server, turn.now);
    beginFetch(server, holder, candidate.term, best, turn);
  }
}

/** The same licenses, handles and tombstones, marks and slots; other members, other stores, another pool id. */
function reForm(
  server: Server,
  register: Register,
  { term }: Candidate,
  { members, promises }: Reformation,
  turn: ServerTurn,
): void {
  const { charter, position: adopted } = register;
  const hosts = new Map(charter.hosts);
  const slots = members.map((host) => slotOf(server, hosts, host));
  if (slots.some((slot) => slot > GREATEST_SLOT)) {
    turn.note({ kind: 're-formation failed', missing: members });
    becomeFollower(server, turn.now);
    return;
  }
  const stores = new Map<Slot, StoreId>();
  members.forEach((host, i) => {
    const store = promises.get(host);
    if (store !== undefined) stores.set(slots[i]!, store);
  });
  const file = fileOf(charter.file, members, slots);
  register.charter = charterOf({
    ...charter,
    file,
    oldMembers: null,
    stores,
    hosts,
    isForming: true,
    isInQuarantine: true,
  });
  register.membership = membershipOf(register.charter);
  register.catalog = Catalog.from(file);
  register.position = { term, index: 1 };
  server.meta = metaOf({ ...server.meta, poolId: newPoolId(turn), isMember: true, isRetired: false });
  turn.metaChanged();
  turn.replaced();
  turn.note({ kind: 're-forms', term, adopted });
  // The pool may have been down for any time: its clocks are taken as they are.
  server.reign = null;
  takeOffice(server, register, term, false, turn);
}

/** The host's own, or the next that was never given: slots are for good [13.7]. */
function slotOf(server: Server, hosts: Map<Slot, Host>, host: Host): Slot {
  if (host === server.host && server.meta.slot !== NO_SLOT) return server.meta.slot;
  let greatest = 0;
  let found: Slot | null = null;
  for (const [slot, known] of hosts) {
    if (slot > greatest) greatest = slot;
    if (isSameHost(known, host) && (found === null || slot > found)) found = slot;
  }
  if (found !== null) return found;
  hosts.set(greatest + 1, host);
  return greatest + 1;
}

/** The next version: the licenses as they were, for these servers. */
function fileOf(last: FileInForce, members: readonly Host[], slots: readonly Slot[]): FileInForce {
  const reading = readPoolFile(last.body);
  assert(reading.ok, 'the file in force is one');
  const { file } = reading;
  const version = last.version + 1;
  const servers = members.map(
    (host) => file.servers.find((known) => isSameHost(known.host, host)) ?? { host, address: null },
  );
  const body = encodeText(printPoolFile({ ...file, version, servers }));
  return { version, hash: hashOfPoolFile(body), body, members: slots, past: pastWith(last) };
}
