// Bytes under way between two nodes. Frames are pooled by size class, so that a run in its stride allocates none.

import { CLONE } from '../kernel/clone.ts';
import { type Fingerprint, PRINT } from '../kernel/fingerprint.ts';

const SMALLEST_CLASS = 6;
const LARGEST_CLASS = 16;
const NO_BYTES = new Uint8Array(0);
const NO_WORDS = new Int32Array(0);

export class Frame {
  readonly bytes: Uint8Array;
  /** The same memory, four bytes at a time. */
  readonly words: Int32Array;
  readonly sizeClass: number;
  length = 0;
  from = 0;
  connection = 0;

  constructor(sizeClass: number, room: number) {
    this.sizeClass = sizeClass;
    this.words = new Int32Array((room + 3) >>> 2);
    this.bytes = new Uint8Array(this.words.buffer);
  }

  [PRINT](print: Fingerprint): void {
    print.number(this.from);
    print.number(this.connection);
    print.bytes(this.bytes, this.length);
  }
}

export class FramePool {
  private readonly free: Frame[][] = [];
  /**
   * Per sender the buffer that it sent from last, and its memory as words. Senders encode into one buffer again and again, and
   * for messages of 60 to 100 bytes words are copied twice as fast as bytes, or as `set` with the sub-array it needs.
   */
  private readonly lastBytes: Uint8Array[] = [];
  private readonly lastWords: Int32Array[] = [];
  private readonly senders: number;

  constructor(senders: number) {
    this.senders = senders;
    for (let sizeClass = 0; sizeClass <= LARGEST_CLASS; sizeClass++) this.free.push([]);
    for (let sender = 0; sender < senders; sender++) {
      this.lastBytes.push(NO_BYTES);
      this.lastWords.push(NO_WORDS);
    }
  }

  /** A frame with a copy of `bytes[0 … length)`. */
  take(from: number, connection: number, bytes: Uint8Array, length: number): Frame {
    const frame = this.empty(length);
    frame.length = length;
    frame.from = from;
    frame.connection = connection;
    const source = bytes === this.lastBytes[from] ? this.lastWords[from]! : this.wordsOf(from, bytes);
    let whole = length >>> 2;
    if (whole > source.length) whole = source.length;
    if (whole > 0) {
      const words = frame.words;
      for (let i = 0; i < whole; i++) words[i] = source[i]!;
    }
    const room = frame.bytes;
    for (let i = whole << 2; i < length; i++) room[i] = bytes[i]!;
    return frame;
  }

  release(frame: Frame): void {
    if (frame.sizeClass <= LARGEST_CLASS) this.free[frame.sizeClass]!.push(frame);
  }

  private empty(length: number): Frame {
    const sizeClass = length <= 64 ? SMALLEST_CLASS : 32 - Math.clz32(length - 1);
    if (sizeClass > LARGEST_CLASS) return new Frame(sizeClass, length);
    return this.free[sizeClass]!.pop() ?? new Frame(sizeClass, 1 << sizeClass);
  }

  private wordsOf(sender: number, bytes: Uint8Array): Int32Array {
    const isAligned = (bytes.byteOffset & 3) === 0;
    const words = isAligned ? new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2) : NO_WORDS;
    this.lastBytes[sender] = bytes;
    this.lastWords[sender] = words;
    return words;
  }

  /** Free frames and remembered buffers are worth nothing to a clone. */
  [CLONE](): FramePool {
    return new FramePool(this.senders);
  }

  [PRINT](): void {}
}
