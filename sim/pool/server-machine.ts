// A license server as a machine of the simulator: the very process that the daemon runs, between the simulator's network
// and disk, and everything that it does told to the observer.

import type { ConnectionId, Host } from '../../src/core/ids.ts';
import type { Call, Order, ReplyToClient, ServerMessage } from '../../src/core/message.ts';
import type { CivilTime, Instant } from '../../src/core/time.ts';
import type { ServerEvent } from '../../src/core/turn.ts';
import type { ServerOutside } from '../../src/process/outside.ts';
import {
  bootProcess,
  type ServerConfiguration,
  type ServerProcess,
} from '../../src/process/server-process.ts';
import type { Tap } from '../../src/process/tap.ts';
import type { DiskBatch } from '../../src/storage/disk-command.ts';
import type { MilestoneName } from '../scenario/milestones.ts';
import type { Machine, Port, Program } from '../world/machine.ts';
import type { RunContext } from './run-context.ts';
import type { DurableView, ServerView } from './server-view.ts';

/** A client's connection as a server names it: node · 2^32 + the client's own number. */
const CONNECTION_UNIT = 2 ** 32;

export class ServerProgram implements Program {
  private readonly context: RunContext;
  private readonly configurations: readonly ServerConfiguration[];
  private readonly indexByHost: ReadonlyMap<Host, number>;

  constructor(context: RunContext, configurations: readonly ServerConfiguration[]) {
    this.context = context;
    this.configurations = configurations;
    this.indexByHost = new Map(configurations.map(({ host }, index) => [host, index]));
  }

  boot(node: number, port: Port): Machine {
    return new ServerMachine(this.context, this.configurations[node]!, this.indexByHost, port);
  }
}

export class ServerMachine implements Machine, ServerOutside, Tap {
  /** What checkers look at; undefined before `start`. */
  view: ServerView | undefined = undefined;
  private readonly context: RunContext;
  private readonly configuration: ServerConfiguration;
  private readonly indexByHost: ReadonlyMap<Host, number>;
  private readonly port: Port;
  private readonly index: number;
  /** From `start` on, which comes before everything else. */
  private process: ServerProcess | null = null;
  private durable: DurableView | null = null;
  private durableUnderWay: DurableView | null = null;
  /** Whether the batch under way is on the medium: by the engine's word, since the process may be wrong about it. */
  private isOnMedium = false;
  /** Who sent the frame that is being stepped on. */
  private sender = -1;
  private readonly servers: number;
  /** The host looked up last, and its node: a message is told of and sent right after each other. */
  private lastHost: Host = '';
  private lastNode = -1;

  constructor(
    context: RunContext,
    configuration: ServerConfiguration,
    indexByHost: ReadonlyMap<Host, number>,
    port: Port,
  ) {
    this.context = context;
    this.configuration = configuration;
    this.indexByHost = indexByHost;
    this.port = port;
    this.index = port.node;
    this.servers = indexByHost.size;
  }

  // ── Machine: what the engine calls ──

  start(): void {
    const process = bootProcess(this.configuration, this.port.files(), this, this);
    this.context.counts.boots++;
    this.context.times.booted(this.port.trueTime(), this.index);
    this.process = process;
    this.durable = this.presentDurable();
    if (this.durable.isMember) this.port.storeCounts();
    this.view = { server: process.server, durable: this.durable };
    this.context.observer.serverBooted?.(this.port.trueTime(), this.index, this.view);
    process.start();
    this.stepped();
  }

  receive(from: number, connection: number, bytes: Uint8Array, length: number): void {
    const process = this.process!;
    this.sender = from;
    if (from < this.servers) process.onServerFrame(bytes, length);
    else process.onClientFrame(from * CONNECTION_UNIT + connection, bytes, length);
    this.stepped();
  }

  wake(): void {
    this.process!.onWake();
    this.stepped();
  }

  committed(): void {
    this.isOnMedium = true;
    this.process!.onCommitted();
    this.stepped();
  }

  noRoom(): void {
    this.process!.onNoRoom();
    this.stepped();
  }

  order(order: unknown): boolean {
    const outcome = this.process!.onOrder(order as Order);
    this.stepped();
    return outcome === 'obeyed';
  }

  // ── ServerOutside: what the process asks for ──

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

  send(to: Host, bytes: Uint8Array, length: number): void {
    const node = this.nodeOf(to);
    if (node >= 0) this.port.send(node, 0, bytes, length);
  }

  reply(connection: ConnectionId, bytes: Uint8Array, length: number): void {
    this.port.send(clientNodeOf(connection), connection % CONNECTION_UNIT, bytes, length);
  }

  commit(batch: DiskBatch): void {
    // A batch that found no room comes again as it was: it holds nothing newer.
    this.durableUnderWay ??= this.presentDurable();
    this.port.commit(batch);
    this.reached('sync handed');
  }

  /** Licenses are not signed here. */
  objectionTo(): null {
    return null;
  }

  /** Its milestones are the protocol's events by their kinds, and a batch handed to the disk and synced. */
  note(event: ServerEvent): void {
    this.reached(event.kind);
    if (event.kind === 'granted') this.context.granted(event.owner);
    this.context.counts.noted(event);
    if (this.view !== undefined) {
      this.context.times.noted(this.context.world!, this.index, event, this.view.server);
      this.context.observer.serverNoted?.(this.port.trueTime(), this.index, event, this.view);
    }
  }

  // ── Tap: what goes in and out ──

  sent(to: Host, message: ServerMessage): void {
    const node = this.nodeOf(to);
    if (node < 0) return;
    this.context.counts.messagesSent++;
    this.context.observer.messageSent?.(this.port.trueTime(), this.index, node, message, this.view!);
  }

  answered(connection: ConnectionId, message: ReplyToClient): void {
    if (message.kind !== 'answer') return;
    const client = clientNodeOf(connection) - this.servers;
    this.context.observer.answerLeft?.(this.port.trueTime(), this.index, client, message, this.view!);
  }

  received(message: ServerMessage): void {
    this.context.observer.messageArrived?.(this.port.trueTime(), this.sender, this.index, message);
  }

  called(_connection: ConnectionId, call: Call): void {
    const client = this.sender - this.servers;
    this.context.observer.callArrived?.(this.port.trueTime(), this.index, client, call);
  }

  synced(): void {
    this.reached('synced');
    if (!this.isOnMedium) return;
    this.isOnMedium = false;
    if (this.durableUnderWay!.isMember && !this.durable!.isMember) this.port.storeCounts();
    this.durable = this.durableUnderWay!;
    this.durableUnderWay = null;
    this.view = { server: this.process!.server, durable: this.durable };
    this.context.observer.serverCommitted?.(this.port.trueTime(), this.index, this.view);
  }

  // ── inside ──

  private nodeOf(host: Host): number {
    if (host === this.lastHost) return this.lastNode;
    this.lastHost = host;
    this.lastNode = this.indexByHost.get(host) ?? -1;
    return this.lastNode;
  }

  /** Only what a plan can name. */
  private reached(name: MilestoneName): void {
    this.port.milestone(name);
  }

  private stepped(): void {
    this.context.census.stepped(this.index, this.process!.server);
    this.context.observer.serverStepped?.(this.port.trueTime(), this.index, this.view!);
  }

  /** What is on its way to the disk now; at boot, what recovery found there. */
  private presentDurable(): DurableView {
    const { meta, register } = this.process!.server;
    return {
      position: register?.position ?? null,
      promised: meta.promised,
      promisedTo: meta.promisedTo,
      isMember: meta.isMember,
      store: meta.store,
      bootSequence: meta.bootSequence,
    };
  }
}

function clientNodeOf(connection: ConnectionId): number {
  return Math.floor(connection / CONNECTION_UNIT);
}
