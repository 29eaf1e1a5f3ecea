import { describe, expect, test } from 'vitest';
import { corePhaseNeeded, livenessBound, reclaimBound } from '../../properties/bounds.ts';
import { answered, noLeak, reclaim, someLeader } from '../../properties/liveness.ts';
import { LS_SUCCESS, VLS_NO_SERVER_RESPONSE } from '../../src/core/codes.ts';
import { SECOND, Stage, scenarioFor, term } from './stage.ts';

const E3 = { environment: 'E3' } as const;
const T1 = term(2, 0);
const BOUND = livenessBound(scenarioFor(E3));

describe('bounds', () => {
  test('the bounds are a few election time-outs, a back-off and a hold', () => {
    expect(BOUND.isLively).toBe(true);
    expect(BOUND.leader).toBeGreaterThan(3 * SECOND);
    expect(BOUND.leader).toBeLessThan(20 * SECOND);
    expect(BOUND.reclaim).toBeGreaterThan(BOUND.leader);
    expect(BOUND.freed).toBeGreaterThan(61 * SECOND);
    expect(corePhaseNeeded(scenarioFor(E3))).toBeGreaterThan(BOUND.reclaim + BOUND.freed);
  });

  test('a history of failures makes the reclaim bound longer, up to the longest back-off', () => {
    const scenario = { ...scenarioFor(E3), settings: {} };
    expect(reclaimBound(scenario, 1)).toBeLessThan(reclaimBound(scenario, 3));
    expect(reclaimBound(scenario, 5)).toBe(livenessBound(scenario).reclaim);
  });

  test('where the timers leave no room for the network, nothing is asserted', () => {
    const slow = { ...scenarioFor(E3), link: { delayFrom: 1, delayTo: SECOND } };
    expect(livenessBound(slow).isLively).toBe(false);
  });
});

describe('L1', () => {
  test('a leader that confirms a round after the chaos serves', () => {
    const stage = new Stage(someLeader, E3).core(0, 1, 2).lead(0, T1).confirm(0, 1).step(0);
    expect(
      stage
        .pass(BOUND.leader + 1)
        .step(1)
        .over().verdict,
    ).toBeNull();
    expect(stage.checks).toBe(1);
  });

  test('a leader that calls itself active but confirms nothing does not', () => {
    const stage = new Stage(someLeader, E3).lead(0, T1).confirm(0, 1).core(0, 1, 2).round(0).step(0);
    expect(stage.pass(BOUND.leader + 1).step(1).verdict).toBe('no leader serves after the faults have ended');
  });

  test('a run that ends before the bound is no check', () => {
    const stage = new Stage(someLeader, E3)
      .core(0, 1, 2)
      .pass(BOUND.leader - 1)
      .over();
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBe(0);
  });
});

describe('L2', () => {
  const long = reclaimBound(scenarioFor(E3), 2);

  test('the best server of the core leads, and stays', () => {
    const stage = new Stage(reclaim, E3)
      .core(0, 1, 2)
      .lead(0, T1)
      .confirm(0, 1)
      .step(0)
      .pass(long + 1)
      .step(1);
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBe(1);
    stage.note(0, { kind: 'stepped down', term: T1, reason: 'a higher term' });
    expect(stage.verdict).toBe('the preferred leader does not stay');
  });

  test('another server that keeps the lead violates it', () => {
    const stage = new Stage(reclaim, E3)
      .core(0, 1, 2)
      .lead(1, term(2, 1))
      .confirm(1, 2)
      .step(1)
      .pass(long + 1)
      .step(1);
    expect(stage.verdict).toBe('the preferred server does not reclaim leadership');
  });

  test('while a better server outside the core is up, nothing is asserted', () => {
    const stage = new Stage(reclaim, E3)
      .core(1, 2)
      .pass(long + 1)
      .step(1)
      .over();
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBe(0);
  });
});

describe('L4', () => {
  test('a call that ends in time is right', () => {
    const stage = new Stage(answered, E3)
      .core(0, 1, 2)
      .begin(0, 1)
      .pass(SECOND)
      .finish(0, 1, LS_SUCCESS, 1)
      .over();
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBe(1);
  });

  test('a server that runs answers each call in time, in every environment', () => {
    for (const wakesUp of [true, false]) {
      const stage = new Stage(answered).lead(0, T1).call(0, 0, 'update', 1);
      for (let time = 0; time < BOUND.served; time += SECOND / 10) stage.pass(SECOND / 10).step(0);
      expect(stage.verdict).toBeNull();
      if (wakesUp) stage.pass(5 * SECOND).step(0);
      for (let time = 0; time < 2 * SECOND; time += SECOND / 10) stage.pass(SECOND / 10).step(0);
      expect(stage.verdict).toBe(wakesUp ? null : 'a server keeps a call waiting');
    }
  });

  test('a call that does not end violates it', () => {
    const stage = new Stage(answered, E3)
      .core(0, 1, 2)
      .begin(0, 1)
      .pass(BOUND.call + 1)
      .over();
    expect(stage.verdict).toBe('a request does not end in time');
  });

  test('no server at all is a legal answer only until a leader is due', () => {
    const early = new Stage(answered, E3).core(0, 1, 2).begin(0, 1).pass(SECOND);
    expect(early.finish(0, 1, VLS_NO_SERVER_RESPONSE, 1).verdict).toBeNull();
    const late = new Stage(answered, E3).core(0, 1, 2).pass(BOUND.leader).begin(0, 1).pass(SECOND);
    expect(late.finish(0, 1, VLS_NO_SERVER_RESPONSE, 1).verdict).toBe(
      'a request ends with VLS_NO_SERVER_RESPONSE after the faults have ended',
    );
  });
});

describe('L6', () => {
  test('tokens of clients that are gone are free after a hold', () => {
    const stage = new Stage(noLeak, E3).core(0, 1, 2).lead(0, T1).call(0, 0, 'request', 1).grant(0, 1);
    stage
      .end(0, 1, 'lapsed')
      .pass(BOUND.leader + BOUND.freed + 1)
      .over();
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBe(1);
  });

  test('a token that is still out then violates it', () => {
    const stage = new Stage(noLeak, E3).core(0, 1, 2).lead(0, T1).call(0, 0, 'request', 1).grant(0, 1);
    stage.pass(BOUND.leader + BOUND.freed + 1).over();
    expect(stage.verdict).toBe('tokens of clients that are gone are not free again');
  });

  test('a run that ends too early is no check', () => {
    const stage = new Stage(noLeak, E3).core(0, 1, 2).lead(0, T1).grant(0, 1).pass(BOUND.freed).over();
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBe(0);
  });
});
