import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fewest } from '../../sim/shrink/fewest.ts';

const items = fc.uniqueArray(fc.nat({ max: 60 }), { maxLength: 40 });

test('Of what must be there together nothing else is kept, in the same order', () => {
  fc.assert(
    fc.property(items, fc.infiniteStream(fc.boolean()), (all, coins) => {
      const needed = all.filter(() => coins.next().value);
      const kept = fewest(all, (some) => needed.every((item) => some.includes(item)));
      expect(kept).toEqual(needed);
    }),
  );
});

test('Whatever decides, no single item of the result can be left out', () => {
  fc.assert(
    fc.property(items, fc.nat({ max: 6 }), fc.integer({ min: 2, max: 5 }), (all, rest, modulus) => {
      const shows = (some: readonly number[]): boolean =>
        some.length === all.length ||
        some.reduce((sum, item) => sum + item + 1, 0) % modulus === rest % modulus;
      const kept = fewest(all, shows);
      expect(shows(kept)).toBe(true);
      for (const place of kept.keys()) {
        const without = kept.filter((_, at) => at !== place);
        expect(shows(without)).toBe(false);
      }
    }),
  );
});

test('What does not matter goes in one run', () => {
  let asked = 0;
  fewest(
    Array.from({ length: 1000 }, (_, place) => place),
    () => ++asked > 0,
  );
  expect(asked).toBe(1);
});
