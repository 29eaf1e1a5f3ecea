import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Reader, Writer } from '../../src/wire/fields.ts';

function read(bytes: readonly number[]): number | string {
  const reader = new Reader();
  reader.open(new Uint8Array(bytes), 0, bytes.length);
  const value = reader.short();
  return reader.failed ? reader.reason : value;
}

function written(value: number): number[] {
  const writer = new Writer();
  writer.short(value);
  return [...writer.bytes.subarray(0, writer.at)];
}

describe('a short number', () => {
  it('is read as it was written, and is one byte up to 127', () => {
    const edges = Array.from({ length: 54 }, (_, bits) => 2 ** bits).flatMap((edge) => [edge - 1, edge]);
    for (const value of edges.filter(Number.isSafeInteger)) expect(read(written(value))).toBe(value);
    fc.assert(fc.property(fc.maxSafeNat(), (value) => read(written(value)) === value));
    expect([written(127).length, written(128).length, written(Number.MAX_SAFE_INTEGER).length]).toEqual([
      1, 2, 8,
    ]);
  });

  it('has one form only', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 9 }), (bytes) => {
        const value = read([...bytes]);
        if (typeof value === 'number')
          expect([...bytes].slice(0, written(value).length)).toEqual(written(value));
      }),
    );
    expect(read([0x81, 0])).toBe('a number is longer than it need be');
  });

  it('is refused when it ends too early or is too large', () => {
    expect(read([0x81])).toBe('it ends too early');
    expect(read([...Array<number>(7).fill(0x80), 0x10])).toBe('a number is out of range');
    expect(read(Array<number>(12).fill(0xff))).toBe('a number is out of range');
  });
});
