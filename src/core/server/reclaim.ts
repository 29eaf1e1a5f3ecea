// How leadership goes back to a more preferred server [§8]: trial (could it win?), freeze (hold what arrives until it has
// everything), hand-over (with the Leader's consent). Run by the incumbent, which knows who is caught up and reachable.

import { isAtOrAfter, samePosition } from '../ids.ts';
import type { Ready, TakeOver, Trial } from '../message.ts';
import { type Duration, earlier, elapsed, type Instant, later, latest } from '../time.ts';
import type { ServerTurn } from '../turn.ts';
import { canvass, stand } from './election.ts';
import { stableFor, stepDown } from './office.ts';
import { rankOf } from './quorum.ts';
import { kick } from './rounds.ts';
import { onCall } from './serving.ts';
import {
  type HandOver,
  headerOf,
  hostOf,
  type Leader,
  type Peer,
  type Register,
  recordOf,
  type Server,
} from './state.ts';

/** On each tick of an active Leader and, while it freezes, on each confirmed round. */
export function reclaim(server: Server, leader: Leader, turn: ServerTurn): void {
  if (leader.handOver === null) beginTrial(server, leader, turn);
  else continueHandOver(server, leader, leader.handOver, turn);
}

function beginTrial(server: Server, leader: Leader, turn: ServerTurn): void {
  const { settings, meta } = server;
  const register = server.register!;
  const { members } = register.membership;
  if (!isSettled(leader, register)) return;
  const { now } = turn;
  const own = rankOf(members, meta.slot);
  for (let rank = 0; rank < own; rank++) {
    const slot = members[rank]!;
    const peer = leader.peers.get(slot);
    if (peer === undefined || peer.heardAt <= earlier(now, (3 * settings.heartbeatInterval) as Duration))
      continue;
    const readyAt = latest(
      later(peer.presentSince, stableFor(server, slot)),
      recordOf(server, slot).nextTryAt,
    );
    // In a long back-off: it must not block the next best. Soon ready: better one hand-over than a cascade.
    if (elapsed(now, readyAt) > settings.handOverWait) continue;
    if (now < readyAt) return;
    if (!couldLead(leader, register, peer)) {
      // It hears heartbeats; if it still gets no state, it had its chance and must not block the rest.
      if (elapsed(readyAt, now) > settings.handOverWait) continue;
      return;
    }
    tryOut(server, leader, peer, turn);
    return;
  }
}

/** Asks that server whether it could lead. */
export function tryOut(server: Server, leader: Leader, { slot, host }: Peer, turn: ServerTurn): void {
  leader.handOver = { to: slot, phase: 'trial', phaseBegan: turn.now, takeOverSentAt: 0 as Instant };
  turn.note({ kind: 'trial', of: slot });
  turn.send(host, { kind: 'trial', header: headerOf(server), term: leader.term });
}

/** Whether it has all that a successor needs [8.6]. */
export function couldLead(leader: Leader, register: Register, peer: Peer): boolean {
  return (
    peer.isMember &&
    !peer.isUnfit &&
    isAtOrAfter(peer.position, leader.rounds[0]!.position) &&
    register.membership.stores.get(peer.slot) === peer.store
  );
}

/** While an admission or a change is unconfirmed the pool has other things to settle [8.1]. */
export function isSettled(leader: Leader, { membership }: Register): boolean {
  return (
    leader.rounds[0]!.membership.stores === membership.stores &&
    leader.change === null &&
    membership.oldMembers === null
  );
}

function continueHandOver(server: Server, leader: Leader, handOver: HandOver, turn: ServerTurn): void {
  const { settings } = server;
  const register = server.register!;
  const { now } = turn;
  // A phase takes round trips: over slow links no hand-over away from this Leader would ever succeed otherwise.
  if (elapsed(handOver.phaseBegan, now) > settings.handOverTimeout + 2 * leader.roundTrip) {
    giveUpHandOver(server, leader, handOver, turn);
    return;
  }
  if (handOver.phase === 'freeze') {
    const peer = leader.peers.get(handOver.to)!;
    // By the position and not by the round's number: heartbeats begin rounds faster than a slow link confirms them.
    const confirmed = leader.rounds[0]!.position;
    if (!samePosition(confirmed, register.position) || !samePosition(peer.position, register.position))
      return;
    // Behind a slow disk it would leave when the hand-over is given up, or the office.
    if (!samePosition(server.durablePosition, register.position)) return;
    handOver.phase = 'sent';
    handOver.phaseBegan = now;
    sendTakeOver(server, leader, handOver, turn);
    turn.note({ kind: 'hand-over sent', to: handOver.to, position: register.position });
  } else if (
    handOver.phase === 'sent' &&
    elapsed(handOver.takeOverSentAt, now) >= settings.heartbeatInterval
  ) {
    sendTakeOver(server, leader, handOver, turn);
  }
}

function sendTakeOver(server: Server, leader: Leader, handOver: HandOver, turn: ServerTurn): void {
  const register = server.register!;
  handOver.takeOverSentAt = turn.now;
  turn.send(hostOf(register, handOver.to), {
    kind: 'take-over',
    header: headerOf(server),
    term: leader.term,
    position: register.position,
  });
}

/**
 * A missed trial froze nothing, so it is retried soon and linearly; a failed freeze costs an exponential back-off.
 * Going on in the same term is safe: if the other does win later, no round of this term is confirmed any more.
 */
function giveUpHandOver(server: Server, leader: Leader, handOver: HandOver, turn: ServerTurn): void {
  const { settings } = server;
  if (server.standsBack) {
    leader.handOver = null;
    turn.note({ kind: 'hand-over aborted', to: handOver.to });
    stepDown(server, 'an operator told it to', turn);
    return;
  }
  const record = recordOf(server, handOver.to);
  leader.handOver = null;
  if (handOver.phase === 'trial') {
    record.missedTrials++;
    record.nextTryAt = later(turn.now, (settings.trialPause * Math.min(record.missedTrials, 4)) as Duration);
    turn.note({ kind: 'trial missed', of: handOver.to });
    return;
  }
  record.failures = Math.min(5, record.failures + 1);
  record.nextTryAt = later(turn.now, stableFor(server, handOver.to));
  turn.note({ kind: 'hand-over aborted', to: handOver.to });
  const { held } = leader;
  leader.held = [];
  for (const { connection, call } of held) onCall(server, connection, call, turn);
}

/** "Could you lead?" It asks everybody, by the authority of the Leader that asked it. */
export function onTrial(server: Server, message: Trial, turn: ServerTurn): void {
  const { register, reign, role, meta } = server;
  if (register === null || role.kind !== 'follower' || !meta.isMember || !server.isLed) return;
  if (server.standsBack) return;
  if (reign?.term !== message.term || reign.leader !== message.header.from) return;
  canvass(server, register, 'hand-over', message.term, turn);
}

export function onReady(server: Server, message: Ready, turn: ServerTurn): void {
  const { role: leader } = server;
  if (leader.kind !== 'leader' || message.term !== leader.term) return;
  const { handOver } = leader;
  if (handOver === null || handOver.to !== message.header.from || handOver.phase !== 'trial') return;
  handOver.phase = 'freeze';
  handOver.phaseBegan = turn.now;
  recordOf(server, handOver.to).missedTrials = 0;
  turn.note({ kind: 'froze', for: handOver.to });
  kick(server, leader, turn);
}

export function onTakeOver(server: Server, message: TakeOver, turn: ServerTurn): void {
  const { register, reign, role, meta } = server;
  if (register === null || role.kind !== 'follower' || !meta.isMember) return;
  if (meta.promised !== message.term || reign?.term !== message.term) return;
  // A late copy of an aborted hand-over must not let it stand with a state that is no longer the Leader's [8.9].
  if (!samePosition(register.position, message.position)) return;
  stand(server, register, message.term, turn);
}
