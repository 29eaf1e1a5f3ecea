// The outside of a client's process: connections over TCP, dialed when there is something to say, this machine's clocks and
// its one timer. It knows where servers are; what is said, and what it means, is the process's own.

import type { ConnectionId, Host } from '../core/ids.ts';
import { DEFAULT_PORT } from '../core/pool-file-text.ts';
import { type CivilTime, type Instant, NEVER } from '../core/time.ts';
import type { CallOutcome, ClientEvent } from '../core/turn.ts';
import { parseAddress } from '../node/address.ts';
import { Alarm } from '../node/alarm.ts';
import { monotonicNow, SystemChance, wallNow } from '../node/clocks.ts';
import type { Keys } from '../node/keys.ts';
import { Line } from '../node/line.ts';
import type { ClientOutside } from '../process/outside.ts';
import { FrameSplitter } from '../wire/frame-splitter.ts';

export interface ConnectionsOwner {
  woken(): void;
  received(connection: ConnectionId, frame: Uint8Array): void;
  finished(outcome: CallOutcome): void;
  noted(event: ClientEvent): void;
}

/** A connection as the protocol names it: it is dialed again when it was closed and there is something to say. */
interface Connection {
  readonly to: Host;
  line: Line | null;
}

export class Connections implements ClientOutside {
  private readonly servers: ReadonlyMap<Host, string>;
  private readonly keys: Keys | null;
  private readonly owner: ConnectionsOwner;
  /** Where servers say that the servers of the pool are. */
  private readonly learned = new Map<Host, string>();
  /** Why a server is not talked to, while it is so. */
  private readonly refusals = new Map<Host, string>();
  private readonly chance = new SystemChance();
  private readonly alarm: Alarm;
  private readonly open = new Map<ConnectionId, Connection>();
  private last = 0;

  constructor(servers: ReadonlyMap<Host, string>, keys: Keys | null, owner: ConnectionsOwner) {
    this.servers = servers;
    this.keys = keys;
    this.owner = owner;
    this.alarm = new Alarm(() => owner.woken());
  }

  /** Why servers are not talked to, or do not talk; for people. */
  get reasons(): string[] {
    return [...this.refusals].map(([host, because]) => `${host}: ${because}`);
  }

  /** Nothing comes from here any more. */
  shut(): void {
    this.alarm.wakeAt(NEVER);
    for (const { line } of this.open.values()) line?.close();
    this.open.clear();
  }

  now(): Instant {
    return monotonicNow();
  }

  wall(): CivilTime {
    return wallNow();
  }

  random(): number {
    return this.chance.next();
  }

  wakeAt(at: Instant): void {
    this.alarm.wakeAt(at);
  }

  connect(to: Host): ConnectionId {
    const connection = ++this.last;
    this.open.set(connection, { to, line: null });
    return connection;
  }

  close(connection: ConnectionId): void {
    const closed = this.open.get(connection);
    this.open.delete(connection);
    closed?.line?.reset();
  }

  send(connection: ConnectionId, bytes: Uint8Array, length: number): void {
    const open = this.open.get(connection);
    if (open === undefined) return;
    open.line ??= this.dial(connection, open);
    open.line?.send(Buffer.from(bytes.subarray(0, length)));
  }

  finish(outcome: CallOutcome): void {
    this.owner.finished(outcome);
  }

  note(event: ClientEvent): void {
    this.owner.noted(event);
  }

  private dial(connection: ConnectionId, open: Connection): Line | null {
    const { to } = open;
    const text = this.servers.get(to) ?? this.learned.get(to) ?? `${to}:${DEFAULT_PORT}`;
    const address = parseAddress(text);
    if (address === null) return null;
    const frames = new FrameSplitter();
    const line = new Line(
      { to, address, speaker: 'client', keys: this.keys },
      {
        welcomed: (addresses) => {
          this.refusals.delete(to);
          for (const [host, where] of addresses) this.learned.set(host, where);
        },
        received: (bytes) => {
          frames.push(bytes);
          for (let frame = frames.next(); frame !== null; frame = frames.next()) {
            // What comes after the protocol has closed the connection does not count any more [5.5].
            if (this.open.get(connection)?.line !== line) return;
            this.owner.received(connection, frame);
          }
          if (frames.reason !== '') line.close();
        },
        refused: (because) => this.refusals.set(to, because),
        closed: () => {
          if (open.line === line) open.line = null;
        },
      },
    );
    return line;
  }
}
