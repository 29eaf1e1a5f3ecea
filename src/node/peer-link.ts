// The way to another server: one connection, dialed when there is something to say. What it carries are datagrams in
// meaning: what cannot leave now is dropped, nothing waits for a connection that failed, nothing is sent twice.

import { connect, type Socket } from 'node:net';
import { type Duration, elapsed, type Instant, later, milliseconds } from '../core/time.ts';
import { greetingOf } from '../wire/greeting.ts';
import { isLoopback, parseAddress } from './address.ts';
import { monotonicNow } from './clocks.ts';

const DIAL_TIMEOUT_MS = 1000;
const FIRST_BACK_OFF = milliseconds(50);
const LONGEST_BACK_OFF = milliseconds(1000);
/** More than any two frames together. */
const MOST_QUEUED_BYTES = 8 * 1024 * 1024;
/** A connection on which nothing comes back for so long although something was said is dead. */
const SILENCE_TIMEOUT = milliseconds(3000);

const GREETING = greetingOf('server');

export class PeerLink {
  /** Frames that did not leave. */
  dropped = 0;
  private socket: Socket | null = null;
  private dialedTo = '';
  private backOff: Duration = FIRST_BACK_OFF;
  private notBefore = 0 as Instant;
  /** Since when something was said and nothing came back; null = nothing is open. */
  private unheardSince: Instant | null = null;

  /** `address`: where that server is now. */
  send(address: string, bytes: Uint8Array, length: number): void {
    const now = monotonicNow();
    const isDead = this.unheardSince !== null && elapsed(this.unheardSince, now) > SILENCE_TIMEOUT;
    if (this.socket !== null && (isDead || address !== this.dialedTo)) this.hangUp();
    const socket = this.socket ?? this.dial(address, now);
    if (socket === null || socket.writableLength + length > MOST_QUEUED_BYTES) {
      this.dropped++;
      return;
    }
    this.unheardSince ??= now;
    socket.write(Buffer.from(bytes.subarray(0, length)));
  }

  close(): void {
    this.hangUp();
    this.notBefore = Number.MAX_SAFE_INTEGER as Instant;
  }

  private dial(text: string, now: Instant): Socket | null {
    if (now < this.notBefore) return null;
    this.notBefore = later(now, this.backOff);
    this.backOff = Math.min(2 * this.backOff, LONGEST_BACK_OFF) as Duration;
    const address = parseAddress(text);
    if (address === null) return null;
    const socket = connect({ host: address.host, port: address.port, noDelay: true, keepAlive: true });
    this.socket = socket;
    this.dialedTo = text;
    this.unheardSince = null;
    socket.setTimeout(DIAL_TIMEOUT_MS, () => socket.destroy());
    socket.on('connect', () => {
      // Without keys nothing leaves this machine.
      if (isLoopback(socket.remoteAddress)) socket.setTimeout(0);
      else socket.destroy();
    });
    socket.on('data', () => {
      this.unheardSince = null;
      this.backOff = FIRST_BACK_OFF;
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (this.socket === socket) this.hangUp();
    });
    socket.write(GREETING);
    return socket;
  }

  private hangUp(): void {
    const { socket } = this;
    this.socket = null;
    this.unheardSince = null;
    socket?.destroy();
  }
}
