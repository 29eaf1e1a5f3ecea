// The client library over TCP: takes tokens of a pool, renews them by itself, and tells when one is lost. What it believes
// and when it stops believing is decided by the protocol's own client [§10]; this is its outside.

import { connect, type Socket } from 'node:net';
import { type Code, formatCode, LS_SUCCESS } from '../core/codes.ts';
import type { ConnectionId, HandleId, Host } from '../core/ids.ts';
import { licenseKey } from '../core/license.ts';
import type { Tokens } from '../core/message.ts';
import { DEFAULT_PORT } from '../core/pool-file-text.ts';
import { DEFAULT_SETTINGS } from '../core/settings.ts';
import type { CivilTime, Instant } from '../core/time.ts';
import type { CallOutcome, ClientEvent } from '../core/turn.ts';
import { isLoopback, parseAddress } from '../node/address.ts';
import { Alarm } from '../node/alarm.ts';
import { monotonicNow, SystemChance, wallNow } from '../node/clocks.ts';
import { ClientProcess } from '../process/client-process.ts';
import type { ClientOutside } from '../process/outside.ts';
import { FrameSplitter } from '../wire/frame-splitter.ts';
import { greetingOf } from '../wire/greeting.ts';

export interface PoolOptions {
  /** Where to look for the pool: names as in the license file, the first tried first, and where each listens. */
  readonly servers: ReadonlyMap<Host, string>;
  /** Who holds, as the pool shows it to people. */
  readonly owner: string;
}

/** A call failed. `definite`: it certainly took no token, and never will [10.6]. */
export class LicenseError extends Error {
  override name = 'LicenseError';
  readonly code: Code;
  readonly definite: boolean;

  constructor(code: Code, definite: boolean) {
    super(formatCode(code));
    this.code = code;
    this.definite = definite;
  }
}

export interface Token {
  readonly handle: HandleId;
  /** Whether the application may go on: ask it as often as you like, it costs no message. */
  held(): boolean;
  /** Gives it back. Rejects with LicenseError; the token is not held any more in any case. */
  release(): Promise<void>;
  /** Called once when the token is lost, at the latest at its deadline; never after a release. */
  onLost(listener: () => void): void;
}

interface Call {
  readonly resolve: (outcome: CallOutcome) => void;
  readonly reject: (error: LicenseError) => void;
}

/** A connection as the protocol names it: it is dialed again when it was closed and there is something to say. */
interface Line {
  readonly to: Host;
  socket: Socket | null;
}

const GREETING = greetingOf('client');

export class LicensePool implements ClientOutside {
  private readonly servers: ReadonlyMap<Host, string>;
  private readonly process: ClientProcess;
  private readonly chance = new SystemChance();
  private readonly alarm: Alarm;
  private readonly lines = new Map<ConnectionId, Line>();
  private readonly calls = new Map<number, Call>();
  private readonly losers = new Map<HandleId, (() => void)[]>();
  private lastConnection = 0;
  private lastCall = 0;

  constructor({ servers, owner }: PoolOptions) {
    this.servers = servers;
    this.alarm = new Alarm(() => this.process.onWake());
    const configuration = {
      settings: DEFAULT_SETTINGS,
      owner,
      servers: [...servers.keys()],
      driftPpm: 10_000,
    };
    this.process = new ClientProcess(configuration, this, null);
  }

  /** Takes `units` tokens. Rejects with LicenseError. */
  async acquire(feature: string, version = '', units = 1): Promise<Token> {
    const key = licenseKey(feature, version);
    const { handle } = await this.call((id) => this.process.call({ kind: 'request', id, key, units }));
    return {
      handle,
      held: () => this.process.holds(handle),
      release: async () => {
        await this.call((id) => this.process.call({ kind: 'release', id, handle }));
      },
      onLost: (listener) => {
        const listeners = this.losers.get(handle);
        if (listeners !== undefined) listeners.push(listener);
        else this.losers.set(handle, [listener]);
      },
    };
  }

  /** Renews a token now, without waiting for its time. */
  async renew(token: Token): Promise<CallOutcome> {
    return this.call((id) => this.process.call({ kind: 'update', id, handle: token.handle }));
  }

  /** What the Leader counts for that feature. */
  async tokens(feature: string, version = ''): Promise<Tokens | null> {
    const key = licenseKey(feature, version);
    return (await this.call((id) => this.process.call({ kind: 'status', id, key }))).tokens;
  }

  private call(begin: (id: number) => void): Promise<CallOutcome> {
    return new Promise((resolve, reject) => {
      const id = ++this.lastCall;
      this.calls.set(id, { resolve, reject });
      begin(id);
    });
  }

  // ── ClientOutside ──

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
    const connection = ++this.lastConnection;
    this.lines.set(connection, { to, socket: null });
    return connection;
  }

  close(connection: ConnectionId): void {
    const line = this.lines.get(connection);
    this.lines.delete(connection);
    line?.socket?.resetAndDestroy();
  }

  send(connection: ConnectionId, bytes: Uint8Array, length: number): void {
    const line = this.lines.get(connection);
    if (line === undefined) return;
    line.socket ??= this.dial(connection, line);
    line.socket?.write(Buffer.from(bytes.subarray(0, length)));
  }

  finish(outcome: CallOutcome): void {
    const call = this.calls.get(outcome.id);
    this.calls.delete(outcome.id);
    if (outcome.code === LS_SUCCESS) call?.resolve(outcome);
    else call?.reject(new LicenseError(outcome.code, outcome.definite));
  }

  note(event: ClientEvent): void {
    if (event.kind !== 'holds no more') return;
    const listeners = this.losers.get(event.handle) ?? [];
    this.losers.delete(event.handle);
    if (event.because === 'released') return;
    // Not within the step: the listener may call back into the library.
    for (const listener of listeners) setImmediate(listener);
  }

  private dial(connection: ConnectionId, line: Line): Socket | null {
    const address = parseAddress(this.servers.get(line.to) ?? `${line.to}:${DEFAULT_PORT}`);
    if (address === null) return null;
    const socket = connect({ host: address.host, port: address.port, noDelay: true, keepAlive: true });
    const frames = new FrameSplitter();
    socket.on('connect', () => {
      if (!isLoopback(socket.remoteAddress)) socket.destroy();
    });
    socket.on('data', (bytes) => {
      frames.push(bytes as Buffer);
      for (let frame = frames.next(); frame !== null; frame = frames.next()) {
        // What comes after the protocol has closed the connection does not count any more [5.5].
        if (this.lines.get(connection)?.socket !== socket) return;
        this.process.onFrame(connection, frame, frame.length);
      }
      if (frames.reason !== '') socket.destroy();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (line.socket === socket) line.socket = null;
    });
    socket.write(GREETING);
    return socket;
  }
}
