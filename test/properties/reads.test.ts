import { describe, expect, test } from 'vitest';
import { readFreshness } from '../../properties/reads.ts';
import { LS_SUCCESS } from '../../src/core/codes.ts';
import { at, Stage, term } from './stage.ts';

const T1 = term(2, 0);
const T2 = term(3, 1);

/** s1 leads, and two of five tokens are out for good. */
function two(): Stage {
  return new Stage(readFreshness, { limit: 5 }).lead(0, T1).grant(0, 1).grant(0, 2).confirm(0, 1);
}

function shown(stage: Stage, mine: number, previous = 0, server = 0): string | null {
  const tokens = { total: 5, mine, previous, free: 5 - mine - previous };
  return stage.answer(server, 0, 'status', 0, LS_SUCCESS, { tokens }).verdict;
}

const WRONG = 'a status answer shows what was not so during the call';

describe('S12', () => {
  test('a status answer shows what is out', () => {
    const stage = two().call(0, 0, 'status', 0);
    expect(shown(stage, 2)).toBeNull();
    expect(stage.checks).toBe(1);
  });

  test('fewer than were granted, and more, are wrong', () => {
    expect(shown(two().pass(10).call(0, 0, 'status', 0), 1)).toBe(WRONG);
    expect(shown(two().pass(10).call(0, 0, 'status', 0), 3)).toBe(WRONG);
  });

  test('every instant of the call will do, but none before it', () => {
    for (const units of [1, 2]) {
      const stage = two().pass(10).call(0, 0, 'status', 0).pass(10).end(0, 1, 'released').confirm(0, 1);
      expect(shown(stage, units)).toBeNull();
    }
    const late = two().pass(10).end(0, 1, 'released').confirm(0, 1).pass(10).call(0, 0, 'status', 0);
    expect(shown(late, 2)).toBe(WRONG);
  });

  test('what a leader that was deposed shows is wrong as soon as the pool has gone on without it', () => {
    const stage = two().copy(1, 0).lead(1, T2, at(T1, 4)).confirm(1, 2).grant(1, 3).confirm(1, 2).pass(10);
    expect(shown(stage.call(0, 0, 'status', 0), 2)).toBe(WRONG);
    const other = two().copy(1, 0).lead(1, T2, at(T1, 4)).confirm(1, 2);
    other.end(1, 1, 'lapsed').confirm(1, 2).pass(10);
    expect(shown(other.call(0, 0, 'status', 0), 2)).toBe(WRONG);
  });

  test('a grant that is not committed may be shown or not', () => {
    for (const units of [2, 3]) {
      const stage = two().pass(10).call(0, 0, 'status', 0).pass(10).grant(0, 3);
      expect(shown(stage, units)).toBeNull();
    }
  });
});
