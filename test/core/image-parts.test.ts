import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countOf, joined, NONE_ENDED, sliceOf } from '../../src/core/ended.ts';
import { comparePositions, handleFrom } from '../../src/core/ids.ts';
import { countParts, imageOfParts, partOf } from '../../src/core/image-parts.ts';
import { listed, packed } from '../ended.ts';
import { ended, stateImage } from '../wire/arbitraries.ts';

/** Up to some hundred ends, several to a delta. */
const manyEnded = fc.array(fc.nat(3), { maxLength: 200 }).map((steps) => {
  let index = 0;
  return packed(
    steps.map((step, n) => {
      index += step > 1 ? step : 0;
      return { handle: handleFrom(7, 7, 7, n), reason: 'lapsed' as const, at: { term: 5, index } };
    }),
  );
});

describe('ended handles', () => {
  it('are the same cut into pieces and joined, wherever they are cut', () => {
    fc.assert(
      fc.property(manyEnded, fc.array(fc.nat(200), { maxLength: 5 }), (all, cuts) => {
        const most = countOf(all);
        const edges = [0, ...cuts.filter((cut) => cut < most).sort((a, b) => a - b), most];
        const pieces = edges.slice(1).map((edge, i) => sliceOf(all, edges[i]!, edge));
        expect(pieces.flatMap(listed)).toEqual(listed(all));
        expect(joined(pieces)).toEqual(all);
      }),
    );
  });

  it('are not joined when a piece ends before the one in front of it', () => {
    const at = (index: number) =>
      packed([{ handle: handleFrom(1, 1, 1, index), reason: 'released', at: { term: 2, index } }]);
    expect(joined([at(4), NONE_ENDED, at(4), at(5)])).not.toBeNull();
    expect(joined([at(5), NONE_ENDED, at(4)])).toBeNull();
  });
});

describe('an image', () => {
  it('is the same taken to parts of any size and put together', () => {
    fc.assert(
      fc.property(
        stateImage,
        fc.oneof(ended, manyEnded),
        fc.integer({ min: 1, max: 9 }),
        (some, more, places) => {
          const image = { ...some, position: { term: 2 ** 53 - 1, index: 2 ** 53 - 1 }, ended: more };
          const parts = Array.from({ length: countParts(image, places) }, (_, n) => partOf(image, places, n));
          for (const part of parts) {
            expect(part.live.length + countOf(part.ended) / 8).toBeLessThanOrEqual(places);
          }
          expect(imageOfParts(image.position, image.charter, parts)).toEqual(image);
          const beyond = partOf(image, places, parts.length);
          expect(beyond.live.length + countOf(beyond.ended)).toBe(0);
        },
      ),
    );
  });

  it('has no end after its own position', () => {
    fc.assert(
      fc.property(stateImage, ({ position, charter, live, ended }) => {
        const isNewest = listed(ended).every(({ at }) => comparePositions(at, position) <= 0);
        expect(imageOfParts(position, charter, [{ live, ended }]) !== null).toBe(isNewest);
        const later = { term: position.term, index: position.index + 1 };
        const end = packed([{ handle: handleFrom(1, 1, 1, 1), reason: 'lapsed', at: later }]);
        expect(imageOfParts(position, charter, [{ live, ended: end }])).toBeNull();
      }),
    );
  });
});
