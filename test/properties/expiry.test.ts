import { describe, expect, test } from 'vitest';
import { conservation } from '../../properties/capacity.ts';
import { expirySafety } from '../../properties/expiry.ts';
import { clockRollback } from '../../properties/rollback.ts';
import { RUN_BEGINS } from '../../sim/scenario/scenario.ts';
import {
  LS_LICENSE_EXPIRED,
  LS_SUCCESS,
  VLS_CLK_TAMP_FOUND,
  VLS_LICENSE_START_DATE_NOT_REACHED,
} from '../../src/core/codes.ts';
import type { Operation } from '../../src/core/state.ts';
import type { CivilTime } from '../../src/core/time.ts';
import { add, at, fileOf, SECOND, Stage, scenarioFor, term } from './stage.ts';

const T1 = term(2, 0);
const DAY_MS = 86_400_000;
const EXPIRE: Operation = { kind: 'expire', serial: 'L1' };

function lower(afterMs: number): Operation {
  return { kind: 'lower-high-water', at: (RUN_BEGINS + afterMs) as CivilTime };
}

function mark(afterMs: number): Operation {
  return { kind: 'high-water', at: (RUN_BEGINS + afterMs) as CivilTime };
}

/** A string that ends after 10 s. */
function ending(property = expirySafety): Stage {
  return new Stage(property, { endsAfterMs: 10_000 }).lead(0, T1);
}

function starting(property = expirySafety): Stage {
  return new Stage(property, { startsAfterMs: 10_000 }).lead(0, T1);
}

describe('S13', () => {
  test('a license may be granted until it is declared expired, with a mark at its end', () => {
    const stage = ending()
      .grant(0, 1)
      .make(0, [mark(10_000), EXPIRE]);
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBe(2);
  });

  test('an expired license is not granted', () => {
    const stage = ending()
      .make(0, [mark(10_000), EXPIRE])
      .grant(0, 1);
    expect(stage.verdict).toBe('a grant of an expired license');
  });

  test('no string is declared expired while the mark is before its end', () => {
    expect(ending().make(0, [mark(9999), EXPIRE]).verdict).toBe(
      'a string is declared expired without a mark at its end',
    );
  });

  test('a license is granted from its start on, and the mark comes with the grant', () => {
    expect(starting().make(0, [mark(10_000), add(1)]).verdict).toBeNull();
    expect(starting().make(0, [mark(9999), add(1)]).verdict).toBe('a grant before the start date');
  });

  test('after a client was told of the expiry no later call is renewed or granted', () => {
    const told = () =>
      ending().grant(0, 1).call(0, 0, 'request', 2).answer(0, 0, 'request', 2, LS_LICENSE_EXPIRED).pass(1);
    expect(told().call(0, 0, 'update', 1).answer(0, 0, 'update', 1, LS_SUCCESS).verdict).toBe(
      'an expired license is renewed',
    );
    expect(told().call(0, 0, 'request', 3).answer(0, 0, 'request', 3, LS_SUCCESS).verdict).toBe(
      'an expired license is granted',
    );
  });

  test("in a reign a license ends by the leader's own pool time, although nobody has said so", () => {
    const PAST_ITS_END = 'a license is granted or renewed past its end';
    // By a clock that is 1 % slow, less ρ and what is rounded down, 9.5 s have passed after 9.8 s.
    const waited = (seconds: number) =>
      ending()
        .grant(0, 1)
        .pass(seconds * SECOND);
    expect(waited(9.8).call(0, 0, 'update', 1).answer(0, 0, 'update', 1, LS_SUCCESS).verdict).toBeNull();
    expect(waited(10.5).call(0, 0, 'update', 1).answer(0, 0, 'update', 1, LS_SUCCESS).verdict).toBe(
      PAST_ITS_END,
    );
    expect(waited(10.5).grant(0, 2).verdict).toBe(PAST_ITS_END);
    // From a mark on, whatever the time before it was.
    const marked = () =>
      ending()
        .grant(0, 1)
        .make(0, [mark(9900)]);
    expect(marked().grant(0, 2).verdict).toBeNull();
    expect(marked().pass(SECOND).grant(0, 2).verdict).toBe(PAST_ITS_END);
  });

  test('an operator sets the mark back, and with it what pool time has reached, but revives nothing', () => {
    const lowered = () =>
      ending()
        .grant(0, 1)
        .make(0, [mark(9900)])
        .make(0, [lower(1000)])
        .pass(SECOND);
    expect(lowered().grant(0, 2).verdict).toBeNull();
    expect(
      lowered()
        .pass(9 * SECOND)
        .grant(0, 2).verdict,
    ).toBe('a license is granted or renewed past its end');
    const over = ending()
      .make(0, [mark(10_000), EXPIRE])
      .make(0, [lower(1000)]);
    expect(over.grant(0, 1).verdict).toBe('a grant of an expired license');
  });

  test('what a call is answered was decided after its arrival, not before', () => {
    const stage = ending()
      .grant(0, 1)
      .pass(9 * SECOND)
      .call(0, 0, 'update', 1);
    expect(stage.pass(3 * SECOND).answer(0, 0, 'update', 1, LS_SUCCESS).verdict).toBeNull();
  });

  test('a new leader has every expiry that was committed, and no lower mark', () => {
    const committed = () =>
      ending()
        .make(0, [mark(10_000), EXPIRE])
        .confirm(0, 1)
        .copy(1, 0);
    const takesOver = (stage: Stage) => stage.lead(1, term(3, 1), at(T1, 3)).takeOver(1).verdict;
    expect(takesOver(committed())).toBeNull();
    const forgetful = committed();
    forgetful.views[1]!.server.register.charter.expired.clear();
    expect(takesOver(forgetful)).toBe('a leader takes over without a committed expiry');
    const behind = committed();
    behind.views[1]!.server.register.charter.highWater = (RUN_BEGINS + 9999) as CivilTime;
    expect(takesOver(behind)).toBe('a leader takes over without the committed mark');
  });
});

describe('S13 where license files are renewed', () => {
  const E7 = { environment: 'E7', endsAfterMs: 10_000 } as const;
  const OVER = [mark(10_000), EXPIRE];
  const RENEWED = fileOf(scenarioFor(E7), 2, { renewal: 1, endsAfterMs: DAY_MS });
  const REDATED = fileOf(scenarioFor(E7), 2, { endsAfterMs: DAY_MS });

  /** Leads with a license that is over; one token is out. */
  function over(): Stage {
    return new Stage(expirySafety, E7).lead(0, T1).grant(0, 1).make(0, OVER).confirm(0, 1).pass(1);
  }

  function renews(stage: Stage): string | null {
    return stage.pass(1).call(0, 0, 'update', 1).answer(0, 0, 'update', 1, LS_SUCCESS).verdict;
  }

  test('another string may be granted, and the tokens that are out renewed', () => {
    const stage = over().call(0, 0, 'request', 2).answer(0, 0, 'request', 2, LS_LICENSE_EXPIRED);
    stage.putInForce(0, RENEWED).confirm(0, 1).grant(0, 3).confirm(0, 1);
    expect(renews(stage)).toBeNull();
  });

  test('an answer by the file before it may leave after the file was made', () => {
    const stage = over().call(0, 0, 'request', 2).pass(1).putInForce(0, RENEWED).confirm(0, 1);
    stage.answer(0, 0, 'request', 2, LS_LICENSE_EXPIRED);
    expect(renews(stage)).toBeNull();
  });

  test('another date for the same string revives nothing', () => {
    const redated = () => over().putInForce(0, REDATED).confirm(0, 1);
    expect(redated().grant(0, 3).verdict).toBe('a grant of an expired license');
    expect(renews(redated())).toBe('an expired license is renewed');
  });

  test('the other string stays over, too, once it is', () => {
    const stage = over().putInForce(0, RENEWED).confirm(0, 1).pass(1);
    stage.call(0, 0, 'request', 2).answer(0, 0, 'request', 2, LS_LICENSE_EXPIRED);
    expect(renews(stage)).toBe('an expired license is renewed');
  });

  test('a string is declared expired by the date that the file in force gives it', () => {
    const stage = new Stage(expirySafety, E7).lead(0, T1).putInForce(0, REDATED);
    expect(stage.make(0, OVER).verdict).toBe('a string is declared expired without a mark at its end');
  });

  test('a file that a deposed leader has made is no renewal', () => {
    const stage = over().putInForce(0, RENEWED);
    // The next leader goes by the state before it.
    stage.lead(1, term(3, 1), at(T1, 4)).confirm(1, 2).grant(1, 2);
    expect(stage.confirm(1, 2).verdict).toBe('a grant is committed after the expiry');
  });
});

describe('S4', () => {
  test('no grant goes beyond the strings in force', () => {
    expect(starting(conservation).make(0, [add(1)]).verdict).toBe('a grant goes beyond the strings in force');
  });
});

describe('S14', () => {
  test('pool time goes with true time, and with the clocks of a quorum', () => {
    const stage = ending(clockRollback)
      .pass(5 * SECOND)
      .make(0, [mark(5000)]);
    expect(stage.verdict).toBeNull();
    stage.ahead[1] = DAY_MS;
    stage.ahead[2] = DAY_MS;
    stage
      .step(1)
      .step(2)
      .make(0, [mark(5000 + DAY_MS), EXPIRE]);
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBe(3);
  });

  test('one clock that is ahead expires nothing and sets no mark', () => {
    for (const operations of [[EXPIRE], [mark(DAY_MS)]]) {
      const stage = ending(clockRollback);
      stage.ahead[0] = DAY_MS;
      expect(stage.step(0).make(0, operations).verdict).toMatch(/before a quorum of clocks got there$/);
    }
  });

  test('nobody is told of an expiry that no quorum of clocks has reached', () => {
    const stage = ending(clockRollback).call(0, 0, 'request', 1);
    expect(stage.answer(0, 0, 'request', 1, LS_LICENSE_EXPIRED).verdict).toBe(
      'a license is said to be expired before a quorum of clocks got there',
    );
  });

  test('the mark never goes back', () => {
    const stage = ending(clockRollback)
      .pass(5 * SECOND)
      .make(0, [mark(5000)]);
    expect(stage.make(0, [mark(4999)]).verdict).toBe('a leader sets the mark back');
    const ordered = ending(clockRollback)
      .pass(5 * SECOND)
      .make(0, [mark(5000)])
      .make(0, [lower(4000)])
      .make(0, [mark(4999)])
      .confirm(0, 1);
    expect(ordered.verdict).toBeNull();
    expect(ordered.make(0, [mark(4998)]).verdict).toBe('a leader sets the mark back');
  });

  test('clocks are said to be set back only if a quorum of them is', () => {
    const told = (servers: readonly number[]) => {
      const stage = ending(clockRollback).call(0, 0, 'request', 1);
      for (const server of servers) {
        stage.ahead[server] = -2 * DAY_MS;
        stage.step(server);
      }
      return stage.answer(0, 0, 'request', 1, VLS_CLK_TAMP_FOUND).verdict;
    };
    expect(told([1, 2])).toBeNull();
    expect(told([1])).toBe('clocks are said to be set back and a quorum of them is not');
  });

  test('a string is not said to start yet after the committed mark has reached its start', () => {
    const asked = (startsAfterMs: number, endsAfterMs?: number) =>
      new Stage(clockRollback, { startsAfterMs, ...(endsAfterMs !== undefined && { endsAfterMs }) })
        .lead(0, T1)
        .pass(10 * SECOND)
        .make(0, [mark(10_000)])
        .confirm(0, 1)
        .pass(SECOND)
        .call(0, 0, 'request', 1)
        .answer(0, 0, 'request', 1, VLS_LICENSE_START_DATE_NOT_REACHED).verdict;
    expect(asked(10_001)).toBeNull();
    expect(asked(10_000)).toBe('a license that has started is said not to have');
    expect(asked(9000, 60_000)).toBe('a license that has started is said not to have');
    // It may have ended since.
    expect(asked(9000, 11_000)).toBeNull();
  });

  test('a refusal that is repeated is judged from when its handle was first asked for', () => {
    const stage = starting(clockRollback)
      .call(0, 0, 'request', 1)
      .pass(10 * SECOND);
    stage
      .make(0, [mark(10_000)])
      .confirm(0, 1)
      .pass(SECOND)
      .call(0, 0, 'request', 1);
    expect(stage.answer(0, 0, 'request', 1, VLS_LICENSE_START_DATE_NOT_REACHED).verdict).toBeNull();
  });
});
