// The client library as a pure state machine [§10]: the application's calls, answers, and its own clock come in; messages
// and outcomes go out. It never moves its own deadline for an update that no server answered.

import { assert } from '../assert.ts';
import {
  type Code,
  HELLO,
  LS_BADHANDLE,
  LS_LICENSETERMINATED,
  LS_SUCCESS,
  STALE,
  VLS_CALLING_ERROR,
  VLS_CONTACT_FAILOVER_SERVER,
  VLS_LEADER_NOT_PRESENT,
  VLS_MAJORITY_RULE_FAILURE,
  VLS_MSG_TO_LEADER,
  VLS_NO_SERVER_RESPONSE,
  VLS_NO_UPDATES_SO_FAR,
  VLS_REMOTE_UPDATE,
  VLS_SERVER_SYNC_IN_PROGRESS,
} from '../codes.ts';
import { type ConnectionId, type Host, handleFrom, type LicenseKey } from '../ids.ts';
import { holdOf } from '../lifetime.ts';
import type { Answer, CallKind, HelloReply, ReplyToClient, Tokens } from '../message.ts';
import {
  type CivilTime,
  type Duration,
  earliest,
  elapsed,
  type Instant,
  later,
  milliseconds,
  NEVER,
  NO_DURATION,
  type Stamp,
} from '../time.ts';
import type { ClientTurn } from '../turn.ts';
import type { ApplicationRequest, Client, Handle, Task } from './state.ts';

/** Between two passes along the list, while the pool is electing or synchronising. */
const PASS_PAUSE = milliseconds(250);

/** Feature of 24 characters, a bar, version of 11. */
const MOST_KEY_LENGTH = 36;

/** At most so many hints are followed before the next server of the list is asked. */
const MOST_REDIRECTS = 3;

export function stepOnApplication(client: Client, request: ApplicationRequest, turn: ClientTurn): void {
  lapseHandles(client, turn);
  switch (request.kind) {
    case 'request': {
      if (!Number.isInteger(request.units) || request.units < 1 || request.key.length > MOST_KEY_LENGTH) {
        turn.finish({
          id: request.id,
          code: VLS_CALLING_ERROR,
          definite: true,
          status: VLS_NO_UPDATES_SO_FAR,
          handle: '',
          tokens: null,
        });
        return;
      }
      const handle = addHandle(client, request.key, request.units, turn);
      beginTask(client, handle, 'request', request.id, turn);
      break;
    }
    case 'status': {
      const handle = addHandle(client, request.key, 0, turn);
      beginTask(client, handle, 'status', request.id, turn);
      break;
    }
    case 'update': {
      const handle = client.handles.get(request.handle);
      if (handle === undefined || handle.state !== 'held') {
        turn.finish({
          id: request.id,
          code: LS_BADHANDLE,
          definite: true,
          status: VLS_NO_UPDATES_SO_FAR,
          handle: request.handle,
          tokens: null,
        });
      } else if (handle.task === null) {
        beginTask(client, handle, 'update', request.id, turn);
      } else if (handle.task.id === null) {
        handle.task.id = request.id; // the library is just renewing it by itself: the same call
      } else {
        turn.finish({
          id: request.id,
          code: VLS_CALLING_ERROR,
          definite: true,
          status: handle.status,
          handle: request.handle,
          tokens: null,
        });
      }
      break;
    }
    case 'release': {
      const handle = client.handles.get(request.handle);
      if (handle === undefined || handle.state !== 'held') {
        turn.finish({
          id: request.id,
          code: LS_BADHANDLE,
          definite: true,
          status: VLS_NO_UPDATES_SO_FAR,
          handle: request.handle,
          tokens: null,
        });
        return;
      }
      if (handle.task !== null) endTask(handle, LS_BADHANDLE, turn);
      stopBelieving(client, handle, 'released', turn);
      beginTask(client, handle, 'release', request.id, turn);
      break;
    }
  }
}

function addHandle(client: Client, key: LicenseKey, units: number, turn: ClientTurn): Handle {
  const handle: Handle = {
    handle: handleFrom(turn.random(), turn.random(), turn.random(), turn.random()),
    key,
    units,
    state: 'asking',
    status: VLS_NO_UPDATES_SO_FAR,
    attempt: 0,
    sent: new Map(),
    life: NO_DURATION,
    deadline: NEVER,
    wallDeadline: Number.MAX_SAFE_INTEGER as CivilTime,
    renewAt: NEVER,
    forgetAt: NEVER,
    server: client.server,
    connection: null,
    connectedTo: null,
    term: 0,
    stamp: 0 as Stamp,
    stampedAt: turn.now,
    task: null,
  };
  client.handles.set(handle.handle, handle);
  return handle;
}

/** The list from `first` on: that server, then the others in order of preference. */
function orderFrom(client: Client, first: Host): readonly Host[] {
  return [first, ...client.servers.filter((host) => host !== first)];
}

function beginTask(
  client: Client,
  handle: Handle,
  call: CallKind,
  id: number | null,
  turn: ClientTurn,
): void {
  const isWholeList = call !== 'update' || handle.status === VLS_CONTACT_FAILOVER_SERVER;
  const order = orderFrom(client, handle.server);
  handle.task = {
    call,
    id,
    beganAt: turn.now,
    order,
    begun: 1,
    target: order[0]!,
    silent: [],
    redirects: 0,
    phase: 'hello',
    dueAt: NEVER,
    met: null,
    isWholeList,
  };
  ask(client, handle, handle.task, turn);
}

/** One attempt at the task's target: on the connection that is there, or after a Hello on a new one. */
function ask(client: Client, handle: Handle, task: Task, turn: ClientTurn): void {
  if (endedByTime(client, handle, task, turn)) return;
  const { settings } = client;
  task.dueAt = later(turn.now, settings.attemptTimeout);
  // Only requests are bound to a fresh stamp; a connection that has been idle for long must say Hello again [§5].
  const isUsable =
    handle.connection !== null &&
    handle.connectedTo === task.target &&
    (task.call !== 'request' || elapsed(handle.stampedAt, turn.now) <= settings.strayAge / 2);
  if (isUsable) {
    sendCall(client, handle, task, turn);
    return;
  }
  disconnect(client, handle, turn);
  const connection = turn.connect(task.target);
  handle.connection = connection;
  handle.connectedTo = task.target;
  handle.term = 0;
  handle.stamp = 0 as Stamp;
  client.byConnection.set(connection, handle.handle);
  task.phase = 'hello';
  turn.send(connection, { kind: 'hello' });
}

/** Nothing is sent for a call whose time is over [10.2]; only a release goes on until the pool has taken back by itself. */
function endedByTime(client: Client, handle: Handle, task: Task, turn: ClientTurn): boolean {
  if (task.call === 'release' || elapsed(task.beganAt, turn.now) < client.settings.callTimeout) return false;
  disconnect(client, handle, turn);
  fail(client, handle, task, task.met ?? VLS_NO_SERVER_RESPONSE, turn);
  return true;
}

/** Reset, not gracefully: what is under way on it must not count any more [§5]. */
function disconnect(client: Client, handle: Handle, turn: ClientTurn): void {
  if (handle.connection === null) return;
  client.byConnection.delete(handle.connection);
  turn.close(handle.connection);
  handle.connection = null;
  handle.connectedTo = null;
  handle.sent.clear();
}

function sendCall(client: Client, handle: Handle, task: Task, turn: ClientTurn): void {
  handle.attempt++;
  handle.sent.set(handle.attempt, { at: turn.now, wall: turn.wall });
  task.phase = 'call';
  turn.send(handle.connection!, {
    kind: 'call',
    call: task.call,
    handle: handle.handle,
    key: handle.key,
    units: handle.units,
    attempt: handle.attempt,
    owner: client.owner,
    moved: false,
    term: handle.term,
    stamp: handle.stamp,
    fileVersion: client.fileVersion,
  });
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

function onHelloReply(
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

function mayFollow(task: Task, hint: Host | null): hint is Host {
  return (
    hint !== null && hint !== task.target && task.redirects < MOST_REDIRECTS && !task.silent.includes(hint)
  );
}

function followHint(client: Client, handle: Handle, task: Task, hint: Host, turn: ClientTurn): void {
  task.redirects++;
  task.target = hint;
  ask(client, handle, task, turn);
}

function onAnswer(client: Client, handle: Handle, task: Task, answer: Answer, turn: ClientTurn): void {
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
  client.server = task.target;
  handle.server = task.target;
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

interface Sent {
  readonly at: Instant;
  readonly wall: CivilTime;
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
    endTask(handle, answer.code, turn, true);
    kill(client, handle, false, turn);
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

/** The deadline is counted from when the answered attempt was *sent*, never from the answer's arrival [§9]. */
function prolong(handle: Handle, life: Duration, sent: Sent, turn: ClientTurn): void {
  const deadline = later(sent.at, life);
  handle.life = life;
  if (handle.deadline === NEVER || deadline > handle.deadline) {
    handle.deadline = deadline;
    handle.wallDeadline = (sent.wall + Math.floor(life / 1000)) as CivilTime;
  }
  handle.renewAt = later(sent.at, Math.floor(0.8 * life) as Duration);
  handle.sent.clear();
  turn.note({
    kind: 'holds',
    handle: handle.handle,
    key: handle.key,
    units: handle.units,
    deadline: handle.deadline,
    sentAt: sent.at,
  });
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
  handle.renewAt = later(turn.now, client.settings.retryInterval);
  endTask(handle, answer.code, turn);
}

const TELLING: readonly Code[] = [
  VLS_MAJORITY_RULE_FAILURE,
  VLS_SERVER_SYNC_IN_PROGRESS,
  VLS_LEADER_NOT_PRESENT,
  VLS_NO_SERVER_RESPONSE,
];

function moreTelling(a: Code | null, b: Code): Code {
  return a !== null && TELLING.indexOf(a) <= TELLING.indexOf(b) ? a : b;
}

/** The target was no help (`met`): on to the next server, another pass, or the end of the call. */
function askNext(client: Client, handle: Handle, task: Task, met: Code, turn: ClientTurn): void {
  task.met = moreTelling(task.met, met);
  const { settings } = client;
  const isOver = elapsed(task.beganAt, turn.now) >= settings.callTimeout;
  if (task.begun < task.order.length && !isOver) {
    task.target = task.order[task.begun]!;
    task.begun++;
    task.redirects = 0;
    disconnect(client, handle, turn);
    ask(client, handle, task, turn);
    return;
  }
  disconnect(client, handle, turn);
  const patience = (settings.electionTimeout + 11 * settings.electionStagger + 1_000_000) as Duration;
  const isElecting = task.met === VLS_LEADER_NOT_PRESENT || task.met === VLS_SERVER_SYNC_IN_PROGRESS;
  if (task.call === 'release') {
    if (isOver && task.id !== null) {
      finishCall(task.id, task.met, handle, false, null, turn);
      task.id = null;
    }
    pause(task, settings.retryInterval, turn);
  } else if (isElecting && !isOver && elapsed(task.beganAt, turn.now) < patience) {
    pause(task, PASS_PAUSE, turn);
  } else {
    fail(client, handle, task, task.met, turn);
  }
}

function pause(task: Task, forDuration: Duration, turn: ClientTurn): void {
  task.phase = 'pause';
  task.dueAt = later(turn.now, forDuration);
}

function fail(client: Client, handle: Handle, task: Task, code: Code, turn: ClientTurn): void {
  switch (task.call) {
    case 'request':
      endTask(handle, code, turn, handle.attempt === 0);
      // Dead first; only then is the pool told [10.4].
      kill(client, handle, handle.attempt > 0, turn);
      break;
    case 'update':
      handle.status = VLS_CONTACT_FAILOVER_SERVER;
      handle.renewAt = later(turn.now, client.settings.retryInterval);
      endTask(handle, code, turn);
      break;
    case 'status':
      endTask(handle, code, turn);
      forget(client, handle, turn);
      break;
    case 'release':
      break;
  }
}

/** The present attempt got no answer in time. */
function onSilence(client: Client, handle: Handle, task: Task, turn: ClientTurn): void {
  task.silent.push(task.target);
  disconnect(client, handle, turn);
  if (task.call === 'update' && !task.isWholeList) {
    // The documented fail-over: this update "succeeds", the next one goes along the list; the deadline stays [§10].
    handle.status = VLS_CONTACT_FAILOVER_SERVER;
    handle.renewAt = later(turn.now, client.settings.retryInterval);
    const { order } = task;
    handle.server = order[Math.min(1, order.length - 1)]!;
    endTask(handle, LS_SUCCESS, turn);
    return;
  }
  askNext(client, handle, task, VLS_NO_SERVER_RESPONSE, turn);
}

function kill(client: Client, handle: Handle, mustRelease: boolean, turn: ClientTurn): void {
  handle.state = 'dead';
  handle.task = null;
  if (!mustRelease) {
    forget(client, handle, turn);
    return;
  }
  releaseDead(client, handle, turn);
}

function releaseDead(client: Client, handle: Handle, turn: ClientTurn): void {
  const longest = handle.life === NO_DURATION ? client.settings.callTimeout : handle.life;
  handle.forgetAt = later(turn.now, holdOf(longest, client.driftPpm));
  beginTask(client, handle, 'release', null, turn);
}

function stopBelieving(
  client: Client,
  handle: Handle,
  because: 'released' | 'lapsed' | 'terminated',
  turn: ClientTurn,
): void {
  assert(handle.state === 'held', 'only a handle that is held is given up');
  handle.state = 'dead';
  handle.renewAt = NEVER;
  handle.forgetAt = later(turn.now, holdOf(handle.life, client.driftPpm));
  turn.note({ kind: 'holds no more', handle: handle.handle, because });
}

/** `definite`: it certainly had and will have no effect [10.6]. */
function endTask(
  handle: Handle,
  code: Code,
  turn: ClientTurn,
  definite = false,
  tokens: Tokens | null = null,
): void {
  const { task } = handle;
  handle.task = null;
  if (task !== null) finishCall(task.id, code, handle, definite, tokens, turn);
}

function finishCall(
  id: number | null,
  code: Code,
  handle: Handle,
  definite: boolean,
  tokens: Tokens | null,
  turn: ClientTurn,
): void {
  if (id === null) return;
  turn.finish({ id, code, definite, status: handle.status, handle: handle.handle, tokens });
}

function forget(client: Client, handle: Handle, turn: ClientTurn): void {
  disconnect(client, handle, turn);
  client.handles.delete(handle.handle);
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
      if (handle.state === 'held' && turn.now >= handle.renewAt)
        beginTask(client, handle, 'update', null, turn);
    } else if (turn.now >= task.dueAt) {
      if (task.phase === 'pause') beginPass(client, handle, task, turn);
      else onSilence(client, handle, task, turn);
    }
  }
}

function beginPass(client: Client, handle: Handle, task: Task, turn: ClientTurn): void {
  task.order = orderFrom(client, handle.server);
  task.begun = 1;
  task.target = task.order[0]!;
  task.silent = [];
  task.redirects = 0;
  task.met = null;
  ask(client, handle, task, turn);
}

export function nextWakeOf(client: Client): Instant {
  let next = NEVER;
  for (const handle of client.handles.values()) {
    if (handle.state === 'held') next = earliest(next, handle.deadline);
    if (handle.state === 'dead') next = earliest(next, handle.forgetAt);
    next = earliest(next, handle.task === null ? handle.renewAt : handle.task.dueAt);
  }
  return next;
}
