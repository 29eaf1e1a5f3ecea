// What servers answer, and what it means for the handle and for the call [§10].

import {
  HELLO,
  LS_LICENSE_EXPIRED,
  LS_LICENSETERMINATED,
  LS_SUCCESS,
  MOVED,
  STALE,
  VLS_LEADER_NOT_PRESENT,
  VLS_MAJORITY_RULE_FAILURE,
  VLS_MSG_TO_LEADER,
  VLS_NO_SERVER_RESPONSE,
  VLS_REMOTE_UPDATE,
  VLS_SERVER_SYNC_IN_PROGRESS,
} from '../codes.ts';
import type { Answer, HelloReply } from '../message.ts';
import { elapsed, NO_DURATION } from '../time.ts';
import type { ClientTurn } from '../turn.ts';
import {
  ask,
  askNext,
  beginTask,
  endedByTime,
  followHint,
  kill,
  MOST_REDIRECTS,
  mayFollow,
  move,
  sendCall,
} from './asking.ts';
import {
  addHandle,
  disconnect,
  endTask,
  finishCall,
  forget,
  prolong,
  retryRenewal,
  type Sent,
  stopBelieving,
} from './handles.ts';
import type { Client, Handle, Task } from './state.ts';

export function onHelloReply(
  client: Client,
  handle: Handle,
  task: Task,
  message: HelloReply,
  turn: ClientTurn,
): void {
  handle.term = message.term;
  handle.stamp = message.stamp;
  handle.stampedAt = turn.now;
  if (task.phase !== 'hello') return;
  if (message.term === 0 && mayFollow(task, message.hint)) {
    followHint(client, handle, task, message.hint, turn);
    return;
  }
  if (endedByTime(client, handle, task, turn)) return;
  // Also to a server that does not lead: only its answer says what it sees [§10].
  sendCall(client, handle, task, turn);
}

export function onAnswer(client: Client, handle: Handle, task: Task, answer: Answer, turn: ClientTurn): void {
  const sent = handle.sent.get(answer.attempt);
  if (answer.handle !== handle.handle || answer.call !== task.call || sent === undefined) return;
  adoptServers(client, answer);
  if (answer.term !== 0) {
    handle.term = answer.term;
    handle.stamp = answer.stamp;
    handle.stampedAt = turn.now;
  }
  switch (answer.code) {
    case VLS_MSG_TO_LEADER:
      if (mayFollow(task, answer.hint)) followHint(client, handle, task, answer.hint, turn);
      else askNext(client, handle, task, VLS_LEADER_NOT_PRESENT, turn);
      return;
    case VLS_LEADER_NOT_PRESENT:
    case VLS_MAJORITY_RULE_FAILURE:
    case VLS_SERVER_SYNC_IN_PROGRESS:
      askNext(client, handle, task, answer.code, turn);
      return;
    case HELLO:
      task.redirects++;
      if (task.redirects > MOST_REDIRECTS) {
        askNext(client, handle, task, VLS_SERVER_SYNC_IN_PROGRESS, turn);
      } else {
        disconnect(client, handle, turn);
        ask(client, handle, task, turn);
      }
      return;
  }
  if (answer.code === MOVED) {
    if (task.call === 'update' && !task.isMoved) move(client, handle, task, turn);
    else askNext(client, handle, task, VLS_LEADER_NOT_PRESENT, turn);
    return;
  }
  // Who answers a moved update is the Leader only if it renews it.
  if (!task.isMoved || answer.code === LS_SUCCESS) {
    client.server = task.target;
    handle.server = task.target;
  }
  switch (task.call) {
    case 'request':
      onRequestAnswered(client, handle, task, answer, sent, turn);
      break;
    case 'update':
      onUpdateAnswered(client, handle, answer, sent, turn);
      break;
    case 'release':
      endTask(handle, answer.code, turn);
      forget(client, handle, turn);
      break;
    case 'status':
      endTask(handle, answer.code, turn, false, answer.tokens);
      forget(client, handle, turn);
      break;
  }
}

/** The failover list; only from an answer that does not know an older file than ours. */
function adoptServers(client: Client, answer: Answer): void {
  if (answer.servers.length === 0 || answer.fileVersion < client.fileVersion) return;
  client.servers = answer.servers;
  client.fileVersion = answer.fileVersion;
}

function onRequestAnswered(
  client: Client,
  handle: Handle,
  task: Task,
  answer: Answer,
  sent: Sent,
  turn: ClientTurn,
): void {
  const isTooLate = elapsed(sent.at, turn.now) >= answer.life;
  if (answer.code === LS_SUCCESS && !isTooLate) {
    handle.state = 'held';
    prolong(handle, answer.life, sent, turn);
    endTask(handle, LS_SUCCESS, turn);
    return;
  }
  if (answer.code !== STALE && answer.code !== LS_SUCCESS) {
    // With a life it speaks of a live handle: another sending, or a copy of this one, was granted before the license ended.
    const isLive = answer.code === LS_LICENSE_EXPIRED && answer.life !== NO_DURATION;
    if (isLive) handle.life = answer.life;
    endTask(handle, answer.code, turn, !isLive);
    kill(client, handle, isLive, turn);
    return;
  }
  // The handle ended while its request was being retried: not the application's concern, begin again with a new one.
  const { id, beganAt } = task;
  handle.task = null;
  kill(client, handle, answer.code === LS_SUCCESS, turn);
  if (elapsed(beganAt, turn.now) >= client.settings.callTimeout) {
    finishCall(id, VLS_NO_SERVER_RESPONSE, handle, false, null, turn);
    return;
  }
  const fresh = addHandle(client, handle.key, handle.units, turn);
  beginTask(client, fresh, 'request', id, turn);
  fresh.task = { ...fresh.task!, beganAt };
}

function onUpdateAnswered(
  client: Client,
  handle: Handle,
  answer: Answer,
  sent: Sent,
  turn: ClientTurn,
): void {
  if (answer.code === LS_SUCCESS) {
    handle.status = VLS_REMOTE_UPDATE;
    prolong(handle, answer.life, sent, turn);
    endTask(handle, LS_SUCCESS, turn);
    return;
  }
  if (answer.code === LS_LICENSETERMINATED) {
    endTask(handle, LS_LICENSETERMINATED, turn);
    stopBelieving(client, handle, 'terminated', turn);
    forget(client, handle, turn);
    return;
  }
  retryRenewal(client, handle, turn);
  endTask(handle, answer.code, turn);
}
