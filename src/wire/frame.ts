// A message as a frame: u32 length of what follows, u8 version, u8 tag, the fields, u32 CRC-32C of all before it.
// Whatever is not exactly a frame of this version is refused with a reason; no bytes make a decoder throw. Encoder and
// Decoder are one each per process, and keep their buffers.

import { assert } from '../core/assert.ts';
import type {
  ClientMessage,
  OperatorMessage,
  ReplyToClient,
  ReplyToOperator,
  ServerMessage,
} from '../core/message.ts';
import { readClientMessage, readReply, writeClientMessage, writeReply } from './client-messages.ts';
import { crc32c, wordAt } from './crc32c.ts';
import { Reader, Writer } from './fields.ts';
import {
  readOperatorMessage,
  readReplyToOperator,
  writeOperatorMessage,
  writeReplyToOperator,
} from './operator-messages.ts';
import { readServerMessage, writeServerMessage } from './server-messages.ts';

export const CODEC_VERSION = 1;

/** A frame with its length: at most this. Room for a chain or a part of 16 000 handles, whatever their texts. */
export const MOST_FRAME_BYTES = 4 * 1024 * 1024;

export const LENGTH_BYTES = 4;
const CHECKSUM_BYTES = 4;
/** Length, version, tag, checksum. */
export const LEAST_FRAME_BYTES = LENGTH_BYTES + 2 + CHECKSUM_BYTES;

export type Message = ServerMessage | ClientMessage | ReplyToClient | OperatorMessage | ReplyToOperator;

export class Encoder {
  private readonly writer = new Writer();

  /** The frame last encoded is in `bytes[0 … length)`, until the next one; `bytes` is another array after growth. */
  get bytes(): Uint8Array {
    return this.writer.bytes;
  }

  /** Makes the message's frame and returns its length in bytes. */
  encode(message: Message): number {
    const writer = this.writer;
    writer.at = LENGTH_BYTES;
    writer.byte(CODEC_VERSION);
    switch (message.kind) {
      case 'hello':
      case 'call':
        writeClientMessage(writer, message);
        break;
      case 'hello-reply':
      case 'answer':
        writeReply(writer, message);
        break;
      case 'inspect':
      case 'order':
        writeOperatorMessage(writer, message);
        break;
      case 'report':
      case 'order-reply':
        writeReplyToOperator(writer, message);
        break;
      default:
        writeServerMessage(writer, message);
    }
    const end = writer.at;
    assert(end + CHECKSUM_BYTES <= MOST_FRAME_BYTES, 'a message fits into a frame');
    writer.at = 0;
    writer.word(end);
    writer.at = end;
    writer.word(crc32c(writer.bytes, 0, end));
    return writer.at;
  }
}

export class Decoder {
  private readonly reader = new Reader();
  /** Why the last frame was refused; only meaningful after null. */
  reason = '';

  /** The message that `bytes[start … end)` is the frame of, or null. It shares nothing with `bytes`. */
  server(bytes: Uint8Array, start: number, end: number): ServerMessage | null {
    if (!this.opens(bytes, start, end)) return null;
    const message = readServerMessage(this.reader);
    return this.isWhole() ? message : null;
  }

  client(bytes: Uint8Array, start: number, end: number): ClientMessage | null {
    if (!this.opens(bytes, start, end)) return null;
    const message = readClientMessage(this.reader);
    return this.isWhole() ? message : null;
  }

  reply(bytes: Uint8Array, start: number, end: number): ReplyToClient | null {
    if (!this.opens(bytes, start, end)) return null;
    const message = readReply(this.reader);
    return this.isWhole() ? message : null;
  }

  operator(bytes: Uint8Array, start: number, end: number): OperatorMessage | null {
    if (!this.opens(bytes, start, end)) return null;
    const message = readOperatorMessage(this.reader);
    return this.isWhole() ? message : null;
  }

  replyToOperator(bytes: Uint8Array, start: number, end: number): ReplyToOperator | null {
    if (!this.opens(bytes, start, end)) return null;
    const message = readReplyToOperator(this.reader);
    return this.isWhole() ? message : null;
  }

  /** Checks all that stands around the fields, and opens the reader on them. */
  private opens(bytes: Uint8Array, start: number, end: number): boolean {
    const reader = this.reader;
    const length = end - start;
    if (start < 0 || end > bytes.length || length < LEAST_FRAME_BYTES) {
      this.reason = 'a frame is too short';
      return false;
    }
    if (length > MOST_FRAME_BYTES) {
      this.reason = 'a frame is too long';
      return false;
    }
    if (wordAt(bytes, start) !== length - LENGTH_BYTES) {
      this.reason = 'a frame is not as long as it says';
      return false;
    }
    if (reader.open(bytes, start, end - CHECKSUM_BYTES) !== wordAt(bytes, end - CHECKSUM_BYTES)) {
      this.reason = 'a frame is damaged';
      return false;
    }
    reader.at = LENGTH_BYTES;
    if (reader.byte() !== CODEC_VERSION) {
      this.reason = 'a frame is of another version';
      return false;
    }
    return true;
  }

  private isWhole(): boolean {
    const reader = this.reader;
    if (reader.at !== reader.end) reader.refuse('bytes are left over');
    if (!reader.failed) return true;
    this.reason = reader.reason;
    return false;
  }
}
