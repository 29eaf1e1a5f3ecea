import { describe, expect, test } from 'vitest';
import { givenBackBound } from '../../properties/bounds.ts';
import { givenBack } from '../../properties/given-back.ts';
import { LS_NOLICENSESAVAILABLE, LS_SUCCESS, VLS_NO_SERVER_RESPONSE } from '../../src/core/codes.ts';
import { SECOND, Stage, scenarioFor, term } from './stage.ts';

const E3 = { environment: 'E3' } as const;
const T1 = term(2, 0);
const BOUND = givenBackBound(scenarioFor(E3), 3);

describe('L11', () => {
  /** A leader serves a whole core, and a handle is live. */
  function serving(): Stage {
    const stage = new Stage(givenBack, E3).core(0, 1, 2).lead(0, T1).takeOver(0);
    return stage.begin(0, 1).call(0, 0, 'request', 1).grant(0, 1);
  }

  function passes(stage: Stage, micros: number): Stage {
    for (let time = 0; time < micros; time += SECOND) stage.pass(SECOND).step(0);
    return stage;
  }

  test('the bound is some attempts, more with servers outside of the core, and less than the library asks for', () => {
    expect(BOUND).toBeGreaterThan(2 * SECOND);
    expect(BOUND).toBeLessThan(givenBackBound(scenarioFor(E3), 2));
    expect(BOUND).toBeLessThan(30 * SECOND);
  });

  test('a request that ended without an answer, and whose grant stays, violates it', () => {
    const stage = passes(serving().finish(0, 1, VLS_NO_SERVER_RESPONSE, 1), BOUND + 2 * SECOND);
    expect(stage.verdict).toBe('a token that was asked for in vain is not free soon');
  });

  test('so does a token that was given back', () => {
    const stage = serving().finish(0, 1, LS_SUCCESS, 1).begin(0, 2, 'release', 1);
    expect(passes(stage, BOUND + 2 * SECOND).verdict).toBe('a token that was given back is not free soon');
  });

  test('one that is released in time is a check', () => {
    const stage = serving().finish(0, 1, VLS_NO_SERVER_RESPONSE, 1);
    passes(passes(stage, BOUND - SECOND).end(0, 1, 'released'), 3 * SECOND);
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBe(1);
  });

  test('one that was granted, or refused for good, is none of it', () => {
    for (const code of [LS_SUCCESS, LS_NOLICENSESAVAILABLE]) {
      const stage = passes(serving().finish(0, 1, code, 1), BOUND + 2 * SECOND);
      expect(stage.verdict).toBeNull();
      expect(stage.checks).toBe(0);
    }
  });

  test('a take-over gives the library its time anew, and beyond what it asks for nothing is judged', () => {
    const stage = serving().finish(0, 1, VLS_NO_SERVER_RESPONSE, 1);
    passes(passes(stage, BOUND - SECOND).takeOver(0), 3 * SECOND);
    expect(stage.verdict).toBeNull();
    passes(stage.pass(30 * SECOND).takeOver(0), BOUND + 2 * SECOND);
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBe(0);
  });

  test('a client that is gone gives nothing back', () => {
    const stage = serving().finish(0, 1, VLS_NO_SERVER_RESPONSE, 1).gone(0);
    expect(passes(stage, BOUND + 2 * SECOND).verdict).toBeNull();
  });
});
