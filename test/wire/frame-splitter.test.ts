import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Encoder, LEAST_FRAME_BYTES, type Message, MOST_FRAME_BYTES } from '../../src/wire/frame.ts';
import { FrameSplitter } from '../../src/wire/frame-splitter.ts';
import { clientMessages, serverMessages } from './arbitraries.ts';

const encoder = new Encoder();
const message: fc.Arbitrary<Message> = fc.oneof(
  clientMessages.hello,
  clientMessages.call,
  serverMessages.append,
);

function streamOf(messages: readonly Message[]): { frames: Uint8Array[]; stream: Uint8Array } {
  const frames = messages.map((each) => {
    const length = encoder.encode(each);
    return encoder.bytes.slice(0, length);
  });
  return { frames, stream: Buffer.concat(frames) };
}

function drain(splitter: FrameSplitter): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let frame = splitter.next(); frame !== null; frame = splitter.next()) frames.push(frame.slice());
  return frames;
}

describe('a stream', () => {
  it('is cut into the same frames however it arrives', () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 12 }),
        fc.array(fc.integer({ min: 0, max: 400 })),
        (messages, cuts) => {
          const { frames, stream } = streamOf(messages);
          const splitter = new FrameSplitter();
          const got: Uint8Array[] = [];
          let at = 0;
          for (const length of [...cuts, stream.length]) {
            splitter.push(stream.subarray(at, at + length));
            at = Math.min(stream.length, at + length);
            got.push(...drain(splitter));
          }
          expect(got).toStrictEqual(frames.map((frame) => new Uint8Array(frame)));
          expect(splitter.reason).toBe('');
        },
      ),
    );
  });

  it('is broken for good by a length that no frame has', () => {
    for (const length of [0, LEAST_FRAME_BYTES - 5, MOST_FRAME_BYTES - 3, 0xffff_ffff]) {
      const { frames, stream } = streamOf([{ kind: 'hello' }]);
      const bad = new Uint8Array(8);
      new DataView(bad.buffer).setUint32(0, length, true);
      const splitter = new FrameSplitter();
      splitter.push(Buffer.concat([stream, bad]));
      expect(drain(splitter)).toHaveLength(frames.length);
      expect(splitter.reason).not.toBe('');
      splitter.push(stream);
      expect(splitter.next()).toBeNull();
    }
  });

  it('never makes the splitter throw', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (chunks) => {
        const splitter = new FrameSplitter(64);
        for (const chunk of chunks) {
          splitter.push(chunk);
          for (const frame of drain(splitter)) expect(frame.length).toBeLessThanOrEqual(64);
        }
      }),
    );
  });
});
