// CRC-32C (Castagnoli), eight bytes at a time. It stands at the end of every frame and every record; a frame's digest in
// the simulator is this sum, so it must cover all that a frame says.

const POLYNOMIAL = 0x82f63b78;

/** Table k (256 entries from k · 256 on) moves a byte past k further bytes. */
const TABLES: Int32Array = makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ POLYNOMIAL : sum >>> 1;
    tables[byte] = sum;
  }
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256]!;
    tables[at] = tables[before & 255]! ^ (before >>> 8);
  }
  return tables;
}

/** The sum of `bytes[start … end)` as an unsigned 32-bit number; the sum of nothing is 0. */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  const tables = TABLES;
  let sum = -1;
  let at = start;
  for (const last = end - 8; at <= last; at += 8) {
    sum =
      tables[1792 + ((sum ^ bytes[at]!) & 255)]! ^
      tables[1536 + (((sum >>> 8) ^ bytes[at + 1]!) & 255)]! ^
      tables[1280 + (((sum >>> 16) ^ bytes[at + 2]!) & 255)]! ^
      tables[1024 + ((sum >>> 24) ^ bytes[at + 3]!)]! ^
      tables[768 + bytes[at + 4]!]! ^
      tables[512 + bytes[at + 5]!]! ^
      tables[256 + bytes[at + 6]!]! ^
      tables[bytes[at + 7]!]!;
  }
  for (; at < end; at++) sum = tables[(sum ^ bytes[at]!) & 255]! ^ (sum >>> 8);
  return ~sum >>> 0;
}

/** The same sum, and `bytes[start … end)` are copied to the beginning of `to` on the way. */
export function copyWithChecksum(bytes: Uint8Array, start: number, end: number, to: DataView): number {
  const tables = TABLES;
  let sum = -1;
  let at = start;
  let into = 0;
  for (const last = end - 8; at <= last; at += 8, into += 8) {
    const first = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    const second = bytes[at + 4]! | (bytes[at + 5]! << 8) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 24);
    to.setInt32(into, first, true);
    to.setInt32(into + 4, second, true);
    const mixed = sum ^ first;
    sum =
      tables[1792 + (mixed & 255)]! ^
      tables[1536 + ((mixed >>> 8) & 255)]! ^
      tables[1280 + ((mixed >>> 16) & 255)]! ^
      tables[1024 + (mixed >>> 24)]! ^
      tables[768 + (second & 255)]! ^
      tables[512 + ((second >>> 8) & 255)]! ^
      tables[256 + ((second >>> 16) & 255)]! ^
      tables[second >>> 24]!;
  }
  for (; at < end; at++, into++) {
    const byte = bytes[at]!;
    to.setUint8(into, byte);
    sum = tables[(sum ^ byte) & 255]! ^ (sum >>> 8);
  }
  return ~sum >>> 0;
}

/** The little-endian word at `at`. */
export function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
