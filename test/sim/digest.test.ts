import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Digest } from '../../sim/kernel/digest.ts';
import { firstDivergence, Trace } from '../../sim/kernel/trace.ts';

type Event = readonly [number, number, number, number];

function digestOf(events: readonly Event[]): string {
  const digest = new Digest();
  for (const event of events) digest.addEvent(...event);
  return digest.text();
}

const event: fc.Arbitrary<Event> = fc.tuple(
  fc.oneof(fc.nat(100), fc.nat(2 ** 53 - 1)),
  fc.nat(),
  fc.nat(500),
  fc.integer(),
);

test('the digest is sixteen hexadecimal digits, the same for the same events', () => {
  fc.assert(
    fc.property(fc.array(event), (events) => {
      expect(digestOf(events)).toMatch(/^[0-9a-f]{16}$/);
      expect(digestOf(events)).toBe(digestOf(events));
    }),
  );
});

test('one different integer anywhere, or two events exchanged, gives another digest for good', () => {
  fc.assert(
    fc.property(
      fc.array(event, { minLength: 2, maxLength: 30 }),
      fc.nat(),
      fc.nat(3),
      fc.integer({ min: 1, max: 1000 }),
      (events, which, field, by) => {
        const at = which % events.length;
        const changed = events.map((each) => [...each]) as unknown as [number, number, number, number][];
        changed[at]![field]! += by;
        expect(digestOf(changed)).not.toBe(digestOf(events));
        const [first, second, ...rest] = events;
        if (String(first) !== String(second))
          expect(digestOf([second!, first!, ...rest])).not.toBe(digestOf(events));
      },
    ),
  );
});

test('a hundred thousand similar runs have as many digests', () => {
  const seen = new Set<string>();
  for (let i = 0; i < 100_000; i++)
    seen.add(
      digestOf([
        [i & 255, 1, 12, i >> 8],
        [5000, 2, 12, 0],
      ]),
    );
  expect(seen.size).toBe(100_000);
});

function traced(keep: number | 'all', times: readonly number[]): Trace {
  const trace = new Trace(keep);
  for (const at of times) trace.record(at, 1, 2, 3, 40, at | 0, 6);
  return trace;
}

test('a trace lists the last events, or all', () => {
  const times = Array.from({ length: 5000 }, (_, i) => i * 10);
  const all = traced('all', times);
  expect(all.list().map((each) => each.at)).toEqual(times);
  expect(all.list(2)).toEqual([
    { index: 4998, at: 49_980, kind: 1, from: 2, to: 3, length: 40, digest: '0000c33c00000006' },
    { index: 4999, at: 49_990, kind: 1, from: 2, to: 3, length: 40, digest: '0000c34600000006' },
  ]);
  const ring = traced(100, times);
  expect(ring.length).toBe(5000);
  expect(ring.list().map((each) => each.index)).toEqual(Array.from({ length: 100 }, (_, i) => 4900 + i));
});

test('the first event in which two runs differ is named', () => {
  expect(firstDivergence(traced('all', [1, 2, 3]), traced('all', [1, 2, 3]))).toBeNull();
  expect(firstDivergence(traced('all', [1, 2, 3]), traced('all', [1, 9, 3]))).toMatchObject({
    index: 1,
    a: { at: 2 },
    b: { at: 9 },
  });
  expect(firstDivergence(traced('all', [1, 2]), traced('all', [1, 2, 3]))).toMatchObject({
    index: 2,
    a: undefined,
    b: { at: 3 },
  });
});
