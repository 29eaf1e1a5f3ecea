// A client that does what a script says: the real client library, and an application that makes one call when told to
// and prints how it ended.

import type { Machine, Port } from '../../sim/world/machine.ts';
import { LS_SUCCESS } from '../../src/core/codes.ts';
import type { ConnectionId, HandleId, Host } from '../../src/core/ids.ts';
import { licenseKey } from '../../src/core/license.ts';
import type { CivilTime, Instant } from '../../src/core/time.ts';
import type { CallOutcome, ClientEvent } from '../../src/core/turn.ts';
import { type ClientConfiguration, ClientProcess } from '../../src/process/client-process.ts';
import type { ClientOutside } from '../../src/process/outside.ts';
import { codeText, type HandleNames, tokensText, VERSION } from './words.ts';

/** Connection numbers of one boot: boot · this + a counter. */
const CONNECTIONS_PER_BOOT = 2 ** 20;

interface PendingCall {
  readonly call: 'request' | 'update' | 'release' | 'status';
  /** `request cad`, `update h1`. */
  readonly text: string;
}

export class ScriptClient implements Machine, ClientOutside {
  /** The handle that a call without a name is about: the one that was granted last. */
  lastHandle: HandleId | null = null;
  private readonly name: string;
  private readonly port: Port;
  private readonly nodeByHost: ReadonlyMap<Host, number>;
  private readonly names: HandleNames;
  private readonly tell: (line: string) => void;
  private readonly process: ClientProcess;
  private readonly connections = new Map<ConnectionId, number>();
  private readonly calls = new Map<number, PendingCall>();
  private connectionsMade = 0;
  private callsMade = 0;

  constructor(
    configuration: ClientConfiguration,
    port: Port,
    nodeByHost: ReadonlyMap<Host, number>,
    names: HandleNames,
    tell: (line: string) => void,
  ) {
    this.name = configuration.owner;
    this.port = port;
    this.nodeByHost = nodeByHost;
    this.names = names;
    this.tell = tell;
    this.process = new ClientProcess(configuration, this, null);
  }

  // ── what a script says ──

  request(feature: string, units: number): number {
    const id = this.begin('request', units === 1 ? `request ${feature}` : `request ${feature} ${units}`);
    this.process.call({ kind: 'request', id, key: licenseKey(feature, VERSION), units });
    return id;
  }

  status(feature: string): number {
    const id = this.begin('status', `status ${feature}`);
    this.process.call({ kind: 'status', id, key: licenseKey(feature, VERSION) });
    return id;
  }

  update(handle: HandleId): number {
    const id = this.begin('update', `update ${this.names.nameOf(handle)}`);
    this.process.call({ kind: 'update', id, handle });
    return id;
  }

  release(handle: HandleId): number {
    const id = this.begin('release', `release ${this.names.nameOf(handle)}`);
    this.process.call({ kind: 'release', id, handle });
    return id;
  }

  isUnderWay(id: number): boolean {
    return this.calls.has(id);
  }

  /** `h1 for 299.9s`, for each handle that the library believes to hold. */
  holdings(): string[] {
    const now = this.port.now();
    return [...this.process.client.handles.values()]
      .filter(({ handle }) => this.process.holds(handle))
      .map(({ handle, deadline }) => {
        const tenths = Math.floor((deadline - now) / 100_000);
        return `${this.name} holds ${this.names.nameOf(handle)} for ${(tenths / 10).toFixed(1)}s`;
      });
  }

  private begin(call: PendingCall['call'], text: string): number {
    const id = ++this.callsMade;
    this.calls.set(id, { call, text });
    return id;
  }

  // ── Machine ──

  start(): void {}

  receive(from: number, connection: number, bytes: Uint8Array, length: number): void {
    // A closed connection delivers nothing any more; what was sent on it may still arrive at the server.
    if (this.connections.get(connection) === from) this.process.onFrame(connection, bytes, length);
  }

  wake(): void {
    this.process.onWake();
  }

  committed(): void {}

  noRoom(): void {}

  // ── ClientOutside ──

  finish(outcome: CallOutcome): void {
    const { call, text } = this.calls.get(outcome.id)!;
    this.calls.delete(outcome.id);
    if (call === 'request' && outcome.code === LS_SUCCESS) this.lastHandle = outcome.handle;
    this.tell(`${this.name} ${text}: ${this.outcomeText(call, outcome)}`);
  }

  private outcomeText(call: PendingCall['call'], outcome: CallOutcome): string {
    const code = codeText(outcome.code);
    const certainty = call === 'request' && outcome.definite ? ', definite' : '';
    if (outcome.code !== LS_SUCCESS) {
      return call === 'update' ? `${code}, status ${codeText(outcome.status)}` : `${code}${certainty}`;
    }
    switch (call) {
      case 'request':
        return `${code} ${this.names.nameOf(outcome.handle)}`;
      case 'update':
        return `${code}, status ${codeText(outcome.status)}`;
      case 'status':
        return outcome.tokens === null ? code : `${code} ${tokensText(outcome.tokens)}`;
      case 'release':
        return code;
    }
  }

  note(event: ClientEvent): void {
    if (event.kind === 'holds' || event.because === 'released') return;
    this.tell(`${this.name} holds ${this.names.nameOf(event.handle)} no more: ${event.because}`);
  }

  now(): Instant {
    return this.port.now();
  }

  wall(): CivilTime {
    return this.port.wall();
  }

  random(): number {
    return this.port.random();
  }

  wakeAt(at: Instant): void {
    this.port.wakeAt(at);
  }

  connect(to: Host): ConnectionId {
    const connection = this.port.boot * CONNECTIONS_PER_BOOT + ++this.connectionsMade;
    this.connections.set(connection, this.nodeByHost.get(to)!);
    return connection;
  }

  close(connection: ConnectionId): void {
    this.connections.delete(connection);
  }

  send(connection: ConnectionId, bytes: Uint8Array, length: number): void {
    this.port.send(this.connections.get(connection)!, connection, bytes, length);
  }
}
