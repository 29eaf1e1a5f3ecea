import { expect, test } from 'vitest';
import { fuzz } from '../../sim/fuzz/fuzz.ts';

test('a server takes or refuses whatever bytes come, throws nothing, and serves afterwards', () => {
  const { frames, taken, refused, broken } = fuzz(1, 20_000);
  expect(frames).toBe(20_000);
  // Each of the ways out is taken by many, so that none is tested by name only.
  for (const count of [taken, refused, broken]) expect(count).toBeGreaterThan(1000);
});

test('the same seed sends the same bytes', () => {
  expect(fuzz(2, 2000)).toEqual(fuzz(2, 2000));
});
