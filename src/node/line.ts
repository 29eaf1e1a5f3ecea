// A connection that this program dials: by the time that anything but its greeting leaves, the other side has shown who it is
// and has been found right. What it will not talk to is told why, and why it is not talked to it tells [19.3].

import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { type Host, isSameHost } from '../core/ids.ts';
import {
  farewellBecause,
  type Greeting,
  GreetingReader,
  greetingOf,
  type Refusal,
  type Speaker,
} from '../wire/greeting.ts';
import { type Address, isLoopback } from './address.ts';
import { explained, peerOf } from './identity.ts';
import type { Keys } from './keys.ts';

/** Connection, handshake and greeting; a machine that swaps may need seconds for its part. */
const OPENING_TIMEOUT_MS = 3000;

export interface LineOptions {
  readonly to: Host;
  readonly address: Address;
  readonly speaker: Speaker;
  /** Null: in plain text, and to this machine only. */
  readonly keys: Keys | null;
}

export interface LineOwner {
  /** Nothing that is not on the way by now would have been. */
  opened?(): void;
  welcomed?(addresses: ReadonlyMap<Host, string>): void;
  /** What follows the welcome, as it comes in. Valid during the call only. */
  received(bytes: Uint8Array): void;
  /** One line for people. It is closed next. */
  refused(because: string): void;
  /** Once, whoever closed it. */
  closed(): void;
}

export class Line {
  private readonly options: LineOptions;
  private readonly owner: LineOwner;
  private readonly raw: Socket;
  private readonly socket: Socket;
  private readonly greeting = new GreetingReader();
  /** What is to leave as soon as the other side is known; null = it is. */
  private waiting: Uint8Array[] | null = [];
  private waitingBytes = 0;
  private isWelcome = false;
  private readonly opening: NodeJS.Timeout;

  constructor(options: LineOptions, owner: LineOwner) {
    this.options = options;
    this.owner = owner;
    const { address, keys } = options;
    this.raw = connect({ host: address.host, port: address.port, noDelay: true, keepAlive: true });
    this.socket =
      keys === null
        ? this.raw
        : connectTls({
            socket: this.raw,
            secureContext: keys.context,
            // Judged below: whoever is refused is told why.
            rejectUnauthorized: false,
            checkServerIdentity: () => undefined,
          });
    this.opening = setTimeout(() => this.close(), OPENING_TIMEOUT_MS);
    if (keys === null) this.raw.once('connect', () => this.onPlain());
    else this.socket.once('secureConnect', () => this.onSecure(this.socket as TLSSocket, keys));
    this.socket.on('data', (bytes) => this.onBytes(bytes as Buffer));
    this.socket.on('error', (error: NodeJS.ErrnoException) => this.onError(error));
    if (this.raw !== this.socket) this.raw.on('error', () => this.close());
    this.socket.once('close', () => {
      clearTimeout(this.opening);
      this.raw.destroy();
      owner.closed();
    });
  }

  get isClosed(): boolean {
    return this.socket.destroyed;
  }

  /** Bytes that were given and have not left. */
  get unsent(): number {
    return this.waitingBytes + this.socket.writableLength;
  }

  /** The bytes are kept: they must not be changed any more. */
  send(bytes: Uint8Array): void {
    if (this.waiting === null) {
      this.socket.write(bytes);
    } else {
      this.waiting.push(bytes);
      this.waitingBytes += bytes.length;
    }
  }

  close(): void {
    this.socket.destroy();
    this.raw.destroy();
  }

  /** What has not left yet never does. */
  reset(): void {
    if (this.raw.destroyed) return;
    this.raw.resetAndDestroy();
    this.socket.destroy();
  }

  private onPlain(): void {
    if (isLoopback(this.raw.remoteAddress)) this.open();
    else this.refuse('without keys nothing leaves this machine: give them with --keys');
  }

  private onSecure(socket: TLSSocket, { identity }: Keys): void {
    const peer = peerOf(socket, identity.pool);
    let refusal: Refusal;
    if (peer.kind === 'refused') refusal = peer.refusal;
    else if (peer.identity.role !== 'server') refusal = 'another role';
    else if (!isSameHost(peer.identity.name, this.options.to)) refusal = 'another server';
    else {
      this.open();
      return;
    }
    // Its end closes it, once that has left.
    socket.end(farewellBecause(refusal));
    this.owner.refused(explained(refusal, 'its'));
  }

  private open(): void {
    this.socket.write(greetingOf(this.options.speaker));
    for (const bytes of this.waiting ?? []) this.socket.write(bytes);
    this.waiting = null;
    this.waitingBytes = 0;
    this.owner.opened?.();
  }

  private onBytes(bytes: Uint8Array): void {
    let rest = bytes;
    if (!this.isWelcome) {
      if (this.waiting !== null) return;
      rest = bytes.subarray(this.greeting.push(bytes));
      const { greeting } = this.greeting;
      if (greeting === null) return;
      if (greeting.kind !== 'welcome') {
        this.refuse(sentAway(greeting));
        return;
      }
      this.isWelcome = true;
      clearTimeout(this.opening);
      this.owner.welcomed?.(greeting.addresses);
    }
    if (rest.length > 0 && !this.socket.destroyed) this.owner.received(rest);
  }

  private onError(error: NodeJS.ErrnoException): void {
    // What the other side says in plain text is not TLS.
    if (error.code === 'ERR_SSL_WRONG_VERSION_NUMBER' || error.code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG')
      this.owner.refused('what answers there does not encrypt: was it started with --plaintext?');
    this.close();
  }

  private refuse(because: string): void {
    this.owner.refused(because);
    this.close();
  }
}

function sentAway(greeting: Greeting): string {
  if (greeting.kind === 'farewell')
    return `it turns this program away: ${explained(greeting.refusal, "this program's")}`;
  if (greeting.kind === 'another release') return explained('another release', 'its');
  return 'what answers there is no server of a pool';
}
