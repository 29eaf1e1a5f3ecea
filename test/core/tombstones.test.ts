import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NONE_ENDED } from '../../src/core/ended.ts';
import { comparePositions, type HandleId, handleFrom, type Position } from '../../src/core/ids.ts';
import { Tombstones } from '../../src/core/server/tombstones.ts';
import type { EndReason } from '../../src/core/state.ts';
import { type EndedHandle, listed, packed } from '../ended.ts';

// The model is the list that the structure stands for, and nothing else.
type Step =
  | { readonly kind: 'add'; readonly reason: EndReason; readonly further: { term: number; index: number } }
  | { readonly kind: 'purge'; readonly share: number };

const reasons = fc.constantFrom<EndReason>('released', 'lapsed', 'operator');

/** Most ends share their delta with the one before; now and then a term begins. */
const further = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ term: 0, index: 0 }) },
  { weight: 3, arbitrary: fc.constant({ term: 0, index: 1 }) },
  { weight: 1, arbitrary: fc.record({ term: fc.integer({ min: 1, max: 2 ** 50 }), index: fc.nat(5) }) },
);

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 30, arbitrary: fc.record({ kind: fc.constant('add' as const), reason: reasons, further }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('purge' as const),
        share: fc.double({ min: 0, max: 1.1, noNaN: true }),
      }),
    },
  ),
  { size: 'large', maxLength: 400 },
);

/** How a test makes the n-th handle; those that differ in one byte only are the hard ones for an index. */
const handleMakers: Record<string, (n: number) => HandleId> = {
  'random handles': (n) => handleFrom(scrambled(n), scrambled(n + 7e6), scrambled(n + 3e6), n),
  'handles that count upwards at their end': (n) => handleFrom(0, 0, 0, n),
  'handles that count upwards at their beginning': (n) => handleFrom(n, 0, 0, 0),
};

function scrambled(n: number): number {
  return Math.imul(n ^ (n >>> 15), 0x9e3779b1) >>> 0;
}

/** The structure and its model after the same steps, checked against each other on the way. */
function run(script: readonly Step[], handleOf: (n: number) => HandleId): [Tombstones, EndedHandle[]] {
  const real = new Tombstones();
  let model: EndedHandle[] = [];
  let at: Position = { term: 1, index: 0 };
  let made = 0;
  for (const step of script) {
    if (step.kind === 'add') {
      at =
        step.further.term > 0
          ? { term: Math.min(at.term + step.further.term, 2 ** 53 - 1), index: at.index + step.further.index }
          : { term: at.term, index: at.index + step.further.index };
      const handle = handleOf(made++);
      real.add(handle, step.reason, at);
      model.push({ handle, reason: step.reason, at });
    } else {
      const before = model[Math.floor(step.share * model.length)]?.at ?? {
        term: at.term,
        index: at.index + 1,
      };
      const kept = model.filter((each) => comparePositions(each.at, before) >= 0);
      expect(real.purge(before)).toBe(model.length - kept.length);
      model = kept;
    }
    expect(real.size).toBe(model.length);
    expect(real.oldest).toEqual(model[0]?.at);
    expect(real.newest).toEqual(model.at(-1)?.at);
  }
  for (let n = 0; n < made + 3; n++) {
    const handle = handleOf(n);
    const known = model.find((each) => each.handle === handle);
    expect(real.has(handle)).toBe(known !== undefined);
    expect(real.reasonOf(handle)).toBe(known?.reason);
  }
  return [real, model];
}

describe('tombstones', () => {
  for (const [title, handleOf] of Object.entries(handleMakers)) {
    it(`remember exactly the handles that ended and were not purged, in the order of their ends: ${title}`, () => {
      fc.assert(
        fc.property(steps, (script) => {
          const [real, model] = run(script, handleOf);
          expect(listed(real.cut())).toEqual(model);
          expect(real.cut()).toEqual(packed(model));
          const again = Tombstones.from(packed(model))!;
          expect(again.cut()).toEqual(packed(model));
          again.add(handleFrom(9, 9, 9, 9), 'operator', { term: 2 ** 53 - 1, index: 2 ** 53 - 1 });
          expect(again.size).toBe(model.length + 1);
          for (const { handle, reason } of model) expect(again.reasonOf(handle)).toBe(reason);
        }),
        { numRuns: 60 },
      );
    });
  }

  it('of 200,000 handles are found, purged in two halves, and leave nothing behind, neither handles nor memory', () => {
    const count = 200_000;
    const handleOf = handleMakers['random handles']!;
    const tombstones = new Tombstones();
    for (let n = 0; n < count; n++) {
      tombstones.add(handleOf(n), n % 2 === 0 ? 'released' : 'lapsed', { term: 9, index: n >> 3 });
    }
    expect(tombstones.size).toBe(count);
    const bytes = tombstones.entries.byteLength + tombstones.cells.byteLength + tombstones.runs.byteLength;
    expect(bytes / count).toBeLessThan(45);
    expect(tombstones.reasonOf(handleOf(12_345))).toBe('lapsed');
    expect(tombstones.has(handleOf(count))).toBe(false);

    expect(tombstones.purge({ term: 9, index: count / 16 })).toBe(count / 2);
    expect(tombstones.has(handleOf(count / 2 - 1))).toBe(false);
    for (let n = count / 2; n < count; n++) {
      if (!tombstones.has(handleOf(n))) expect.fail(`handle ${n} was forgotten with the others`);
    }

    expect(tombstones.purge({ term: 10, index: 0 })).toBe(count / 2);
    expect(tombstones.cut()).toEqual(NONE_ENDED);
    expect(tombstones.oldest).toBeUndefined();
    expect(tombstones.entries.byteLength).toBeLessThan(1000);
  });

  it('cost the same at every size: a window of constant length slides over 300,000 handles', () => {
    const handleOf = handleMakers['random handles']!;
    const tombstones = new Tombstones();
    for (let n = 0; n < 300_000; n++) {
      tombstones.add(handleOf(n), 'released', { term: 1, index: n });
      if (n % 1000 === 999) tombstones.purge({ term: 1, index: n - 4999 });
    }
    expect(tombstones.size).toBe(5000);
    expect(tombstones.entries.byteLength).toBeLessThan(17 * 2 ** 14);
    expect(tombstones.runs.byteLength).toBeLessThan(24 * 2 ** 14);
  });

  it('refuse a handle that has ended already, and an end before an earlier one', () => {
    const tombstones = new Tombstones();
    tombstones.add(handleFrom(1, 2, 3, 4), 'released', { term: 2, index: 5 });
    expect(() => tombstones.add(handleFrom(1, 2, 3, 4), 'lapsed', { term: 2, index: 6 })).toThrow(
      'ends once',
    );
    expect(() => tombstones.add(handleFrom(1, 2, 3, 5), 'lapsed', { term: 2, index: 4 })).toThrow('order');
    expect(() => tombstones.add('short', 'lapsed', { term: 2, index: 6 })).toThrow('sixteen bytes');
    expect(listed(tombstones.cut())).toHaveLength(1);
  });

  it('are not built from a list that has a handle twice', () => {
    const at = { term: 1, index: 1 };
    const list = Array.from({ length: 40 }, (_, n) => ({
      handle: handleFrom(0, 0, 0, n),
      reason: 'lapsed' as const,
      at,
    }));
    expect(Tombstones.from(packed(list))).not.toBeNull();
    expect(Tombstones.from(packed([...list, list[7]!]))).toBeNull();
  });

  it('are copied as a whole by copying their fields', () => {
    const tombstones = new Tombstones();
    for (let n = 0; n < 100; n++) tombstones.add(handleFrom(0, 0, 0, n), 'lapsed', { term: 1, index: n });
    const copy = Object.assign(new Tombstones(), structuredClone({ ...tombstones }));
    copy.purge({ term: 1, index: 50 });
    expect(copy.size).toBe(50);
    expect(tombstones.size).toBe(100);
    expect(listed(copy.cut())).toEqual(listed(tombstones.cut()).slice(50));
  });
});
