// The whole of a run: agenda, network, hosts, faults, digest; the only mutable owner. One event per step, one synchronous
// call per event. It runs machines and knows nothing of what they do. Everything that changes hangs on this object, so a
// snapshot is a clone of it.

import { assert } from '../../src/core/assert.ts';
import { NEVER } from '../../src/core/time.ts';
import { Agenda, type Appointment, NO_APPOINTMENT } from '../kernel/agenda.ts';
import { cloneGraph } from '../kernel/clone.ts';
import { Digest } from '../kernel/digest.ts';
import type { Trace } from '../kernel/trace.ts';
import type { FaultPlan, FileEdit, MilestonePlan, Target } from '../scenario/scenario.ts';
import type { CrashOptions } from './disk-model.ts';
import {
  BOOT,
  CALL,
  COMMITTED,
  DELIVERY,
  DISK_DONE,
  eventName,
  FAULT_BEGINS,
  FAULT_ENDS,
  LATE_DELIVERY,
  NO_ROOM,
  WAKE,
} from './event-kind.ts';
import { type FaultCount, FaultRun } from './fault-run.ts';
import type { Frame } from './frame.ts';
import { Host, type NodePlan } from './host.ts';
import type { Machine } from './machine.ts';
import { type MilestoneListener, Milestones, type MilestoneWorld } from './milestones.ts';
import { type LinkDelay, Network } from './network.ts';
import { StoreBudget } from './store-budget.ts';

/** What the world needs of a kind of fault; `sim/faults` says more about each. Stateless: what a fault lays is in its run. */
export interface FaultBehaviour {
  readonly kind: string;
  begin(world: World, run: FaultRun, plan: FaultPlan): void;
  end(world: World, run: FaultRun, plan: FaultPlan): void;
}

/** Supplied by whoever knows what the machines are: which node plays that role now. */
export interface RoleResolver {
  /** A node, or -1 when nobody plays it. */
  resolve(role: string, world: World): number;
}

/** Supplied by whoever knows what the machines do: what they are in the middle of now, a bit for each phase. */
export interface PhaseReader {
  phases(world: World): number;
}

/** Supplied by whoever knows what the machines' files mean: the file that people edit, and what an edit makes of it. */
export interface Operator {
  readonly file: string;
  edited(edit: FileEdit): Uint8Array;
}

/** Told of what happens in the world. It reads; nothing that it does is felt by the run. */
export interface WorldWatcher {
  /**
   * Before every event. `kind`: see event-kind; `node`: -1 for an event of no node; `from`: the sender of a frame, or -1;
   * `content`: a checksum of the frame, or the event's number; `cause`: the number of the event that asked for it, 0 = none.
   */
  eventBegins?(
    world: World,
    kind: number,
    node: number,
    from: number,
    length: number,
    content: number,
    cause: number,
  ): void;
  /** Before the machine's `start`. */
  nodeBooted?(world: World, node: number): void;
  nodeCrashed?(world: World, node: number): void;
  /** The rate of the node's monotonic clock changed, or its wall clock jumped or changed its rate. */
  clockChanged?(world: World, node: number): void;
  /** Somebody put a file on the node's disk. */
  filePut?(world: World, node: number, bytes: Uint8Array): void;
  faultBegan?(world: World, run: FaultRun): void;
  faultEnded?(world: World, run: FaultRun): void;
}

/** An event that has not happened yet; good until the next one. */
export interface Upcoming {
  readonly kind: number;
  readonly node: number;
  /** What would be delivered; null: it is another event. */
  readonly frame: Frame | null;
  readonly record: Appointment;
}

/** Somebody who departs from what would happen next. */
export interface Hand {
  /** Before every event. */
  follow(): void;
  /** After it. */
  settle(): void;
}

/** Something to be done at a moment of the run. An object with fields, never a closure: it is cloned with the world. */
export interface Due {
  due(world: World): void;
}

export interface WorldPlan {
  readonly seed: number;
  /** Servers first, then clients. */
  readonly nodes: readonly NodePlan[];
  /** How many of the nodes are servers. */
  readonly servers: number;
  readonly link: LinkDelay;
  readonly faults: readonly FaultPlan[];
  readonly faultKinds: ReadonlyMap<string, FaultBehaviour>;
  /** No event after this is handled; NEVER when absent. */
  readonly endsAt?: number;
  /** How many stores faults may make unusable at once; any number when absent. */
  readonly mostStoresLost?: number;
  /** Monotonic clocks stay within so many ppm whatever faults ask for; unbounded when absent. */
  readonly mostMonotonicPpm?: number;
  readonly roles?: RoleResolver;
  readonly phases?: PhaseReader;
  readonly operator?: Operator;
  readonly watcher?: WorldWatcher;
  readonly trace?: Trace;
}

/** More events than this without time passing: some machine asks to be woken at once, for ever. */
const MOST_EVENTS_AT_ONCE = 100_000;

export class World implements MilestoneWorld {
  readonly seed: number;
  readonly servers: number;
  readonly endsAt: number;
  readonly network: Network;
  readonly hosts: Host[] = [];
  readonly faults: FaultRun[] = [];
  readonly stores: StoreBudget;
  /** How many events were handled. */
  events = 0;
  trace: Trace | null;
  /** Null: nobody steers it. */
  hand: Hand | null = null;
  private lastTime = -1;
  private lastTimeBegan = 0;
  private readonly agenda = new Agenda();
  private readonly milestones: Milestones = new Milestones(this);
  private readonly runDigest = new Digest();
  private readonly faultKinds: ReadonlyMap<string, FaultBehaviour>;
  private readonly roles: RoleResolver | null;
  private readonly phases: PhaseReader | null;
  private readonly operator: Operator | null;
  private readonly watcher: WorldWatcher | null;
  private readonly watchesEvents: boolean;

  constructor(plan: WorldPlan) {
    assert(plan.nodes.length < 4096, 'a world has fewer than 4096 nodes');
    this.seed = plan.seed;
    this.servers = plan.servers;
    this.endsAt = plan.endsAt ?? NEVER;
    this.faultKinds = plan.faultKinds;
    this.roles = plan.roles ?? null;
    this.phases = plan.phases ?? null;
    this.operator = plan.operator ?? null;
    this.watcher = plan.watcher ?? null;
    this.watchesEvents = plan.watcher?.eventBegins !== undefined;
    this.trace = plan.trace ?? null;
    this.network = new Network(plan.seed, plan.nodes.length, plan.link, this.agenda);
    this.stores = new StoreBudget(plan.mostStoresLost ?? plan.nodes.length);
    const mostPpm = plan.mostMonotonicPpm ?? 999_999;
    for (let node = 0; node < plan.nodes.length; node++) {
      this.hosts.push(
        new Host(
          plan.seed,
          node,
          plan.nodes[node]!,
          mostPpm,
          this.agenda,
          this.network,
          this.milestones,
          this.stores,
        ),
      );
    }
    for (const fault of plan.faults) this.inject(fault);
  }

  /** True time of the present event, µs. */
  get now(): number {
    return this.agenda.now;
  }

  /** 16 hexadecimal digits that stand for everything that has happened so far. */
  digest(): string {
    return this.runDigest.text();
  }

  machine(node: number): Machine | null {
    return this.hosts[node]!.machine;
  }

  /** Handles one event; false when none is left up to `until`, which is then the present. */
  step(until: number = this.endsAt): boolean {
    const limit = Math.min(until, this.endsAt);
    const { hand } = this;
    if (hand === null) return this.handleNext(limit);
    hand.follow();
    const isStep = this.handleNext(limit);
    hand.settle();
    return isStep;
  }

  /** Handles every event up to that true time, which is then the present. Returns how many they were. */
  run(until: number = this.endsAt): number {
    const before = this.events;
    const limit = Math.min(until, this.endsAt);
    while (this.step(limit));
    return this.events - before;
  }

  /** The true time of the next event, Infinity when there is none. */
  nextAt(): number {
    return this.agenda.firstTime();
  }

  /** A moment to come back to, as often as wanted. Not to be taken while an event is being handled. */
  snapshot(): Snapshot {
    return new Snapshot(cloneGraph(this));
  }

  /** Calls `due.due(world)` at that true time. */
  schedule(at: number, due: Due): Appointment {
    return this.agenda.schedule(at, CALL, -1, 0, 0, due);
  }

  /** Takes back what `schedule` promised; it must not have happened yet. */
  unschedule(appointment: Appointment): void {
    this.agenda.cancel(appointment);
  }

  /** Which node plays that role now; -1: nobody. */
  resolveRole(role: string): number {
    return this.roles === null ? -1 : this.roles.resolve(role, this);
  }

  // ── what somebody does who lets the events happen one by one ──

  /** The event that comes next. */
  next(): Upcoming | null {
    const { agenda } = this;
    const record = agenda.first();
    if (record === NO_APPOINTMENT || agenda.timeOf(record) > this.endsAt) return null;
    const kind = agenda.kindOf(record);
    const frame = kind === DELIVERY ? (agenda.referenceOf(record) as Frame) : null;
    return { kind, node: agenda.nodeOf(record), frame, record };
  }

  /** Takes the frame that would be delivered next out of the world; it is no event. */
  takeAway({ record, frame }: Upcoming): Frame {
    assert(frame !== null, 'what is taken away is a frame');
    this.agenda.cancel(record);
    return frame;
  }

  /** A frame that was taken away is delivered next, or a copy of one. */
  putNext(node: number, frame: Frame): void {
    this.agenda.scheduleNext(DELIVERY, node, 0, 0, frame);
  }

  // ── faults ──

  /** From now on the listener is told of every milestone, on behalf of that fault. */
  listen(run: FaultRun, listener: MilestoneListener): void {
    this.milestones.listen(run, listener);
  }

  listenNoMore(run: FaultRun): void {
    this.milestones.listenNoMore(run);
  }

  /** Adds a fault to the plan. It begins at its milestone, or at its time, or at once when that has passed. */
  inject(plan: FaultPlan): FaultRun {
    assert(this.faultKinds.has(plan.kind), `${plan.kind} is a kind of fault`);
    const run = new FaultRun(this.faults.length, plan);
    this.faults.push(run);
    if (plan.when === undefined) this.beginAt(Math.max(plan.at, this.now), run);
    else this.milestones.await(run, plan.when as MilestonePlan);
    return run;
  }

  /** The fault strikes now. Told before it does, when it begins and whenever it strikes again. */
  strikes(run: FaultRun): void {
    if (this.phases !== null) run.phases |= this.phases.phases(this);
  }

  beginAt(time: number, run: FaultRun): void {
    this.agenda.schedule(time, FAULT_BEGINS, -1, run.index, 0, null);
  }

  isAimedAt(target: Target, node: number): boolean {
    if ('role' in target) return this.resolveRole(target.role) === node;
    return node === ('server' in target ? target.server : this.servers + target.client);
  }

  /**
   * The process of that node dies at once; what its disk loses is drawn from the node's own stream. It starts again at
   * `restartAt`, NEVER = not by itself. False: it was down.
   */
  crash(node: number, options: CrashOptions, restartAt: number = NEVER): boolean {
    const host = this.hosts[node]!;
    const wasAsleep = host.isAsleep;
    if (!host.crash(options)) return false;
    if (restartAt < NEVER) host.bootAt(restartAt);
    if (wasAsleep) this.watcher?.clockChanged?.(this, node);
    this.watcher?.nodeCrashed?.(this, node);
    return true;
  }

  /** The whole machine goes to sleep: no process runs, its monotonic clock stands still, its wall clock goes on. */
  fallAsleep(node: number, by: FaultRun): void {
    this.hosts[node]!.fallAsleep(by);
    this.watcher?.clockChanged?.(this, node);
  }

  /** It goes on, unless another fault keeps it asleep or its power failed meanwhile. */
  wakeUp(node: number, by: FaultRun): void {
    if (this.hosts[node]!.wakeUp(by)) this.watcher?.clockChanged?.(this, node);
  }

  /** Starts a node that is down and that no fault holds down. */
  restart(node: number): void {
    this.hosts[node]!.restart();
  }

  /** Somebody edits the file on the disk of a node that is down; false when that changes nothing, or there is nothing to edit. */
  editFile(node: number, edit: FileEdit): boolean {
    const { operator } = this;
    if (operator === null || !this.hosts[node]!.hasDisk) return false;
    const bytes = operator.edited(edit);
    if (!this.hosts[node]!.putFile(operator.file, bytes)) return false;
    this.watcher?.filePut?.(this, node, bytes);
    return true;
  }

  addMonotonicPpm(node: number, ppm: number): void {
    this.hosts[node]!.addMonotonicPpm(ppm);
    this.watcher?.clockChanged?.(this, node);
  }

  addWallPpm(node: number, ppm: number): void {
    this.hosts[node]!.addWallPpm(ppm);
    this.watcher?.clockChanged?.(this, node);
  }

  suspendClock(node: number, isSuspended: boolean): void {
    this.hosts[node]!.suspendClock(isSuspended);
    this.watcher?.clockChanged?.(this, node);
  }

  jumpWall(node: number, byMs: number): void {
    this.hosts[node]!.clock.jumpWall(byMs);
    this.watcher?.clockChanged?.(this, node);
  }

  /**
   * From now on these nodes run and nothing disturbs the links between them: those that are down start again, pauses
   * and sleep end, nobody is slow, and what faults have laid on the links goes; faults that strike again and again
   * leave them alone. Rates of clocks stay as they are, and so does everything else.
   */
  makeWhole(nodes: readonly number[]): void {
    for (const node of nodes) {
      const host = this.hosts[node]!;
      const wasAsleep = host.isAsleep;
      host.makeWhole();
      if (wasAsleep) this.watcher?.clockChanged?.(this, node);
      for (const other of nodes) if (other !== node) this.network.link(node, other).modifiers.length = 0;
    }
  }

  /** Per kind of fault: how many were scheduled, found their target, and mattered. */
  faultCounts(): Map<string, FaultCount> {
    const counts = new Map<string, FaultCount>();
    for (const run of this.faults) {
      const count = counts.get(run.plan.kind) ?? { scheduled: 0, applied: 0, consequential: 0 };
      counts.set(run.plan.kind, {
        scheduled: count.scheduled + 1,
        applied: count.applied + (run.isApplied ? 1 : 0),
        consequential: count.consequential + (run.consequences > 0 ? 1 : 0),
      });
    }
    return counts;
  }

  // ── inside ──

  private handleNext(limit: number): boolean {
    const agenda = this.agenda;
    const record = agenda.take(limit);
    if (record < 0) return false;
    this.events++;
    const kind = agenda.kindOf(record);
    const node = agenda.nodeOf(record);
    if (agenda.now !== this.lastTime) {
      this.lastTime = agenda.now;
      this.lastTimeBegan = this.events;
    } else if (this.events - this.lastTimeBegan > MOST_EVENTS_AT_ONCE) {
      throw new Error(
        `time stands still at ${agenda.now} µs: ${eventName(kind)} of node ${node}, again and again`,
      );
    }
    if (kind === DELIVERY) {
      const frame = agenda.takeReference(record) as Frame;
      this.note(record, kind, node, frame.from, frame.length, checksumOf(frame));
      this.hosts[node]!.deliver(frame);
    } else {
      const a = agenda.aOf(record);
      this.note(record, kind, node, -1, 0, a);
      if (kind === WAKE) this.hosts[node]!.wake();
      else if (kind === DISK_DONE) this.diskDone(node);
      else this.handleRare(kind, node, a, record);
    }
    return true;
  }

  private handleRare(kind: number, node: number, a: number, record: number): void {
    switch (kind) {
      case COMMITTED:
        this.hosts[node]!.committed();
        return;
      case NO_ROOM:
        this.hosts[node]!.noRoom();
        return;
      case BOOT:
        this.bootNode(node);
        return;
      case FAULT_BEGINS:
        this.beginFault(this.faults[a]!);
        return;
      case FAULT_ENDS:
        this.endFault(this.faults[a]!);
        return;
      case LATE_DELIVERY:
        this.hosts[node]!.deliverLate(this.agenda.takeReference(record) as Frame);
        return;
      case CALL: {
        const due = this.agenda.takeReference(record) as Due;
        due.due(this);
        return;
      }
      default:
        assert(false, `events of kind ${kind} have a meaning`);
    }
  }

  private diskDone(node: number): void {
    const failure = this.hosts[node]!.diskDone();
    if (failure === null) return;
    const { by, losses } = failure;
    this.strikes(by);
    if (this.crash(node, losses)) by.consequences++;
    this.hosts[node]!.holdDown(by);
  }

  private bootNode(node: number): void {
    const host = this.hosts[node]!;
    host.boot();
    this.watcher?.nodeBooted?.(this, node);
    host.start();
  }

  private beginFault(run: FaultRun): void {
    run.isActive = true;
    run.beganAt = this.now;
    this.strikes(run);
    this.faultKinds.get(run.plan.kind)!.begin(this, run, run.plan);
    const { at, until, when } = run.plan;
    const end = when === undefined ? until : this.now + until - at;
    if (until < NEVER) this.agenda.schedule(Math.max(end, this.now), FAULT_ENDS, -1, run.index, 0, null);
    this.watcher?.faultBegan?.(this, run);
  }

  private endFault(run: FaultRun): void {
    run.isActive = false;
    this.faultKinds.get(run.plan.kind)!.end(this, run, run.plan);
    this.watcher?.faultEnded?.(this, run);
  }

  /** Every event goes into the digest, and into the trace when there is one. */
  private note(
    record: number,
    kind: number,
    node: number,
    from: number,
    length: number,
    content: number,
  ): void {
    const digest = this.runDigest;
    digest.addEvent(this.agenda.now, kind | ((from & 0xfff) << 4) | (node << 16), length, content);
    if (this.trace !== null)
      this.trace.record(this.agenda.now, kind, from, node, length, digest.high, digest.low);
    if (this.watchesEvents) {
      const cause = this.agenda.causeOf(record);
      this.watcher!.eventBegins!(this, kind, node, from, length, content, cause);
    }
  }
}

/** The last four bytes of a frame: where its checksum stands. */
function checksumOf(frame: Frame): number {
  const bytes = frame.bytes;
  const end = frame.length;
  if (end < 4) return end === 0 ? 0 : bytes[end - 1]!;
  return bytes[end - 4]! | (bytes[end - 3]! << 8) | (bytes[end - 2]! << 16) | (bytes[end - 1]! << 24);
}

export class Snapshot {
  private readonly saved: World;

  constructor(saved: World) {
    this.saved = saved;
  }

  get at(): number {
    return this.saved.now;
  }

  /** A world of its own that goes on from here; the snapshot stays as it is. */
  restore(): World {
    return cloneGraph(this.saved);
  }
}
