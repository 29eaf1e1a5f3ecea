// The clocks and the chance of this machine, in the units of the protocol.

import { randomFillSync } from 'node:crypto';
import type { CivilTime, Instant } from '../core/time.ts';

/** Counted from the machine's boot. It may stand still while the machine sleeps; the wall clock then tells [9.10]. */
export function monotonicNow(): Instant {
  return Number(process.hrtime.bigint() / 1000n) as Instant;
}

export function wallNow(): CivilTime {
  return Date.now() as CivilTime;
}

/** Chance of the operating system, fetched by the block: a call for each number would cost a microsecond. */
export class SystemChance {
  private readonly block = new Uint32Array(256);
  private used = 256;

  next(): number {
    if (this.used === this.block.length) {
      randomFillSync(this.block);
      this.used = 0;
    }
    return this.block[this.used++]!;
  }
}
