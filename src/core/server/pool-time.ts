// What pool time has decided is committed [§11], so that no later Leader decides otherwise, whatever its clocks show. An
// operator alone may set the mark back.

import type { License } from '../license.ts';
import type { OrderOutcome } from '../message.ts';
import type { Operation } from '../state.ts';
import { type CivilTime, elapsed } from '../time.ts';
import type { ServerTurn } from '../turn.ts';
import { newPoolClock, poolTimeAt } from './pool-clock.ts';
import { kick, propose } from './rounds.ts';
import { isFrozen, type Leader, type Register, type Server } from './state.ts';

/** Commits what pool time has decided: license strings that are over, and the mark at least once an interval [11.4, 11.5]. */
export function commitPoolTime(server: Server, leader: Leader, register: Register, turn: ServerTurn): void {
  const { poolClock } = leader;
  const { charter, catalog } = register;
  const now = poolTimeAt(register, poolClock, turn.now);
  const operations: Operation[] = [];
  for (const license of catalog.ending) {
    if (license.endsAt! > now) break;
    if (!charter.expired.has(license.serial)) operations.push({ kind: 'expire', serial: license.serial });
  }
  const isDue = elapsed(poolClock.markedAt, turn.now) >= server.settings.highWaterInterval;
  if (operations.length === 0 && !(isDue && now > charter.highWater)) return;
  propose(server, leader, [markAt(now), ...operations], turn);
  poolClock.markedAt = turn.now;
  for (const operation of operations) {
    if (operation.kind === 'expire') turn.note({ kind: 'expired', serial: operation.serial, poolTime: now });
  }
  kick(server, leader, turn);
}

/** The mark must be committed together with the first grant that counts a license string which has just started [11.4]. */
export function needsMark(register: Register, started: readonly License[]): boolean {
  return started.some(
    (license) => license.startsAt !== null && license.startsAt > register.charter.highWater,
  );
}

export function markAt(at: CivilTime): Operation {
  return { kind: 'high-water', at };
}

/** Sets the mark back, and pool time with it as far as the clocks of a quorum allow; what is expired stays so [11.9]. */
export function lowerMark(server: Server, to: CivilTime, turn: ServerTurn): OrderOutcome {
  const { role: leader, register } = server;
  if (leader.kind !== 'leader' || !leader.isActive || register === null) return 'not leading';
  if (isFrozen(leader)) return 'handing over';
  const mark = register.charter.highWater;
  if (to >= mark) return 'not lower';
  propose(server, leader, [{ kind: 'lower-high-water', at: to }], turn);
  noteLoweredMark(register, mark, turn);
  // As at the begin of a reign: no clock has been read. A reading from before it was set right would undo the order at once.
  for (const peer of leader.peers.values()) peer.wallReadAt = null;
  leader.poolClock = newPoolClock(register, false, turn.now);
  kick(server, leader, turn);
  return 'obeyed';
}

export function noteLoweredMark(register: Register, from: CivilTime, turn: ServerTurn): void {
  turn.note({ kind: 'mark lowered', from, to: register.charter.highWater });
}
