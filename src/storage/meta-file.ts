// The meta file: two slots written alternately, each as two equal copies in separate 4 KiB blocks. An unfinished write
// spoils only the slot that was not in force; one bad sector spoils only one copy. Were there one copy, a bad sector
// would look like an unfinished write, and a promise would go back one step.

import { assert } from '../core/assert.ts';
import type { Meta } from '../core/state.ts';
import { crc32c } from '../wire/crc32c.ts';
import { Reader, type Writer } from '../wire/fields.ts';
import { readMeta, writeMeta } from '../wire/state-codec.ts';
import type { DiskCommand } from './disk-command.ts';
import { META } from './file-names.ts';

const BLOCK_BYTES = 4096;

/** 'RGNM' as it lies in the file. */
const META_MAGIC = 0x4d4e4752;

const HEAD_BYTES = 8;
const CHECKSUM_BYTES = 4;

/** Which of the two slots the `sequence`-th meta is written to: the offset of its first copy. */
function slotOffset(sequence: number): number {
  return (sequence % 2) * 2 * BLOCK_BYTES;
}

/** Writes magic, length of what follows, sequence, meta, checksum. */
export function writeMetaRecord(to: Writer, sequence: number, meta: Meta): void {
  const start = to.at;
  to.word(META_MAGIC);
  to.word(0);
  to.whole(sequence);
  writeMeta(to, meta);
  const end = to.at;
  to.at = start + 4;
  to.word(end + CHECKSUM_BYTES - start - HEAD_BYTES);
  to.at = end;
  to.word(crc32c(to.bytes, start, end));
  assert(to.at - start <= BLOCK_BYTES, 'a meta record fits into a block');
}

/** Adds the writes of both copies of a meta record. */
export function pushMetaWrites(to: DiskCommand[], file: string, sequence: number, bytes: Uint8Array): void {
  const offset = slotOffset(sequence);
  to.push(
    { kind: 'write', file, offset, bytes },
    { kind: 'write', file, offset: offset + BLOCK_BYTES, bytes },
  );
}

interface MetaCopy {
  readonly sequence: number;
  readonly meta: Meta;
  readonly bytes: Uint8Array;
}

export interface MetaFound {
  readonly sequence: number;
  readonly meta: Meta;
  /** Writes that make both copies of the slot in force good; empty when they are. */
  readonly repairs: readonly DiskCommand[];
}

/** The meta in force: of all good copies the one of the highest sequence. Null when no copy is good. */
export function findMeta(file: Uint8Array): MetaFound | null {
  const reader = new Reader();
  const copies: (MetaCopy | null)[] = [];
  let best: MetaCopy | null = null;
  for (let block = 0; block < 4; block++) {
    const copy = readCopy(reader, file, block);
    copies.push(copy);
    if (copy !== null && (best === null || copy.sequence > best.sequence)) best = copy;
  }
  if (best === null) return null;
  const { sequence, meta, bytes } = best;
  const first = slotOffset(sequence) / BLOCK_BYTES;
  const isWhole = copies[first]?.sequence === sequence && copies[first + 1]?.sequence === sequence;
  const repairs: DiskCommand[] = [];
  if (!isWhole) pushMetaWrites(repairs, META, sequence, bytes);
  return { sequence, meta, repairs };
}

function readCopy(reader: Reader, file: Uint8Array, block: number): MetaCopy | null {
  const start = block * BLOCK_BYTES;
  reader.open(file, Math.min(start, file.length), Math.min(start + BLOCK_BYTES, file.length));
  const magic = reader.word();
  const length = reader.word();
  const end = start + HEAD_BYTES + length;
  if (reader.failed || magic !== META_MAGIC || length < CHECKSUM_BYTES || end > reader.end) return null;
  reader.at = end - CHECKSUM_BYTES;
  if (reader.word() !== crc32c(file, start, end - CHECKSUM_BYTES)) return null;
  reader.open(file, start + HEAD_BYTES, end - CHECKSUM_BYTES);
  const sequence = reader.whole();
  const meta = readMeta(reader);
  const isRead = !reader.failed && reader.at === reader.end;
  // A copy in the wrong slot was never written by us.
  if (!isRead || slotOffset(sequence) !== (block >> 1) * 2 * BLOCK_BYTES) return null;
  return { sequence, meta, bytes: file.slice(start, end) };
}
