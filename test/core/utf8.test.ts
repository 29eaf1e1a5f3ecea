import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeText, encodeText, readUtf8 } from '../../src/core/utf8.ts';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodedByPlatform(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}

/** Bytes that are nearly UTF-8: the interesting ones are at the borders of the well-formed ranges. */
const nearly = fc
  .array(
    fc.oneof(
      fc.constantFrom(0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2),
      fc.constantFrom(0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5),
      fc.nat(255),
    ),
  )
  .map((bytes) => Uint8Array.from(bytes));

describe('UTF-8', () => {
  it('is read exactly as the platform reads it, strictly', () => {
    fc.assert(
      fc.property(nearly, (bytes) => {
        expect(decodeText(bytes)).toBe(decodedByPlatform(bytes));
      }),
      { numRuns: 3000 },
    );
  });

  it('is written exactly as the platform writes it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', size: 'large' }), (text) => {
        expect(encodeText(text)).toEqual(Uint8Array.from(new TextEncoder().encode(text)));
        expect(decodeText(encodeText(text))).toBe(text);
      }),
    );
  });

  it('that is ill-formed is told by the first byte of the ill-formed sequence, and the text before it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), nearly, (text, rest) => {
        const bytes = Uint8Array.from([...encodeText(text), 0xff, ...rest]);
        expect(readUtf8(bytes)).toEqual({ ok: false, offset: encodeText(text).length, before: text });
      }),
    );
  });

  it('has no form for half a character', () => {
    expect(() => encodeText('a\ud800')).toThrow('surrogate');
  });
});
