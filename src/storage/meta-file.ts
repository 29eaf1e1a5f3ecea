// The meta file: two slots written alternately, each as two equal copies in separate 4 KiB blocks. An unfinished write
// spoils only the slot that was not in force; one bad sector spoils only one copy. Were there one copy, a bad sector
// would look like an unfinished write, and a promise would go back one step.

import { assert } from '../core/assert.ts';
import type { Meta } from '../core/state.ts';
import { crc32c, wordAt } from '../wire/crc32c.ts';
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
  /** Writes that make the bad copy of the slot in force good; empty when both are. */
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
  const repairs: DiskCommand[] = [];
  const first = slotOffset(sequence) / BLOCK_BYTES;
  // Never the good copy: it may be the only one, and a crash would leave it torn.
  for (const block of [first, first + 1]) {
    if (copies[block]?.sequence === sequence) continue;
    repairs.push({ kind: 'write', file: META, offset: block * BLOCK_BYTES, bytes });
  }
  return { sequence, meta, repairs };
}

function readCopy(reader: Reader, file: Uint8Array, block: number): MetaCopy | null {
  const start = block * BLOCK_BYTES;
  if (start + HEAD_BYTES + CHECKSUM_BYTES > file.length || wordAt(file, start) !== META_MAGIC) return null;
  const length = wordAt(file, start + 4);
  const end = start + HEAD_BYTES + length;
  if (length < CHECKSUM_BYTES || end > Math.min(file.length, start + BLOCK_BYTES)) return null;
  if (reader.open(file, start, end - CHECKSUM_BYTES) !== wordAt(file, end - CHECKSUM_BYTES)) return null;
  reader.at = HEAD_BYTES;
  const sequence = reader.whole();
  const meta = readMeta(reader);
  const isRead = !reader.failed && reader.at === reader.end;
  // A copy in the wrong slot was never written by us.
  if (!isRead || slotOffset(sequence) !== (block >> 1) * 2 * BLOCK_BYTES) return null;
  return { sequence, meta, bytes: file.slice(start, end) };
}
