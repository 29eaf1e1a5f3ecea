import fc from 'fast-check';
import { expect, it } from 'vitest';
import { crc32c } from '../../src/wire/crc32c.ts';

function bitByBit(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0x82f63b78 : sum >>> 1;
  }
  return ~sum >>> 0;
}

it('the checksum of the nine digits is that of RFC 3720, and of the vectors beside it', () => {
  expect(crc32c(new TextEncoder().encode('123456789'), 0, 9)).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32), 0, 32)).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(255), 0, 32)).toBe(0x62a8ab43);
  expect(crc32c(new Uint8Array(0), 0, 0)).toBe(0);
});

it('the checksum of any range is that of the definition, bit by bit', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 100 }),
      fc.nat({ max: 20 }),
      fc.nat({ max: 20 }),
      (bytes, from, less) => {
        const start = Math.min(from, bytes.length);
        const end = Math.max(start, bytes.length - less);
        expect(crc32c(bytes, start, end)).toBe(bitByBit(bytes.slice(start, end)));
      },
    ),
  );
});
