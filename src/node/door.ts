// Where others come in: accepts connections, tells servers from clients by their greeting, cuts what they say into
// frames and hands each over in one synchronous call. Everything is bounded: connections, frames, what waits to be read.

import { createServer, type Server, type Socket } from 'node:net';
import type { ConnectionId } from '../core/ids.ts';
import { elapsed, type Instant, milliseconds } from '../core/time.ts';
import { MOST_FRAME_BYTES } from '../wire/frame.ts';
import { FrameSplitter } from '../wire/frame-splitter.ts';
import { GREETING_BYTES, readGreeting, type Speaker } from '../wire/greeting.ts';
import type { Address } from './address.ts';
import { monotonicNow } from './clocks.ts';

const MOST_CONNECTIONS = 10_000;
/** From the accept to the whole greeting, each byte at the latest so long after the one before. */
const GREETING_WAIT_MS = 3000;
/** A Leader speaks five times a second to each server. */
const SERVER_IDLE_MS = 30_000;
/** A client redials when it has something to say again. */
const CLIENT_IDLE_MS = 15 * 60_000;
/** A call has less than half of that. */
const MOST_CLIENT_FRAME_BYTES = 4096;
/** A client that does not read its answers is cut off. */
const MOST_UNREAD_BYTES = 256 * 1024;
const SIGN_OF_LIFE_INTERVAL = milliseconds(500);
const SIGN_OF_LIFE = Uint8Array.of(0);

export interface Host {
  /** False: it is no message; the connection is closed. The bytes are valid during the call only. */
  serverSaid(frame: Uint8Array): boolean;
  clientSaid(connection: ConnectionId, frame: Uint8Array): boolean;
  turnedAway(address: string, because: string): void;
}

interface Guest {
  readonly id: ConnectionId;
  readonly socket: Socket;
  readonly address: string;
  readonly greeting: Uint8Array;
  greeted: number;
  speaker: Speaker | null;
  frames: FrameSplitter | null;
  signedAt: Instant;
}

export class Door {
  private readonly host: Host;
  private readonly server: Server;
  private readonly guests = new Map<ConnectionId, Guest>();
  private lastId = 0;

  constructor(host: Host) {
    this.host = host;
    this.server = createServer({ noDelay: true, keepAlive: true }, (socket) => this.letIn(socket));
    this.server.maxConnections = MOST_CONNECTIONS;
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

  /** To a client; one that has gone, or does not read, gets nothing. */
  reply(connection: ConnectionId, bytes: Uint8Array, length: number): void {
    const guest = this.guests.get(connection);
    if (guest === undefined) return;
    if (guest.socket.writableLength > MOST_UNREAD_BYTES) guest.socket.destroy();
    else guest.socket.write(Buffer.from(bytes.subarray(0, length)));
  }

  close(): void {
    this.server.close();
    for (const { socket } of this.guests.values()) socket.destroy();
  }

  private letIn(socket: Socket): void {
    const guest: Guest = {
      id: ++this.lastId,
      socket,
      address: socket.remoteAddress ?? 'somebody',
      greeting: new Uint8Array(GREETING_BYTES),
      greeted: 0,
      speaker: null,
      frames: null,
      signedAt: monotonicNow(),
    };
    this.guests.set(guest.id, guest);
    socket.setTimeout(GREETING_WAIT_MS, () => socket.destroy());
    socket.on('data', (bytes) => this.onBytes(guest, bytes as Buffer));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.guests.delete(guest.id));
  }

  private onBytes(guest: Guest, bytes: Uint8Array): void {
    let rest = bytes;
    if (guest.frames === null) {
      const taken = Math.min(GREETING_BYTES - guest.greeted, rest.length);
      guest.greeting.set(rest.subarray(0, taken), guest.greeted);
      guest.greeted += taken;
      if (guest.greeted < GREETING_BYTES) return;
      if (!this.greeted(guest)) return;
      rest = rest.subarray(taken);
    }
    const { frames, socket } = guest;
    frames!.push(rest);
    for (let frame = frames!.next(); frame !== null; frame = frames!.next()) {
      if (socket.destroyed) return;
      const isMessage =
        guest.speaker === 'server' ? this.host.serverSaid(frame) : this.host.clientSaid(guest.id, frame);
      if (!isMessage) {
        this.turnAway(guest, 'what it sends is no message');
        return;
      }
    }
    if (frames!.reason !== '') this.turnAway(guest, frames!.reason);
    else if (guest.speaker === 'server') this.giveSign(guest);
  }

  private greeted(guest: Guest): boolean {
    const greeting = readGreeting(guest.greeting);
    if (greeting === 'a stranger' || greeting === 'another release') {
      const because =
        greeting === 'a stranger'
          ? 'it does not speak as a server or client of a pool'
          : 'it is of another release (VLS_DIFF_LIB_VER)';
      this.turnAway(guest, because);
      return false;
    }
    const isServer = greeting === 'server';
    guest.speaker = greeting;
    guest.frames = new FrameSplitter(isServer ? MOST_FRAME_BYTES : MOST_CLIENT_FRAME_BYTES);
    guest.socket.setTimeout(isServer ? SERVER_IDLE_MS : CLIENT_IDLE_MS);
    return true;
  }

  /** Servers answer on connections of their own, so a dialer would not notice for minutes that its own is dead. */
  private giveSign(guest: Guest): void {
    const now = monotonicNow();
    if (elapsed(guest.signedAt, now) < SIGN_OF_LIFE_INTERVAL) return;
    guest.signedAt = now;
    if (guest.socket.writableLength === 0) guest.socket.write(SIGN_OF_LIFE);
  }

  private turnAway(guest: Guest, because: string): void {
    guest.socket.destroy();
    this.host.turnedAway(guest.address, because);
  }
}
