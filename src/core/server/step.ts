// One server as a pure state machine: every way in. Each step mutates the state and collects effects on the turn.

import type { ConnectionId, Position } from '../ids.ts';
import type { ClientMessage, GiveOrder, Order, OrderOutcome, ServerMessage } from '../message.ts';
import type { Meta } from '../state.ts';
import { earlier, earliest, elapsed, type Instant, later } from '../time.ts';
import type { ServerTurn } from '../turn.ts';
import { checkServer } from './check.ts';
import { onElectionTimeout, onPrepare, onPreVote, onPreVoteReply, onReject, onVote } from './election.ts';
import {
  becomeFit,
  becomeUnfit,
  declineAppend,
  declineClient,
  isDiskStuck,
  takesNothing,
} from './fitness.ts';
import { endQuarantine, onForm, onFormVote } from './formation.ts';
import { nurseFileFetch, onFilePart, onFileRequest } from './license-file.ts';
import { continueChange } from './membership.ts';
import { stepDown } from './office.ts';
import { isFreshOrder, obey } from './orders.ts';
import { onGone } from './outsiders.ts';
import { readPoolTime } from './pool-clock.ts';
import { commitPoolTime } from './pool-time.ts';
import { isPromisedTo } from './promises.ts';
import { onPromiseToReForm, onReForm } from './re-formation.ts';
import { onReady, onTakeOver, onTrial, reclaim } from './reclaim.ts';
import { nurseFetch, onAppend, onAppendReply, onStatePart } from './replication.ts';
import { admitsLoss } from './restored-images.ts';
import { beginRound } from './rounds.ts';
import { lapse, onCall, onHello, purge } from './serving.ts';
import { type Candidate, headerOf, isFrozen, type Leader, type Server } from './state.ts';
import { isFetchStale, onStateRequest } from './transfer.ts';
import { isCredible } from './witnesses.ts';

/** A message of another server, or of this one to itself. */
export function stepOnMessage(server: Server, message: ServerMessage, turn: ServerTurn): void {
  if (message.header.poolId !== server.meta.poolId && !isForWhoeverHasNoPool(server, message)) return;
  // A charge is judged by what it says, whoever brings it: two servers that both were set back must not silence each other.
  if (message.kind !== 'lost' && !isCredible(server, message.header, turn)) return;
  if (takesNothing(server)) {
    if (message.kind === 'append') declineAppend(server, message, turn);
    return;
  }
  switch (message.kind) {
    case 'pre-vote':
      onPreVote(server, message, turn);
      break;
    case 'pre-vote-reply':
      onPreVoteReply(server, message, turn);
      break;
    case 'prepare':
      onPrepare(server, message, turn);
      break;
    case 'vote':
      onVote(server, message, turn);
      break;
    case 'reject':
      onReject(server, message, turn);
      break;
    case 'state-request':
      onStateRequest(server, message, turn);
      break;
    case 'state-part':
      onStatePart(server, message, turn);
      break;
    case 'append':
      onAppend(server, message, turn);
      break;
    case 'append-reply':
      onAppendReply(server, message, turn);
      break;
    case 'file-request':
      onFileRequest(server, message, turn);
      break;
    case 'file-part':
      onFilePart(server, message, turn);
      break;
    case 'gone':
      onGone(server, message, turn);
      break;
    case 'trial':
      onTrial(server, message, turn);
      break;
    case 'ready':
      onReady(server, message, turn);
      break;
    case 'take-over':
      onTakeOver(server, message, turn);
      break;
    case 'form':
      onForm(server, message, turn);
      break;
    case 'form-vote':
      onFormVote(server, message, turn);
      onPromiseToReForm(server, message, turn);
      break;
    case 're-form':
      onReForm(server, message, turn);
      break;
    case 'lost':
      admitsLoss(server, message.witness, turn);
      break;
  }
  checkServer(server);
}

/**
 * A blank server takes its pool from the first append that tells it its place [14.2]; any other one takes another pool from
 * the founder that it promised that very term, and from nobody else [14.8, 14.11]. A formation asks whoever is there.
 */
function isForWhoeverHasNoPool(server: Server, message: ServerMessage): boolean {
  const { kind, header } = message;
  if (kind === 'append') {
    return server.meta.poolId === 0 || isPromisedTo(server, message.term, header);
  }
  if (kind === 'form' || kind === 'form-vote' || kind === 're-form') return true;
  const { role } = server;
  return (
    kind === 'reject' && (role.kind === 'founder' || (role.kind === 'candidate' && role.reformation !== null))
  );
}

/** A client's message on one of its connections. */
export function stepOnClient(
  server: Server,
  connection: ConnectionId,
  message: ClientMessage,
  turn: ServerTurn,
): void {
  if (takesNothing(server)) declineClient(server, connection, message, turn);
  else if (message.kind === 'hello') onHello(server, connection, turn);
  else onCall(server, connection, message, turn);
  checkServer(server);
}

export function stepOnOrder(server: Server, order: Order, turn: ServerTurn): OrderOutcome {
  const outcome = obey(server, order, turn);
  checkServer(server);
  return outcome;
}

/** The same, given over a connection, where it may have been on its way for any time. */
export function stepOnOrderGiven(server: Server, given: GiveOrder, turn: ServerTurn): OrderOutcome {
  return isFreshOrder(server, given, turn.now) ? stepOnOrder(server, given.order, turn) : 'not fresh';
}

/** A batch of writes is under way from now on. */
export function stepOnHanded(server: Server, turn: ServerTurn): void {
  server.syncingSince = turn.now;
}

/** That batch is done: everything up to `position`, and `meta`, are known to be on this server's own disk. */
export function stepOnSynced(server: Server, position: Position | null, meta: Meta, turn: ServerTurn): void {
  server.durablePosition = position;
  server.durableMeta = meta;
  server.syncingSince = null;
  if (server.isUnfit) becomeFit(server, turn);
}

/** That batch found no room on the disk. It stays under way: it is tried again. */
export function stepOnNoRoom(server: Server, turn: ServerTurn): void {
  becomeUnfit(server, turn);
}

/** The local clock reached the instant that `nextWakeOf` gave, or passed it. */
export function stepOnWake(server: Server, turn: ServerTurn): void {
  const { role } = server;
  switch (role.kind) {
    case 'leader':
      onLeaderTick(server, role, turn);
      break;
    case 'candidate':
      // A lender that fell silent is replaced before the election itself is given up, also when both are due at once [7.34].
      if (turn.now >= server.electionDueAt && !isFetchStale(server, turn.now))
        onElectionTimeout(server, turn);
      else onCandidateTick(server, role, turn);
      break;
    case 'founder':
    case 'follower':
      if (turn.now >= server.electionDueAt) onElectionTimeout(server, turn);
      else if (server.fetch !== null) nurseFetch(server, isFetchStale(server, turn.now), turn);
      break;
  }
  checkServer(server);
}

function onLeaderTick(server: Server, leader: Leader, turn: ServerTurn): void {
  const { settings } = server;
  leader.lastTickAt = turn.now;
  if (leader.lastQuorumAt < earlier(turn.now, settings.quorumTimeout)) {
    stepDown(server, 'no confirmed round', turn);
    return;
  }
  if (isDiskStuck(server, turn.now)) {
    stepDown(server, 'its own disk is too slow', turn);
    return;
  }
  if (leader.isActive) {
    const register = server.register!;
    if (!isFrozen(leader)) {
      readPoolTime(server, leader, register, turn.now);
      commitPoolTime(server, leader, register, turn);
      lapse(server, leader, register, turn);
      purge(server, leader, register, turn);
      endQuarantine(server, leader, register, turn);
    }
    reclaim(server, leader, turn);
    // Ordered to stand down, and nobody took over [8.18].
    if (server.role !== leader) return;
    nurseFileFetch(server, leader, turn);
    continueChange(server, leader, server.register!, turn);
  }
  if (elapsed(leader.lastHeartbeatAt, turn.now) >= settings.heartbeatInterval)
    beginRound(server, leader, turn);
}

/** While a state comes part by part, voters are reminded that the candidate is alive [§7]. */
function onCandidateTick(server: Server, candidate: Candidate, turn: ServerTurn): void {
  if (server.fetch === null) return;
  if (elapsed(candidate.preparedAt, turn.now) >= server.settings.heartbeatInterval) {
    candidate.preparedAt = turn.now;
    const register = server.register!;
    for (const slot of candidate.asked) {
      if (slot === server.meta.slot) continue;
      const host = register.charter.hosts.get(slot);
      if (host !== undefined) turn.send(host, { ...candidate.prepare, header: headerOf(server) });
    }
  }
  nurseFetch(server, isFetchStale(server, turn.now), turn);
}

/** When this server wants to be woken next. */
export function nextWakeOf(server: Server): Instant {
  const { role, settings } = server;
  if (role.kind === 'leader')
    return later(earliest(role.lastHeartbeatAt, role.lastTickAt), settings.heartbeatInterval);
  if (server.fetch === null) return server.electionDueAt;
  // Parts may come faster than heartbeats; the voters must be reminded all the same [7.35].
  const since =
    role.kind === 'candidate' ? earliest(server.fetch.askedAt, role.preparedAt) : server.fetch.askedAt;
  return earliest(server.electionDueAt, later(since, settings.heartbeatInterval));
}
