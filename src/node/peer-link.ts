// The way to another server: one connection, dialed when there is something to say. What it carries are datagrams in
// meaning: what cannot leave now is dropped, nothing waits for a connection that failed, nothing is sent twice.

import type { Host } from '../core/ids.ts';
import { type Duration, elapsed, type Instant, later, milliseconds } from '../core/time.ts';
import { parseAddress } from './address.ts';
import { monotonicNow } from './clocks.ts';
import type { Keys } from './keys.ts';
import { Line } from './line.ts';

const FIRST_BACK_OFF = milliseconds(50);
const LONGEST_BACK_OFF = milliseconds(1000);
/** More than any two frames together. */
const MOST_QUEUED_BYTES = 8 * 1024 * 1024;
/** A connection on which nothing comes back for so long although something was said is dead. */
const SILENCE_TIMEOUT = milliseconds(3000);

export class PeerLink {
  /** Frames that did not leave. */
  dropped = 0;
  private readonly to: Host;
  private readonly refused: (address: string, because: string) => void;
  private line: Line | null = null;
  private dialedTo = '';
  private backOff: Duration = FIRST_BACK_OFF;
  private notBefore = 0 as Instant;
  /** Since when something was said and nothing came back; null = nothing is open. */
  private unheardSince: Instant | null = null;

  constructor(to: Host, refused: (address: string, because: string) => void) {
    this.to = to;
    this.refused = refused;
  }

  /** `address`: where that server is now; `keys`: those of now, should it be dialed. */
  send(address: string, keys: Keys | null, bytes: Uint8Array, length: number): void {
    const now = monotonicNow();
    const isDead = this.unheardSince !== null && elapsed(this.unheardSince, now) > SILENCE_TIMEOUT;
    if (this.line !== null && (isDead || address !== this.dialedTo)) this.hangUp();
    const line = this.line ?? this.dial(address, keys, now);
    if (line === null || line.unsent + length > MOST_QUEUED_BYTES) {
      this.dropped++;
      return;
    }
    this.unheardSince ??= now;
    line.send(Buffer.from(bytes.subarray(0, length)));
  }

  close(): void {
    this.hangUp();
    this.notBefore = Number.MAX_SAFE_INTEGER as Instant;
  }

  private dial(text: string, keys: Keys | null, now: Instant): Line | null {
    if (now < this.notBefore) return null;
    this.notBefore = later(now, this.backOff);
    this.backOff = Math.min(2 * this.backOff, LONGEST_BACK_OFF) as Duration;
    const address = parseAddress(text);
    if (address === null) return null;
    const heard = (): void => {
      this.unheardSince = null;
      this.backOff = FIRST_BACK_OFF;
    };
    const line = new Line(
      { to: this.to, address, speaker: 'server', keys },
      {
        welcomed: heard,
        received: heard,
        refused: (because) => this.refused(text, because),
        closed: () => {
          if (this.line === line) this.hangUp();
        },
      },
    );
    this.line = line;
    this.dialedTo = text;
    this.unheardSince = null;
    return line;
  }

  private hangUp(): void {
    const { line } = this;
    this.line = null;
    this.unheardSince = null;
    line?.close();
  }
}
