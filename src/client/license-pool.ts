// The client library over TCP: takes tokens of a pool, renews them by itself, and tells when one is lost. What it believes
// and when it stops believing is decided by the protocol's own client [§10]; this is what a program sees of it.

import {
  type Code,
  formatCode,
  LS_SUCCESS,
  VLS_CALLING_ERROR,
  VLS_NO_SERVER_RESPONSE,
} from '../core/codes.ts';
import type { HandleId, Host, Term } from '../core/ids.ts';
import { licenseKey } from '../core/license.ts';
import type { Tokens } from '../core/message.ts';
import { DEFAULT_SETTINGS } from '../core/settings.ts';
import type { CallOutcome, ClientEvent } from '../core/turn.ts';
import type { Keys } from '../node/keys.ts';
import { ClientProcess } from '../process/client-process.ts';
import { Connections } from './connections.ts';

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

  /** `reasons`: what else people may want to know, such as why servers were not talked to. */
  constructor(code: Code, definite: boolean, reasons: readonly string[] = []) {
    super([formatCode(code), ...reasons].join('; '));
    this.code = code;
    this.definite = definite;
  }
}

/** By whose word a token is held. */
export interface Grant {
  readonly server: Host;
  readonly term: Term;
  /** It is renewed long before; without that it is lost then. */
  readonly until: Date;
}

export interface Token {
  readonly handle: HandleId;
  /** Who granted or renewed it last; null = it is not held any more. */
  grant(): Grant | null;
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

export class LicensePool {
  private readonly connections: Connections;
  private readonly process: ClientProcess;
  private readonly calls = new Map<number, Call>();
  /** Tokens that were not given back and not lost, and who wants to hear of it. */
  private readonly held = new Map<HandleId, (() => void)[]>();
  private lastCall = 0;
  private isClosed = false;

  constructor({ servers, owner, keys }: PoolOptions) {
    this.connections = new Connections(servers, keys, {
      woken: () => this.process.onWake(),
      received: (connection, frame) => this.process.onFrame(connection, frame, frame.length),
      finished: (outcome) => this.finish(outcome),
      noted: (event) => this.note(event),
    });
    const configuration = {
      settings: DEFAULT_SETTINGS,
      owner,
      servers: [...servers.keys()],
      driftPpm: 10_000,
    };
    this.process = new ClientProcess(configuration, this.connections, null);
  }

  /** Takes `units` tokens. Rejects with LicenseError. */
  async acquire(feature: string, version = '', units = 1): Promise<Token> {
    const key = licenseKey(feature, version);
    const { handle } = await this.call((id) => this.process.call({ kind: 'request', id, key, units }));
    let isGivenBack = false;
    return {
      handle,
      grant: () => this.grantOf(handle),
      held: () => this.process.holds(handle),
      release: async () => {
        isGivenBack = true;
        await this.call((id) => this.process.call({ kind: 'release', id, handle }));
      },
      onLost: (listener) => {
        const listeners = this.held.get(handle);
        if (listeners !== undefined) listeners.push(listener);
        else if (!isGivenBack) setImmediate(listener);
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

  /**
   * Gives back what is held and closes every connection, at the latest after `withinMs`; what could not be given back by then
   * lapses. Calls that are under way then fail, and no more are taken.
   */
  async close(withinMs = 3000): Promise<void> {
    if (this.isClosed) return;
    const releases = [...this.held.keys()].map((handle) =>
      this.call((id) => this.process.call({ kind: 'release', id, handle })).catch(() => {}),
    );
    this.isClosed = true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, withinMs);
    });
    await Promise.race([Promise.all(releases), late]);
    clearTimeout(timer);
    this.connections.shut();
    for (const { reject } of this.calls.values()) reject(new LicenseError(VLS_NO_SERVER_RESPONSE, false));
    this.calls.clear();
  }

  private grantOf(handle: HandleId): Grant | null {
    const known = this.process.known(handle);
    if (known === null || !this.process.holds(handle)) return null;
    return { server: known.server, term: known.term, until: new Date(known.wallDeadline) };
  }

  private call(begin: (id: number) => void): Promise<CallOutcome> {
    if (this.isClosed) {
      return Promise.reject(new LicenseError(VLS_CALLING_ERROR, true, ['the pool is closed']));
    }
    return new Promise((resolve, reject) => {
      const id = ++this.lastCall;
      this.calls.set(id, { resolve, reject });
      begin(id);
    });
  }

  private finish(outcome: CallOutcome): void {
    const call = this.calls.get(outcome.id);
    this.calls.delete(outcome.id);
    if (outcome.code === LS_SUCCESS) {
      call?.resolve(outcome);
    } else {
      const reasons = outcome.code === VLS_NO_SERVER_RESPONSE ? this.connections.reasons : [];
      call?.reject(new LicenseError(outcome.code, outcome.definite, reasons));
    }
  }

  private note(event: ClientEvent): void {
    if (event.kind === 'holds') {
      if (!this.held.has(event.handle)) this.held.set(event.handle, []);
      return;
    }
    const listeners = this.held.get(event.handle) ?? [];
    this.held.delete(event.handle);
    if (event.because === 'released') return;
    // Not within the step: the listener may call back into the library.
    for (const listener of listeners) setImmediate(listener);
  }
}
