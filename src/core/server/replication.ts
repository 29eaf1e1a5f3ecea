// How a Leader's state reaches the others, and how it learns that a quorum has it [§6, §7]: the receiving ends of
// Append, its reply, and the parts of a state.

import { assert } from '../assert.ts';
import { comparePositions, type Host, isAtOrAfter, samePosition } from '../ids.ts';
import type { Append, AppendReply, StatePart } from '../message.ts';
import { elapsed, latest } from '../time.ts';
import type { ServerTurn } from '../turn.ts';
import { answerConfirmed } from './answers.ts';
import { evaluateVotes, voterAt } from './election.ts';
import { considerFormed, joinForming, mustFormAnew } from './formation.ts';
import { considerOffer, installFile } from './license-file.ts';
import { allTokens } from './licensing.ts';
import { continueChange } from './membership.ts';
import { discard } from './new-store.ts';
import { becomeFollower, noteReign, stepDown } from './office.ts';
import { poolTimeAt, readPoolTime } from './pool-clock.ts';
import { noteLoweredMark } from './pool-time.ts';
import { isPromisedTo, promise } from './promises.ts';
import { isQuorum } from './quorum.ts';
import { giveUp } from './re-formation.ts';
import { considerAdmission, isOfAnotherSlot, knowsItsPlace, takeNotice } from './readmission.ts';
import { reclaim } from './reclaim.ts';
import { heedWitnesses, wasRolledBack } from './restored-images.ts';
import { beginRound, bufferIndexAfter, committedFile, replyToAppend } from './rounds.ts';
import { considerSoftLimits } from './soft-limits.ts';
import {
  applyDelta,
  type Fetch,
  hostKnownAs,
  hostOf,
  type Leader,
  type Peer,
  type Register,
  registerFrom,
  resetElectionTimer,
  type Server,
} from './state.ts';
import { askForPart, beginFetch, imageFrom } from './transfer.ts';

export function onAppend(server: Server, message: Append, turn: ServerTurn): void {
  if (!knowsItsPlace(server, message, turn)) return;
  const { from, store, incarnation } = message.header;
  const { notice } = message;
  const host = notice?.leader ?? hostKnownAs(server, from);
  if (host === null) return;
  if (message.term < server.meta.promised) {
    turn.send(host, replyToAppend(server, message.term, message.round, false, turn));
    return;
  }
  if (message.term > server.meta.promised) {
    promise(server, message.term, { store, incarnation }, turn);
    if (server.role.kind === 'leader') stepDown(server, 'a higher term', turn);
  } else if (server.meta.promisedTo !== null && !isPromisedTo(server, message.term, message.header)) {
    return; // two owners of one term cannot be
  } else if (server.meta.promisedTo === null) {
    promise(server, message.term, { store, incarnation }, turn);
  }
  if (notice !== null && isOfAnotherSlot(server, notice, turn)) return;
  assert(server.role.kind !== 'leader', 'nobody else leads in the term that this server leads');
  const { register } = server;
  assert(
    register === null || message.term >= register.position.term,
    'what is stored was promised first [I11]',
  );
  follow(server, message, host, turn);
  if (heedWitnesses(server, message.witnessed, turn)) return;
  if (register !== null) {
    for (const delta of message.chain) {
      if (!samePosition(delta.base, register.position)) continue;
      const mark = register.charter.highWater;
      applyDelta(register, delta);
      turn.appended(delta);
      if (register.charter.highWater < mark) noteLoweredMark(register, mark, turn);
    }
  }
  joinForming(server, turn);
  const ok = register !== null && holds(register, message);
  if (ok && notice !== null && takeNotice(server, register, notice, turn)) return;
  if (ok) {
    installFile(server, register, message.fileVersion, turn);
    noteSettled(server, register, message.fileVersion, message.isSettled);
  }
  if (message.pull && !ok && server.fetch === null) beginFetch(server, from, message.term, null, turn);
  turn.send(host, replyToAppend(server, message.term, message.round, ok, turn));
}

/** No change of members is under way in the committed state that this server has. */
function noteSettled(server: Server, register: Register, confirmed: number, isSettled: boolean): void {
  const { version } = register.charter.file;
  server.settledFile =
    isSettled && confirmed === version && register.membership.oldMembers === null ? version : 0;
}

/** "I have the state that this round carried": only the Leader's own term counts. */
function holds(register: Register, message: Append): boolean {
  return register.position.term === message.term && register.position.index >= message.position.index;
}

function follow(server: Server, message: Append, host: Host, turn: ServerTurn): void {
  const { from } = message.header;
  const isNews = !server.isLed || server.reign?.term !== message.term;
  if (server.role.kind !== 'follower') server.role = { kind: 'follower' };
  if (server.fetch !== null && server.fetch.term !== message.term) server.fetch = null;
  // A timeout canvass is moot now; a hand-over canvass is about this very Leader.
  if (server.canvass !== null && server.canvass.forTerm !== message.term) server.canvass = null;
  server.leaderHeardAt = turn.now;
  server.isLed = true;
  server.hasYielded = false;
  server.sawMajority = null;
  server.lastAppend = message;
  server.leaderHost = host;
  noteReign(server, from, message.term, message.viaHandOver, turn.now);
  resetElectionTimer(server, turn.now);
  if (isNews) turn.note({ kind: 'follows', term: message.term, leader: from });
}

export function onAppendReply(server: Server, message: AppendReply, turn: ServerTurn): void {
  const { role: leader, register } = server;
  const { from, store, incarnation } = message.header;
  if (message.promised > server.meta.promised) {
    promise(server, message.promised, null, turn);
    if (leader.kind === 'leader') stepDown(server, 'a higher promise', turn);
    else becomeFollower(server, turn.now);
    return;
  }
  if (leader.kind !== 'leader' || register === null || message.term !== leader.term) return;
  const peer = leader.peers.get(from);
  if (peer === undefined) return;
  if (wasRolledBack(leader, register, message)) {
    discard(server, 'it is an older image', turn);
    return;
  }
  const { now } = turn;
  if (peer.store !== store) emptyPeer(peer, store);
  if (elapsed(peer.heardAt, now) > server.settings.electionTimeout || peer.incarnation !== incarnation) {
    peer.presentSince = now;
  }
  peer.heardAt = now;
  peer.incarnation = incarnation;
  peer.isMember = message.isMember;
  peer.isUnfit = message.isUnfit;
  peer.wallOffset = message.wall - Math.floor(now / 1000);
  peer.wallReadAt = now;
  if (mustFormAnew(register.membership, peer)) {
    stepDown(server, 'a store was lost while the pool formed', turn);
    return;
  }
  considerAdmission(server, leader, register, peer, turn);
  if (message.fileOffer !== null) considerOffer(server, leader, register, peer, message.fileOffer, turn);
  // One that takes nothing is not sent again what it has declined, before it says where it stands.
  if (message.isUnfit) return;
  if (!message.ok) {
    peer.sentUpTo =
      message.position !== null && bufferIndexAfter(leader, message.position) >= 0 ? message.position : null;
    return;
  }
  if (peer.position === null || isAtOrAfter(message.position, peer.position))
    peer.position = message.position;
  server.loans.delete(from);
  // It has fetched: from here on deltas will do.
  if (peer.sentUpTo === null) peer.sentUpTo = message.position;
  if (!message.isMember) return;
  if (message.round > peer.acknowledged) peer.acknowledged = message.round;
  considerFormed(server, leader, register, turn);
  confirmRounds(server, leader, turn);
}

/** A new, blank store must not inherit what the old one acknowledged. */
function emptyPeer(peer: Peer, store: number): void {
  peer.store = store;
  peer.isMember = false;
  peer.position = null;
  peer.acknowledged = 0;
  peer.sentUpTo = null;
}

/** Finds the highest round that a quorum of the state which it carried has acknowledged. */
function confirmRounds(server: Server, leader: Leader, turn: ServerTurn): void {
  const { rounds, peers } = leader;
  const { tally } = server;
  for (let i = rounds.length - 1; i >= 0; i--) {
    const round = rounds[i]!;
    if (round.number <= leader.confirmedRound) return;
    for (const peer of peers.values()) {
      const counts = peer.isMember && peer.store === round.membership.stores.get(peer.slot);
      tally[peer.slot] = counts && peer.acknowledged >= round.number ? 1 : 0;
    }
    if (isQuorum(round.membership, tally)) {
      for (let dropped = 0; dropped < i; dropped++) rounds.shift();
      onConfirmed(server, leader, round.number, turn);
      return;
    }
  }
}

function onConfirmed(server: Server, leader: Leader, number: number, turn: ServerTurn): void {
  const register = server.register!;
  leader.confirmedRound = number;
  leader.lastQuorumAt = latest(leader.lastQuorumAt, leader.rounds[0]!.beganAt);
  leader.roundTrip = elapsed(leader.rounds[0]!.beganAt, turn.now);
  if (!leader.isActive && !leader.rounds[0]!.membership.isForming) activate(server, leader, register, turn);
  const { membership } = leader.rounds[0]!;
  const fileVersion = committedFile(membership);
  installFile(server, register, fileVersion, turn);
  noteSettled(server, register, fileVersion, membership.oldMembers === null);
  if (leader.isActive) continueChange(server, leader, register, turn);
  answerConfirmed(server, leader, turn);
  if (leader.needsRound && leader.confirmedRound === leader.round) beginRound(server, leader, turn);
  else if (leader.handOver?.phase === 'freeze') reclaim(server, leader, turn);
}

/** It serves from here on. Every lifetime starts afresh, everything out counts as issued by the previous Leader [§9]. */
function activate(server: Server, leader: Leader, register: Register, turn: ServerTurn): void {
  leader.isActive = true;
  leader.activeAt = turn.now;
  readPoolTime(server, leader, register, turn.now);
  leader.positionsAt = [{ at: turn.now, position: register.position }];
  register.table.startReign(leader.term);
  turn.note({
    kind: 'took over',
    term: leader.term,
    viaHandOver: leader.viaHandOver,
    tokens: allTokens(register, poolTimeAt(register, leader.poolClock, turn.now)),
  });
  considerSoftLimits(leader, register, turn);
}

/** A part that does not come is asked for again; a voter that is silent for too long is replaced, or the election ends. */
export function nurseFetch(server: Server, isStale: boolean, turn: ServerTurn): void {
  const fetch = server.fetch!;
  if (isStale) {
    const { role } = server;
    if (role.kind !== 'candidate' || fetch.position === null) {
      server.fetch = null; // the Leader's next Append says again that it is needed
      return;
    }
    server.silentLender = fetch.from;
    role.silentLenders.push(fetch.from);
    const other = voterAt(role, fetch.position, null);
    if (other === null) {
      giveUp(role, turn);
      becomeFollower(server, turn.now);
    } else {
      resetElectionTimer(server, turn.now);
      beginFetch(server, other, fetch.term, fetch.position, turn);
    }
    return;
  }
  if (elapsed(fetch.askedAt, turn.now) >= server.settings.heartbeatInterval) askForPart(server, turn);
}

export function onStatePart(server: Server, message: StatePart, turn: ServerTurn): void {
  const { fetch } = server;
  if (fetch === null || message.header.from !== fetch.from || message.term !== fetch.term) return;
  if (message.part !== fetch.parts.length) return;
  if (message.part === 0) {
    if (message.charter === null) return;
    if (fetch.position !== null && !samePosition(fetch.position, message.position)) return;
    fetch.position = message.position;
  } else if (!samePosition(fetch.position, message.position) || message.parts !== fetch.parts[0]!.parts) {
    return;
  }
  fetch.parts.push(message);
  fetch.answeredAt = turn.now;
  const { role } = server;
  // An election may take as long as its state takes to come, as long as it keeps coming.
  if (role.kind === 'candidate') resetElectionTimer(server, turn.now);
  if (fetch.parts.length < message.parts) {
    askForPart(server, turn);
    return;
  }
  finishFetch(server, fetch, turn);
}

/** Replaces state and position in one step; until here the server has its old ones [§7]. */
function finishFetch(server: Server, { from, parts }: Fetch, turn: ServerTurn): void {
  const { register, role } = server;
  const { position } = parts[0]!;
  server.fetch = null;
  if (register === null || comparePositions(register.position, position) < 0) {
    const image = imageFrom(parts);
    const fetched = image === null ? null : registerFrom(image, register?.catalog ?? null);
    if (fetched === null) {
      turn.note({ kind: 'state refused', from, position });
      return;
    }
    server.register = fetched;
    turn.replaced();
    turn.note({ kind: 'state fetched', from, position });
  }
  if (role.kind === 'candidate') {
    evaluateVotes(server, role, turn);
    return;
  }
  joinForming(server, turn);
  const { lastAppend } = server;
  if (lastAppend === null) return;
  const held = holds(server.register!, lastAppend);
  turn.send(
    hostOf(server.register!, from),
    replyToAppend(server, lastAppend.term, lastAppend.round, held, turn),
  );
}
