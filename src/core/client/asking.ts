// Asking [§10]: one attempt at one server after the other, along the list, again and again, until somebody answers, or the
// time of the call is over. What an answer means is in `answers.ts`.

import {
  type Code,
  LS_LICENSE_EXPIRED,
  LS_SUCCESS,
  VLS_CONTACT_FAILOVER_SERVER,
  VLS_LEADER_NOT_PRESENT,
  VLS_MAJORITY_RULE_FAILURE,
  VLS_NO_SERVER_RESPONSE,
  VLS_SERVER_SYNC_IN_PROGRESS,
} from '../codes.ts';
import type { Host } from '../ids.ts';
import { holdOf } from '../lifetime.ts';
import type { CallKind } from '../message.ts';
import { type Duration, elapsed, later, milliseconds, NEVER, NO_DURATION, type Stamp } from '../time.ts';
import type { ClientTurn } from '../turn.ts';
import { disconnect, endTask, finishCall, forget, retryRenewal } from './handles.ts';
import type { Client, Handle, Task } from './state.ts';

/** Between two passes along the list, while the pool is electing or synchronising. */
const PASS_PAUSE = milliseconds(250);

/** At most so many hints are followed before the next server of the list is asked. */
export const MOST_REDIRECTS = 3;

/** The list from `first` on: that server, then the others in order of preference. */
function orderFrom(client: Client, first: Host): readonly Host[] {
  return [first, ...client.servers.filter((host) => host !== first)];
}

export function beginTask(
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
    isMoved: false,
    phase: 'hello',
    dueAt: NEVER,
    met: null,
    isWholeList,
  };
  ask(client, handle, handle.task, turn);
}

/** One attempt at the task's target: on the connection that is there, or after a Hello on a new one. */
export function ask(client: Client, handle: Handle, task: Task, turn: ClientTurn): void {
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
export function endedByTime(client: Client, handle: Handle, task: Task, turn: ClientTurn): boolean {
  if (task.call === 'release' || elapsed(task.beganAt, turn.now) < client.settings.callTimeout) return false;
  disconnect(client, handle, turn);
  fail(client, handle, task, task.met ?? VLS_NO_SERVER_RESPONSE, turn);
  return true;
}

export function sendCall(client: Client, handle: Handle, task: Task, turn: ClientTurn): void {
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
    moved: task.isMoved,
    term: handle.term,
    stamp: handle.stamp,
    fileVersion: client.fileVersion,
  });
}

export function mayFollow(task: Task, hint: Host | null): hint is Host {
  return (
    !task.isMoved &&
    hint !== null &&
    hint !== task.target &&
    task.redirects < MOST_REDIRECTS &&
    !task.silent.includes(hint)
  );
}

export function followHint(client: Client, handle: Handle, task: Task, hint: Host, turn: ClientTurn): void {
  task.redirects++;
  task.target = hint;
  ask(client, handle, task, turn);
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
export function askNext(client: Client, handle: Handle, task: Task, met: Code, turn: ClientTurn): void {
  task.met = moreTelling(task.met, met);
  const { settings } = client;
  if (task.isMoved) {
    moveOn(client, handle, task, turn);
    return;
  }
  const isOver = elapsed(task.beganAt, turn.now) >= settings.callTimeout;
  if (task.call === 'release' && isOver && task.id !== null) {
    finishCall(task.id, task.met, handle, false, null, turn);
    task.id = null;
  }
  // A release goes on along the whole list: the first server may be silent for good [10.4].
  if (task.begun < task.order.length && (!isOver || task.call === 'release')) {
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
    pause(task, settings.retryInterval, turn);
  } else if (isElecting && !isOver && elapsed(task.beganAt, turn.now) < patience) {
    pause(task, PASS_PAUSE, turn);
  } else {
    fail(client, handle, task, task.met, turn);
  }
}

/** The Leader's license has expired: the update goes to each other server, in order, until one answers [§10]. */
export function move(client: Client, handle: Handle, task: Task, turn: ClientTurn): void {
  task.isMoved = true;
  task.order = client.servers.filter((host) => host !== task.target);
  task.begun = 0;
  moveOn(client, handle, task, turn);
}

function moveOn(client: Client, handle: Handle, task: Task, turn: ClientTurn): void {
  disconnect(client, handle, turn);
  if (task.begun === task.order.length || elapsed(task.beganAt, turn.now) >= client.settings.callTimeout) {
    retryRenewal(client, handle, turn);
    endTask(handle, LS_LICENSE_EXPIRED, turn);
    return;
  }
  task.target = task.order[task.begun]!;
  task.begun++;
  ask(client, handle, task, turn);
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
      retryRenewal(client, handle, turn);
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
export function onSilence(client: Client, handle: Handle, task: Task, turn: ClientTurn): void {
  task.silent.push(task.target);
  disconnect(client, handle, turn);
  if (task.call === 'update' && !task.isWholeList && !task.isMoved) {
    // The documented fail-over: this update "succeeds", the next one goes along the list; the deadline stays [§10].
    handle.status = VLS_CONTACT_FAILOVER_SERVER;
    retryRenewal(client, handle, turn);
    const { order } = task;
    handle.server = order[Math.min(1, order.length - 1)]!;
    endTask(handle, LS_SUCCESS, turn);
    return;
  }
  askNext(client, handle, task, VLS_NO_SERVER_RESPONSE, turn);
}

export function beginPass(client: Client, handle: Handle, task: Task, turn: ClientTurn): void {
  task.order = orderFrom(client, handle.server);
  task.begun = 1;
  task.target = task.order[0]!;
  task.silent = [];
  task.redirects = 0;
  task.met = null;
  ask(client, handle, task, turn);
}

export function kill(client: Client, handle: Handle, mustRelease: boolean, turn: ClientTurn): void {
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
