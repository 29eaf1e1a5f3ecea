import { expect, test } from 'vitest';
import { Checker } from '../../properties/checker.ts';
import { FROM_OUTSIDE } from '../../properties/outside.ts';
import { killing } from '../../sim/metal/killing.ts';
import type { ApplicationCall } from '../../sim/pool/observer.ts';
import { Run } from '../../sim/simulate.ts';
import { LS_LICENSETERMINATED, LS_SUCCESS, VLS_REMOTE_UPDATE } from '../../src/core/codes.ts';
import type { Answer, Tokens } from '../../src/core/message.ts';
import { handle, SECOND } from './stage.ts';

const KEY = 'cad|1.0';

/** Clients c0 and c1 hold a unit each from 1 s to 31 s; the limit is 14. */
function held(): Checker {
  const scenario = killing(1, 1);
  const checker = new Checker(FROM_OUTSIDE, {
    scenario,
    files: () => new Map(),
    server: () => undefined,
    wall: () => 0 as never,
  });
  for (const client of [0, 1]) checker.beliefHeld(SECOND, client, handle(client), KEY, 1, 31 * SECOND);
  return checker;
}

function asked(checker: Checker, call: 'status' | 'release', client = 2): ApplicationCall {
  const begun = { id: 9, call, handle: call === 'release' ? handle(client) : null, key: KEY, units: 1 };
  checker.callBegan(2 * SECOND, client, begun);
  return begun;
}

function told(checker: Checker, call: ApplicationCall, tokens: Tokens, at = 3 * SECOND): void {
  const outcome = { id: call.id, code: LS_SUCCESS, definite: true, status: VLS_REMOTE_UPDATE };
  checker.callEnded(at, 2, call, { ...outcome, handle: handle(9), tokens });
}

function terminated(checker: Checker, at: number): void {
  const answer = { call: 'update', handle: handle(1), code: LS_LICENSETERMINATED };
  checker.answerArrived(at, 0, 1, answer as unknown as Answer);
}

const violatedBy = (checker: Checker): string[] => checker.violations().map(({ property }) => property);
const tokens = (out: number): Tokens => ({ total: 14, mine: out, previous: 0, free: 14 - out });

test('S6: a status answer that counts less than what is held all the time is reported', () => {
  const checker = held();
  told(checker, asked(checker, 'status'), tokens(1));
  expect(violatedBy(checker)).toEqual(['S6']);
});

test('S6: what came, was given back or ran out during the call need not be counted', () => {
  const checker = held();
  const status = asked(checker, 'status');
  asked(checker, 'release', 0);
  checker.beliefHeld(2.5 * SECOND, 3, handle(3), KEY, 1, 32 * SECOND);
  told(checker, status, tokens(1));
  told(checker, asked(checker, 'status'), tokens(0), 40 * SECOND);
  expect(violatedBy(checker)).toEqual([]);
  expect(checker.checked().S6).toBe(2);
});

test('S20: a holder that hears that its token was taken back is reported, one whose time is over is not', () => {
  const over = held();
  terminated(over, 31 * SECOND);
  expect(violatedBy(over)).toEqual([]);
  const live = held();
  terminated(live, 30 * SECOND);
  expect(violatedBy(live)).toEqual(['S20']);
});

test('S5: a token that is granted twice is reported', () => {
  const checker = held();
  for (let client = 2; client < 15; client++)
    checker.beliefHeld(SECOND, client, handle(client), KEY, 1, 31 * SECOND);
  expect(violatedBy(checker)).toEqual(['S5']);
});

test('What clients can tell holds in simulated runs of the same load, and is asked often', () => {
  for (const seed of [1, 2, 3]) {
    const run = new Run(killing(seed, 20));
    const outside = new Checker(FROM_OUTSIDE, {
      scenario: run.scenario,
      files: () => new Map(),
      server: () => undefined,
      wall: () => 0 as never,
    });
    run.context.observer = outside;
    while (run.step());
    expect(outside.violations()).toEqual([]);
    for (const times of Object.values(outside.checked())) expect(times).toBeGreaterThan(10);
  }
});
