import { describe, expect, test } from 'vitest';
import { longestHold, longestTick } from '../../properties/bounds.ts';
import { noWrongfulDenial } from '../../properties/denials.ts';
import {
  LS_INSUFFICIENTUNITS,
  LS_NOLICENSESAVAILABLE,
  LS_SUCCESS,
  VLS_NO_SUCH_FEATURE,
} from '../../src/core/codes.ts';
import { LIFE, SECOND, Stage, type StagePlan, scenarioFor, term } from './stage.ts';

const T1 = term(2, 0);
const T2 = term(3, 1);
const HOLD = longestHold(scenarioFor(), LIFE) + longestTick(scenarioFor());

/** s1 leads, and clients hold both tokens. */
function full(plan: StagePlan = {}): Stage {
  const stage = new Stage(noWrongfulDenial, plan).lead(0, T1).takeOver(0);
  for (const n of [1, 2]) {
    stage.call(0, n, 'request', n).grant(0, n).confirm(0, 1).answer(0, n, 'request', n, LS_SUCCESS);
  }
  return stage;
}

function refused(stage: Stage, code = LS_NOLICENSESAVAILABLE, server = 0): string | null {
  return stage.call(server, 0, 'request', 9).pass(1000).answer(server, 0, 'request', 9, code).verdict;
}

describe('L10', () => {
  test('a leader that refuses whatever is asked violates it', () => {
    const stage = new Stage(noWrongfulDenial).lead(0, T1).takeOver(0);
    expect(refused(stage)).toBe('LS_NOLICENSESAVAILABLE, but so many tokens were free all the time');
  });

  test('a refusal is right while every token is held', () => {
    const stage = full();
    expect(refused(stage)).toBeNull();
    expect(stage.checks).toBe(1);
  });

  test('"not enough" and "nothing" are different refusals', () => {
    const stage = new Stage(noWrongfulDenial).lead(0, T1).takeOver(0).grant(0, 1);
    stage.call(0, 0, 'request', 8, { units: 2 }).answer(0, 0, 'request', 8, LS_INSUFFICIENTUNITS);
    expect(stage.verdict).toBeNull();
    expect(refused(stage)).toBe('LS_NOLICENSESAVAILABLE, but so many tokens were free all the time');
  });

  test('a token that was out at any instant of the call excuses it, and so does a retry of it', () => {
    const stage = full().call(0, 0, 'request', 9).pass(10).end(0, 1, 'released').confirm(0, 1);
    stage.pass(SECOND).answer(0, 0, 'request', 9, LS_NOLICENSESAVAILABLE);
    expect(refused(stage.pass(SECOND))).toBeNull();
  });

  test('a release that was acknowledged frees its token, whatever the leader keeps', () => {
    const stage = full().call(0, 1, 'release', 1).confirm(0, 1).answer(0, 1, 'release', 1, LS_SUCCESS);
    expect(refused(stage.pass(10))).toBe('LS_NOLICENSESAVAILABLE, but so many tokens were free all the time');
  });

  test('a release that nobody acknowledged may be lost with its leader', () => {
    const stage = full().call(0, 1, 'release', 1).end(0, 1, 'released');
    stage.copy(1, 0).lead(1, T2, stage.views[0]!.server.register.position).takeOver(1);
    expect(refused(stage.pass(10), LS_NOLICENSESAVAILABLE, 1)).toBeNull();
  });

  test('a grant that no later leader adopted is not out', () => {
    const stage = new Stage(noWrongfulDenial, { limit: 1 }).lead(0, T1).takeOver(0).confirm(0, 1);
    stage.call(0, 1, 'request', 1).grant(0, 1);
    const base = stage.views[1]!.durable.position!;
    stage.copy(1, 2).lead(1, T2, base).confirm(1, 2).takeOver(1);
    expect(refused(stage.pass(10), LS_NOLICENSESAVAILABLE, 1)).toContain('were free all the time');
  });

  test('a token whose holder was not heard of for longer than a hold is not out', () => {
    const stage = full();
    for (let time = 0; time < HOLD; time += SECOND / 10) stage.pass(SECOND / 10).step(0);
    expect(refused(stage.pass(SECOND / 10).step(0))).toBe(
      'LS_NOLICENSESAVAILABLE, but the holds of those that are out were over',
    );
  });

  test('an update, a take-over, a thaw, or a leader that did not run, each put the end of a hold off', () => {
    const reasons: ((stage: Stage) => Stage)[] = [
      (stage) => stage.call(0, 1, 'update', 1).call(0, 2, 'update', 2),
      (stage) => stage.takeOver(0),
      (stage) => stage.note(0, { kind: 'hand-over aborted', to: 1 }),
      (stage) => stage.pass(SECOND).step(0),
    ];
    for (const happens of reasons) {
      const stage = full();
      for (let time = 0; time < HOLD; time += SECOND / 10) {
        stage.pass(SECOND / 10).step(0);
        if (time === 30 * SECOND) happens(stage);
      }
      expect(refused(stage)).toBeNull();
    }
  });

  test('where clocks have no bound a hold may last for ever', () => {
    const stage = full({ environment: 'E1' });
    for (let time = 0; time < HOLD; time += SECOND / 10) stage.pass(SECOND / 10).step(0);
    expect(refused(stage.pass(SECOND))).toBeNull();
  });

  test('a feature of the file is not unknown', () => {
    expect(refused(full(), VLS_NO_SUCH_FEATURE)).toContain('the license file has that feature');
  });
});
