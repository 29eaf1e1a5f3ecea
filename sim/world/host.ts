// One node: its process, when it runs one, its clocks, its disk, its one timer. A host knows when its machine may be
// called: not while it is down; while it is paused, what comes is put aside and handled afterwards, in order, late.

import { assert } from '../../src/core/assert.ts';
import { type CivilTime, type Instant, NEVER } from '../../src/core/time.ts';
import type { DiskBatch, Files } from '../../src/storage/disk-command.ts';
import { type Agenda, type Appointment, NO_APPOINTMENT } from '../kernel/agenda.ts';
import { type Chance, stream } from '../kernel/chance.ts';
import { Clock } from '../kernel/clock.ts';
import type { CrashOptions, DiskImage, DiskModel } from './disk-model.ts';
import { BOOT, COMMITTED, DELIVERY, DISK_DONE, LATE_DELIVERY, NO_ROOM, WAKE } from './event-kind.ts';
import type { FaultRun } from './fault-run.ts';
import type { Frame } from './frame.ts';
import type { Machine, Port, Program } from './machine.ts';
import type { Milestones } from './milestones.ts';
import type { Network } from './network.ts';
import type { StoreBudget } from './store-budget.ts';

export interface NodePlan {
  readonly program: Program;
  /** Null: the node has no disk. */
  readonly disk: DiskModel | null;
  /** What its monotonic clock shows at true time 0, µs ≥ 0. */
  readonly monotonicAt: number;
  /** What its wall clock shows at true time 0, civil ms. */
  readonly wallAt: number;
  /** How much faster than true time its monotonic clock runs when no fault touches it. */
  readonly monotonicPpm: number;
  /** A batch takes between these, µs. */
  readonly syncFrom: number;
  readonly syncTo: number;
}

/** A fault that makes something slow, and by how much: µs, or a factor. */
interface Slowing {
  readonly by: FaultRun;
  readonly amount: number;
}

/** A fault that lets a sync fail, and what of the batch is on the medium then. */
interface SyncFailure {
  readonly by: FaultRun;
  readonly losses: CrashOptions;
}

/** A fault that fills a disk: what all files together may have, and whether to write in place needs room, too. */
interface Filling {
  readonly by: FaultRun;
  readonly capacity: number;
  readonly copiesOnWrite: boolean;
}

/** A file with bytes that rotted, and the fault that did it. */
interface Rotten {
  readonly by: FaultRun;
  readonly file: string;
}

interface PutAside {
  readonly kind: number;
  readonly frame: Frame | null;
  /** During which event: what had caused that one causes also what comes of it later. */
  readonly during: number;
}

/** Far beyond any run, and still a time on the agenda. */
const LONGEST_SYNC = 2 ** 50;

const NO_FILES: Files = Object.freeze(new Map<string, Uint8Array>());

export class Host {
  readonly node: number;
  readonly clock: Clock;
  /** How often a machine was booted here. */
  boots = 0;
  /** It was made whole: faults that strike again and again leave it alone from then on. */
  isSpared = false;
  private readonly agenda: Agenda;
  private readonly network: Network;
  private readonly milestones: Milestones;
  private readonly stores: StoreBudget;
  private readonly program: Program;
  private readonly disk: DiskModel | null;
  private readonly chance: Chance;
  private readonly syncDelay: Chance;
  private readonly crashChance: Chance;
  private readonly syncFrom: number;
  private readonly syncTo: number;
  /** The most that the monotonic clock may run fast or slow, whatever faults ask for. */
  private readonly mostPpm: number;
  private wantedPpm: number;

  private running: Machine | null = null;
  private port: HostPort | null = null;
  private wakeInstant: number = NEVER;
  private wakeAppointment: Appointment = NO_APPOINTMENT;
  /** When the armed timer fires, true time. */
  private wakesAt: number = NEVER;
  private diskAppointment: Appointment = NO_APPOINTMENT;
  private bootAppointment: Appointment = NO_APPOINTMENT;
  private isCommitting = false;
  private readonly pausers: FaultRun[] = [];
  private readonly downHolders: FaultRun[] = [];
  private readonly sleepers: FaultRun[] = [];
  private readonly slowings: Slowing[] = [];
  /** The sum of `slowings`: how late each frame and each wake reaches the machine, µs. */
  private lateness = 0;
  /** When the last frame that came late reaches the machine: what comes before then has to wait behind it. */
  private lateUntil = -1;
  private readonly syncSlowings: Slowing[] = [];
  private readonly syncFailures: SyncFailure[] = [];
  private readonly fillings: Filling[] = [];
  private readonly putAside: PutAside[] = [];
  /** What rotted and was not read since. */
  private readonly rotten: Rotten[] = [];

  constructor(
    seed: number,
    node: number,
    plan: NodePlan,
    mostPpm: number,
    agenda: Agenda,
    network: Network,
    milestones: Milestones,
    stores: StoreBudget,
  ) {
    this.milestones = milestones;
    this.stores = stores;
    this.node = node;
    this.program = plan.program;
    this.disk = plan.disk;
    this.syncFrom = plan.syncFrom;
    this.syncTo = plan.syncTo;
    this.mostPpm = mostPpm;
    this.wantedPpm = plan.monotonicPpm;
    this.agenda = agenda;
    this.network = network;
    this.chance = stream(seed, `random ${node}`);
    this.syncDelay = stream(seed, `sync ${node}`);
    this.crashChance = stream(seed, `crash ${node}`);
    this.clock = new Clock(plan.monotonicAt, plan.wallAt);
    this.clock.setMonotonicPpm(0, this.allowedPpm());
    this.bootAppointment = agenda.schedule(0, BOOT, node, 0, 0, null);
  }

  get machine(): Machine | null {
    return this.running;
  }

  get isUp(): boolean {
    return this.running !== null;
  }

  /** It starts at a time that is set. */
  get isBooting(): boolean {
    return this.bootAppointment !== NO_APPOINTMENT;
  }

  /** A batch is under way. */
  get isSyncing(): boolean {
    return this.isCommitting;
  }

  get isPaused(): boolean {
    return this.pausers.length > 0;
  }

  get isAsleep(): boolean {
    return this.sleepers.length > 0;
  }

  // ── events ──

  boot(): void {
    this.bootAppointment = NO_APPOINTMENT;
    this.boots++;
    if (this.rotten.length > 0) this.findRotten();
    this.port = new HostPort(this, this.boots, this.agenda, this.network, this.chance);
    this.running = this.program.boot(this.node, this.port);
  }

  start(): void {
    this.running!.start();
  }

  /** Hands the frame to the machine and frees it; false when nobody was there to take it. */
  deliver(frame: Frame): boolean {
    if (this.lateness > 0 || this.lateUntil >= this.agenda.now) {
      if (this.running !== null && frame.from !== this.node) {
        this.putOff(frame);
        return true;
      }
    }
    return this.deliverLate(frame);
  }

  /** As `deliver`, for a frame that has waited as long as it had to. */
  deliverLate(frame: Frame): boolean {
    if (this.pausers.length > 0) {
      this.setAside(DELIVERY, frame);
      return true;
    }
    const machine = this.running;
    if (machine !== null) machine.receive(frame.from, frame.connection, frame.bytes, frame.length);
    this.network.release(frame);
    return machine !== null;
  }

  wake(): void {
    this.wakeAppointment = NO_APPOINTMENT;
    if (this.pausers.length > 0) {
      this.setAside(WAKE, null);
      return;
    }
    if (this.lateness > 0) this.countSlow();
    this.wakeInstant = NEVER;
    this.running!.wake();
  }

  /**
   * The medium does not wait for the process: what a paused machine has written becomes durable all the same. When the sync
   * fails instead, says which fault did that: the process must not live on.
   */
  diskDone(): SyncFailure | null {
    const failure = this.syncFailures.shift() ?? null;
    if (failure === null) {
      if (this.disk!.complete()) this.committed();
      else this.noRoom();
    } else this.diskAppointment = NO_APPOINTMENT;
    return failure;
  }

  committed(): void {
    this.diskAppointment = NO_APPOINTMENT;
    if (this.pausers.length > 0) {
      this.setAside(COMMITTED, null);
      return;
    }
    this.isCommitting = false;
    this.running!.committed();
  }

  noRoom(): void {
    this.diskAppointment = NO_APPOINTMENT;
    if (this.pausers.length > 0) {
      this.setAside(NO_ROOM, null);
      return;
    }
    for (const { by } of this.fillings) by.consequences++;
    this.isCommitting = false;
    this.running!.noRoom();
  }

  // ── what faults do ──

  /** Boots at that true time, unless a fault holds the node down by then. */
  bootAt(trueTime: number): void {
    if (this.downHolders.length > 0) return;
    if (this.bootAppointment !== NO_APPOINTMENT) this.agenda.cancel(this.bootAppointment);
    this.bootAppointment = this.agenda.schedule(trueTime, BOOT, this.node, 0, 0, null);
  }

  restart(): void {
    if (this.running === null) this.bootAt(this.agenda.now);
  }

  /** The process dies and the disk loses what it must. False when it was down already. */
  crash(options: CrashOptions): boolean {
    if (this.running === null) return false;
    this.running = null;
    this.port!.isLive = false;
    this.port = null;
    this.forgetWake();
    if (this.diskAppointment !== NO_APPOINTMENT) this.agenda.cancel(this.diskAppointment);
    this.diskAppointment = NO_APPOINTMENT;
    this.isCommitting = false;
    this.pausers.length = 0;
    // Who loses power does not sleep when it is back.
    if (this.sleepers.length > 0) {
      this.sleepers.length = 0;
      this.clock.setSuspended(this.agenda.now, false);
    }
    for (const each of this.putAside) if (each.frame !== null) this.network.release(each.frame);
    this.putAside.length = 0;
    this.disk?.crash(this.crashChance, options);
    return true;
  }

  /** The node does not start again before every holder has let go. */
  holdDown(by: FaultRun): void {
    if (this.bootAppointment !== NO_APPOINTMENT) this.agenda.cancel(this.bootAppointment);
    this.bootAppointment = NO_APPOINTMENT;
    this.downHolders.push(by);
  }

  letUp(by: FaultRun): void {
    if (remove(this.downHolders, by) && this.downHolders.length === 0) this.restart();
  }

  /** An operator finds nobody at a machine that is down or does not run just now. */
  order(order: unknown): boolean {
    if (this.running === null || this.pausers.length > 0) return false;
    return this.running.order?.(order) ?? false;
  }

  pause(by: FaultRun): void {
    this.pausers.push(by);
  }

  resume(by: FaultRun): void {
    if (remove(this.pausers, by) && this.pausers.length === 0) this.catchUp();
  }

  fallAsleep(by: FaultRun): void {
    this.sleepers.push(by);
    this.pause(by);
    this.suspendClock(true);
  }

  /** False when the clock did not go on because of it. */
  wakeUp(by: FaultRun): boolean {
    const hasEnded = remove(this.sleepers, by) && this.sleepers.length === 0;
    if (hasEnded) this.suspendClock(false);
    this.resume(by);
    return hasEnded;
  }

  /** Each frame and each wake reaches the machine so many µs later; several such faults add up. */
  slowDown(by: FaultRun, lateness: number): void {
    this.slowings.push({ by, amount: lateness });
    this.lateness += lateness;
    this.rearm();
  }

  /** How late each frame and each wake reaches the machine now, µs. */
  get lateBy(): number {
    return this.lateness;
  }

  speedUp(by: FaultRun): void {
    const slowing = takeOff(this.slowings, by);
    if (slowing === null) return;
    this.lateness -= slowing.amount;
    this.rearm();
  }

  /** Each batch that begins from now on takes so many times as long; several such faults multiply. */
  slowSyncs(by: FaultRun, factor: number): void {
    this.syncSlowings.push({ by, amount: factor });
  }

  speedUpSyncs(by: FaultRun): void {
    takeOff(this.syncSlowings, by);
  }

  /** The batch that is under way, or the next one, fails. */
  failNextSync(by: FaultRun, losses: CrashOptions): void {
    this.syncFailures.push({ by, losses });
  }

  failNoSync(by: FaultRun): void {
    const place = this.syncFailures.findIndex((each) => each.by === by);
    if (place >= 0) this.syncFailures.splice(place, 1);
  }

  /** The batch under way takes until `finishSync`. */
  holdSync(): void {
    this.agenda.cancel(this.diskAppointment);
    this.diskAppointment = NO_APPOINTMENT;
  }

  /** A batch that was held is done, next of all. */
  finishSync(): void {
    this.diskAppointment = this.agenda.scheduleNext(DISK_DONE, this.node, 0, 0, null);
  }

  /** So many more bytes fit on its disk, and no more until every such fault has let go. */
  fillDisk(by: FaultRun, room: number, copiesOnWrite: boolean): void {
    assert(this.disk !== null, `node ${this.node} has a disk to fill`);
    this.fillings.push({ by, capacity: this.disk.usedBytes() + room, copiesOnWrite });
    this.limitDisk();
  }

  freeDisk(by: FaultRun): void {
    const place = this.fillings.findIndex((each) => each.by === by);
    if (place < 0) return;
    this.fillings.splice(place, 1);
    this.limitDisk();
  }

  private limitDisk(): void {
    let capacity = Number.MAX_SAFE_INTEGER;
    for (const each of this.fillings) capacity = Math.min(capacity, each.capacity);
    this.disk!.setCapacity(
      capacity,
      this.fillings.some((each) => each.copiesOnWrite),
    );
  }

  get hasDisk(): boolean {
    return this.disk !== null;
  }

  /** A new, empty disk for a node that is down; false when nothing was on the old one. */
  wipeDisk(): boolean {
    assert(
      this.running === null && this.disk !== null,
      `node ${this.node} is down when its disk is replaced`,
    );
    const hadFiles = this.disk.files().size > 0;
    this.disk.wipe();
    this.rotten.length = 0;
    return hadFiles;
  }

  /** Null: there is no disk. */
  diskImage(): DiskImage | null {
    return this.disk === null ? null : this.disk.image();
  }

  /** Sets the disk of a node that is down back to an image; false when it is the same. */
  restoreDisk(image: DiskImage): boolean {
    assert(
      this.running === null && this.disk !== null,
      `node ${this.node} is down when its disk is set back`,
    );
    const isOther = !isSameFiles(this.disk.files(), image);
    this.disk.restore(image);
    this.rotten.length = 0;
    return isOther;
  }

  /** Somebody puts a file on the disk of a node that is down; false when it is there already. */
  putFile(name: string, bytes: Uint8Array): boolean {
    assert(this.running === null && this.disk !== null, `node ${this.node} is down when a file is put there`);
    const before = this.disk.files().get(name);
    if (before !== undefined && isSameBytes(before, bytes)) return false;
    this.disk.put(name, bytes);
    return true;
  }

  /** What its disk shows now; nothing when there is none. */
  presentFiles(): Files {
    return this.disk?.files() ?? new Map();
  }

  /** Bytes rot in each file whose name ends so; false when there were none. The next boot that finds the file reads them. */
  rotFiles(by: FaultRun, ending: string, placePpm: number, bytes: number): boolean {
    if (this.disk === null) return false;
    let hasRotted = false;
    for (const [file, { length }] of this.disk.files()) {
      if (!file.endsWith(ending) || length === 0) continue;
      const place = Math.floor(((length - 1) * placePpm) / 1_000_000);
      if (this.disk.rot(file, place, bytes) === 0) continue;
      hasRotted = true;
      this.rotten.push({ by, file });
    }
    return hasRotted;
  }

  /** Ends every pause and all that is slow, and lets a node that is down start again. */
  makeWhole(): void {
    this.isSpared = true;
    this.downHolders.length = 0;
    this.restart();
    this.syncSlowings.length = 0;
    this.syncFailures.length = 0;
    if (this.fillings.length > 0) {
      this.fillings.length = 0;
      this.limitDisk();
    }
    if (this.slowings.length > 0) {
      this.slowings.length = 0;
      this.lateness = 0;
      this.rearm();
    }
    if (this.sleepers.length > 0) {
      this.sleepers.length = 0;
      this.suspendClock(false);
    }
    if (this.pausers.length > 0) {
      this.pausers.length = 0;
      this.catchUp();
    }
  }

  /** Adds to the rate of the monotonic clock; the sum of all additions stays within what the run allows. */
  addMonotonicPpm(ppm: number): void {
    this.wantedPpm += ppm;
    this.clock.setMonotonicPpm(this.agenda.now, this.allowedPpm());
    this.rearm();
  }

  addWallPpm(ppm: number): void {
    this.clock.setWallPpm(this.agenda.now, this.clock.wallPpm() + ppm);
  }

  suspendClock(isSuspended: boolean): void {
    this.clock.setSuspended(this.agenda.now, isSuspended);
    this.rearm();
  }

  // ── what the machine asks for, through its port ──

  wakeAt(instant: Instant): void {
    if (instant === this.wakeInstant) return;
    this.wakeInstant = instant;
    this.rearm();
  }

  commit(batch: DiskBatch): void {
    assert(!this.isCommitting, `at most one batch is under way on node ${this.node}`);
    assert(this.disk !== null, `node ${this.node} has a disk to commit to`);
    this.isCommitting = true;
    this.disk.issue(batch);
    let takes = this.syncDelay.between(this.syncFrom, this.syncTo);
    for (const { by, amount } of this.syncSlowings) {
      if (amount > 1) by.consequences++;
      takes = Math.min(takes * amount, LONGEST_SYNC);
    }
    this.diskAppointment = this.agenda.schedule(this.agenda.now + takes, DISK_DONE, this.node, 0, 0, null);
  }

  milestone(name: string): void {
    this.milestones.reached(this.node, name);
  }

  storeCounts(): void {
    this.stores.regain(this.node);
  }

  files(): Files {
    return this.disk === null ? NO_FILES : this.disk.files();
  }

  // ── inside ──

  /** Arms the one timer for `wakeInstant` by the clock's present rate, and late when the node is slow. */
  private rearm(): void {
    if (this.putAside.length > 0 && this.hasPutAsideWake()) return;
    const at = this.wakeInstant === NEVER ? NEVER : this.clock.trueTimeOf(this.wakeInstant);
    const armed = this.wakeAppointment;
    if (at === NEVER) {
      if (armed !== NO_APPOINTMENT) this.agenda.cancel(armed);
      this.wakeAppointment = NO_APPOINTMENT;
      return;
    }
    const { now } = this.agenda;
    let time = Math.min(Math.max(at, now) + this.lateness, NEVER - 1);
    // Else a machine that asks at every frame to be woken at once would put off for ever what is due already.
    if (armed !== NO_APPOINTMENT && at <= now) time = Math.min(time, this.wakesAt);
    this.wakesAt = time;
    if (armed !== NO_APPOINTMENT) this.agenda.move(armed, time);
    else this.wakeAppointment = this.agenda.schedule(time, WAKE, this.node, 0, 0, null);
  }

  private forgetWake(): void {
    if (this.wakeAppointment !== NO_APPOINTMENT) this.agenda.cancel(this.wakeAppointment);
    this.wakeAppointment = NO_APPOINTMENT;
    this.wakeInstant = NEVER;
  }

  /** A boot reads every file: what rotted is noticed now, unless the file is gone. */
  private findRotten(): void {
    const files = this.files();
    for (const { by, file } of this.rotten) if (files.has(file)) by.consequences++;
    this.rotten.length = 0;
  }

  private hasPutAsideWake(): boolean {
    for (let i = 0; i < this.putAside.length; i++) if (this.putAside[i]!.kind === WAKE) return true;
    return false;
  }

  private setAside(kind: number, frame: Frame | null): void {
    this.putAside.push({ kind, frame, during: this.agenda.taken });
    for (let i = 0; i < this.pausers.length; i++) this.pausers[i]!.consequences++;
  }

  /** What was put aside becomes events of the present again, in the order in which it came. */
  private catchUp(): void {
    const now = this.agenda.now;
    for (const { kind, frame, during } of this.putAside) {
      const appointment = this.agenda.schedule(now, kind, this.node, 0, 0, frame);
      this.agenda.attribute(appointment, during);
      if (kind === WAKE) {
        this.wakeAppointment = appointment;
        this.wakesAt = now;
      } else if (kind === COMMITTED || kind === NO_ROOM) this.diskAppointment = appointment;
    }
    this.putAside.length = 0;
  }

  /** The machine is slow: the frame waits before it, behind those that wait already. */
  private putOff(frame: Frame): void {
    this.lateUntil = Math.max(this.agenda.now + this.lateness, this.lateUntil);
    this.agenda.schedule(this.lateUntil, LATE_DELIVERY, this.node, 0, 0, frame);
    this.countSlow();
  }

  private countSlow(): void {
    for (const { by, amount } of this.slowings) if (amount > 0) by.consequences++;
  }

  private allowedPpm(): number {
    return Math.max(-this.mostPpm, Math.min(this.mostPpm, this.wantedPpm));
  }
}

/** The port of one boot. Its machine may still be in the middle of a step when it crashes: from then on nothing leaves. */
class HostPort implements Port {
  readonly node: number;
  readonly boot: number;
  isLive = true;
  private readonly host: Host;
  private readonly agenda: Agenda;
  private readonly network: Network;
  private readonly clock: Clock;
  private readonly chance: Chance;

  constructor(host: Host, boot: number, agenda: Agenda, network: Network, chance: Chance) {
    this.node = host.node;
    this.boot = boot;
    this.host = host;
    this.agenda = agenda;
    this.network = network;
    this.clock = host.clock;
    this.chance = chance;
  }

  now(): Instant {
    return this.clock.local(this.agenda.now);
  }

  wall(): CivilTime {
    return this.clock.wall(this.agenda.now);
  }

  random(): number {
    return this.chance.uint32();
  }

  trueTime(): number {
    return this.agenda.now;
  }

  files(): Files {
    return this.host.files();
  }

  wakeAt(at: Instant): void {
    if (this.isLive) this.host.wakeAt(at);
  }

  send(to: number, connection: number, bytes: Uint8Array, length: number): void {
    if (this.isLive) this.network.send(this.node, to, connection, bytes, length);
  }

  commit(batch: DiskBatch): void {
    if (this.isLive) this.host.commit(batch);
  }

  milestone(name: string): void {
    if (this.isLive) this.host.milestone(name);
  }

  storeCounts(): void {
    if (this.isLive) this.host.storeCounts();
  }
}

function remove<T>(list: T[], item: T): boolean {
  const index = list.indexOf(item);
  if (index < 0) return false;
  list.splice(index, 1);
  return true;
}

function isSameFiles(files: Files, image: DiskImage): boolean {
  if (files.size !== image.size) return false;
  for (const [name, bytes] of files) {
    const before = image.get(name);
    if (before === undefined || !isSameBytes(bytes, before)) return false;
  }
  return true;
}

function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function takeOff(list: Slowing[], by: FaultRun): Slowing | null {
  const index = list.findIndex((each) => each.by === by);
  if (index < 0) return null;
  return list.splice(index, 1)[0]!;
}
