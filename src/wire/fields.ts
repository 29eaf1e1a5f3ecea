// The fields that messages and records are made of, little-endian: written into one growing buffer, read from a copy.
// A Reader never throws: the first thing it refuses is its `reason`, every later field reads as zero, and whoever
// asked looks at `failed` once at the end. This is in the simulator's inner loop. Both own their buffer because a view
// of it, made once, moves four bytes at a time: that took a third of the time off a heartbeat, and copying comes with
// the checksum.

import { assert } from '../core/assert.ts';
import { HANDLE_BYTES, type HandleId } from '../core/ids.ts';
import type { CivilTime } from '../core/time.ts';
import { decodeText, encodeText } from '../core/utf8.ts';
import { copyWithChecksum } from './crc32c.ts';

const HIGH = 2 ** 32;
/** Multiplying by it is exact, and quicker than dividing by HIGH. */
const PER_HIGH = 2 ** -32;
const MOST_HIGH = 2 ** 21;
/** Of the eighth and last byte of a short number. */
const HIGHEST_SCALE = 2 ** 49;

/** Room for most messages and batches of records: a process makes several at each boot, and the simulator boots often. */
const FIRST_CAPACITY = 512;

export class Writer {
  bytes: Uint8Array;
  /** Where the next field goes; the bytes before it are written. */
  at = 0;
  private view: DataView;

  constructor(capacity = FIRST_CAPACITY) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Makes room for `count` more bytes. */
  private reserve(count: number): void {
    if (this.at + count > this.bytes.length) this.grow(count);
  }

  private grow(count: number): void {
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.at + count));
    larger.set(this.bytes);
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }

  /** 0 … 255. */
  byte(value: number): void {
    assert(value >= 0 && value <= 255, 'a byte is 0 … 255');
    this.reserve(1);
    this.bytes[this.at++] = value;
  }

  flag(value: boolean): void {
    this.byte(value ? 1 : 0);
  }

  /** An unsigned 32-bit number. */
  word(value: number): void {
    assert(value >>> 0 === value, 'a word is 0 … 2^32-1');
    this.reserve(4);
    this.view.setUint32(this.at, value, true);
    this.at += 4;
  }

  /** An integer 0 … 2^53-1, as its low 32 bits and its high ones. */
  whole(value: number): void {
    const low = value >>> 0;
    const high = (value * PER_HIGH) >>> 0;
    assert(high * HIGH + low === value && high < MOST_HIGH, 'a whole number is 0 … 2^53-1');
    this.reserve(8);
    this.view.setUint32(this.at, low, true);
    this.view.setUint32(this.at + 4, high, true);
    this.at += 8;
  }

  /** An integer 0 … 2^53-1 that is mostly small: seven bits to a byte, the lowest first, all but the last marked. */
  short(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, 'a short number is 0 … 2^53-1');
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.byte(128 + (rest % 128));
    this.byte(rest);
  }

  /** Milliseconds since 1970, which may lie before it: as `whole`, the high part signed. */
  civil(value: CivilTime): void {
    assert(Number.isSafeInteger(value), 'civil time is a safe integer');
    const high = Math.floor(value * PER_HIGH);
    this.reserve(8);
    this.view.setUint32(this.at, value - high * HIGH, true);
    this.view.setInt32(this.at + 4, high, true);
    this.at += 8;
  }

  /** At most `most` (≤ 255) bytes of UTF-8 behind a byte with their number. */
  text(value: string, most: number): void {
    const length = value.length;
    assert(length <= most, 'a text is no longer than its field allows');
    this.reserve(1 + length);
    const bytes = this.bytes;
    const start = this.at + 1;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) {
        this.longText(value, most);
        return;
      }
      bytes[start + i] = code;
    }
    bytes[start - 1] = length;
    this.at = start + length;
  }

  private longText(value: string, most: number): void {
    const encoded = encodeText(value);
    assert(encoded.length <= most, 'a text is no longer than its field allows');
    this.reserve(1 + encoded.length);
    this.bytes[this.at] = encoded.length;
    this.bytes.set(encoded, this.at + 1);
    this.at += 1 + encoded.length;
  }

  handle(value: HandleId): void {
    assert(value.length === HANDLE_BYTES, 'a handle has 16 bytes');
    this.reserve(HANDLE_BYTES);
    const bytes = this.bytes;
    const at = this.at;
    for (let i = 0; i < HANDLE_BYTES; i++) bytes[at + i] = value.charCodeAt(i);
    this.at = at + HANDLE_BYTES;
  }

  /** At most `most` bytes behind a word with their number. */
  blob(value: Uint8Array, most: number): void {
    assert(value.length <= most, 'a blob is no longer than its field allows');
    this.word(value.length);
    this.raw(value);
  }

  /** Bytes whose number the reader knows. */
  raw(value: Uint8Array): void {
    this.reserve(value.length);
    this.bytes.set(value, this.at);
    this.at += value.length;
  }
}

/** Slots of the table of texts met before, and the shift that brings a 32-bit hash to one of them. */
const KNOWN_TEXTS = 128;
const KNOWN_SHIFT = 32 - 7;

/** A buffer that a long frame or record has made larger than this is not kept for the next one. */
const MOST_KEPT = 64 * 1024;

export class Reader {
  at = 0;
  end = 0;
  failed = false;
  /** What was refused first; '' while nothing was. */
  reason = '';
  private bytes: Uint8Array = new Uint8Array(FIRST_CAPACITY);
  private view: DataView = new DataView(this.bytes.buffer);
  /**
   * ASCII texts met before: keys, hosts and owners repeat in almost every message. A hit is compared byte by byte, so
   * the table changes nothing but the time; a Map that is asked with such a text finds it hashed already.
   */
  private readonly known: string[] = new Array<string>(KNOWN_TEXTS).fill('');

  /** Begins to read a copy of `bytes[start … end)`, whose checksum it returns. */
  open(bytes: Uint8Array, start: number, end: number): number {
    const length = end - start;
    if (length > this.bytes.length || this.bytes.length > MOST_KEPT) {
      this.bytes = new Uint8Array(Math.max(FIRST_CAPACITY, length));
      this.view = new DataView(this.bytes.buffer);
    }
    this.at = 0;
    this.end = length;
    this.failed = false;
    this.reason = '';
    return copyWithChecksum(bytes, start, end, this.view);
  }

  /** Refuses; only the first reason counts. */
  refuse(reason: string): void {
    if (!this.failed) {
      this.failed = true;
      this.reason = reason;
    }
    this.at = this.end;
  }

  byte(): number {
    if (this.at >= this.end) {
      this.refuse('it ends too early');
      return 0;
    }
    return this.bytes[this.at++]!;
  }

  flag(): boolean {
    const value = this.byte();
    if (value > 1) this.refuse('a flag is neither 0 nor 1');
    return value === 1;
  }

  /** A byte 0 … `most`. */
  choice(most: number): number {
    const value = this.byte();
    if (value <= most) return value;
    this.refuse('an unknown choice');
    return 0;
  }

  word(): number {
    const at = this.at;
    if (at + 4 > this.end) {
      this.refuse('it ends too early');
      return 0;
    }
    this.at = at + 4;
    return this.view.getUint32(at, true);
  }

  /** A word `least` … `most`. */
  wordWithin(least: number, most: number): number {
    const value = this.word();
    if (value >= least && value <= most) return value;
    this.refuse('a number is out of range');
    return 0;
  }

  whole(): number {
    const at = this.at;
    if (at + 8 > this.end) {
      this.refuse('it ends too early');
      return 0;
    }
    this.at = at + 8;
    const high = this.view.getUint32(at + 4, true);
    if (high < MOST_HIGH) return high * HIGH + this.view.getUint32(at, true);
    this.refuse('a number is out of range');
    return 0;
  }

  short(): number {
    let value = 0;
    for (let scale = 1; scale <= HIGHEST_SCALE; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte > 127) continue;
      if (byte === 0 && scale > 1) this.refuse('a number is longer than it need be');
      if (value <= Number.MAX_SAFE_INTEGER) return value;
      break;
    }
    this.refuse('a number is out of range');
    return 0;
  }

  civil(): CivilTime {
    const low = this.word();
    const value = (this.word() | 0) * HIGH + low;
    if (Number.isSafeInteger(value)) return value as CivilTime;
    this.refuse('a number is out of range');
    return 0 as CivilTime;
  }

  /** How many items follow, each of at least `leastBytes`: more than the rest can hold are refused. */
  count(leastBytes: number): number {
    const count = this.word();
    if (count * leastBytes <= this.end - this.at) return count;
    this.refuse('it counts more than it holds');
    return 0;
  }

  text(most: number): string {
    const length = this.byte();
    const start = this.at;
    const end = start + length;
    if (length > most) {
      this.refuse('a text is too long');
      return '';
    }
    if (end > this.end) {
      this.refuse('it ends too early');
      return '';
    }
    this.at = end;
    if (length === 0) return '';
    const bytes = this.bytes;
    // Length, first byte and the last two tell most short names apart; for the rest there is the comparison.
    const sample = length | (bytes[start]! << 8) | (bytes[end - 1]! << 16) | (bytes[end - 2]! << 24);
    const slot = Math.imul(sample, 0x9e3779b1) >>> KNOWN_SHIFT;
    const known = this.known[slot]!;
    if (known.length === length) {
      let i = 0;
      while (i < length && known.charCodeAt(i) === bytes[start + i]) i++;
      if (i === length) return known;
    }
    return this.newText(start, end, slot);
  }

  private newText(start: number, end: number, slot: number): string {
    const codes: number[] = [];
    let all = 0;
    for (let i = start; i < end; i++) {
      const byte = this.bytes[i]!;
      codes.push(byte);
      all |= byte;
    }
    if (all < 128) {
      const ascii = String.fromCharCode.apply(null, codes);
      this.known[slot] = ascii;
      return ascii;
    }
    const text = decodeText(this.bytes.subarray(start, end));
    if (text !== null) return text;
    this.refuse('a text is not UTF-8');
    return '';
  }

  handle(): HandleId {
    const at = this.at;
    if (at + HANDLE_BYTES > this.end) {
      this.refuse('it ends too early');
      return '';
    }
    this.at = at + HANDLE_BYTES;
    const b = this.bytes;
    // biome-ignore format: sixteen bytes, four to a line
    return String.fromCharCode(
      b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!,
      b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!,
      b[at + 8]!, b[at + 9]!, b[at + 10]!, b[at + 11]!,
      b[at + 12]!, b[at + 13]!, b[at + 14]!, b[at + 15]!,
    );
  }

  blob(most: number): Uint8Array {
    const length = this.word();
    if (length > most) this.refuse('a blob is too long');
    return this.raw(length);
  }

  raw(length: number): Uint8Array {
    if (length > this.end - this.at) this.refuse('it ends too early');
    if (this.failed) return new Uint8Array(0);
    const start = this.at;
    this.at = start + length;
    return this.bytes.slice(start, start + length);
  }
}
