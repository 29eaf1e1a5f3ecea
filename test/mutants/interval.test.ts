import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clopperPearson } from '../../sim/mutants/interval.ts';

// From published tables of the exact binomial interval.
test.each([
  [0, 10, 0, 0.3085],
  [1, 10, 0.0025, 0.445],
  [5, 10, 0.1871, 0.8129],
  [10, 10, 0.6915, 1],
  [50, 100, 0.3983, 0.6017],
  [0, 2000, 0, 0.00184],
])('%i hits in %i tries', (hits, tries, low, high) => {
  const [from, to] = clopperPearson(hits, tries);
  expect(from).toBeCloseTo(low, 3);
  expect(to).toBeCloseTo(high, 3);
});

test('The share itself lies inside, and what is a hit and what is not may be exchanged', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (tries, part) => {
        const hits = Math.floor(part * tries);
        const [low, high] = clopperPearson(hits, tries);
        expect(low).toBeLessThanOrEqual(hits / tries);
        expect(high).toBeGreaterThanOrEqual(hits / tries);
        const [otherLow, otherHigh] = clopperPearson(tries - hits, tries);
        expect(otherLow).toBeCloseTo(1 - high, 6);
        expect(otherHigh).toBeCloseTo(1 - low, 6);
      },
    ),
    { numRuns: 100 },
  );
});
