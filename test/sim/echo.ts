// A tiny protocol for tests and measurements of the engine: each node keeps one request to a random other node under
// way, which answers it; a timer repeats it. What a node observes is counted, so that a fault shows.

import { FAULT_KINDS } from '../../sim/faults/index.ts';
import type { Trace } from '../../sim/kernel/trace.ts';
import type { FaultPlan } from '../../sim/scenario/scenario.ts';
import { Disk } from '../../sim/world/disk.ts';
import type { NodePlan } from '../../sim/world/host.ts';
import type { Machine, Port, Program } from '../../sim/world/machine.ts';
import { type PhaseReader, type RoleResolver, World, type WorldWatcher } from '../../sim/world/world.ts';
import type { Instant } from '../../src/core/time.ts';

export const RETRY_AFTER = 50_000;

const REQUEST = 1;
const REPLY = 2;
const LENGTH = 12;

/** What one node saw, over all its boots. */
export class Sightings {
  boots = 0;
  requests = 0;
  replies = 0;
  /** Replies to a request that was answered already. */
  repeats = 0;
  /** Requests that came after a later one of the same sender. */
  overtaken = 0;
  retries = 0;
  commits = 0;
  /** How often the disk had no room. */
  fulls = 0;
  /** How many requests an earlier boot had counted on the disk when the last boot began. */
  recovered = 0;
  /** Longest and shortest round trip by the node's own clock. */
  longest = 0;
  shortest = Number.MAX_SAFE_INTEGER;
  /** Longest time by which a retry timer was late. */
  latest = 0;
  lastWall = 0;
  /** Frames that were not what their sender had sent. */
  spoiled = 0;
  readonly newestFrom = new Int32Array(64);
}

export class Echo implements Machine {
  readonly port: Port;
  readonly nodes: number;
  readonly seen: Sightings;
  private readonly commitsEach: boolean;
  private sequence: number;
  private awaited = 0;
  private sentAt = 0;
  private retryAt = 0;
  private isCommitting = false;
  private readonly buffer = new Uint8Array(LENGTH);

  constructor(nodes: number, port: Port, seen: Sightings, commitsEach: boolean) {
    this.nodes = nodes;
    this.port = port;
    this.seen = seen;
    this.commitsEach = commitsEach;
    this.sequence = port.boot * 1_000_000;
  }

  start(): void {
    this.seen.boots++;
    this.seen.recovered = this.port.files().get('count')?.[0] ?? 0;
    this.port.wakeAt(this.port.now());
  }

  receive(from: number, connection: number, bytes: Uint8Array, length: number): void {
    if (length !== LENGTH) throw new Error('a frame of another length');
    if (!isWhole(bytes)) {
      this.seen.spoiled++;
      return;
    }
    const sequence = bytes[1]! | (bytes[2]! << 8) | (bytes[3]! << 16) | (bytes[4]! << 24);
    if (bytes[0] === REQUEST) {
      this.seen.requests++;
      const newest = this.seen.newestFrom[from]!;
      if (sequence < newest) this.seen.overtaken++;
      else this.seen.newestFrom[from] = sequence;
      this.write(REPLY, sequence);
      this.port.send(from, connection, this.buffer, LENGTH);
      if (this.commitsEach) this.keepCount();
      return;
    }
    if (sequence !== this.awaited) {
      this.seen.repeats++;
      return;
    }
    const took = this.port.now() - this.sentAt;
    if (took > this.seen.longest) this.seen.longest = took;
    if (took < this.seen.shortest) this.seen.shortest = took;
    this.seen.replies++;
    this.port.milestone('answered');
    this.seen.lastWall = this.port.wall();
    this.ask();
  }

  wake(): void {
    if (this.awaited === 0) {
      this.ask();
      return;
    }
    this.seen.retries++;
    const late = this.port.now() - this.retryAt;
    if (late > this.seen.latest) this.seen.latest = late;
    this.ask();
  }

  committed(): void {
    this.isCommitting = false;
    this.seen.commits++;
  }

  noRoom(): void {
    this.isCommitting = false;
    this.seen.fulls++;
  }

  private ask(): void {
    const other =
      (this.port.node + 1 + (((this.port.random() >>> 16) * (this.nodes - 1)) >>> 16)) % this.nodes;
    this.awaited = ++this.sequence;
    const now = this.port.now();
    this.sentAt = now;
    this.retryAt = now + RETRY_AFTER;
    this.write(REQUEST, this.sequence);
    this.port.send(other, 0, this.buffer, LENGTH);
    this.port.wakeAt(this.retryAt as Instant);
  }

  private keepCount(): void {
    if (this.isCommitting) return;
    this.isCommitting = true;
    this.port.milestone('sync handed');
    const count = Math.min(255, this.seen.requests);
    this.port.commit([
      { kind: 'write', file: 'count', offset: 0, bytes: Uint8Array.of(count) },
      { kind: 'sync', file: 'count' },
      { kind: 'sync-directory' },
    ]);
  }

  private write(kind: number, sequence: number): void {
    const bytes = this.buffer;
    bytes[0] = kind;
    bytes[1] = sequence;
    bytes[2] = sequence >> 8;
    bytes[3] = sequence >> 16;
    bytes[4] = sequence >> 24;
    const check = Math.imul(sequence ^ kind, 0x9e3779b1);
    bytes[8] = check;
    bytes[9] = check >> 8;
    bytes[10] = check >> 16;
    bytes[11] = check >> 24;
  }
}

/** Any one byte that is changed shows: the factor is odd, so that no two sequences have one check. */
function isWhole(bytes: Uint8Array): boolean {
  const sequence = bytes[1]! | (bytes[2]! << 8) | (bytes[3]! << 16) | (bytes[4]! << 24);
  const check = bytes[8]! | (bytes[9]! << 8) | (bytes[10]! << 16) | (bytes[11]! << 24);
  const unused = bytes[5]! | bytes[6]! | bytes[7]!;
  return unused === 0 && check === Math.imul(sequence ^ bytes[0]!, 0x9e3779b1);
}

export class EchoProgram implements Program {
  readonly nodes: number;
  readonly seen = new Sightings();
  commitsEach = false;

  constructor(nodes: number) {
    this.nodes = nodes;
  }

  boot(_node: number, port: Port): Machine {
    return new Echo(this.nodes, port, this.seen, this.commitsEach);
  }
}

export interface EchoPlan {
  readonly seed?: number;
  readonly nodes?: number;
  readonly servers?: number;
  readonly faults?: readonly FaultPlan[];
  readonly endsAt?: number;
  readonly commits?: boolean;
  readonly delayFrom?: number;
  readonly delayTo?: number;
  readonly mostMonotonicPpm?: number;
  readonly mostStoresLost?: number;
  readonly roles?: RoleResolver;
  readonly phases?: PhaseReader;
  readonly watcher?: WorldWatcher;
  readonly trace?: Trace;
}

export function echoWorld(plan: EchoPlan = {}): World {
  const count = plan.nodes ?? 5;
  const nodes: NodePlan[] = [];
  for (let node = 0; node < count; node++) {
    const program = new EchoProgram(count);
    program.commitsEach = plan.commits ?? false;
    nodes.push({
      program,
      disk: plan.commits ? new Disk() : null,
      monotonicAt: 1_000_000 * (node + 1),
      wallAt: 1_800_000_000_000,
      monotonicPpm: 0,
      syncFrom: 500,
      syncTo: 3000,
    });
  }
  return new World({
    seed: plan.seed ?? 1,
    nodes,
    servers: plan.servers ?? count,
    link: { delayFrom: plan.delayFrom ?? 1000, delayTo: plan.delayTo ?? 10_000 },
    faults: plan.faults ?? [],
    faultKinds: FAULT_KINDS,
    endsAt: plan.endsAt ?? 2_000_000,
    ...(plan.mostMonotonicPpm === undefined ? {} : { mostMonotonicPpm: plan.mostMonotonicPpm }),
    ...(plan.mostStoresLost === undefined ? {} : { mostStoresLost: plan.mostStoresLost }),
    ...(plan.roles === undefined ? {} : { roles: plan.roles }),
    ...(plan.phases === undefined ? {} : { phases: plan.phases }),
    ...(plan.watcher === undefined ? {} : { watcher: plan.watcher }),
    ...(plan.trace === undefined ? {} : { trace: plan.trace }),
  });
}

/** What the node has seen so far, over all its boots; the node must be up. */
export function sightings(world: World, node: number): Sightings {
  const machine = world.machine(node);
  if (!(machine instanceof Echo)) throw new Error(`node ${node} is down`);
  return machine.seen;
}
