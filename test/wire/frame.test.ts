import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NONE_ENDED } from '../../src/core/ended.ts';
import { handleFrom } from '../../src/core/ids.ts';
import { crc32c } from '../../src/wire/crc32c.ts';
import { CODEC_VERSION, Decoder, Encoder, type Message, MOST_FRAME_BYTES } from '../../src/wire/frame.ts';
import { packed } from '../ended.ts';
import {
  clientMessages,
  operatorMessages,
  replies,
  repliesToOperators,
  serverMessages,
} from './arbitraries.ts';

type Decode = (decoder: Decoder, bytes: Uint8Array, start: number, end: number) => Message | null;

interface Family {
  readonly decode: Decode;
  readonly rows: Readonly<Record<string, fc.Arbitrary<Message>>>;
}

const families: Readonly<Record<string, Family>> = {
  server: { decode: (decoder, bytes, start, end) => decoder.server(bytes, start, end), rows: serverMessages },
  client: { decode: (decoder, bytes, start, end) => decoder.client(bytes, start, end), rows: clientMessages },
  reply: { decode: (decoder, bytes, start, end) => decoder.reply(bytes, start, end), rows: replies },
  operator: {
    decode: (decoder, bytes, start, end) => decoder.operator(bytes, start, end),
    rows: operatorMessages,
  },
  'reply to an operator': {
    decode: (decoder, bytes, start, end) => decoder.replyToOperator(bytes, start, end),
    rows: repliesToOperators,
  },
};

const kinds = Object.entries(families).flatMap(([family, { decode, rows }]) =>
  Object.entries(rows).map(([kind, arbitrary]) => ({ family, kind, decode, arbitrary })),
);

const RUNS = { numRuns: 60 };

const encoder = new Encoder();
const decoder = new Decoder();

function frameOf(message: Message): Uint8Array {
  const length = encoder.encode(message);
  return encoder.bytes.slice(0, length);
}

/** Makes length and checksum fit again after a frame was tampered with. */
function reseal(frame: Uint8Array): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  view.setUint32(0, frame.length - 4, true);
  view.setUint32(frame.length - 4, crc32c(frame, 0, frame.length - 4), true);
  return frame;
}

describe.each(kinds)('a message of kind $kind', ({ decode, arbitrary }) => {
  it('is read as it was written, wherever in a buffer its frame lies', () => {
    fc.assert(
      fc.property(arbitrary, fc.nat({ max: 9 }), fc.nat({ max: 9 }), (message, before, after) => {
        const frame = frameOf(message);
        const bytes = new Uint8Array(before + frame.length + after).fill(0xa5);
        bytes.set(frame, before);
        expect(decode(decoder, bytes, before, before + frame.length)).toStrictEqual(message);
      }),
      RUNS,
    );
  });

  it('has one form only: what was read is written as the same bytes', () => {
    fc.assert(
      fc.property(arbitrary, (message) => {
        const frame = frameOf(message);
        expect(frameOf(decode(decoder, frame, 0, frame.length)!)).toStrictEqual(frame);
      }),
      RUNS,
    );
  });

  it('is written and read with its fields in the same order, so that engines see one shape', () => {
    fc.assert(
      fc.property(arbitrary, (message) => {
        const frame = frameOf(message);
        expect(Object.keys(decode(decoder, frame, 0, frame.length)!)).toStrictEqual(Object.keys(message));
      }),
      { numRuns: 3 },
    );
  });

  it('is refused when it ends anywhere before its end', () => {
    fc.assert(
      fc.property(arbitrary, (message) => {
        const frame = frameOf(message);
        for (let end = 0; end < frame.length; end++) {
          expect(decode(decoder, frame, 0, end)).toBeNull();
          expect(decoder.reason).not.toBe('');
          if (end >= 10) expect(decode(decoder, reseal(frame.slice(0, end)), 0, end)).toBeNull();
        }
      }),
      { numRuns: 10 },
    );
  });

  it('is refused when any of its bytes is another one', () => {
    fc.assert(
      fc.property(arbitrary, fc.integer({ min: 1, max: 255 }), (message, difference) => {
        const frame = frameOf(message);
        for (let at = 0; at < frame.length; at++) {
          frame[at] = frame[at]! ^ difference;
          expect(decode(decoder, frame, 0, frame.length)).toBeNull();
          frame[at] = frame[at]! ^ difference;
        }
      }),
      { numRuns: 10 },
    );
  });

  it('is never read as two things: whatever bytes stand in a sound frame, they are refused or are that one form', () => {
    fc.assert(
      fc.property(arbitrary, fc.nat(), fc.nat({ max: 255 }), (message, where, value) => {
        const frame = frameOf(message);
        frame[6 + (where % (frame.length - 6))] = value;
        const read = decode(decoder, reseal(frame), 0, frame.length);
        if (read !== null) expect(frameOf(read)).toStrictEqual(frame);
        else expect(decoder.reason).not.toBe('');
      }),
      { numRuns: 300 },
    );
  });

  it('is refused with bytes left over', () => {
    fc.assert(
      fc.property(arbitrary, fc.uint8Array({ minLength: 1, maxLength: 5 }), (message, extra) => {
        const frame = frameOf(message);
        const longer = new Uint8Array(frame.length + extra.length);
        longer.set(frame.subarray(0, frame.length - 4));
        longer.set(extra, frame.length - 4);
        expect(decode(decoder, reseal(longer), 0, longer.length)).toBeNull();
      }),
      RUNS,
    );
  });
});

describe('a frame', () => {
  const hello = (): Uint8Array => frameOf({ kind: 'hello' });

  it('is its length, the version, a tag and a checksum of all before it', () => {
    const frame = hello();
    const view = new DataView(frame.buffer);
    expect([...frame.subarray(0, 6)]).toEqual([6, 0, 0, 0, CODEC_VERSION, 64]);
    expect(view.getUint32(6, true)).toBe(crc32c(frame, 0, 6));
  });

  it('of another family is refused', () => {
    for (const { family, arbitrary } of kinds) {
      const [message] = fc.sample(arbitrary, { numRuns: 1, seed: 7 });
      const frame = frameOf(message!);
      for (const [other, { decode }] of Object.entries(families)) {
        if (other !== family) expect(decode(decoder, frame, 0, frame.length)).toBeNull();
      }
    }
  });

  it('of another version, or with an unknown tag, is refused by that reason', () => {
    const frame = hello();
    frame[4] = CODEC_VERSION + 1;
    expect(decoder.client(reseal(frame), 0, frame.length)).toBeNull();
    expect(decoder.reason).toBe('a frame is of another version');
    const tagged = hello();
    tagged[5] = 99;
    expect(decoder.client(reseal(tagged), 0, tagged.length)).toBeNull();
    expect(decoder.reason).toBe('no message of a client has that tag');
  });

  it('with an unknown code is refused', () => {
    const [message] = fc.sample(replies.answer, { numRuns: 1, seed: 1 });
    const frame = frameOf(message!);
    new DataView(frame.buffer).setUint32(4 + 2 + 1 + 16 + 4, 12345, true);
    expect(decoder.reply(reseal(frame), 0, frame.length)).toBeNull();
    expect(decoder.reason).toBe('a code is unknown');
  });

  it('longer than the limit is refused unread', () => {
    const bytes = new Uint8Array(MOST_FRAME_BYTES + 1);
    expect(decoder.server(bytes, 0, bytes.length)).toBeNull();
    expect(decoder.reason).toBe('a frame is too long');
  });

  it('has room for a chain of 16 000 additions with the longest texts', () => {
    const [append] = fc.sample(serverMessages.append, { numRuns: 1, seed: 3 });
    const place = { term: 1, index: 1 };
    const add = { handle: 'h'.repeat(16), key: 'k'.repeat(128), units: 1, owner: 'o'.repeat(64) };
    const operations = [{ kind: 'add' as const, ...add, life: append!.position.index as never }];
    const chain = Array.from({ length: 16_000 }, () => ({ base: place, position: place, operations }));
    expect(encoder.encode({ ...append!, chain })).toBeLessThan(MOST_FRAME_BYTES);
  });
});

describe('a decoder', () => {
  const decoders = Object.values(families).map(({ decode }) => decode);

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const decode of decoders) expect(decode(decoder, bytes, 0, bytes.length)).toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  it('never throws, whatever the bytes in a sound frame', () => {
    const tag = fc.oneof(
      fc.integer({ min: 1, max: 12 }),
      fc.constantFrom(64, 65, 96, 97, 128, 129, 160, 161),
      fc.nat({ max: 255 }),
    );
    fc.assert(
      fc.property(tag, fc.uint8Array({ maxLength: 300 }), (first, fields) => {
        const frame = reseal(new Uint8Array([0, 0, 0, 0, CODEC_VERSION, first, ...fields, 0, 0, 0, 0]));
        for (const decode of decoders) {
          const read = decode(decoder, frame, 0, frame.length);
          if (read !== null) expect(frameOf(read)).toStrictEqual(frame);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('does not let a count make it reserve more than the frame holds', () => {
    const [part] = fc.sample(serverMessages['state-part'], { numRuns: 1, seed: 5 });
    const frame = frameOf({ ...part!, charter: null, live: [], ended: NONE_ENDED });
    new DataView(frame.buffer).setUint32(frame.length - 12, 0xffff_ffff, true);
    expect(decoder.server(reseal(frame), 0, frame.length)).toBeNull();
    expect(decoder.reason).toBe('it counts more than it holds');
  });

  it('refuses ended handles of a delta that comes twice or ended none, and those of no known reason', () => {
    const [part] = fc.sample(serverMessages['state-part'], { numRuns: 1, seed: 5 });
    const { entries } = packed(
      [2, 3].map((n) => ({ handle: handleFrom(0, 0, 0, n), reason: 'lapsed', at: { term: 1, index: n } })),
    );
    const reasonFor = (runs: readonly number[], reason = 1): string => {
      const own = entries.slice();
      own[own.length - 1] = reason;
      const frame = frameOf({ ...part!, ended: { entries: own, runs: new Float64Array(runs) } });
      return decoder.server(frame, 0, frame.length) === null ? decoder.reason : '';
    };
    expect(reasonFor([1, 2, 1, 1, 3, 2])).toBe('');
    expect(reasonFor([1, 9, 1, 2, 3, 2])).toBe('');
    expect(reasonFor([1, 2, 1, 1, 2, 2])).toBe('two runs of one delta');
    expect(reasonFor([1, 2, 0, 1, 3, 2])).toBe('a delta that ended nothing');
    expect(reasonFor([1, 2, 1, 1, 3, 3])).toBe('it ends too early');
    expect(reasonFor([1, 2, 1])).toBe('bytes are left over');
    expect(reasonFor([1, 2, 1, 1, 3, 2], 3)).toBe('an unknown choice');
  });

  it('reads the same whether or not it has met a text before', () => {
    fc.assert(
      fc.property(fc.array(clientMessages.call, { minLength: 1, maxLength: 40 }), (calls) => {
        const old = new Decoder();
        for (const call of [...calls, ...calls]) {
          const frame = frameOf(call);
          expect(old.client(frame, 0, frame.length)).toStrictEqual(
            new Decoder().client(frame, 0, frame.length),
          );
        }
      }),
      { numRuns: 20 },
    );
  });

  it('shares nothing with the bytes that it read', () => {
    fc.assert(
      fc.property(serverMessages['state-part'], (message) => {
        const frame = frameOf(message);
        const read = decoder.server(frame, 0, frame.length);
        frame.fill(0xee);
        expect(read).toStrictEqual(message);
      }),
      RUNS,
    );
  });
});
