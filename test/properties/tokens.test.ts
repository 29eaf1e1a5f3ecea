import { describe, expect, test } from 'vitest';
import { clientMargin, liveHolderKept, tokensMove } from '../../properties/tokens.ts';
import { LS_LICENSETERMINATED, LS_SUCCESS } from '../../src/core/codes.ts';
import { at, LIFE, SECOND, Stage, term } from './stage.ts';

const T1 = term(2, 0);
const T2 = term(3, 1);

describe('S11', () => {
  test('a handle may lapse when its client has stopped believing', () => {
    const stage = new Stage(clientMargin).lead(0, T1).grant(0, 1).confirm(0, 1).believe(0, 1, 100).pass(100);
    expect(stage.end(0, 1, 'lapsed').confirm(0, 1).verdict).toBeNull();
    expect(stage.checks).toBe(1);
  });

  test('a committed lapse of a handle that is believed in violates it', () => {
    const stage = new Stage(clientMargin).lead(0, T1).grant(0, 1).confirm(0, 1).believe(0, 1, 100).pass(99);
    expect(stage.end(0, 1, 'lapsed').confirm(0, 1).verdict).toBe(
      'a handle lapses while its client still believes in it',
    );
  });

  test("a deposed leader's lapse that nobody else has is none", () => {
    const stage = new Stage(clientMargin).lead(0, T1).grant(0, 1).confirm(0, 1).believe(0, 1, 100);
    stage.end(0, 1, 'lapsed').round(0).store(0);
    stage.lead(1, T2, at(T1, 3)).confirm(1, 2);
    expect(stage.verdict).toBeNull();
  });

  test('a leader that adopts a lapse of a handle that is believed in violates it', () => {
    const stage = new Stage(clientMargin).lead(0, T1).grant(0, 1).confirm(0, 1).believe(0, 1, 100);
    stage.end(0, 1, 'lapsed').lead(1, T2, at(T1, 4)).confirm(1, 2);
    expect(stage.verdict).not.toBeNull();
  });

  // By the slowest clock; the stage's drift is 1 %.
  const longest = LIFE / 0.99;

  /** s1 has granted a handle, whose call arrived at 10 s. */
  function granted(): Stage {
    const stage = new Stage(clientMargin)
      .lead(0, T1)
      .takeOver(0)
      .pass(10 * SECOND);
    return stage.call(0, 0, 'request', 1).pass(SECOND).grant(0, 1).confirm(0, 1);
  }

  test('a belief lasts no longer than a life of the slowest clock from the arrival of its call', () => {
    const stage = granted().answer(0, 0, 'request', 1, LS_SUCCESS);
    expect(stage.believe(0, 1, 10 * SECOND + Math.floor(longest)).verdict).toBeNull();
    expect(stage.believe(0, 1, 11 * SECOND + Math.floor(longest)).verdict).toBe(
      'a client believes for longer than a life after its call',
    );
  });

  test('a handle lapses no sooner than such a life after its last renewal', () => {
    const soon = granted().answer(0, 0, 'request', 1, LS_SUCCESS).pass(LIFE);
    soon
      .call(0, 0, 'update', 1)
      .answer(0, 0, 'update', 1, LS_SUCCESS)
      .pass(Math.floor(longest) - 10);
    expect(soon.end(0, 1, 'lapsed').confirm(0, 1).verdict).toBe('a handle lapses too soon after its renewal');
    const late = granted().answer(0, 0, 'request', 1, LS_SUCCESS).pass(Math.ceil(longest));
    expect(late.end(0, 1, 'lapsed').confirm(0, 1).verdict).toBeNull();
    const unanswered = granted().pass(Math.ceil(longest)).call(0, 0, 'update', 1);
    expect(unanswered.end(0, 1, 'lapsed').confirm(0, 1).verdict).toBeNull();
  });

  test('a handle lapses no sooner than such a life after its leader became active', () => {
    const stage = granted().copy(1, 0).lead(1, T2, at(T1, 3)).confirm(1, 2).takeOver(1);
    stage.pass(Math.floor(longest) - 10);
    expect(stage.end(1, 1, 'lapsed').verdict).toBe('a handle lapses too soon after a take-over');
  });
});

describe('S20', () => {
  test('a holder past its deadline may be told that its token is gone', () => {
    const stage = new Stage(liveHolderKept).lead(0, T1).grant(0, 1).believe(0, 1, 100).pass(100);
    stage.call(0, 0, 'update', 1).answer(0, 0, 'update', 1, LS_LICENSETERMINATED);
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBe(1);
  });

  test('a holder before its deadline is never told so', () => {
    const stage = new Stage(liveHolderKept).lead(0, T1).grant(0, 1).believe(0, 1, 100).pass(50);
    stage.call(0, 0, 'update', 1).answer(0, 0, 'update', 1, LS_LICENSETERMINATED);
    expect(stage.verdict).toBe('a live holder is told that its token was taken back');
  });

  test('each other answer to an update of a holder is a check as well, of anybody else none', () => {
    const stage = new Stage(liveHolderKept).lead(0, T1).grant(0, 1).grant(0, 2).believe(0, 1, 100);
    stage.call(0, 0, 'update', 1).answer(0, 0, 'update', 1, LS_SUCCESS);
    stage.call(0, 1, 'update', 2).answer(0, 1, 'update', 2, LS_SUCCESS);
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBe(1);
  });
});

describe('S22', () => {
  function afterFailOver(): Stage {
    const stage = new Stage(tokensMove, { limit: 15 })
      .lead(0, T1)
      .grant(0, 1, 2)
      .grant(0, 2, 3)
      .confirm(0, 1);
    return stage.copy(1, 0).lead(1, T2, at(T1, 4));
  }

  test('15 tokens, 5 of them issued: the new leader starts with 0 mine, 5 previous, 10 free', () => {
    const stage = afterFailOver().takeOver(1);
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBe(1);
  });

  test('a new leader that calls them its own violates it', () => {
    expect(afterFailOver().takeOver(1, { mine: 5, previous: 0 }).verdict).toBe(
      'the figures at a take-over are wrong',
    );
    expect(afterFailOver().takeOver(1, { previous: 0, free: 15 }).verdict).toBe(
      'the figures at a take-over are wrong',
    );
  });

  test('an update moves exactly the units of its handle, once', () => {
    const stage = afterFailOver().takeOver(1).call(1, 0, 'update', 1, { units: 2 }).hear(1, 1);
    expect(stage.answer(1, 0, 'update', 1, LS_SUCCESS).verdict).toBeNull();
    stage.call(1, 0, 'update', 1, { units: 2 }).hear(1, 1).answer(1, 0, 'update', 1, LS_SUCCESS);
    expect(stage.verdict).toBeNull();
  });

  test('an update that moves nothing violates it', () => {
    const stage = afterFailOver().takeOver(1).call(1, 0, 'update', 1, { units: 2 });
    expect(stage.answer(1, 0, 'update', 1, LS_SUCCESS).verdict).toBe(
      'a renewal does not move its units to mine',
    );
  });

  test('an update that moves more than its own units violates it', () => {
    const stage = afterFailOver().takeOver(1).call(1, 0, 'update', 1, { units: 2 }).hear(1, 1, 5);
    expect(stage.answer(1, 0, 'update', 1, LS_SUCCESS).verdict).toBe('units moved to mine without a call');
  });
});
