// How a pool begins [§14]: an election that needs every server of the local license file, since a disk lost right after a
// majority had formed would leave too few that know the pool. Then its first state, `formed`, and the quarantine's end.

import { assert } from '../assert.ts';
import { NONE_ENDED } from '../ended.ts';
import { type Host, nextTerm, type PoolId, type Slot, type StoreId } from '../ids.ts';
import { holdOf } from '../lifetime.ts';
import type { Form, FormVote } from '../message.ts';
import type { PoolFile } from '../pool-file.ts';
import { readPoolFile } from '../pool-file-text.ts';
import { type Charter, type Membership, metaOf, type StateImage } from '../state.ts';
import { type CivilTime, type Duration, earlier, elapsed, later } from '../time.ts';
import type { ServerTurn } from '../turn.ts';
import { takeOffice } from './accession.ts';
import { rejectForm, voteToForm } from './form-vote.ts';
import { becomeFollower } from './office.ts';
import { poolTimeAt, readPoolTime } from './pool-clock.ts';
import { markAt } from './pool-time.ts';
import { promise, seeTerm } from './promises.ts';
import { kick, propose } from './rounds.ts';
import { headerOf, type Leader, type Peer, type Register, registerFrom, type Server } from './state.ts';

/** So many time-outs long nobody asks again who was told that the pool exists already. */
const QUIET_TIMEOUTS = 10;

/**
 * Blank, or holding a first state, in which nothing was confirmed; not one that a pool has sent away [13.10], nor a state that
 * is carried over from another pool, which would be lost [14.11].
 */
export function mayForm(server: Server): boolean {
  const { register, meta } = server;
  return !meta.isRetired && (register === null || isFirstState(register.charter));
}

/** A forming state that nobody carried over from another pool: such a file has no past. */
export function isFirstState({ isForming, file }: Charter): boolean {
  return isForming && file.past.length === 0;
}

/** The license file on this server's disk, if it is one. */
function localFileOf(server: Server): PoolFile | null {
  if (server.localFile === null) return null;
  const reading = readPoolFile(server.localFile.body);
  return reading.ok ? reading.file : null;
}

/** The best server of its local file asks all for their promise, when nobody leads [14.7]. */
export function considerFormation(server: Server, turn: ServerTurn): void {
  const file = localFileOf(server);
  if (file === null || file.servers[0]!.host !== server.host || turn.now < server.formsNotBefore) return;
  // A server that was removed and wiped cannot be told from a new pool of one [14.9].
  if (file.servers.length === 1 && !server.founding.isFirstInstallation) return;
  const { meta, nonce, localFile } = server;
  const term = nextTerm(Math.max(meta.promised, server.highestTermSeen), 0, nonce);
  promise(server, term, { store: meta.store, incarnation: server.incarnation }, turn);
  server.role = { kind: 'founder', term, file, stores: new Map() };
  turn.note({ kind: 'stood', term });
  const message: Form = {
    kind: 'form',
    header: headerOf(server),
    term,
    fileHash: localFile!.hash,
    host: server.host,
  };
  for (const { host } of file.servers) turn.send(host, message);
}

export function onForm(server: Server, message: Form, turn: ServerTurn): void {
  const { meta } = server;
  seeTerm(server, message.term);
  if (!mayForm(server)) {
    // Whoever holds data makes a formation impossible: the other one is to be admitted.
    if (!meta.isRetired) rejectForm(server, message.host, meta.promised, true, turn);
    return;
  }
  if (server.localFile?.hash !== message.fileHash) return;
  const heardSince = earlier(turn.now, server.settings.electionTimeout);
  voteToForm(server, message, server.isLed && server.leaderHeardAt > heardSince, turn);
}

export function onFormVote(server: Server, message: FormVote, turn: ServerTurn): void {
  const { role } = server;
  if (role.kind !== 'founder' || message.term !== role.term) return;
  const slot = role.file.servers.findIndex(({ host }) => host === message.host);
  if (slot < 0) return;
  role.stores.set(slot, message.header.store);
  if (role.stores.size < role.file.servers.length) return;
  found(server, role.term, role.file, role.stores, turn);
}

/** Somebody holds the pool already: this server is to be admitted to it, and need not ask again soon. */
export function putOffFormation(server: Server, turn: ServerTurn): void {
  const quiet = (QUIET_TIMEOUTS * server.settings.electionTimeout) as Duration;
  server.formsNotBefore = later(turn.now, quiet);
  if (server.role.kind === 'founder') becomeFollower(server, turn.now);
}

/** The first state of a pool. Slots are the lines of the file. */
function found(
  server: Server,
  term: number,
  file: PoolFile,
  stores: ReadonlyMap<Slot, StoreId>,
  turn: ServerTurn,
): void {
  const slots = file.servers.map((_, slot) => slot);
  const lives = file.licenses.map(({ keyLifetime }) => keyLifetime);
  const charter: Charter = {
    file: {
      version: Math.max(1, file.version),
      hash: server.localFile!.hash,
      body: server.localFile!.body,
      members: slots,
      past: [],
    },
    oldMembers: null,
    stores: new Map(stores),
    hosts: new Map<Slot, Host>(file.servers.map(({ host }, slot) => [slot, host])),
    isForming: true,
    isInQuarantine: !server.founding.isFirstInstallation,
    // No clock but the founder's has been read: the first mark comes with `formed` [11.11].
    highWater: 0 as CivilTime,
    expired: new Set(),
    driftPpm: server.founding.driftPpm,
    longestLife: Math.max(server.founding.longestLife, ...lives) as Duration,
  };
  const image: StateImage = { position: { term, index: 1 }, charter, live: [], ended: NONE_ENDED };
  server.meta = metaOf({ ...server.meta, poolId: newPoolId(turn), slot: 0, isMember: true });
  turn.metaChanged();
  const register = registerFrom(image, null);
  assert(register !== null, 'a first state has no handles');
  server.register = register;
  turn.replaced();
  turn.note({ kind: 'founds', term });
  // The pool begins: there was no reign before this one whose time would have to be gone on from.
  server.reign = null;
  takeOffice(server, register, term, false, turn);
}

/** A random name for a pool, 1 … 2^52-1. */
export function newPoolId(turn: ServerTurn): PoolId {
  return Math.max(1, (turn.random() & 0xf_ffff) * 2 ** 32 + turn.random());
}

/** A store that holds the forming state which names it is a member. */
export function joinForming(server: Server, turn: ServerTurn): void {
  const { register, meta } = server;
  if (register === null || meta.isMember || !register.charter.isForming) return;
  if (register.charter.stores.get(meta.slot) !== meta.store) return;
  server.meta = metaOf({ ...meta, isMember: true, isRetired: false });
  turn.metaChanged();
}

/** While the pool is forming: true when it has to begin again, since somebody lost the store that it was formed with. */
export function mustFormAnew(membership: Membership, peer: Peer): boolean {
  // One that was never counted upon may come at any time [15.4].
  const store = membership.stores.get(peer.slot);
  return membership.isForming && store !== undefined && store !== peer.store;
}

/** When every store has acknowledged the forming state, the pool is formed, with the clocks of all of them read [14.8]. */
export function considerFormed(server: Server, leader: Leader, register: Register, turn: ServerTurn): void {
  const { charter, membership } = register;
  if (!charter.isForming) return;
  for (const slot of membership.stores.keys()) {
    const peer = leader.peers.get(slot)!;
    if (!peer.isMember || peer.acknowledged === 0 || peer.store !== membership.stores.get(slot)) return;
  }
  readPoolTime(server, leader, register, turn.now);
  if (!leader.poolClock.hasReadClocks) return;
  const mark = markAt(poolTimeAt(register, leader.poolClock, turn.now));
  propose(server, leader, [{ kind: 'formed', isInQuarantine: charter.isInQuarantine }, mark], turn);
  turn.note({ kind: 'formed', isInQuarantine: charter.isInQuarantine });
  kick(server, leader, turn);
}

/** All that clients may still hold from a pool whose disks were lost has run out [14.10]. */
export function endQuarantine(server: Server, leader: Leader, register: Register, turn: ServerTurn): void {
  const { charter } = register;
  if (!charter.isInQuarantine) return;
  const hold = holdOf(charter.longestLife, charter.driftPpm);
  if (elapsed(leader.activeAt, turn.now) <= hold) return;
  propose(server, leader, [{ kind: 'unquarantine' }], turn);
  turn.note({ kind: 'quarantine ended' });
  kick(server, leader, turn);
}
