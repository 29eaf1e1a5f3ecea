import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Chance, stream } from '../../sim/kernel/chance.ts';
import { cloneGraph } from '../../sim/kernel/clone.ts';

const draws = (chance: Chance, count = 20) => Array.from({ length: count }, () => chance.uint32());

test('a stream is given by its seed and its name', () => {
  expect(draws(stream(7, 'delay 1→2'))).toEqual(draws(stream(7, 'delay 1→2')));
});

test('the draws of a stream are the same in every release: saved scenarios depend on them', () => {
  expect(draws(stream(81423, 'delay 0→1'), 4)).toMatchInlineSnapshot(`
    [
      2009895972,
      2883366931,
      3802029700,
      1804930349,
    ]
  `);
});

test('streams of similar seeds and names have nothing in common', () => {
  const streams = [
    [1, 'delay 1→2'],
    [1, 'delay 2→1'],
    [1, 'delay 1→3'],
    [2, 'delay 1→2'],
    [1, 'loss 1→2'],
    [1, 'delay 1→22'],
    [2 ** 32 + 1, 'delay 1→2'],
    [2 ** 33 + 1, 'delay 1→2'],
    [0, ''],
    [1, ''],
    [0, 'a'],
    [0, 'b'],
  ].map(([seed, name]) => draws(stream(seed as number, name as string), 500));
  for (let i = 0; i < streams.length; i++) {
    for (let j = 0; j < i; j++) {
      let equalBits = 0;
      for (let k = 0; k < 500; k++) {
        for (let bits = ~(streams[i]![k]! ^ streams[j]![k]!); bits !== 0; bits &= bits - 1) equalBits++;
      }
      // 16,000 fair coins: mean 8,000, standard deviation 63
      expect(Math.abs(equalBits - 8000), `streams ${i} and ${j}`).toBeLessThan(330);
    }
  }
});

test('the first draws of ten thousand seeds are spread evenly', () => {
  const buckets = new Array<number>(16).fill(0);
  for (let seed = 0; seed < 10_000; seed++) buckets[stream(seed, 'x').below(16)]!++;
  for (const count of buckets) expect(Math.abs(count - 625)).toBeLessThan(120);
});

test('below, between and happens keep their bounds', () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.oneof(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 2 ** 53 - 1 })),
      fc.nat(),
      (seed, n, from) => {
        const chance = stream(seed, 'bounds');
        for (let i = 0; i < 20; i++) {
          const drawn = chance.below(n);
          expect(Number.isInteger(drawn) && drawn >= 0 && drawn < n).toBe(true);
          const between = chance.between(from, from + 3);
          expect(between >= from && between <= from + 3).toBe(true);
        }
        expect(chance.happens(0)).toBe(false);
        expect(chance.happens(1_000_000)).toBe(true);
      },
    ),
  );
});

test('happens is as frequent as it says', () => {
  const chance = stream(3, 'rate');
  let count = 0;
  for (let i = 0; i < 100_000; i++) if (chance.happens(50_000)) count++;
  expect(Math.abs(count - 5000)).toBeLessThan(350);
});

test('a clone goes on with the same draws, and neither disturbs the other', () => {
  const chance = stream(5, 'clone');
  draws(chance);
  const clone = cloneGraph({ chance }).chance;
  const saved = new Chance(chance.state());
  const expected = draws(chance);
  expect(draws(clone)).toEqual(expected);
  expect(draws(saved)).toEqual(expected);
});
