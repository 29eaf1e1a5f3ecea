import { expect, test } from 'vitest';
import { type Instant, milliseconds } from '../../src/core/time.ts';
import { Chatter } from '../../src/daemon/chatter.ts';

test('the same is told once in a while, and with the next how often it was not', () => {
  const chatter = new Chatter();
  const at = (ms: number) => milliseconds(1_000_000 + ms) as number as Instant;
  expect(chatter.hear('a', at(0))).toBe(0);
  expect(chatter.hear('a', at(1))).toBe(null);
  expect(chatter.hear('a', at(9_999))).toBe(null);
  expect(chatter.hear('b', at(9_999))).toBe(2);
  expect(chatter.hear('a', at(10_000))).toBe(0);
});

test('of different things no more than a few are told', () => {
  const chatter = new Chatter();
  const now = milliseconds(1_000_000) as number as Instant;
  const told = Array.from({ length: 1000 }, (_, i) => chatter.hear(`thing ${i}`, now)).filter(
    (n) => n !== null,
  );
  expect(told).toHaveLength(50);
});
