// The one timer of a process. It may ring a little early or late: whoever is woken too early arms it anew.

import { type Instant, NEVER } from '../core/time.ts';
import { monotonicNow } from './clocks.ts';

/** A day: what Node takes for a delay is bounded, and a wake-up too early does no harm. */
const LONGEST_WAIT_MS = 86_400_000;

export class Alarm {
  private readonly ring: () => void;
  private timer: NodeJS.Timeout | null = null;

  constructor(ring: () => void) {
    this.ring = ring;
  }

  wakeAt(at: Instant): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (at === NEVER) return;
    const wait = Math.ceil((at - monotonicNow()) / 1000);
    this.timer = setTimeout(this.ring, Math.min(Math.max(wait, 0), LONGEST_WAIT_MS));
  }
}
