// Pool time [§11]: the time by which licenses start and end. It follows the clocks of a quorum, never one clock, and never
// goes back in a reign.

import { type CivilTime, type Duration, elapsed, type Instant } from '../time.ts';
import { isQuorum } from './quorum.ts';
import type { Leader, PoolClock, Register, Server } from './state.ts';

/** Readings of other clocks count for so long. */
const READING_LASTS = 10_000_000 as Duration;

/** Further than this ahead of the pool's own time the quorum of clocks is doubted … */
const DOUBTED_LEAP_MS = 86_400_000;

/** … until it has agreed for so long. */
const DOUBT_LASTS = 3_600_000_000 as Duration;

/** Further than this behind the committed mark a clock was set back: the vendor's default. */
const TAMPER_GRACE_MS = 86_400_000;

export function newPoolClock(register: Register, takesClocksAsTheyAre: boolean, now: Instant): PoolClock {
  return {
    value: register.charter.highWater,
    at: now,
    markedAt: now,
    leapSince: null,
    takesClocksAsTheyAre,
    hasReadClocks: false,
    isTampered: false,
  };
}

/** Pool time now: never before what it was, also when every wall clock is set back [11.3]. */
export function poolTimeAt(register: Register, clock: PoolClock, now: Instant): CivilTime {
  const passed = Math.floor(
    (elapsed(clock.at, now) * (1_000_000 - register.charter.driftPpm)) / 1_000_000_000,
  );
  return (clock.value + passed) as CivilTime;
}

/** Reads the clocks of the pool, on each tick of an active Leader. */
export function readPoolTime(server: Server, leader: Leader, register: Register, now: Instant): void {
  const { poolClock } = leader;
  const own = poolTimeAt(register, poolClock, now);
  const quorum = quorumTime(server, leader, register, now);
  let value = own;
  if (quorum !== null) {
    const leaps = quorum - own > DOUBTED_LEAP_MS;
    const isDoubted = leaps && !(poolClock.takesClocksAsTheyAre && !poolClock.hasReadClocks);
    if (!isDoubted) poolClock.leapSince = null;
    else poolClock.leapSince ??= now;
    const hasAgreedForLong = poolClock.leapSince !== null && elapsed(poolClock.leapSince, now) >= DOUBT_LASTS;
    if (quorum > own && (!isDoubted || hasAgreedForLong)) value = quorum;
    poolClock.hasReadClocks = true;
    poolClock.isTampered = isQuorumBehind(server, leader, register, now);
  }
  poolClock.value = value;
  poolClock.at = now;
}

/** The largest time that the clocks of a quorum have reached; null while too few have been read [11.2]. */
function quorumTime(server: Server, leader: Leader, register: Register, now: Instant): CivilTime | null {
  const { tally } = server;
  let best: number | null = null;
  for (const candidate of leader.peers.values()) {
    const time = readingOf(candidate, now);
    if (time === null || (best !== null && time <= best)) continue;
    for (const peer of leader.peers.values()) {
      const reading = readingOf(peer, now);
      tally[peer.slot] = reading !== null && reading >= time ? 1 : 0;
    }
    if (isQuorum(register.membership, tally)) best = time;
  }
  return best as CivilTime | null;
}

function isQuorumBehind(server: Server, leader: Leader, register: Register, now: Instant): boolean {
  const { tally } = server;
  const oldest = register.charter.highWater - TAMPER_GRACE_MS;
  for (const peer of leader.peers.values()) {
    const reading = readingOf(peer, now);
    tally[peer.slot] = reading !== null && reading < oldest ? 1 : 0;
  }
  return isQuorum(register.membership, tally);
}

/** What a server's wall clock shows now, by its last reading; null when that is too old. */
function readingOf(
  peer: { readonly wallOffset: number; readonly wallReadAt: Instant | null },
  now: Instant,
): number | null {
  if (peer.wallReadAt === null || elapsed(peer.wallReadAt, now) > READING_LASTS) return null;
  return peer.wallOffset + Math.floor(now / 1000);
}
