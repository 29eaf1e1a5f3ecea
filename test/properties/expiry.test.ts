import { describe, expect, test } from 'vitest';
import { conservation } from '../../properties/capacity.ts';
import { expirySafety } from '../../properties/expiry.ts';
import { clockRollback } from '../../properties/rollback.ts';
import { RUN_BEGINS } from '../../sim/scenario/scenario.ts';
import { LS_LICENSE_EXPIRED, LS_SUCCESS, VLS_CLK_TAMP_FOUND } from '../../src/core/codes.ts';
import type { Operation } from '../../src/core/state.ts';
import type { CivilTime } from '../../src/core/time.ts';
import { add, at, fileOf, SECOND, Stage, scenarioFor, term } from './stage.ts';

const T1 = term(2, 0);
const DAY_MS = 86_400_000;
const EXPIRE: Operation = { kind: 'expire', serial: 'L1' };

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
});
