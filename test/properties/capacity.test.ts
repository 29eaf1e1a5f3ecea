import { describe, expect, test } from 'vitest';
import { conservation, globalCapacity } from '../../properties/capacity.ts';
import { LS_SUCCESS } from '../../src/core/codes.ts';
import { add, KEY, Stage, term } from './stage.ts';

const T1 = term(2, 0);

describe('S4', () => {
  test('a leader may give out the whole limit', () => {
    const stage = new Stage(conservation).lead(0, T1).grant(0, 1).grant(0, 2).store(0).takeOver(0).over();
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBeGreaterThan(3);
  });

  test('a leader never grants more than the limit', () => {
    const stage = new Stage(conservation)
      .lead(0, T1)
      .make(0, [add(1), add(2), add(3)])
      .store(0);
    expect(stage.verdict).toBe('a grant goes beyond the strings in force');
  });

  test('no server counts more than the limit', () => {
    const stage = new Stage(conservation);
    stage.views[1]!.server.register.table.usage.set(KEY, { units: 3, mine: 0 });
    expect(stage.store(1).verdict).toBe('more units in use than the limit');
  });

  test('the counter follows the deltas', () => {
    const stage = new Stage(conservation).lead(0, T1).make(0, [add(1)], 2);
    expect(stage.verdict).toBe('the counter of units in use differs from the sum of the deltas');
  });

  test('the counter agrees with the live table at a take-over', () => {
    const stage = new Stage(conservation).lead(0, T1).grant(0, 1);
    stage.views[0]!.server.register.table.live.clear();
    expect(stage.takeOver(0).verdict).toBe('the counters of units differ from the live table');
  });

  test('the figures of a status answer add up', () => {
    const stage = new Stage(conservation).lead(0, T1).call(0, 0, 'status', 9);
    stage.answer(0, 0, 'status', 9, LS_SUCCESS, { tokens: { total: 2, mine: 0, previous: 1, free: 1 } });
    expect(stage.verdict).toBeNull();
    stage.call(0, 0, 'status', 9);
    stage.answer(0, 0, 'status', 9, LS_SUCCESS, { tokens: { total: 2, mine: 1, previous: 1, free: 1 } });
    expect(stage.verdict).toBe('the tokens shown do not add up');
  });
});

describe('S5', () => {
  test('clients may hold the whole limit, one after the other', () => {
    const stage = new Stage(globalCapacity).believe(0, 1, 100).believe(1, 2, 100);
    stage.pass(100).believe(2, 3, 200);
    expect(stage.verdict).toBeNull();
    expect(stage.checker.numbers()).toEqual({ [`held of ${KEY}, most`]: 2, 'held - limit, most': 0 });
  });

  test('clients never hold more than the limit at one instant', () => {
    const stage = new Stage(globalCapacity).believe(0, 1, 100).believe(1, 2, 100).pass(99).believe(2, 3, 200);
    expect(stage.verdict).toBe('more units are held than the limit');
    expect(stage.reason).toContain('3 of 2 units');
  });

  test('a token that was given back can be held by another', () => {
    const stage = new Stage(globalCapacity)
      .believe(0, 1, 100)
      .believe(1, 2, 100)
      .disbelieve(0, 1)
      .believe(2, 3, 200);
    expect(stage.verdict).toBeNull();
  });

  test('a belief that is told again counts once', () => {
    const stage = new Stage(globalCapacity).believe(0, 1, 100).believe(0, 1, 200).believe(1, 2, 200);
    expect(stage.verdict).toBeNull();
  });

  test('units count, not handles', () => {
    expect(new Stage(globalCapacity).believe(0, 1, 100, 3).verdict).not.toBeNull();
  });

  test('nothing is asserted where clocks have no bound', () => {
    const stage = new Stage(globalCapacity, { environment: 'E1' }).believe(0, 1, 100, 3);
    expect(stage.verdict).toBeNull();
    expect(stage.checker.checked()).toEqual({});
  });
});
