// How far a leader's pool time has got at least, reckoned from outside: never behind a mark in its state, and from there on
// with its own monotonic clock, whatever wall clocks show [11.3].

import type { TrueTime } from '../sim/pool/observer.ts';
import type { Scenario } from '../sim/scenario/scenario.ts';
import { mostMonotonicPpm, settingsOf } from '../sim/scenario/settings.ts';
import type { Term } from '../src/core/ids.ts';

/** More of a reign's marks than these are not needed: a call waits for less than the time between two of them. */
const MOST_MARKS = 8;
/** Each reading is rounded down to a millisecond, those of the two ticks under way included. */
const ROUNDED_MS = 3;

/**
 * Pool time for one µs of true time, in ms, at least: the slowest monotonic clock, less ρ. A leader rounds down to a
 * millisecond at each tick, two of which fall into a heartbeat interval. A server that sleeps has no such clock.
 */
export function leastRate(scenario: Scenario): number {
  const mayStandStill = scenario.faults.some(
    ({ kind, target }) => kind === 'suspended' && !('client' in (target as object)),
  );
  if (mayStandStill) return 0;
  const { heartbeatInterval } = settingsOf(scenario);
  const slowest = 1 - mostMonotonicPpm(scenario) / 1e6;
  return Math.max(0, slowest * ((1 - scenario.driftPpm / 1e6) / 1000 - 2 / heartbeatInterval));
}

/** Of one server's last reign: marks in its state, and since when. */
export class LeastPoolTime {
  term: Term = 0;
  private readonly marks: number[] = [];
  private readonly since: TrueTime[] = [];

  begin(at: TrueTime, term: Term, mark: number): void {
    this.term = term;
    this.marks.length = 0;
    this.since.length = 0;
    this.add(at, mark);
  }

  add(at: TrueTime, mark: number): void {
    if (this.marks.length === MOST_MARKS) {
      this.marks.shift();
      this.since.shift();
    }
    this.marks.push(mark);
    this.since.push(at);
  }

  /** What it had reached at that true time, by what was in its state then. */
  reachedAt(at: TrueTime, rate: number): number {
    let most = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < this.marks.length; i++) {
      const passed = at - this.since[i]!;
      if (passed < 0) break;
      const reached = this.marks[i]! + Math.max(0, Math.floor(passed * rate) - ROUNDED_MS);
      if (reached > most) most = reached;
    }
    return most;
  }
}
