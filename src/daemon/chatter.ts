// What strangers make a server say: anybody who can connect could fill its log. The same is told once in a while, and of
// different things no more than a few; how many were not told is told with the next one.

import { type Duration, elapsed, type Instant, milliseconds } from '../core/time.ts';

const WHILE: Duration = milliseconds(10_000);
const MOST_DIFFERENT = 50;

export class Chatter {
  private readonly said = new Set<string>();
  private began = 0 as Instant;
  private unsaid = 0;

  /** How many before it were not told, when this is to be told now; null = it is not. */
  hear(what: string, now: Instant): number | null {
    if (elapsed(this.began, now) >= WHILE) {
      this.said.clear();
      this.began = now;
    }
    if (this.said.has(what) || this.said.size >= MOST_DIFFERENT) {
      this.unsaid++;
      return null;
    }
    this.said.add(what);
    const { unsaid } = this;
    this.unsaid = 0;
    return unsaid;
  }
}
