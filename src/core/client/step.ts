// The client library as a pure state machine [§10]: the application's calls, answers, and its own clock come in; messages
// and outcomes go out. It never moves its own deadline for an update that no server answered.

import {
  type Code,
  LS_BADHANDLE,
  VLS_CALLING_ERROR,
  VLS_NO_SERVER_RESPONSE,
  VLS_NO_UPDATES_SO_FAR,
} from '../codes.ts';
import type { ConnectionId, HandleId } from '../ids.ts';
import type { ReplyToClient } from '../message.ts';
import { earliest, type Instant, NEVER } from '../time.ts';
import type { ClientTurn } from '../turn.ts';
import { onAnswer, onHelloReply } from './answers.ts';
import { beginPass, beginTask, onSilence } from './asking.ts';
import { addHandle, endTask, forget, planLook, stopBelieving } from './handles.ts';
import type { ApplicationRequest, Client } from './state.ts';

/** Feature of 24 characters, a bar, version of 11. */
const MOST_KEY_LENGTH = 36;

const MOST_UNITS = 2 ** 31 - 1;

export function stepOnApplication(client: Client, request: ApplicationRequest, turn: ClientTurn): void {
  lapseHandles(client, turn);
  switch (request.kind) {
    case 'request': {
      const { key, units } = request;
      if (key.length > MOST_KEY_LENGTH || !Number.isInteger(units) || units < 1 || units > MOST_UNITS) {
        refuse(request.id, VLS_CALLING_ERROR, '', turn);
        return;
      }
      beginTask(client, addHandle(client, key, units, turn), 'request', request.id, turn);
      break;
    }
    case 'status':
      if (request.key.length > MOST_KEY_LENGTH) refuse(request.id, VLS_CALLING_ERROR, '', turn);
      else beginTask(client, addHandle(client, request.key, 0, turn), 'status', request.id, turn);
      break;
    case 'update': {
      const handle = client.handles.get(request.handle);
      if (handle === undefined || handle.state !== 'held') {
        refuse(request.id, LS_BADHANDLE, request.handle, turn);
      } else if (handle.task === null) {
        beginTask(client, handle, 'update', request.id, turn);
      } else if (handle.task.id === null) {
        handle.task.id = request.id; // the library is just renewing it by itself: the same call
      } else {
        refuse(request.id, VLS_CALLING_ERROR, request.handle, turn);
      }
      break;
    }
    case 'release': {
      const handle = client.handles.get(request.handle);
      if (handle === undefined || handle.state !== 'held') {
        refuse(request.id, LS_BADHANDLE, request.handle, turn);
        return;
      }
      if (handle.task !== null) endTask(handle, LS_BADHANDLE, turn);
      stopBelieving(client, handle, 'released', turn);
      beginTask(client, handle, 'release', request.id, turn);
      break;
    }
  }
}

/** The call is wrong in itself: no server is asked. */
function refuse(id: number, code: Code, handle: HandleId, turn: ClientTurn): void {
  turn.finish({ id, code, definite: true, status: VLS_NO_UPDATES_SO_FAR, handle, tokens: null });
}

export function stepOnReply(
  client: Client,
  connection: ConnectionId,
  message: ReplyToClient,
  turn: ClientTurn,
): void {
  lapseHandles(client, turn);
  const id = client.byConnection.get(connection);
  const handle = id === undefined ? undefined : client.handles.get(id);
  if (handle === undefined || handle.task === null) return;
  if (message.kind === 'hello-reply') onHelloReply(client, handle, handle.task, message, turn);
  else onAnswer(client, handle, handle.task, message, turn);
}

/** First in every step: what this client's own clocks say it holds no longer. */
function lapseHandles(client: Client, turn: ClientTurn): void {
  for (const handle of client.handles.values()) {
    if (handle.state !== 'held') continue;
    if (turn.now < handle.deadline && turn.wall < handle.wallDeadline) continue;
    const met = handle.task?.met ?? VLS_NO_SERVER_RESPONSE;
    stopBelieving(client, handle, 'lapsed', turn);
    endTask(handle, met, turn);
    beginTask(client, handle, 'release', null, turn);
  }
}

/** The client's clock reached the instant of `nextWakeOf`, or passed it. */
export function stepOnWake(client: Client, turn: ClientTurn): void {
  lapseHandles(client, turn);
  for (const handle of [...client.handles.values()]) {
    const { task } = handle;
    if (handle.state === 'dead' && turn.now >= handle.forgetAt) {
      if (task !== null) endTask(handle, task.met ?? VLS_NO_SERVER_RESPONSE, turn);
      forget(client, handle, turn);
    } else if (task === null) {
      if (handle.state !== 'held') continue;
      if (turn.now >= handle.renewAt || turn.wall >= handle.renewWallAt) {
        beginTask(client, handle, 'update', null, turn);
      } else if (turn.now >= handle.lookAt) planLook(handle, turn.now);
    } else if (turn.now >= task.dueAt) {
      if (task.phase === 'pause') beginPass(client, handle, task, turn);
      else onSilence(client, handle, task, turn);
    }
  }
}

export function nextWakeOf(client: Client): Instant {
  let next = NEVER;
  for (const handle of client.handles.values()) {
    if (handle.state === 'held') next = earliest(next, handle.deadline);
    if (handle.state === 'dead') next = earliest(next, handle.forgetAt);
    if (handle.task !== null) next = earliest(next, handle.task.dueAt);
    else if (handle.state === 'held') next = earliest(next, earliest(handle.renewAt, handle.lookAt));
  }
  return next;
}
