// Cuts a stream of bytes, as it comes in from a socket, into frames. It looks at lengths only: a length that no frame
// has breaks the stream for good, since nothing tells where the next frame would begin.

import { wordAt } from './crc32c.ts';
import { LEAST_FRAME_BYTES, LENGTH_BYTES, MOST_FRAME_BYTES } from './frame.ts';

const FIRST_CAPACITY = 4096;

export class FrameSplitter {
  /** Why the stream is broken; '' while it is not. */
  reason = '';
  private readonly most: number;
  private bytes = new Uint8Array(FIRST_CAPACITY);
  private start = 0;
  private end = 0;

  /** `most`: frames longer than this break the stream; the buffer never holds more than that and one chunk. */
  constructor(most: number = MOST_FRAME_BYTES) {
    this.most = most;
  }

  /** Whether bytes of a frame are there that is not complete yet. */
  get isHalf(): boolean {
    return this.end > this.start;
  }

  /** Takes the next bytes of the stream. Ask `next` until it says null before the next push. */
  push(chunk: Uint8Array): void {
    if (this.reason !== '') return;
    this.makeRoom(chunk.length);
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
  }

  /** The next frame, valid until the next push; null when none is complete or the stream is broken. */
  next(): Uint8Array | null {
    const held = this.end - this.start;
    if (this.reason !== '' || held < LENGTH_BYTES) return null;
    const length = LENGTH_BYTES + wordAt(this.bytes, this.start);
    if (length < LEAST_FRAME_BYTES || length > this.most) {
      this.reason = `no frame has ${length} bytes`;
      this.bytes = new Uint8Array(0);
      return null;
    }
    if (held < length) return null;
    const frame = this.bytes.subarray(this.start, this.start + length);
    this.start += length;
    return frame;
  }

  private makeRoom(count: number): void {
    if (this.end + count <= this.bytes.length) return;
    const held = this.end - this.start;
    const needed = held + count;
    if (needed <= this.bytes.length) {
      this.bytes.copyWithin(0, this.start, this.end);
    } else {
      const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
      larger.set(this.bytes.subarray(this.start, this.end));
      this.bytes = larger;
    }
    this.start = 0;
    this.end = held;
  }
}
