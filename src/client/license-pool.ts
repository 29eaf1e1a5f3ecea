// The client library over TCP: takes tokens of a pool, renews them by itself, and tells when one is lost. What it believes
// and when it stops believing is decided by the protocol's own client [§10]; this is its outside.

import { type Code, formatCode, LS_SUCCESS, VLS_NO_SERVER_RESPONSE } from '../core/codes.ts';
import type { ConnectionId, HandleId, Host } from '../core/ids.ts';
import { licenseKey } from '../core/license.ts';
import type { Tokens } from '../core/message.ts';
import { DEFAULT_PORT } from '../core/pool-file-text.ts';
import { DEFAULT_SETTINGS } from '../core/settings.ts';
import type { CivilTime, Instant } from '../core/time.ts';
import type { CallOutcome, ClientEvent } from '../core/turn.ts';
import { parseAddress } from '../node/address.ts';
import { Alarm } from '../node/alarm.ts';
import { monotonicNow, SystemChance, wallNow } from '../node/clocks.ts';
import type { Keys } from '../node/keys.ts';
import { Line } from '../node/line.ts';
import { ClientProcess } from '../process/client-process.ts';
import type { ClientOutside } from '../process/outside.ts';
import { FrameSplitter } from '../wire/frame-splitter.ts';

export interface PoolOptions {
  /**
   * Where to look for the pool: names as in the license file, the first tried first, and where each listens. One that is up is
   * enough: it tells where the others are.
   */
  readonly servers: ReadonlyMap<Host, string>;
  /** Who holds, as the pool shows it to people. */
  readonly owner: string;
  /** Those of a client; null: in plain text, and on this machine only. */
  readonly keys: Keys | null;
}

/** A call failed. `definite`: it certainly took no token, and never will [10.6]. */
export class LicenseError extends Error {
  override name = 'LicenseError';
  readonly code: Code;
  readonly definite: boolean;

  /** `reasons`: why servers were not talked to, or did not talk; for people. */
  constructor(code: Code, definite: boolean, reasons: readonly string[] = []) {
    super([formatCode(code), ...reasons].join('; '));
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
interface Connection {
  readonly to: Host;
  line: Line | null;
}

export class LicensePool implements ClientOutside {
  private readonly servers: ReadonlyMap<Host, string>;
  private readonly keys: Keys | null;
  /** Where servers say that the servers of the pool are. */
  private readonly learned = new Map<Host, string>();
  /** Why a server is not talked to, while it is so. */
  private readonly refusals = new Map<Host, string>();
  private readonly process: ClientProcess;
  private readonly chance = new SystemChance();
  private readonly alarm: Alarm;
  private readonly connections = new Map<ConnectionId, Connection>();
  private readonly calls = new Map<number, Call>();
  private readonly losers = new Map<HandleId, (() => void)[]>();
  private lastConnection = 0;
  private lastCall = 0;

  constructor({ servers, owner, keys }: PoolOptions) {
    this.servers = servers;
    this.keys = keys;
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
    this.connections.set(connection, { to, line: null });
    return connection;
  }

  close(connection: ConnectionId): void {
    const closed = this.connections.get(connection);
    this.connections.delete(connection);
    closed?.line?.reset();
  }

  send(connection: ConnectionId, bytes: Uint8Array, length: number): void {
    const open = this.connections.get(connection);
    if (open === undefined) return;
    open.line ??= this.dial(connection, open);
    open.line?.send(Buffer.from(bytes.subarray(0, length)));
  }

  finish(outcome: CallOutcome): void {
    const call = this.calls.get(outcome.id);
    this.calls.delete(outcome.id);
    if (outcome.code === LS_SUCCESS) call?.resolve(outcome);
    else call?.reject(new LicenseError(outcome.code, outcome.definite, this.reasonsFor(outcome.code)));
  }

  note(event: ClientEvent): void {
    if (event.kind !== 'holds no more') return;
    const listeners = this.losers.get(event.handle) ?? [];
    this.losers.delete(event.handle);
    if (event.because === 'released') return;
    // Not within the step: the listener may call back into the library.
    for (const listener of listeners) setImmediate(listener);
  }

  private reasonsFor(code: Code): string[] {
    if (code !== VLS_NO_SERVER_RESPONSE) return [];
    return [...this.refusals].map(([host, because]) => `${host}: ${because}`);
  }

  private dial(connection: ConnectionId, open: Connection): Line | null {
    const { to } = open;
    const address = parseAddress(this.servers.get(to) ?? this.learned.get(to) ?? `${to}:${DEFAULT_PORT}`);
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
            if (this.connections.get(connection)?.line !== line) return;
            this.process.onFrame(connection, frame, frame.length);
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
