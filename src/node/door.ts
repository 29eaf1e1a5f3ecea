// Where others come in: accepts connections, makes sure who is there, and cuts what they say into frames, which it hands over
// one by one in synchronous calls. Of whom it does not know it reads nothing but a greeting. Everything is bounded: strangers,
// connections, frames, the time that half of one may take, what waits to be read [19.6].

import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from 'node:tls';
import type { ConnectionId, Host as HostName } from '../core/ids.ts';
import { elapsed, type Instant, milliseconds } from '../core/time.ts';
import { MOST_FRAME_BYTES } from '../wire/frame.ts';
import { FrameSplitter } from '../wire/frame-splitter.ts';
import {
  farewellBecause,
  GreetingReader,
  type Refusal,
  type Speaker,
  welcomeWith,
} from '../wire/greeting.ts';
import type { Address } from './address.ts';
import { monotonicNow } from './clocks.ts';
import { explained, type Identity, peerOf, uriOf } from './identity.ts';
import type { Keys } from './keys.ts';

/** Those who have not been made sure of. When there are more, the one that has waited longest goes. */
const MOST_STRANGERS = 1000;
/** Servers and operators are not counted: a pool has few, and they are let in when clients are too many. */
const MOST_CLIENTS = 9000;
/** From the accept to the whole greeting. */
const GREETING_WAIT_MS = 3000;
/** A Leader speaks five times a second to each server. */
const SERVER_IDLE_MS = 30_000;
/** Clients and operators redial when they have something to say again. */
const IDLE_MS = 15 * 60_000;
/** Longer than a frame of the greatest length takes over a slow link. */
const FRAME_WAIT = milliseconds(30_000);
/** A call has less than half of that. */
const MOST_CLIENT_FRAME_BYTES = 4096;
/** Who does not read its answers is cut off. */
const MOST_UNREAD_BYTES = 256 * 1024;
const SIGN_OF_LIFE_INTERVAL = milliseconds(500);
const SIGN_OF_LIFE = Uint8Array.of(0);

/** The first byte of TLS. */
const TLS_HANDSHAKE = 0x16;

const OPTIONS = { noDelay: true, keepAlive: true } as const;

export interface Host {
  /** False: it is no message; the connection is closed. The bytes are valid during the call only. */
  said(speaker: Speaker, connection: ConnectionId, frame: Uint8Array): boolean;
  /** Where the servers of the pool are: the first that a client or an operator is told. */
  addresses(): ReadonlyMap<HostName, string>;
  turnedAway(address: string, because: string): void;
}

interface Guest {
  readonly id: ConnectionId;
  readonly socket: Socket;
  readonly address: string;
  /** By its certificate; null = keys are not used here. */
  readonly identity: Identity | null;
  readonly speaker: Speaker;
  readonly frames: FrameSplitter;
  signedAt: Instant;
  /** Since when the rest of a frame is waited for; null = it is not. */
  halfSince: Instant | null;
}

/** From the accept to the greeting. */
interface Stranger {
  readonly raw: Socket;
  readonly patience: NodeJS.Timeout;
}

export class Door {
  private readonly host: Host;
  private keys: Keys | null;
  private readonly server: Server;
  private readonly strangers = new Map<string, Stranger>();
  private readonly guests = new Map<ConnectionId, Guest>();
  private clients = 0;
  private lastId = 0;
  private isClosed = false;

  constructor(host: Host, keys: Keys | null) {
    this.host = host;
    this.keys = keys;
    if (keys === null) {
      this.server = createServer(OPTIONS, (socket) => this.meet(socket, null));
    } else {
      // Who is refused is told why, once the handshake is over; so it is not left to the handshake to refuse.
      const mutual = { requestCert: true, rejectUnauthorized: false, handshakeTimeout: GREETING_WAIT_MS };
      const server = createTlsServer({ ...OPTIONS, ...keys.options, ...mutual });
      server.on('secureConnection', (socket) => this.identify(socket));
      server.on('tlsClientError', (error, socket) => this.onFailedHandshake(error, socket));
      this.server = server;
    }
    this.server.prependListener('connection', (raw: Socket) => this.letIn(raw));
    this.server.maxConnections = MOST_STRANGERS + MOST_CLIENTS + 1000;
  }

  /** How many are there, by what they are. */
  get counts(): Readonly<Record<Speaker | 'stranger', number>> {
    const counts = { server: 0, client: 0, operator: 0, stranger: this.strangers.size };
    for (const { speaker } of this.guests.values()) counts[speaker]++;
    return counts;
  }

  /** Rejects with what the system says, such as EADDRINUSE. */
  open({ host, port }: Address): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
  }

  /** Shows these from now on; who is here stays. */
  renewKeys(keys: Keys): void {
    this.keys = keys;
    (this.server as TlsServer).setSecureContext(keys.options);
  }

  /** To a client or an operator; one that has gone, or does not read, gets nothing. */
  reply(connection: ConnectionId, bytes: Uint8Array, length: number): void {
    const guest = this.guests.get(connection);
    if (guest === undefined) return;
    if (guest.socket.writableLength > MOST_UNREAD_BYTES) guest.socket.destroy();
    else guest.socket.write(Buffer.from(bytes.subarray(0, length)));
  }

  close(): void {
    this.isClosed = true;
    this.server.close();
    for (const { raw } of this.strangers.values()) raw.destroy();
    for (const { socket } of this.guests.values()) socket.destroy();
  }

  // ── strangers ──

  private letIn(raw: Socket): void {
    const name = nameOf(raw);
    const stranger = { raw, patience: setTimeout(() => raw.destroy(), GREETING_WAIT_MS) };
    for (const [oldest, { raw: longest }] of this.strangers) {
      if (this.strangers.size < MOST_STRANGERS) break;
      this.forget(oldest);
      longest.destroy();
    }
    this.strangers.set(name, stranger);
    raw.on('error', () => raw.destroy());
    raw.once('close', () => {
      if (this.strangers.get(name) === stranger) this.forget(name);
    });
  }

  private forget(name: string): void {
    clearTimeout(this.strangers.get(name)?.patience);
    this.strangers.delete(name);
  }

  private onFailedHandshake(error: Error & { code?: string }, socket: TLSSocket): void {
    const { code } = error;
    // Nobody there, or somebody who looked whether somebody is.
    const isSilence = code === 'ECONNRESET' || code === 'ERR_TLS_HANDSHAKE_TIMEOUT';
    if (!isSilence && !this.isClosed) {
      const because =
        code === 'ERR_SSL_HTTP_REQUEST' || code === 'ERR_SSL_WRONG_VERSION_NUMBER'
          ? 'it does not encrypt: give it keys with --keys'
          : `no handshake with it: ${code ?? error.message}`;
      this.host.turnedAway(addressOf(socket), because);
    }
    socket.destroy();
  }

  private identify(socket: TLSSocket): void {
    const peer = peerOf(socket, this.keys!.identity.pool);
    if (peer.kind === 'known') this.meet(socket, peer.identity);
    else this.turnAway(socket, peer.identity, peer.refusal);
  }

  /** Waits for the greeting. */
  private meet(socket: Socket, identity: Identity | null): void {
    const name = nameOf(socket);
    const greeting = new GreetingReader();
    socket.on('error', () => socket.destroy());
    const listen = (bytes: Buffer): void => {
      const used = greeting.push(bytes);
      if (greeting.greeting === null) return;
      socket.off('data', listen);
      const speaks = greeting.greeting;
      if (speaks.kind === 'farewell') {
        this.host.turnedAway(
          named(socket, identity),
          `it goes away: ${explained(speaks.refusal, "this program's")}`,
        );
        socket.destroy();
      } else if (speaks.kind === 'another release') {
        this.turnAway(socket, identity, 'another release');
      } else if (speaks.kind === 'a stranger' || speaks.kind === 'welcome') {
        const encrypts = this.keys === null && bytes[0] === TLS_HANDSHAKE;
        this.turnAway(
          socket,
          identity,
          'a stranger',
          encrypts ? 'it encrypts, and this server does not' : null,
        );
      } else if (identity !== null && identity.role !== speaks.kind) {
        this.turnAway(socket, identity, 'another role');
      } else if (speaks.kind === 'client' && this.clients >= MOST_CLIENTS) {
        this.turnAway(socket, identity, 'too many');
      } else {
        this.forget(name);
        this.welcome(socket, identity, speaks.kind, bytes.subarray(used));
      }
    };
    socket.on('data', listen);
  }

  private turnAway(
    socket: Socket,
    identity: Identity | null,
    refusal: Refusal,
    because: string | null = null,
  ): void {
    // Its patience runs on: whoever does not close either is cut off by it.
    socket.end(farewellBecause(refusal));
    socket.resume();
    this.host.turnedAway(named(socket, identity), because ?? explained(refusal, 'its'));
  }

  // ── guests ──

  private welcome(socket: Socket, identity: Identity | null, speaker: Speaker, first: Uint8Array): void {
    const isServer = speaker === 'server';
    const now = monotonicNow();
    const guest: Guest = {
      id: ++this.lastId,
      socket,
      address: addressOf(socket),
      identity,
      speaker,
      frames: new FrameSplitter(isServer ? MOST_FRAME_BYTES : MOST_CLIENT_FRAME_BYTES),
      signedAt: now,
      halfSince: null,
    };
    this.guests.set(guest.id, guest);
    if (speaker === 'client') this.clients++;
    socket.setTimeout(isServer ? SERVER_IDLE_MS : IDLE_MS, () => socket.destroy());
    socket.on('data', (bytes) => this.onBytes(guest, bytes as Buffer));
    socket.once('close', () => {
      this.guests.delete(guest.id);
      if (speaker === 'client') this.clients--;
    });
    socket.write(welcomeWith(isServer ? new Map() : this.host.addresses()));
    if (first.length > 0) this.onBytes(guest, first);
  }

  private onBytes(guest: Guest, bytes: Uint8Array): void {
    const { frames, socket, speaker } = guest;
    frames.push(bytes);
    for (let frame = frames.next(); frame !== null; frame = frames.next()) {
      if (socket.destroyed) return;
      guest.halfSince = null;
      if (!this.host.said(speaker, guest.id, frame)) {
        this.throwOut(guest, 'what it sends is no message');
        return;
      }
    }
    if (frames.reason !== '') this.throwOut(guest, frames.reason);
    else this.watchHalf(guest);
  }

  private watchHalf(guest: Guest): void {
    const now = monotonicNow();
    if (!guest.frames.isHalf) guest.halfSince = null;
    else if (guest.halfSince === null) guest.halfSince = now;
    else if (elapsed(guest.halfSince, now) > FRAME_WAIT) {
      this.throwOut(guest, 'it sends a frame too slowly');
      return;
    }
    if (guest.speaker === 'server') this.giveSign(guest, now);
  }

  /** Servers answer on connections of their own, so a dialer would not notice for minutes that its own is dead. */
  private giveSign(guest: Guest, now: Instant): void {
    if (elapsed(guest.signedAt, now) < SIGN_OF_LIFE_INTERVAL) return;
    guest.signedAt = now;
    if (guest.socket.writableLength === 0) guest.socket.write(SIGN_OF_LIFE);
  }

  private throwOut(guest: Guest, because: string): void {
    guest.socket.destroy();
    this.host.turnedAway(named(guest.socket, guest.identity, guest.address), because);
  }
}

/** What a connection's two ends are called by, be it encrypted or not. */
function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function addressOf({ remoteAddress }: Socket): string {
  return remoteAddress ?? 'somebody';
}

function named(socket: Socket, identity: Identity | null, address = addressOf(socket)): string {
  return identity === null ? address : `${uriOf(identity)} at ${address}`;
}
