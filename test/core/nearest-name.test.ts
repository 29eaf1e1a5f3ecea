import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestName } from '../../src/core/nearest-name.ts';

const known = ['serial', 'feature', 'hard-limit', 'soft-limit', 'key-lifetime', 'expires'];

describe('the nearest known name', () => {
  it('is found for a slip: a letter too many, too few, mistaken, swapped, or of the other case', () => {
    const slips: [word: string, meant: string][] = [
      ['seriall', 'serial'],
      ['featre', 'feature'],
      ['hard_limit', 'hard-limit'],
      ['sotf-limit', 'soft-limit'],
      ['Expires', 'expires'],
      ['lifetime', 'key-lifetime'],
    ];
    for (const [word, meant] of slips) expect(nearestName(word, known)).toBe(meant);
  });

  it('is none for a word that is like no known name', () => {
    for (const word of ['', 'x', 'zzzzzz', 'price', 'e'.repeat(10_000)])
      expect(nearestName(word, known)).toBeNull();
  });

  it('is a known name for any word with one letter removed', () => {
    fc.assert(
      fc.property(fc.constantFrom(...known), fc.nat(5), (name, at) => {
        expect(nearestName(name.slice(0, at) + name.slice(at + 1), known)).toBe(name);
      }),
    );
  });
});
