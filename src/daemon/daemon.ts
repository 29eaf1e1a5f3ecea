// A license server on this machine: the process that the simulator runs, between real sockets, a real folder and the
// machine's clocks. It decides nothing; every input is one synchronous call.

import type { ConnectionId, Host } from '../core/ids.ts';
import type { Report } from '../core/message.ts';
import { reportOf } from '../core/server/report.ts';
import type { FoundingTerms } from '../core/server/state.ts';
import { DEFAULT_SETTINGS, type Settings } from '../core/settings.ts';
import type { CivilTime, Instant } from '../core/time.ts';
import type { ServerEvent } from '../core/turn.ts';
import type { Address } from '../node/address.ts';
import { Alarm } from '../node/alarm.ts';
import { monotonicNow, SystemChance, wallNow } from '../node/clocks.ts';
import { Disk, type DiskOwner } from '../node/disk.ts';
import { Door, type Host as DoorHost } from '../node/door.ts';
import type { Keys } from '../node/keys.ts';
import { PeerLink } from '../node/peer-link.ts';
import type { Vendor } from '../node/vendor.ts';
import type { ServerOutside } from '../process/outside.ts';
import { bootProcess, type ServerProcess } from '../process/server-process.ts';
import type { DiskBatch, Files } from '../storage/disk-command.ts';
import { DEFAULT_LOG_LIMIT } from '../storage/journal.ts';
import type { Speaker } from '../wire/greeting.ts';
import { AddressBook } from './address-book.ts';
import { Chatter } from './chatter.ts';
import { Departure } from './departure.ts';
import type { Surroundings } from './metrics.ts';

export interface DaemonOptions {
  /** This server's name in the license file. */
  readonly host: Host;
  /** The data folder, which is this process's own, and what lies in it. */
  readonly folder: string;
  readonly files: Files;
  readonly founding: FoundingTerms;
  /** Null: in plain text, on loopback. */
  readonly keys: Keys | null;
  /** Null: licenses need no signature. */
  readonly vendor: Vendor | null;
  readonly settings?: Settings;
}

export interface DaemonWatcher {
  noted(event: ServerEvent): void;
  /** Somebody who came in, or was dialed, is not dealt with; before that, `unsaid` others, who were not told of. */
  turnedAway(address: string, because: string, unsaid: number): void;
  /** The process must end and begin anew from what is on the medium [16.14]. */
  failed(because: string): void;
}

export class Daemon implements ServerOutside, DiskOwner, DoorHost {
  private readonly watcher: DaemonWatcher;
  private readonly chance = new SystemChance();
  private readonly chatter = new Chatter();
  private readonly alarm: Alarm;
  private readonly disk: Disk;
  private readonly door: Door;
  private readonly links = new Map<Host, PeerLink>();
  private readonly process: ServerProcess;
  private readonly book: AddressBook;
  private keys: Keys | null;
  private readonly vendor: Vendor | null;
  private turnedAwayCount = 0;
  private departure: Departure | null = null;
  private isStopped = false;

  constructor(
    { host, folder, files, founding, keys, vendor, settings }: DaemonOptions,
    watcher: DaemonWatcher,
  ) {
    this.watcher = watcher;
    this.keys = keys;
    this.vendor = vendor;
    this.alarm = new Alarm(() => {
      if (!this.isStopped) this.process.onWake();
    });
    this.disk = new Disk(folder, this);
    this.door = new Door(this, keys);
    const configuration = {
      host,
      settings: settings ?? DEFAULT_SETTINGS,
      logLimit: DEFAULT_LOG_LIMIT,
      founding,
    };
    this.process = bootProcess(configuration, files, this, null);
    this.book = new AddressBook(this.process.server);
  }

  /** Listens, and begins to take part. Rejects when it cannot listen there; then nothing was written. */
  async start(address: Address): Promise<void> {
    await this.door.open(address);
    this.process.start();
  }

  /** Hands the lead over if it leads and somebody can take it; resolves soon in any case. */
  leaveOffice(): Promise<void> {
    const departure = new Departure();
    this.departure = departure;
    departure.ordered(this.process.onOrder({ kind: 'stand-down' }));
    return departure.over;
  }

  /** What was not synced by now was told to nobody: an end is as good as a crash, and as safe. */
  stop(): void {
    this.isStopped = true;
    this.door.close();
    for (const link of this.links.values()) link.close();
  }

  /** Why nothing may be granted by the file in force; null = it may, or there is none yet [12.11]. */
  objectionToFileInForce(): string | null {
    const file = this.process.server.register?.charter.file;
    return file === undefined ? null : this.objectionTo(file.body);
  }

  /** What it holds to be true at this instant [4.7]. */
  report(): Report {
    return reportOf(this.process.server, monotonicNow());
  }

  get surroundings(): Surroundings {
    let droppedFrames = 0;
    for (const { dropped } of this.links.values()) droppedFrames += dropped;
    const { refusedFrames } = this.process;
    return {
      turnedAway: this.turnedAwayCount,
      connections: this.door.counts,
      droppedFrames,
      refusedFrames,
      keysExpireAt: this.keys?.expiresAt ?? null,
    };
  }

  /** Connections that are there go on; new ones are made with these. */
  renewKeys(keys: Keys): void {
    this.keys = keys;
    this.door.renewKeys(keys);
  }

  // ── what comes in ──

  said(speaker: Speaker, connection: ConnectionId, frame: Uint8Array): boolean {
    const refused = this.process.refusedFrames;
    if (speaker === 'server') this.process.onServerFrame(frame, frame.length);
    else if (speaker === 'client') this.process.onClientFrame(connection, frame, frame.length);
    else this.process.onOperatorFrame(connection, frame, frame.length);
    return this.process.refusedFrames === refused;
  }

  addresses(): ReadonlyMap<Host, string> {
    return this.book.all();
  }

  turnedAway(address: string, because: string): void {
    this.turnedAwayCount++;
    const unsaid = this.chatter.hear(`${address} ${because}`, monotonicNow());
    if (unsaid !== null) this.watcher.turnedAway(address, because, unsaid);
  }

  batchDone(): void {
    if (!this.isStopped) this.process.onCommitted();
  }

  batchFoundNoRoom(): void {
    if (!this.isStopped) this.process.onNoRoom();
  }

  diskFailed(error: NodeJS.ErrnoException): void {
    this.watcher.failed(`the disk failed (${error.message}): what was not synced is unknown`);
  }

  // ── ServerOutside ──

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

  send(to: Host, bytes: Uint8Array, length: number): void {
    if (this.isStopped) return;
    let link = this.links.get(to);
    if (link === undefined) {
      link = new PeerLink(to, (address, because) => this.turnedAway(`${to} at ${address}`, because));
      this.links.set(to, link);
    }
    link.send(this.book.of(to), this.keys, bytes, length);
  }

  reply(connection: ConnectionId, bytes: Uint8Array, length: number): void {
    this.door.reply(connection, bytes, length);
  }

  commit(batch: DiskBatch): void {
    this.disk.carryOut(batch);
  }

  objectionTo(file: Uint8Array): string | null {
    return this.vendor?.objectionTo(file) ?? null;
  }

  note(event: ServerEvent): void {
    this.departure?.noted(event);
    this.watcher.noted(event);
    if (event.kind === 'took over' || event.kind === 'file installed') this.judgeFileInForce();
  }

  /** A server without the vendor's key may have brought it in: this one has no part in it. */
  private judgeFileInForce(): void {
    const objection = this.objectionToFileInForce();
    if (objection === null || this.isStopped) return;
    this.stop();
    this.watcher.failed(`the license file in force: ${objection}`);
  }
}
