import { describe, expect, test } from 'vitest';
import { livenessBound } from '../../properties/bounds.ts';
import { freed, steadyClientKeeps } from '../../properties/holders.ts';
import { LIFE, SECOND, Stage, scenarioFor, term } from './stage.ts';

const E3 = { environment: 'E3' } as const;
const T1 = term(2, 0);
const BOUND = livenessBound(scenarioFor(E3));

describe('L5', () => {
  /** A client was granted a handle and is gone; others go on asking. */
  function busy(): Stage {
    const stage = new Stage(freed, E3).core(0, 1, 2).lead(0, T1).takeOver(0).pass(BOUND.leader);
    return stage.call(0, 0, 'request', 1).grant(0, 1).grant(0, 2);
  }

  function passes(stage: Stage, micros: number): Stage {
    for (let time = 0; time < micros; time += SECOND) stage.pass(SECOND).call(0, 1, 'update', 2).step(0);
    return stage;
  }

  test('a token that nobody asked for is free after a hold, whatever others do', () => {
    const stage = passes(passes(busy(), BOUND.freed - SECOND).end(0, 1, 'lapsed'), 5 * SECOND);
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBeGreaterThan(0);
  });

  test('one that is still out then violates it', () => {
    expect(passes(busy(), BOUND.freed + 3 * SECOND).verdict).toBe(
      'a token of a dead client is not free again',
    );
  });

  test('a take-over begins all holds afresh', () => {
    const stage = passes(passes(busy(), BOUND.freed - SECOND).takeOver(0), 5 * SECOND);
    expect(stage.verdict).toBeNull();
  });
});

describe('L9', () => {
  function believing(until: number): Stage {
    const stage = new Stage(steadyClientKeeps, E3).core(0, 1, 2).pass(BOUND.leader).call(0, 0, 'request', 1);
    return stage
      .lead(0, T1)
      .grant(0, 1)
      .believe(0, 1, stage.now + until);
  }

  test('a belief that is renewed in time is a check', () => {
    const stage = believing(LIFE)
      .pass(LIFE / 2)
      .believe(0, 1, BOUND.leader + 1.5 * LIFE);
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBe(2);
  });

  test('a belief that runs out violates it, one that is given back does not', () => {
    expect(believing(LIFE).pass(LIFE).disbelieve(0, 1).verdict).toBe(
      'a client that renews in time loses its token',
    );
    expect(
      believing(LIFE)
        .pass(LIFE - 1)
        .disbelieve(0, 1).verdict,
    ).toBeNull();
  });

  test('a belief in a token of a license that has ended may run out', () => {
    const stage = believing(LIFE).make(0, [{ kind: 'expire', serial: 'L1' }]);
    for (const server of [0, 1, 2]) stage.store(server, stage.views[0]!.server.register.position);
    expect(stage.pass(LIFE).disbelieve(0, 1).verdict).toBeNull();
  });

  test('a renewal that was due before a leader was is none', () => {
    expect(believing(SECOND).pass(SECOND).disbelieve(0, 1).verdict).toBeNull();
  });

  test('where a fifth of the life is too short for a fail-over nothing is asserted', () => {
    const scenario = { ...scenarioFor(E3), settings: { attemptTimeout: 4000 } };
    expect(livenessBound(scenario).renewal).toBeGreaterThan(LIFE / 5);
    expect(BOUND.renewal).toBeLessThan(LIFE / 5);
  });
});
