// One server's process on a desk: the real process, journal and recovery over a simulated disk whose syncs end when the
// test says so. For clauses about what leaves when, and about what is on the disk.

import { stream } from '../../sim/kernel/chance.ts';
import { Disk } from '../../sim/world/disk.ts';
import type { ConnectionId, Host, Slot } from '../../src/core/ids.ts';
import type {
  ClientMessage,
  OperatorMessage,
  ReplyToClient,
  ReplyToOperator,
  ServerMessage,
} from '../../src/core/message.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import { type CivilTime, type Instant, later, milliseconds, NEVER } from '../../src/core/time.ts';
import type { ServerEvent } from '../../src/core/turn.ts';
import type { ServerOutside } from '../../src/process/outside.ts';
import { bootProcess, type ServerProcess } from '../../src/process/server-process.ts';
import type { DiskBatch } from '../../src/storage/disk-command.ts';
import { LICENSE_FILE } from '../../src/storage/file-names.ts';
import { Journal } from '../../src/storage/journal.ts';
import { Decoder, Encoder } from '../../src/wire/frame.ts';
import { foundingImage, foundingMeta, hostOf } from './bench.ts';

const LOG_LIMIT = 4 * 1024 * 1024;

export class Desk implements ServerOutside {
  clock = 5_000_000 as Instant;
  wakeDue: Instant = NEVER;
  readonly disk: Disk;
  readonly slot: Slot;
  /** What has left, oldest first. */
  readonly sent: { readonly to: Host; readonly message: ServerMessage }[] = [];
  readonly replies: ReplyToClient[] = [];
  readonly told: ReplyToOperator[] = [];
  readonly notes: ServerEvent[] = [];
  /** Batches handed to the disk, the one under way last. */
  readonly batches: DiskBatch[] = [];
  isSyncing = false;
  private running: ServerProcess | null = null;
  private readonly encoder = new Encoder();
  private readonly decoder = new Decoder();

  constructor(count: number, slot: Slot, disk = foundedDisk(count, slot)) {
    this.slot = slot;
    this.disk = disk;
  }

  get process(): ServerProcess {
    return this.running!;
  }

  boot(): ServerProcess {
    const configuration = { host: hostOf(this.slot), settings: DEFAULT_SETTINGS, logLimit: LOG_LIMIT };
    this.running = bootProcess(configuration, this.disk.files(), this, null);
    this.running.start();
    return this.running;
  }

  /** The process dies; every write that was not synced is lost. */
  crash(): void {
    this.disk.crash(stream(1, 'crash'), { survivePpm: 0, torn: false });
    this.isSyncing = false;
    this.running = null;
  }

  finishSync(): void {
    const hadRoom = this.disk.complete();
    this.isSyncing = false;
    if (hadRoom) this.process.onCommitted();
    else this.process.onNoRoom();
  }

  /** Syncs until nothing is left to sync. */
  finishSyncs(): void {
    while (this.isSyncing) this.finishSync();
  }

  /** Lets the time come that the process waits for. */
  wake(): void {
    this.clock = Math.max(this.clock, this.wakeDue) as Instant;
    this.process.onWake();
  }

  feed(message: ServerMessage): void {
    this.process.onServerFrame(this.encoder.bytes, this.encoder.encode(message));
  }

  feedClient(message: ClientMessage): void {
    this.process.onClientFrame(3, this.encoder.bytes, this.encoder.encode(message));
  }

  feedOperator(message: OperatorMessage): void {
    this.process.onOperatorFrame(4, this.encoder.bytes, this.encoder.encode(message));
  }

  /** An operator's message on the connection of a client. */
  smuggle(message: OperatorMessage): void {
    this.process.onClientFrame(3, this.encoder.bytes, this.encoder.encode(message));
  }

  /** The kinds of the messages that have left since this was last asked. */
  kindsSent(): string[] {
    return this.sent.splice(0).map(({ message }) => message.kind);
  }

  now(): Instant {
    return this.clock;
  }

  wall(): CivilTime {
    return Math.floor(this.clock / 1000) as CivilTime;
  }

  random(): number {
    return 17;
  }

  wakeAt(at: Instant): void {
    this.wakeDue = at;
  }

  send(to: Host, bytes: Uint8Array, length: number): void {
    this.sent.push({ to, message: this.decoder.server(bytes, 0, length)! });
  }

  reply(_connection: ConnectionId, bytes: Uint8Array, length: number): void {
    const told = this.decoder.replyToOperator(bytes, 0, length);
    if (told !== null) this.told.push(told);
    else this.replies.push(this.decoder.reply(bytes, 0, length)!);
  }

  commit(batch: DiskBatch): void {
    this.batches.push(batch);
    this.disk.issue(batch);
    this.isSyncing = true;
  }

  objectionTo(): null {
    return null;
  }

  note(event: ServerEvent): void {
    this.notes.push(event);
  }

  pass(ms: number): void {
    this.clock = later(this.clock, milliseconds(ms));
  }
}

export function foundedDisk(count: number, slot: Slot): Disk {
  const image = foundingImage(count);
  const disk = new Disk();
  disk.issue(Journal.create(foundingMeta(slot, image), image).takeBatch()!);
  disk.complete();
  disk.put(LICENSE_FILE, image.charter.file.body);
  return disk;
}

/** The files of which a batch makes something durable, in order. */
export function syncedFiles(batch: DiskBatch): string[] {
  return batch.flatMap((command) => (command.kind === 'sync' ? [command.file] : []));
}
