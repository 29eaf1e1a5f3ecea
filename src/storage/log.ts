// The two copies of a log read as one: a record that is good in either is good. The first that is bad in both is the end
// of the unfinished tail, unless a record further on says that it had been on the medium; then the log is lost.

import { type Position, samePosition } from '../core/ids.ts';
import { type ImagePart, imageOfParts } from '../core/image-parts.ts';
import type { Charter, Delta, StateImage } from '../core/state.ts';
import { Reader } from '../wire/fields.ts';
import { endOfRecordAt, type LogRecord, readRecord, type SnapshotPart, syncedOfRecord } from './record.ts';

interface Range {
  start: number;
  end: number;
}

export interface ReadLog {
  /** In what way the log is lost; '' when it is not. */
  reason: string;
  store: number;
  image: StateImage | null;
  deltas: Delta[];
  /** The state that the log ends with. */
  position: Position | null;
  snapshotEnd: number;
  /** Where the last good record ends: both copies are to be cut there. */
  end: number;
  /** Per copy, what is bad in it before `end`. */
  bad: [Range[], Range[]];
}

export function readLog(a: Uint8Array, b: Uint8Array): ReadLog {
  return new LogReading(a, b).read();
}

class LogReading {
  private readonly a: Uint8Array;
  private readonly b: Uint8Array;
  private readonly reader = new Reader();
  private readonly snapshot: ImagePart[] = [];
  private charter: Charter | null = null;
  private parts = 0;
  /** Largest `synced` of any good record. */
  private mark = 0;
  private readonly found: ReadLog = {
    reason: '',
    store: 0,
    image: null,
    deltas: [],
    position: null,
    snapshotEnd: 0,
    end: 0,
    bad: [[], []],
  };

  constructor(a: Uint8Array, b: Uint8Array) {
    this.a = a;
    this.b = b;
  }

  read(): ReadLog {
    const found = this.found;
    const length = Math.max(this.a.length, this.b.length);
    while (found.reason === '' && found.end < length && this.readNext());
    if (found.reason !== '') return found;
    // A log bears its name only since its snapshot is on the medium.
    if (found.image === null) this.lost(`its snapshot is bad in both copies at ${found.end}`);
    else if (found.end < length) this.judgeTail(length);
    return found;
  }

  private lost(reason: string): false {
    this.found.reason = reason;
    return false;
  }

  /** Takes the record at `found.end` from whichever copy has it; false when neither has. */
  private readNext(): boolean {
    const { found, a, b } = this;
    const start = found.end;
    const endInA = endOfRecordAt(a, start);
    const isSameInB = endInA >= 0 && areEqual(a, b, start, endInA);
    const endInB = isSameInB ? endInA : endOfRecordAt(b, start);
    if (endInA < 0 && endInB < 0) return false;
    if (endInA >= 0 && endInB >= 0 && !isSameInB) {
      return this.lost(`its copies differ at ${start}`);
    }
    const end = Math.max(endInA, endInB);
    if (endInA < 0) addRange(found.bad[0], start, end);
    if (endInB < 0) addRange(found.bad[1], start, end);
    const bytes = endInA >= 0 ? a : b;
    const record = readRecord(this.reader, bytes, start, end);
    if (typeof record === 'string') return this.lost(`the record at ${start} cannot be read: ${record}`);
    this.mark = Math.max(this.mark, syncedOfRecord(bytes, end));
    found.end = end;
    return this.take(record, start);
  }

  private take(record: LogRecord, at: number): boolean {
    if (record.kind === 'snapshot part') return this.takePart(record, at);
    const { found } = this;
    if (found.image === null) return this.lost(`a delta at ${at} stands before the end of its snapshot`);
    if (!samePosition(record.delta.base, found.position))
      return this.lost(`the delta at ${at} does not follow`);
    found.deltas.push(record.delta);
    found.position = record.delta.position;
    return true;
  }

  private takePart(record: SnapshotPart, at: number): boolean {
    const { found } = this;
    const isNext = this.snapshot.length === 0 ? at === 0 && record.part === 0 : this.follows(record);
    if (!isNext || record.parts === 0) return this.lost(`the part of a snapshot at ${at} does not follow`);
    this.charter ??= record.charter;
    this.parts = record.parts;
    this.snapshot.push(record);
    found.store = record.store;
    found.position = record.position;
    if (this.snapshot.length < this.parts) return true;
    found.image = imageOfParts(record.position, this.charter!, this.snapshot);
    if (found.image === null) return this.lost('the parts of its snapshot are no state');
    found.snapshotEnd = found.end;
    return true;
  }

  private follows(record: SnapshotPart): boolean {
    const { found } = this;
    return (
      found.image === null &&
      record.part === this.snapshot.length &&
      record.parts === this.parts &&
      record.store === found.store &&
      samePosition(record.position, found.position)
    );
  }

  /** Behind a record that is bad in both copies: does a later one say that it had been on the medium? */
  private judgeTail(length: number): void {
    const { found } = this;
    for (const copy of [this.a, this.b]) {
      for (let at = found.end + 1; at < length; at++) {
        const end = endOfRecordAt(copy, at);
        if (end < 0) continue;
        // A record cannot know of more than what stands before it; one that does lies within another's payload.
        const synced = syncedOfRecord(copy, end);
        if (synced <= at) this.mark = Math.max(this.mark, synced);
        at = end - 1;
      }
    }
    if (found.end < this.mark) {
      this.lost(`a record at ${found.end} that was on the medium (up to ${this.mark}) is bad in both copies`);
    }
  }
}

/** So one checksum does for both copies, as long as they are good. */
function areEqual(a: Uint8Array, b: Uint8Array, start: number, end: number): boolean {
  if (b.length < end) return false;
  for (let i = start; i < end; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Ranges that touch are one range. */
function addRange(ranges: Range[], start: number, end: number): void {
  const last = ranges.at(-1);
  if (last !== undefined && last.end === start) last.end = end;
  else ranges.push({ start, end });
}
