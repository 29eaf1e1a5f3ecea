// Handles as the library keeps them [§9, §10]: made, prolonged by answers, given up by its own clock, forgotten; and how a
// call about one ends for the application.

import { assert } from '../assert.ts';
import { type Code, VLS_NO_UPDATES_SO_FAR } from '../codes.ts';
import { handleFrom, type LicenseKey } from '../ids.ts';
import { holdOf } from '../lifetime.ts';
import type { Tokens } from '../message.ts';
import {
  type CivilTime,
  type Duration,
  type Instant,
  later,
  NEVER,
  NO_DURATION,
  type Stamp,
} from '../time.ts';
import type { ClientTurn } from '../turn.ts';
import type { Client, Handle } from './state.ts';

/** Later than any wall clock. */
const NO_WALL_TIME = Number.MAX_SAFE_INTEGER as CivilTime;

export function addHandle(client: Client, key: LicenseKey, units: number, turn: ClientTurn): Handle {
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
    wallDeadline: NO_WALL_TIME,
    renewAt: NEVER,
    renewWallAt: NO_WALL_TIME,
    lookAt: NEVER,
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

/** Reset, not gracefully: what is under way on it must not count any more [§5]. */
export function disconnect(client: Client, handle: Handle, turn: ClientTurn): void {
  if (handle.connection === null) return;
  client.byConnection.delete(handle.connection);
  turn.close(handle.connection);
  handle.connection = null;
  handle.connectedTo = null;
  handle.sent.clear();
}

export function forget(client: Client, handle: Handle, turn: ClientTurn): void {
  disconnect(client, handle, turn);
  client.handles.delete(handle.handle);
}

export interface Sent {
  readonly at: Instant;
  readonly wall: CivilTime;
}

/** The deadline is counted from when the answered attempt was *sent*, never from the answer's arrival [§9]. */
export function prolong(handle: Handle, life: Duration, sent: Sent, turn: ClientTurn): void {
  const deadline = later(sent.at, life);
  handle.life = life;
  if (handle.deadline === NEVER || deadline > handle.deadline) {
    handle.deadline = deadline;
    handle.wallDeadline = (sent.wall + Math.floor(life / 1000)) as CivilTime;
  }
  planRenewal(handle, sent, Math.floor(0.8 * life) as Duration);
  planLook(handle, turn.now);
  handle.sent.clear();
  turn.note({
    kind: 'holds',
    handle: handle.handle,
    key: handle.key,
    units: handle.units,
    deadline: handle.deadline,
    wallDeadline: handle.wallDeadline,
    sentAt: sent.at,
  });
}

/** So long after that moment, by the clock that gets there first [9.10]. */
export function planRenewal(handle: Handle, since: Sent, after: Duration): void {
  handle.renewAt = later(since.at, after);
  handle.renewWallAt = (since.wall + Math.floor(after / 1000)) as CivilTime;
}

/** After an update that brought nothing. */
export function retryRenewal(client: Client, handle: Handle, { now, wall }: ClientTurn): void {
  planRenewal(handle, { at: now, wall }, client.settings.retryInterval);
}

/** Twenty times in its life: what a sleep costs of the last fifth is a quarter at most. */
export function planLook(handle: Handle, now: Instant): void {
  handle.lookAt = later(now, Math.floor(handle.life / 20) as Duration);
}

export function stopBelieving(
  client: Client,
  handle: Handle,
  because: 'released' | 'lapsed' | 'terminated',
  turn: ClientTurn,
): void {
  assert(handle.state === 'held', 'only a handle that is held is given up');
  handle.state = 'dead';
  handle.renewAt = NEVER;
  handle.renewWallAt = NO_WALL_TIME;
  handle.forgetAt = later(turn.now, holdOf(handle.life, client.driftPpm));
  turn.note({ kind: 'holds no more', handle: handle.handle, because });
}

/** `definite`: it certainly had and will have no effect [10.6]. */
export function endTask(
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

export function finishCall(
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
