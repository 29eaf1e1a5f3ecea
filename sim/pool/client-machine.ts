// A client as a machine of the simulator: the real client library, and on top of it an application that begins sessions
// (request, hold, release), sometimes asks for its status, gives up before it has an answer, forgets to release, or crashes.
// Each session draws from a stream of its own, so that leaving one out leaves the others as they were.

import type { Client } from '../../src/core/client/state.ts';
import { LS_SUCCESS } from '../../src/core/codes.ts';
import type { ConnectionId, HandleId, Host, LicenseKey } from '../../src/core/ids.ts';
import { licenseKey } from '../../src/core/license.ts';
import type { CallKind, ReplyToClient } from '../../src/core/message.ts';
import { type CivilTime, type Duration, earliest, type Instant, later, NEVER } from '../../src/core/time.ts';
import type { CallOutcome, ClientEvent } from '../../src/core/turn.ts';
import { type ClientConfiguration, ClientProcess } from '../../src/process/client-process.ts';
import type { ClientOutside } from '../../src/process/outside.ts';
import type { ClientTap } from '../../src/process/tap.ts';
import { type Chance, stream } from '../kernel/chance.ts';
import type { MilestoneName } from '../scenario/milestones.ts';
import { type ClientPlan, hasCore } from '../scenario/scenario.ts';
import type { Machine, Port, Program } from '../world/machine.ts';
import type { ApplicationCall } from './observer.ts';
import type { RunContext } from './run-context.ts';

/** Connection numbers of one boot: boot · this + a counter. */
const CONNECTIONS_PER_BOOT = 2 ** 20;

/** How an application ends a session. */
type Fate = 'release' | 'forget' | 'crash';

/** Who gives up waits at most so long: from less than one attempt to the time of most of a call. */
const LONGEST_PATIENCE = 2_000_000;

interface Session {
  readonly key: LicenseKey;
  readonly units: number;
  readonly holdFor: number;
  readonly fate: Fate;
  readonly thinkAfter: number;
  /** How long the application waits for an answer to its request. */
  readonly patience: number;
  readonly chance: Chance;
}

export class ClientProgram implements Program {
  private readonly context: RunContext;
  private readonly configurations: readonly ClientConfiguration[];
  private readonly indexByHost: ReadonlyMap<Host, number>;

  constructor(context: RunContext, configurations: readonly ClientConfiguration[], servers: readonly Host[]) {
    this.context = context;
    this.configurations = configurations;
    this.indexByHost = new Map(servers.map((host, index) => [host, index]));
  }

  boot(node: number, port: Port): Machine {
    const client = node - this.context.scenario.servers;
    return new ClientMachine(this.context, client, this.configurations[client]!, this.indexByHost, port);
  }
}

export class ClientMachine implements Machine, ClientOutside, ClientTap {
  private readonly context: RunContext;
  private readonly client: number;
  private readonly plan: ClientPlan;
  private readonly configuration: ClientConfiguration;
  private readonly indexByHost: ReadonlyMap<Host, number>;
  private readonly port: Port;
  private process: ClientProcess;
  private readonly connections = new Map<ConnectionId, number>();
  private connectionsMade = 0;
  /** The server whose frame is being stepped on. */
  private sender = -1;
  /** Calls of the application that are under way, by number. */
  private readonly calls = new Map<number, ApplicationCall>();
  private session: Session | null = null;
  /** The request of the session; another one that still ends was given up. */
  private requestId = 0;
  private handle: HandleId | null = null;
  private isStopped = false;
  /** What the application does next, and when by its own clock. */
  private next: 'begin' | 'end' | 'look' | 'give up' | 'nothing' = 'nothing';
  private nextAt: Instant = NEVER;
  private endAt: Instant = NEVER;
  private libraryWakeAt: Instant = NEVER;

  constructor(
    context: RunContext,
    client: number,
    configuration: ClientConfiguration,
    indexByHost: ReadonlyMap<Host, number>,
    port: Port,
  ) {
    this.context = context;
    this.client = client;
    this.plan = context.scenario.clients[client]!;
    this.configuration = configuration;
    this.indexByHost = indexByHost;
    this.port = port;
    this.process = new ClientProcess(configuration, this, this);
  }

  /** The client library's own state, to be looked at. */
  get library(): Readonly<Client> {
    return this.process.client;
  }

  // ── Machine ──

  start(): void {
    const begun = this.context.sessionsBegun[this.client]!;
    const chance = stream(this.context.scenario.seed, `start c${this.client} ${begun}`);
    this.isStopped = this.port.trueTime() >= this.context.scenario.clientsUntil;
    this.plans('begin', chance.between(0, 2 * this.plan.meanThink));
  }

  receive(from: number, connection: number, bytes: Uint8Array, length: number): void {
    // A closed connection delivers nothing any more; what was sent on it may still arrive at the server.
    this.sender = from;
    if (this.connections.get(connection) === from) this.process.onFrame(connection, bytes, length);
    this.arm();
  }

  wake(): void {
    if (this.port.now() >= this.libraryWakeAt) this.process.onWake();
    if (this.port.now() >= this.nextAt) this.act();
    this.arm();
  }

  committed(): void {}

  noRoom(): void {}

  /** The workload ends: no new session; what is held is given back at once where the end is judged, else in its time. */
  stop(): void {
    this.isStopped = true;
    if (this.handle !== null && hasCore(this.context.scenario.environment)) this.endSession();
    this.arm();
  }

  /** The library has a call of that kind under way. */
  isAsking(call: CallKind): boolean {
    for (const { task } of this.process.client.handles.values()) if (task?.call === call) return true;
    return false;
  }

  // ── the application ──

  private plans(what: 'begin' | 'end' | 'look' | 'give up' | 'nothing', afterMicros: number): void {
    this.next = what;
    this.nextAt = what === 'nothing' ? NEVER : later(this.port.now(), afterMicros as Duration);
    this.arm();
  }

  private act(): void {
    const { next } = this;
    this.next = 'nothing';
    this.nextAt = NEVER;
    switch (next) {
      case 'begin':
        this.beginSession();
        break;
      case 'look':
        this.look();
        break;
      case 'end':
        this.endSession();
        break;
      case 'give up':
        this.giveUp();
        break;
      case 'nothing':
        break;
    }
  }

  private beginSession(): void {
    const { scenario, sessionsBegun } = this.context;
    const number = sessionsBegun[this.client]!;
    if (this.isStopped || number >= this.plan.sessions) {
      this.plans('nothing', 0);
      return;
    }
    sessionsBegun[this.client] = number + 1;
    const session = this.drawSession(stream(scenario.seed, `session c${this.client} ${number}`));
    if (this.plan.skip.includes(number)) {
      this.plans('begin', session.thinkAfter);
      return;
    }
    this.session = session;
    if (session.patience < NEVER) this.plans('give up', session.patience);
    else this.plans(session.fate === 'crash' ? 'end' : 'nothing', session.holdFor);
    this.endAt = later(this.port.now(), session.holdFor as Duration);
    this.requestId = this.context.nextCallId();
    this.call({
      id: this.requestId,
      call: 'request',
      handle: null,
      key: session.key,
      units: session.units,
    });
  }

  private drawSession(chance: Chance): Session {
    const { licenses } = this.context.scenario;
    const license = licenses[chance.below(licenses.length)]!;
    const units = 1 + chance.below(this.plan.mostUnits);
    const holdFor = chance.between(0, 2 * this.plan.meanHold);
    const thinkAfter = chance.between(0, 2 * this.plan.meanThink);
    const crashes = chance.happens(this.plan.crashPpm);
    const forgets = chance.happens(this.plan.neverReleasePpm);
    const { giveUpPpm } = this.plan;
    const isImpatient = giveUpPpm !== undefined && chance.happens(giveUpPpm);
    return {
      key: licenseKey(license.feature, license.version),
      units,
      holdFor,
      fate: crashes ? 'crash' : forgets ? 'forget' : 'release',
      thinkAfter,
      // One that crashes does not live to give up.
      patience: isImpatient && !crashes ? chance.below(LONGEST_PATIENCE) : NEVER,
      chance,
    };
  }

  /** In the middle of a session the application renews by hand, or asks what is free. */
  private look(): void {
    const session = this.session!;
    if (this.handle === null) return;
    if (session.chance.happens(700_000)) {
      this.call({
        id: this.context.nextCallId(),
        call: 'update',
        handle: this.handle,
        key: session.key,
        units: session.units,
      });
    } else {
      this.call({ id: this.context.nextCallId(), call: 'status', handle: null, key: session.key, units: 0 });
    }
    // The call itself may have shown the library that the token has lapsed: then the session is over.
    if (this.session === session && this.handle !== null) this.planHolding(session);
  }

  private planHolding(session: Session): void {
    const remaining = Math.max(0, this.endAt - this.port.now());
    const lookAfter = session.chance.between(1, Math.max(1, 2 * this.plan.meanHold));
    if (lookAfter < remaining) this.plans('look', lookAfter);
    else this.plans('end', remaining);
  }

  /** Nobody waits for the answer any more, and another request is made at once: so calls of one client pile up. */
  private giveUp(): void {
    if (this.session === null || this.handle !== null) return;
    this.context.counts.clientsGivingUp++;
    this.session = null;
    this.plans('begin', 0);
  }

  private endSession(): void {
    const session = this.session;
    if (session === null) return;
    if (session.fate !== 'release') {
      if (session.fate === 'crash') this.context.counts.clientCrashes++;
      else this.context.counts.clientsForgetting++;
      this.restartProcess();
    } else if (this.handle !== null) {
      const handle = this.handle;
      this.handle = null;
      this.call({
        id: this.context.nextCallId(),
        call: 'release',
        handle,
        key: session.key,
        units: session.units,
      });
    }
    this.session = null;
    this.handle = null;
    this.plans('begin', session.thinkAfter);
  }

  /** The application's process is gone, and the library with it; another one starts in its place. */
  private restartProcess(): void {
    this.context.clientGone(this.client);
    this.calls.clear();
    this.connections.clear();
    this.libraryWakeAt = NEVER;
    this.process = new ClientProcess(this.configuration, this, this);
  }

  private call(call: ApplicationCall): void {
    this.calls.set(call.id, call);
    this.context.callBegan(this.client, call);
    const { id, key, units } = call;
    if (call.call === 'request') this.process.call({ kind: 'request', id, key, units });
    else if (call.call === 'status') this.process.call({ kind: 'status', id, key });
    else this.process.call({ kind: call.call, id, handle: call.handle! });
  }

  // ── ClientTap ──

  received(message: ReplyToClient): void {
    if (message.kind !== 'answer') return;
    this.context.observer.answerArrived?.(this.port.trueTime(), this.sender, this.client, message);
  }

  // ── ClientOutside ──

  finish(outcome: CallOutcome): void {
    const call = this.calls.get(outcome.id)!;
    this.calls.delete(outcome.id);
    this.context.counts.callEnded(call.call, outcome.code === LS_SUCCESS);
    this.context.observer.callEnded?.(this.port.trueTime(), this.client, call, outcome);
    if (call.call !== 'request') return;
    const session = this.session;
    if (session === null || call.id !== this.requestId) {
      // The session was over before its answer came.
      if (outcome.code === LS_SUCCESS) this.giveBack(outcome.handle, call);
      return;
    }
    if (outcome.code !== LS_SUCCESS) {
      this.session = null;
      this.plans('begin', session.thinkAfter);
    } else if (this.isStopped && hasCore(this.context.scenario.environment)) {
      this.handle = outcome.handle;
      this.plans('end', 0);
    } else {
      this.handle = outcome.handle;
      if (session.fate !== 'crash') this.planHolding(session);
    }
  }

  private giveBack(handle: HandleId, call: ApplicationCall): void {
    this.call({ id: this.context.nextCallId(), call: 'release', handle, key: call.key, units: call.units });
  }

  note(event: ClientEvent): void {
    this.port.milestone(event.kind satisfies MilestoneName);
    if (event.kind === 'holds') {
      const { handle, key, units, deadline, wallDeadline } = event;
      this.context.believes(this.client, handle, key, units, deadline, wallDeadline);
      return;
    }
    this.context.counts.beliefEnded(event.because);
    this.context.believesNoMore(this.client, event.handle);
    if (event.handle === this.handle && event.because !== 'released') {
      // The token is gone under the application's hands: it begins again.
      const session = this.session;
      this.handle = null;
      this.session = null;
      this.plans('begin', session?.thinkAfter ?? 0);
    }
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
    this.libraryWakeAt = at;
    this.arm();
  }

  connect(to: Host): ConnectionId {
    const connection = this.port.boot * CONNECTIONS_PER_BOOT + ++this.connectionsMade;
    this.connections.set(connection, this.indexByHost.get(to) ?? -1);
    return connection;
  }

  close(connection: ConnectionId): void {
    this.connections.delete(connection);
  }

  send(connection: ConnectionId, bytes: Uint8Array, length: number): void {
    const server = this.connections.get(connection) ?? -1;
    if (server >= 0) this.port.send(server, connection, bytes, length);
  }

  private arm(): void {
    this.port.wakeAt(earliest(this.libraryWakeAt, this.nextAt));
  }
}
