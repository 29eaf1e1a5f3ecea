// A Leader's rounds [§6]: it makes states, keeps their deltas for those who lag, and broadcasts. One broadcast is
// heartbeat, replication and, once a quorum has acknowledged it, proof of leadership.

import { type Host, type Position, type Slot, type StoreId, samePosition, type Term } from '../ids.ts';
import type { Append, AppendReply, PlaceNotice } from '../message.ts';
import type { Delta, Membership, Operation } from '../state.ts';
import { type Duration, earlier, type Instant, NO_DURATION } from '../time.ts';
import type { ServerTurn } from '../turn.ts';
import { newPoolClock } from './pool-clock.ts';
import { everybody } from './quorum.ts';
import { considerSoftLimits } from './soft-limits.ts';
import { applyDelta, headerOf, hostOf, type Leader, type Peer, type Register, type Server } from './state.ts';
import { witnessesToTell } from './witnesses.ts';

/** The longest that deltas are kept for followers that lag [§6]. */
const BUFFER_FOR = 10_000_000 as Duration;

const NO_DELTAS: readonly Delta[] = Object.freeze([]);

/** So many operations in one Append at most; a follower that lags by more gets the rest after its next reply. */
const MOST_OPERATIONS = 8192;

export function newPeer(slot: Slot, host: Host, store: StoreId, now: Instant): Peer {
  return {
    slot,
    host,
    heardAt: now,
    presentSince: now,
    incarnation: 0,
    store,
    isMember: false,
    isUnfit: false,
    position: null,
    wallOffset: 0,
    wallReadAt: null,
    acknowledged: 0,
    sentUpTo: null,
  };
}

export function newLeader(
  register: Register,
  term: Term,
  viaHandOver: boolean,
  opening: Delta,
  takesClocksAsTheyAre: boolean,
  now: Instant,
): Leader {
  const peers = new Map<Slot, Peer>();
  for (const slot of everybody(register.membership)) {
    const peer = newPeer(slot, hostOf(register, slot), register.charter.stores.get(slot) ?? 0, now);
    // Most voters stand at the adopted position: they can take the opening delta in the first round.
    peer.sentUpTo = opening.base;
    peers.set(slot, peer);
  }
  return {
    kind: 'leader',
    term,
    viaHandOver,
    isActive: false,
    activeAt: now,
    round: 0,
    confirmedRound: 0,
    rounds: [],
    peers,
    buffer: [opening],
    bufferedAt: [now],
    pending: [],
    pendingFrom: 0,
    held: [],
    refused: new Map(),
    lastQuorumAt: now,
    roundTrip: NO_DURATION,
    lastHeartbeatAt: now,
    lastTickAt: now,
    needsRound: false,
    witnessesDueAt: now,
    handOver: null,
    fileFetch: null,
    change: null,
    leavers: [],
    refusedFiles: new Set(),
    poolClock: newPoolClock(register, takesClocksAsTheyAre, now),
    aboveSoftLimit: new Set(),
    positionsAt: [],
  };
}

/** Makes the next state of the pool: applies it here at once and keeps it for the next round. */
export function propose(
  server: Server,
  leader: Leader,
  operations: readonly Operation[],
  turn: ServerTurn,
): Position {
  const register = server.register!;
  const base = register.position;
  const delta: Delta = { base, position: { term: leader.term, index: base.index + 1 }, operations };
  applyDelta(register, delta);
  leader.buffer.push(delta);
  leader.bufferedAt.push(turn.now);
  trimBuffer(server, leader, turn.now);
  turn.appended(delta);
  if (leader.isActive) considerSoftLimits(leader, register, turn);
  return delta.position;
}

function trimBuffer(server: Server, leader: Leader, now: Instant): void {
  // While somebody pulls a state, what follows that state is kept, or the pull would have been for nothing.
  const most = server.settings.mostDeltas;
  let drop = Math.max(0, leader.buffer.length - (server.loans.size === 0 ? most : 16 * most));
  if (server.loans.size === 0) {
    const oldest = earlier(now, BUFFER_FOR);
    while (drop < leader.buffer.length - 1 && leader.bufferedAt[drop]! < oldest) drop++;
  }
  // Dropping moves the whole array, so it is done in large steps.
  if (drop < 64 || drop < leader.buffer.length / 4) return;
  leader.buffer.splice(0, drop);
  leader.bufferedAt.splice(0, drop);
}

/** Index in the buffer of the delta that follows `position`; buffer.length at the Leader's own, -1 when it is not there. */
export function bufferIndexAfter(leader: Leader, position: Position): number {
  const first = leader.buffer[0]!;
  if (samePosition(first.base, position)) return 0;
  if (position.term !== leader.term) return -1;
  const index = position.index - first.base.index;
  return index >= 1 && index <= leader.buffer.length ? index : -1;
}

/** Begins a round if none is under way, else sees to it that one follows [§6]. */
export function kick(server: Server, leader: Leader, turn: ServerTurn): void {
  if (leader.confirmedRound === leader.round) beginRound(server, leader, turn);
  else leader.needsRound = true;
}

/** Where the chain that begins at `from` ends in the buffer: with the last delta, or when the message is full. */
function endOfChain(leader: Leader, from: number): number {
  let operations = 0;
  let end = from;
  while (end < leader.buffer.length && operations < MOST_OPERATIONS) {
    const delta = leader.buffer[end++]!;
    // With a license file in it a message has room for no second one.
    operations += delta.operations[0]?.kind === 'file' ? MOST_OPERATIONS : delta.operations.length;
  }
  return end;
}

/** One broadcast: heartbeat, replication and proof of leadership in one. */
export function beginRound(server: Server, leader: Leader, turn: ServerTurn): void {
  const register = server.register!;
  const now = turn.now;
  leader.round++;
  leader.lastHeartbeatAt = now;
  leader.needsRound = false;
  leader.rounds.push({
    number: leader.round,
    beganAt: now,
    position: register.position,
    membership: register.membership,
  });
  // An Append may leave before this server's own sync, so it may only speak of what is known to be on its disk [§3].
  const header = headerOf(server, server.durablePosition);
  const silentSince = earlier(now, (3 * server.settings.heartbeatInterval) as Duration);
  const confirmed = leader.confirmedRound === 0 ? null : leader.rounds[0]!.membership;
  const fileVersion = confirmed === null ? 0 : committedFile(confirmed);
  const isSettled = confirmed !== null && confirmed.oldMembers === null;
  const witnessed = witnessesToTell(server, leader, now);
  let last: Append | null = null;
  let lastFrom = -2;
  for (const peer of leader.peers.values()) {
    if (peer.slot === server.meta.slot) continue;
    let from = leader.buffer.length;
    let pull = false;
    // A peer that is not heard gets empty heartbeats: sending it everything again and again helps nobody.
    if (peer.heardAt > silentSince) {
      from = peer.sentUpTo === null ? -1 : bufferIndexAfter(leader, peer.sentUpTo);
      if (from < 0) {
        pull = true;
        peer.sentUpTo = null;
      } else if (from < leader.buffer.length) {
        peer.sentUpTo = leader.buffer[endOfChain(leader, from) - 1]!.position;
      }
    }
    const notice = noticeFor(server, leader, peer, peer.heardAt <= silentSince);
    if (last === null || lastFrom !== from || notice !== null || last.notice !== null) {
      last = {
        kind: 'append',
        header,
        term: leader.term,
        round: leader.round,
        position: register.position,
        chain:
          from < 0 || from === leader.buffer.length
            ? NO_DELTAS
            : leader.buffer.slice(from, endOfChain(leader, from)),
        pull,
        viaHandOver: leader.viaHandOver,
        fileVersion,
        isSettled,
        notice,
        witnessed,
      };
      lastFrom = from;
    }
    turn.sendEarly(peer.host, last);
  }
  // Its own acknowledgement waits for its own disk like everybody's.
  turn.send(server.host, replyToAppend(server, leader.term, leader.round, true, turn));
}

/** The version in force as of that membership; nothing is in force before the pool is formed [14.8]. */
export function committedFile({ isForming, fileVersion }: Membership): number {
  return isForming ? 0 : fileVersion;
}

/** Only for whom it may be news, which includes whoever fell silent; everybody else gets one and the same message. */
function noticeFor(server: Server, leader: Leader, peer: Peer, isSilent: boolean): PlaceNotice | null {
  const confirmed = leader.confirmedRound === 0 ? null : leader.rounds[0]!.membership;
  const admitted = confirmed?.stores.get(peer.slot) ?? 0;
  const counting = server.register!.membership.stores.get(peer.slot);
  if (!isSilent && peer.isMember && peer.store === counting && admitted === counting) return null;
  return { slot: peer.slot, host: peer.host, admitted, leader: server.host };
}

export function replyToAppend(
  server: Server,
  term: Term,
  round: number,
  ok: boolean,
  turn: ServerTurn,
): AppendReply {
  return {
    kind: 'append-reply',
    header: headerOf(server),
    term,
    round,
    ok,
    position: server.register?.position ?? null,
    promised: server.meta.promised,
    isMember: server.meta.isMember,
    wall: turn.wall,
    isUnfit: false,
    fileOffer: server.fileOffer,
  };
}
