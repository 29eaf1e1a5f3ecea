// What clients are answered [§6, §10]. Every answer that claims anything about the table waits for a round begun after
// the call arrived: a Leader that was deposed, paused or cut off can answer nothing.

import {
  type Code,
  HELLO,
  LS_INSUFFICIENTUNITS,
  LS_LICENSE_EXPIRED,
  LS_LICENSETERMINATED,
  LS_NOLICENSESAVAILABLE,
  LS_SUCCESS,
  MOVED,
  STALE,
  VLS_CALLING_ERROR,
  VLS_SERVER_SYNC_IN_PROGRESS,
} from '../codes.ts';
import type { ConnectionId, HandleId, LicenseKey, Position } from '../ids.ts';
import { holdOf } from '../lifetime.ts';
import type { Call } from '../message.ts';
import type { EndReason, LiveHandle, Operation } from '../state.ts';
import { type CivilTime, elapsed, type Instant, NO_DURATION, type Stamp } from '../time.ts';
import type { ServerTurn } from '../turn.ts';
import { answerAfterRound, answerNow, codeWhenNotLeading } from './answers.ts';
import { checkLicense, isExpired, lifetimeOf, stringsInForce, tokensOf } from './licensing.ts';
import { poolTimeAt } from './pool-clock.ts';
import { commitPoolTime, markAt, needsMark } from './pool-time.ts';
import { kick, propose } from './rounds.ts';
import { isFrozen, type Leader, leaderHint, type Register, type Server } from './state.ts';

export function onHello(server: Server, connection: ConnectionId, turn: ServerTurn): void {
  const isActive = server.role.kind === 'leader' && server.role.isActive;
  turn.answer(connection, {
    kind: 'hello-reply',
    term: server.role.kind === 'leader' && isActive ? server.role.term : 0,
    stamp: (isActive ? turn.now : 0) as number as Stamp,
    hint: leaderHint(server),
  });
}

export function onCall(server: Server, connection: ConnectionId, call: Call, turn: ServerTurn): void {
  const { role: leader, register } = server;
  if (leader.kind !== 'leader') {
    answerNow(server, connection, call, codeWhenNotLeading(server, call), turn);
    return;
  }
  if (!leader.isActive && call.call === 'update' && call.moved) {
    answerNow(server, connection, call, LS_INSUFFICIENTUNITS, turn);
    return;
  }
  if (!leader.isActive || register === null || isFull(server, leader, register, call)) {
    answerNow(server, connection, call, VLS_SERVER_SYNC_IN_PROGRESS, turn);
    return;
  }
  if (call.call === 'request') {
    if (call.units < 1) {
      answerNow(server, connection, call, VLS_CALLING_ERROR, turn);
      return;
    }
    if (!isFresh(server, leader, call, turn.now)) {
      answerNow(server, connection, call, HELLO, turn);
      return;
    }
  }
  if (isFrozen(leader)) {
    leader.held.push({ connection, call });
    return;
  }
  switch (call.call) {
    case 'request':
      onRequest(server, leader, register, connection, call, turn);
      break;
    case 'update':
      onUpdate(server, leader, register, connection, call, turn);
      break;
    case 'release':
      if (!register.table.ended.has(call.handle)) {
        // Also for a handle that is not known: the tombstone blocks its late request.
        const holder = register.table.live.get(call.handle)?.token;
        const position = propose(
          server,
          leader,
          [{ kind: 'end', handle: call.handle, reason: 'released' }],
          turn,
        );
        if (holder !== undefined) noteEnd(holder, 'released', position, turn);
      }
      answerAfterRound(server, leader, connection, call, LS_SUCCESS, NO_DURATION, null, turn);
      break;
    case 'status':
      answerAfterRound(
        server,
        leader,
        connection,
        call,
        LS_SUCCESS,
        NO_DURATION,
        tokensOf(register, call.key, poolTimeAt(register, leader.poolClock, turn.now)),
        turn,
      );
      break;
  }
}

/** First of all, since nothing has been changed yet: the refusal is definite [6.6]. */
function isFull(server: Server, leader: Leader, register: Register, call: Call): boolean {
  const { mostPending, mostTombstones } = server.settings;
  if (leader.pending.length - leader.pendingFrom >= mostPending || leader.held.length >= mostPending)
    return true;
  if (register.table.ended.size < mostTombstones || register.table.live.has(call.handle)) return false;
  // No room to remember one more end: nothing is granted, and no unknown handle is blocked; holders go on.
  return call.call === 'request' || call.call === 'release';
}

/** A request is bound to the reign and to its connection, so that a stray one cannot revive a forgotten handle [§5]. */
function isFresh(server: Server, leader: Leader, call: Call, now: Instant): boolean {
  if (call.term !== leader.term) return false;
  const age = elapsed(call.stamp as number as Instant, now);
  return age >= 0 && age <= server.settings.strayAge;
}

function onRequest(
  server: Server,
  leader: Leader,
  register: Register,
  connection: ConnectionId,
  call: Call,
  turn: ServerTurn,
): void {
  const { table } = register;
  const { key, units, handle, owner } = call;
  const poolTime = poolTimeAt(register, leader.poolClock, turn.now);
  const holding = table.live.get(handle);
  if (holding !== undefined) {
    if (holding.token.key !== key || holding.token.units !== units) {
      answerAfterRound(server, leader, connection, call, VLS_CALLING_ERROR, NO_DURATION, null, turn);
      return;
    }
    if (isExpired(register, key, poolTime)) {
      // Its hold is not prolonged, so the entry lapses by itself; its life tells the library that there is one to release [11.10].
      commitPoolTime(server, leader, register, turn);
      const { life } = holding.token;
      answerAfterRound(server, leader, connection, call, LS_LICENSE_EXPIRED, life, null, turn);
      return;
    }
    // A retry or a duplicate: the same token.
    table.hear(holding, turn.now);
    turn.note({ kind: 'granted again', handle });
    answerAfterRound(server, leader, connection, call, LS_SUCCESS, holding.token.life, null, turn);
    return;
  }
  if (register.charter.isInQuarantine && !table.ended.has(handle)) {
    answerNow(server, connection, call, VLS_SERVER_SYNC_IN_PROGRESS, turn);
    return;
  }
  const refusal = table.ended.has(handle)
    ? STALE
    : (leader.refused.get(handle)?.code ?? refusalOf(register, leader, key, units, poolTime));
  if (refusal !== null) {
    if (refusal === LS_LICENSE_EXPIRED) commitPoolTime(server, leader, register, turn);
    rememberRefusal(server, leader, handle, refusal, turn.now);
    turn.note({ kind: 'refused', handle, key, units, owner, code: refusal });
    answerAfterRound(server, leader, connection, call, refusal, NO_DURATION, null, turn);
    return;
  }
  const strings = stringsInForce(register, key, poolTime);
  const life = lifetimeOf(strings);
  const add: Operation = { kind: 'add', handle, key, units, owner, life };
  const operations = needsMark(register, strings) ? [markAt(poolTime), add] : [add];
  const position = propose(server, leader, operations, turn);
  table.hear(table.live.get(handle)!, turn.now);
  turn.note({ kind: 'granted', handle, key, units, owner, position });
  answerAfterRound(server, leader, connection, call, LS_SUCCESS, life, null, turn);
}

/** From the latest refusal on, not from the first: the sending that the client takes the answer of may be copied, too. */
function rememberRefusal(server: Server, leader: Leader, handle: HandleId, code: Code, now: Instant): void {
  const { refused } = leader;
  refused.delete(handle);
  refused.set(handle, { code, at: now });
  for (const [oldest, { at }] of refused) {
    if (elapsed(at, now) <= server.settings.strayAge) break;
    refused.delete(oldest);
  }
}

/** Why these units of this key cannot be granted now, or null when they can. */
function refusalOf(
  register: Register,
  leader: Leader,
  key: LicenseKey,
  units: number,
  poolTime: CivilTime,
): Code | null {
  const refusal = checkLicense(register, key, poolTime, leader.poolClock.isTampered);
  if (refusal !== null) return refusal;
  const { free } = tokensOf(register, key, poolTime);
  if (free === 0) return LS_NOLICENSESAVAILABLE;
  if (free < units) return LS_INSUFFICIENTUNITS;
  return null;
}

function onUpdate(
  server: Server,
  leader: Leader,
  register: Register,
  connection: ConnectionId,
  call: Call,
  turn: ServerTurn,
): void {
  const { table } = register;
  const holding = table.live.get(call.handle);
  if (holding === undefined && register.charter.isInQuarantine && !table.ended.has(call.handle)) {
    // Its table may have been lost with the disks; its holder goes on until its own deadline.
    answerNow(server, connection, call, VLS_SERVER_SYNC_IN_PROGRESS, turn);
    return;
  }
  if (holding === undefined) {
    answerAfterRound(server, leader, connection, call, LS_LICENSETERMINATED, NO_DURATION, null, turn);
    return;
  }
  if (call.units !== holding.token.units) {
    answerAfterRound(server, leader, connection, call, VLS_CALLING_ERROR, NO_DURATION, null, turn);
    return;
  }
  if (isExpired(register, holding.token.key, poolTimeAt(register, leader.poolClock, turn.now))) {
    commitPoolTime(server, leader, register, turn);
    // Not prolonged. A first one is sent on to a server that has no tokens; one that comes back here ends here [§10].
    const code = call.moved ? LS_LICENSE_EXPIRED : MOVED;
    answerAfterRound(server, leader, connection, call, code, NO_DURATION, null, turn);
    return;
  }
  turn.note({ kind: 'renewed', handle: call.handle, wasPrevious: !table.isMine(holding) });
  table.hear(holding, turn.now);
  answerAfterRound(server, leader, connection, call, LS_SUCCESS, holding.token.life, null, turn);
}

/** So many ends in one delta at most, so that any delta fits into a message; the rest lapses at the next tick. */
const MOST_LAPSES = 4096;

/** Takes back what was not heard of for its whole hold, in one delta [§6, §9]. */
export function lapse(server: Server, leader: Leader, register: Register, turn: ServerTurn): void {
  const { table, charter } = register;
  const operations: Operation[] = [];
  const holders: LiveHandle[] = [];
  for (const [life, queue] of table.lapseQueues) {
    const hold = holdOf(life, charter.driftPpm);
    // The queue is in the order in which this reign heard of its handles, so the first that stays ends the search.
    for (const holding of queue.values()) {
      if (operations.length === MOST_LAPSES) break;
      if (elapsed(table.heldSince(holding, leader.activeAt), turn.now) <= hold) break;
      operations.push({ kind: 'end', handle: holding.token.handle, reason: 'lapsed' });
      holders.push(holding.token);
    }
  }
  if (operations.length === 0) return;
  const position = propose(server, leader, operations, turn);
  for (const holder of holders) noteEnd(holder, 'lapsed', position, turn);
  kick(server, leader, turn);
}

/** Forgets tombstones that no stray request can outlive any more: one operation for any number of them [§5]. */
export function purge(server: Server, leader: Leader, register: Register, turn: ServerTurn): void {
  const { purgeInterval, tombstoneRetention } = server.settings;
  const { positionsAt } = leader;
  if (elapsed(positionsAt[positionsAt.length - 1]!.at, turn.now) < purgeInterval) return;
  positionsAt.push({ at: turn.now, position: register.position });
  let due = -1;
  while (due + 1 < positionsAt.length && elapsed(positionsAt[due + 1]!.at, turn.now) >= tombstoneRetention)
    due++;
  if (due < 0) return;
  // What ended at that position has been over for as long.
  const { term, index } = positionsAt[due]!.position;
  const before: Position = { term, index: index + 1 };
  positionsAt.splice(0, due);
  if (!register.table.hasEndedBefore(before)) return;
  propose(server, leader, [{ kind: 'purge', before }], turn);
  turn.note({ kind: 'purged', before });
  kick(server, leader, turn);
}

function noteEnd(holder: LiveHandle, reason: EndReason, position: Position, turn: ServerTurn): void {
  const { handle, key, units, owner } = holder;
  turn.note({ kind: 'ended', handle, key, units, owner, reason, position });
}
