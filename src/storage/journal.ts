// Writes a store's durable state [§16]: collects what changed and hands it out as one batch of disk commands at a time.
// A batch is so ordered that after a crash at any point of it recovery finds the store as it was before, or with a first
// part of what was asked for. Meta and log are two files: within one batch, each may be ahead of the other.

import { assert } from '../core/assert.ts';
import { type Position, samePosition } from '../core/ids.ts';
import type { Delta, Meta, StateImage } from '../core/state.ts';
import type { LostEdit } from '../core/turn.ts';
import { Writer } from '../wire/fields.ts';
import type { DiskBatch, DiskCommand } from './disk-command.ts';
import { conflictName, LICENSE_FILE, logName, META, temporaryName } from './file-names.ts';
import { pushMetaWrites, writeMetaRecord } from './meta-file.ts';
import { writeDeltaRecord, writeSnapshotRecords } from './record.ts';
import type { JournalPlace, Recovered } from './recovery.ts';

/** A log may grow to this, or to four times its snapshot if that is more, before it is written anew. */
export const DEFAULT_LOG_LIMIT = 4 * 1024 * 1024;

/** A buffer that a snapshot has made larger than this is not kept. */
const MOST_KEPT_BYTES = 1024 * 1024;

/** What the records collected so far are to do with the log on disk: go on with it, take its place, or remove it. */
type Plan = 'append' | 'new log' | 'no log';

const NOTHING: readonly DiskCommand[] = [];

/** Where the journal of a brand-new store begins. */
const BEGINNING: JournalPlace = { metaSequence: -1, logNumber: 0, logBytes: 0, snapshotBytes: 0 };

/**
 * The meta file goes first: a store without one is corrupt whatever else is left of it. Were a bad log removed before an
 * older one, a crash in between would leave the older one in force.
 */
function removalOf(files: readonly string[]): DiskCommand[] {
  const commands: DiskCommand[] = [{ kind: 'unlink', file: META }, { kind: 'sync-directory' }];
  for (const file of files) if (file !== META) commands.push({ kind: 'unlink', file });
  commands.push({ kind: 'sync-directory' });
  return commands;
}

function pushWholeFile(to: DiskCommand[], file: string, bytes: Uint8Array): void {
  const temporary = temporaryName(file);
  to.push(
    { kind: 'write', file: temporary, offset: 0, bytes },
    { kind: 'sync', file: temporary },
    { kind: 'rename', from: temporary, to: file },
    { kind: 'sync-directory' },
  );
}

export class Journal {
  private readonly logLimit: number;
  /** To be done once before anything else: repairs, clearing the disk for a new store, another license file. */
  private first: readonly DiskCommand[];
  private plan: Plan = 'append';

  private latestMeta: Meta;
  private isMetaPending = false;
  private metaSequence: number;
  /** The meta file does not bear its name yet. */
  private isMetaNew: boolean;

  /** The state that the log ends with. */
  private position: Position | null;
  /** The log that records go to; 0 = none. */
  private logNumber: number;
  private fileA: string;
  private fileB: string;
  /** The log that bears its name on disk; 0 = none. */
  private namedLog: number;
  /** Numbers only grow: of two named logs the one of the higher number counts. */
  private lastLog: number;
  private logStore: number;
  /** Bytes of the log with all that was collected, and those of them that are known to be on the medium. */
  private logBytes: number;
  private syncedBytes: number;
  private snapshotBytes: number;

  /** Two, since records are collected in one while those of the batch under way lie in the other. */
  private records = new Writer();
  private otherRecords = new Writer();
  /** Written only while no batch is under way. */
  private metaRecord = new Writer();

  private isUnderWay = false;
  private logUnderWay = 0;
  private bytesUnderWay = 0;

  private constructor(meta: Meta, position: Position | null, place: JournalPlace, logLimit: number) {
    this.logLimit = logLimit;
    this.first = NOTHING;
    this.latestMeta = meta;
    this.metaSequence = place.metaSequence;
    this.isMetaNew = place === BEGINNING;
    this.position = position;
    this.logNumber = place.logNumber;
    this.fileA = logName(place.logNumber, 'a');
    this.fileB = logName(place.logNumber, 'b');
    this.namedLog = place.logNumber;
    this.lastLog = place.logNumber;
    this.logStore = meta.store;
    this.logBytes = place.logBytes;
    // The repairs, which are synced before any new record is written, make durable what was found.
    this.syncedBytes = place.logBytes;
    this.snapshotBytes = place.snapshotBytes;
  }

  /** Begins a store. `leftovers`: files of an earlier store on the same disk, which are removed first. */
  static create(
    meta: Meta,
    image: StateImage | null = null,
    leftovers: readonly string[] = [],
    logLimit: number = DEFAULT_LOG_LIMIT,
  ): Journal {
    const journal = new Journal(meta, null, BEGINNING, logLimit);
    if (leftovers.length > 0) journal.first = removalOf(leftovers);
    journal.meta(meta);
    if (image !== null) journal.snapshot(image);
    return journal;
  }

  /** Goes on where recovery found the end; the repairs are at the head of the first batch. */
  static resume(found: Recovered, logLimit: number = DEFAULT_LOG_LIMIT): Journal {
    const { meta, image, deltas } = found.store;
    const position = deltas.at(-1)?.position ?? image?.position ?? null;
    const journal = new Journal(meta, position, found.place, logLimit);
    journal.first = found.repairs;
    return journal;
  }

  /** True when the log has outgrown its limit: the owner should give a snapshot of the present state soon. */
  get wantsSnapshot(): boolean {
    return this.logBytes > Math.max(this.logLimit, 4 * this.snapshotBytes);
  }

  /** True when something was collected that is in no batch yet. */
  get hasWork(): boolean {
    return this.isMetaPending || this.records.at > 0 || this.plan !== 'append' || this.first.length > 0;
  }

  /** The fields beside the register changed. Of several between two batches only the last is written. */
  meta(meta: Meta): void {
    this.latestMeta = meta;
    this.isMetaPending = true;
  }

  /** The register went one delta further. */
  delta(delta: Delta): void {
    assert(
      samePosition(delta.base, this.position),
      'a delta to be stored begins where the stored state stands',
    );
    this.position = delta.position;
    const before = this.records.at;
    writeDeltaRecord(this.records, delta, this.syncedBytes);
    this.logBytes += this.records.at - before;
  }

  /**
   * The whole state as it is now, to replace the log: it grew too long, or the register was replaced. Belongs to the
   * store that `meta` named last.
   */
  snapshot(image: StateImage): void {
    if (this.plan !== 'new log') this.goTo(++this.lastLog);
    this.plan = 'new log';
    this.position = image.position;
    this.logStore = this.latestMeta.store;
    this.records.at = 0;
    writeSnapshotRecords(this.records, this.logStore, image);
    this.logBytes = this.records.at;
    this.snapshotBytes = this.records.at;
    this.syncedBytes = 0;
  }

  /**
   * The license file is replaced as a whole: whatever a crash leaves, a boot finds the old one or the new one. An edit that
   * lost is on the medium before what it lost to. The meta of this batch, which says what is installed, goes after both.
   */
  install(body: Uint8Array, lost: LostEdit | null): void {
    const commands: DiskCommand[] = [...this.first];
    if (lost !== null) pushWholeFile(commands, conflictName(lost.lostTo), lost.body);
    pushWholeFile(commands, LICENSE_FILE, body);
    this.first = commands;
  }

  /** The register was dropped, as when a server retires: the store is blank [§13]. */
  blank(): void {
    this.goTo(0);
    this.plan = 'no log';
    this.position = null;
    this.records.at = 0;
    this.logBytes = 0;
    this.snapshotBytes = 0;
    this.syncedBytes = 0;
  }

  /**
   * Everything collected since the last batch, or null when there is nothing or a batch is still under way. The bytes
   * in the commands stay as they are until `committed`.
   */
  takeBatch(): DiskBatch | null {
    if (this.isUnderWay || !this.hasWork) return null;
    assert(
      this.logNumber === 0 || this.logStore === this.latestMeta.store,
      'a log belongs to the store in meta',
    );
    const batch: DiskCommand[] = [];
    for (let i = 0; i < this.first.length; i++) batch.push(this.first[i]!);
    this.first = NOTHING;
    this.isUnderWay = true;
    this.logUnderWay = this.logNumber;
    this.bytesUnderWay = this.logBytes;
    if (this.plan === 'append') this.pushAppend(batch);
    else this.pushReplacement(batch);
    return batch;
  }

  /** The batch taken last is on the medium. */
  committed(): void {
    assert(this.isUnderWay, 'a batch that is done was under way');
    this.isUnderWay = false;
    if (this.logUnderWay === this.logNumber) this.syncedBytes = this.bytesUnderWay;
  }

  private goTo(logNumber: number): void {
    this.logNumber = logNumber;
    this.fileA = logName(logNumber, 'a');
    this.fileB = logName(logNumber, 'b');
  }

  private pushAppend(batch: DiskCommand[]): void {
    const { isMetaPending, fileA, fileB } = this;
    const length = this.records.at;
    if (isMetaPending) this.pushMetaWrites(batch);
    if (length > 0) this.pushRecords(batch, fileA, fileB, this.logBytes - length);
    if (isMetaPending) this.pushMetaSync(batch);
    if (length > 0) batch.push({ kind: 'sync', file: fileA }, { kind: 'sync', file: fileB });
  }

  /**
   * Meta goes first: a server that retires is another store from then on, to which the old log does not belong, and the
   * old log is removed afterwards. The new log bears its name only when all of it is on the medium; both names are on
   * the medium before the old log is removed.
   */
  private pushReplacement(batch: DiskCommand[]): void {
    if (this.isMetaPending) {
      this.pushMetaWrites(batch);
      this.pushMetaSync(batch);
    }
    if (this.plan === 'new log') {
      const { fileA, fileB } = this;
      const newA = temporaryName(fileA);
      const newB = temporaryName(fileB);
      this.pushRecords(batch, newA, newB, 0);
      batch.push({ kind: 'sync', file: newA }, { kind: 'sync', file: newB });
      batch.push({ kind: 'rename', from: newA, to: fileA }, { kind: 'rename', from: newB, to: fileB });
      batch.push({ kind: 'sync-directory' });
    }
    if (this.namedLog > 0) {
      batch.push({ kind: 'unlink', file: logName(this.namedLog, 'a') });
      batch.push({ kind: 'unlink', file: logName(this.namedLog, 'b') });
      batch.push({ kind: 'sync-directory' });
    }
    this.namedLog = this.logNumber;
    this.plan = 'append';
  }

  private pushMetaWrites(batch: DiskCommand[]): void {
    const record = this.metaRecord;
    this.isMetaPending = false;
    this.metaSequence++;
    record.at = 0;
    writeMetaRecord(record, this.metaSequence, this.latestMeta);
    const bytes = record.bytes.subarray(0, record.at);
    pushMetaWrites(batch, this.isMetaNew ? temporaryName(META) : META, this.metaSequence, bytes);
  }

  private pushMetaSync(batch: DiskCommand[]): void {
    if (!this.isMetaNew) {
      batch.push({ kind: 'sync', file: META });
      return;
    }
    this.isMetaNew = false;
    batch.push({ kind: 'sync', file: temporaryName(META) });
    batch.push({ kind: 'rename', from: temporaryName(META), to: META });
    batch.push({ kind: 'sync-directory' });
  }

  /** The records collected so far, as the same bytes in both copies. */
  private pushRecords(batch: DiskCommand[], fileA: string, fileB: string, offset: number): void {
    const records = this.records;
    const bytes = records.bytes.subarray(0, records.at);
    batch.push({ kind: 'write', file: fileA, offset, bytes }, { kind: 'write', file: fileB, offset, bytes });
    this.records = this.otherRecords.bytes.length > MOST_KEPT_BYTES ? new Writer() : this.otherRecords;
    this.records.at = 0;
    this.otherRecords = records;
  }
}
