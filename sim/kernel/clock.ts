// The two clocks of a node as piecewise-linear integer functions of true time: a monotonic one that may run fast, slow or
// stand still, and a wall clock that may also jump. Exact integer arithmetic throughout: the same on every machine.

import { type CivilTime, type Instant, NEVER } from '../../src/core/time.ts';

const MILLION = 1_000_000;

/** reading(τ) = base + ⌊(τ − since) · (1,000,000 + ppm) / 1,000,000⌋, or `base` while it stands still. */
class Line {
  private since = 0;
  private base: number;
  private ppm = 0;
  private isStill = false;

  constructor(base: number) {
    this.base = base;
  }

  at(trueTime: number): number {
    if (this.isStill) return this.base;
    const passed = trueTime - this.since;
    if (this.ppm === 0) return this.base + passed;
    const seconds = Math.floor(passed / MILLION);
    const rest = passed - seconds * MILLION;
    return this.base + passed + seconds * this.ppm + Math.floor((rest * this.ppm) / MILLION);
  }

  /** From `trueTime` on it runs at the new rate; the reading at `trueTime` itself does not change. */
  bend(trueTime: number, ppm: number, isStill: boolean): void {
    this.base = this.at(trueTime);
    this.since = trueTime;
    this.ppm = ppm;
    this.isStill = isStill;
  }

  rate(): number {
    return this.ppm;
  }

  standsStill(): boolean {
    return this.isStill;
  }

  /** The earliest true time, not before the last bend, at which the reading is at least `reading`; NEVER if none. */
  trueTimeOf(reading: number): number {
    const ahead = reading - this.base;
    if (ahead <= 0) return this.since;
    if (this.isStill || reading >= NEVER) return NEVER;
    if (this.ppm === 0) return this.since + ahead;
    const rate = MILLION + this.ppm;
    const whole = Math.floor(ahead / rate);
    const rest = ahead - whole * rate;
    const found = this.since + whole * MILLION + Math.ceil((rest * MILLION) / rate);
    return Math.min(found, NEVER);
  }
}

export class Clock {
  private readonly monotonic: Line;
  /** Microseconds of civil time since the run began, apart from jumps. */
  private readonly civil = new Line(0);
  private wallOffset: number;

  /** `monotonicAt`: µs shown at true time 0; `wallAt`: civil ms shown at true time 0. */
  constructor(monotonicAt: number, wallAt: number) {
    this.monotonic = new Line(monotonicAt);
    this.wallOffset = wallAt;
  }

  /** The monotonic reading at that true time; never asked for a time before the last change of the clock. */
  local(trueTime: number): Instant {
    return this.monotonic.at(trueTime) as Instant;
  }

  wall(trueTime: number): CivilTime {
    return (this.wallOffset + Math.floor(this.civil.at(trueTime) / 1000)) as CivilTime;
  }

  /** The earliest true time with local(τ) ≥ `instant` at the present rate; NEVER if it stands still or never comes. */
  trueTimeOf(instant: number): number {
    return this.monotonic.trueTimeOf(instant);
  }

  /**
   * The earliest true time, not before the last change of its rate, with wall(τ) ≥ `civil` at the present rate; as if the
   * present setting had always been: after a jump beyond `civil` it may lie before the jump.
   */
  trueTimeOfWall(civil: CivilTime): number {
    return this.civil.trueTimeOf((civil - this.wallOffset) * 1000);
  }

  /** How much faster than true time the monotonic clock runs, in ppm; −1,000,000 < ppm ≤ 1,000,000. */
  monotonicPpm(): number {
    return this.monotonic.rate();
  }

  setMonotonicPpm(trueTime: number, ppm: number): void {
    this.monotonic.bend(trueTime, ppm, this.monotonic.standsStill());
  }

  wallPpm(): number {
    return this.civil.rate();
  }

  setWallPpm(trueTime: number, ppm: number): void {
    this.civil.bend(trueTime, ppm, false);
  }

  isSuspended(): boolean {
    return this.monotonic.standsStill();
  }

  /** A suspended machine: its monotonic clock stands still while the wall clock goes on. */
  setSuspended(trueTime: number, isSuspended: boolean): void {
    this.monotonic.bend(trueTime, this.monotonic.rate(), isSuspended);
  }

  /** The wall clock jumps by so many milliseconds, forward or back. */
  jumpWall(byMs: number): void {
    this.wallOffset += byMs;
  }
}
