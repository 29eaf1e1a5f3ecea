// One record of the log: magic, length, type, payload, synced, checksum, little-endian. Both copies of the log hold the
// same records at the same offsets. A record says how much of its log was on the medium when it was made, so that a
// later record tells that an earlier one, now unreadable, is not just an unfinished write but a loss.

import type { Position, StoreId } from '../core/ids.ts';
import { countParts, partOf } from '../core/image-parts.ts';
import type { Charter, Delta, EndedHandles, LiveHandle, StateImage } from '../core/state.ts';
import { crc32c, wordAt } from '../wire/crc32c.ts';
import type { Reader, Writer } from '../wire/fields.ts';
import {
  LEAST_LIVE_BYTES,
  readCharter,
  readDelta,
  readEnded,
  readLive,
  readPosition,
  writeCharter,
  writeDelta,
  writeEnded,
  writeLive,
  writePosition,
} from '../wire/state-codec.ts';

/** 'RGNL' as it lies in the file. */
const LOG_MAGIC = 0x4c4e4752;

const HEAD_BYTES = 8;
const SYNCED_BYTES = 8;
const CHECKSUM_BYTES = 4;
const LEAST_RECORD_BYTES = HEAD_BYTES + 1 + SYNCED_BYTES + CHECKSUM_BYTES;
const MOST_RECORD_BYTES = 64 * 1024 * 1024;

const SNAPSHOT_PART = 1;
const DELTA = 2;

/** In one part of a snapshot: a bad sector costs one part of one copy. */
const PLACES_PER_PART = 1024;

/** A snapshot lies in the log as `parts` records; the charter is in part 0. */
export interface SnapshotPart {
  readonly kind: 'snapshot part';
  /** The store whose state this is: a state of another store than the meta file's was dropped. */
  readonly store: StoreId;
  readonly position: Position;
  readonly part: number;
  readonly parts: number;
  readonly charter: Charter | null;
  readonly live: readonly LiveHandle[];
  readonly ended: EndedHandles;
}

export type LogRecord = SnapshotPart | { readonly kind: 'delta'; readonly delta: Delta };

/** Begins a record and returns where it begins, for `finish`. */
function begin(to: Writer, type: number): number {
  const start = to.at;
  to.word(LOG_MAGIC);
  to.word(0);
  to.byte(type);
  return start;
}

function finish(to: Writer, start: number, synced: number): void {
  to.whole(synced);
  const end = to.at;
  to.at = start + 4;
  to.word(end + CHECKSUM_BYTES - start - HEAD_BYTES);
  to.at = end;
  to.word(crc32c(to.bytes, start, end));
}

export function writeDeltaRecord(to: Writer, delta: Delta, synced: number): void {
  const start = begin(to, DELTA);
  writeDelta(to, delta);
  finish(to, start, synced);
}

/** Writes the image as records from the beginning of a new log on, of which nothing is synced yet. */
export function writeSnapshotRecords(to: Writer, store: StoreId, image: StateImage): void {
  const parts = countParts(image, PLACES_PER_PART);
  for (let part = 0; part < parts; part++) {
    const { live, ended } = partOf(image, PLACES_PER_PART, part);
    const start = begin(to, SNAPSHOT_PART);
    to.whole(store);
    writePosition(to, image.position);
    to.word(part);
    to.word(parts);
    if (part === 0) writeCharter(to, image.charter);
    to.word(live.length);
    for (const each of live) writeLive(to, each);
    writeEnded(to, ended);
    finish(to, start, 0);
  }
}

/** Where the record that begins at `start` ends, or -1 when no good record begins there. */
export function endOfRecordAt(bytes: Uint8Array, start: number): number {
  if (start + LEAST_RECORD_BYTES > bytes.length || wordAt(bytes, start) !== LOG_MAGIC) return -1;
  const length = wordAt(bytes, start + 4);
  const end = start + HEAD_BYTES + length;
  if (end - start < LEAST_RECORD_BYTES || length > MOST_RECORD_BYTES || end > bytes.length) return -1;
  return wordAt(bytes, end - CHECKSUM_BYTES) === crc32c(bytes, start, end - CHECKSUM_BYTES) ? end : -1;
}

/** The bytes that were on the medium when the good record that ends at `end` was made. */
export function syncedOfRecord(bytes: Uint8Array, end: number): number {
  const at = end - CHECKSUM_BYTES - SYNCED_BYTES;
  return wordAt(bytes, at + 4) * 2 ** 32 + wordAt(bytes, at);
}

/** What the good record `bytes[start … end)` says, or why it cannot be read. */
export function readRecord(from: Reader, bytes: Uint8Array, start: number, end: number): LogRecord | string {
  from.open(bytes, start + HEAD_BYTES, end - CHECKSUM_BYTES - SYNCED_BYTES);
  const record = readPayload(from);
  if (from.at !== from.end) from.refuse('bytes are left over');
  return from.failed ? from.reason : record;
}

function readPayload(from: Reader): LogRecord {
  const type = from.byte();
  if (type === SNAPSHOT_PART) return readSnapshotPart(from);
  if (type !== DELTA) from.refuse('an unknown type of record');
  return { kind: 'delta', delta: readDelta(from) };
}

function readSnapshotPart(from: Reader): SnapshotPart {
  const store = from.whole();
  const position = readPosition(from);
  const part = from.word();
  const parts = from.word();
  const charter = part === 0 ? readCharter(from) : null;
  const live: LiveHandle[] = [];
  const liveCount = from.count(LEAST_LIVE_BYTES);
  for (let i = 0; i < liveCount && !from.failed; i++) live.push(readLive(from));
  return { kind: 'snapshot part', store, position, part, parts, charter, live, ended: readEnded(from) };
}
