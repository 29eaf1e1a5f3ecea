import { describe, expect, test } from 'vitest';
import { oneGranter, termOwner } from '../../properties/terms.ts';
import { LS_SUCCESS } from '../../src/core/codes.ts';
import { add, at, Stage, term } from './stage.ts';

const T1 = term(2, 0);
const T2 = term(3, 1);

describe('S1', () => {
  test('one server may send any number of Appends in its term', () => {
    const stage = new Stage(termOwner).lead(0, T1).round(0).round(0);
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBeGreaterThan(0);
  });

  test('two servers that send Appends in one term violate it', () => {
    const stage = new Stage(termOwner).lead(0, T1).round(0).lead(1, T1).round(1);
    expect(stage.verdict).toBe('a term has two owners');
    expect(stage.reason).toContain('s2');
  });

  test('a later boot that uses a term of an earlier boot violates it', () => {
    const stage = new Stage(termOwner).lead(0, T1).round(0).reboot(0).lead(0, T1).round(0);
    expect(stage.verdict).toBe('a term has two owners');
  });

  test('the same delta may be sent again, another one under its position may not', () => {
    const stage = new Stage(termOwner).lead(0, T1);
    const position = at(T1, 3);
    const base = at(T1, 2);
    stage.round(0, [{ base, position, operations: [add(1)] }]);
    stage.round(0, [{ base, position, operations: [add(1)] }]);
    expect(stage.verdict).toBeNull();
    stage.round(0, [{ base, position, operations: [add(2)] }]);
    expect(stage.verdict).toBe('one position names two deltas');
  });

  test('two servers at one position must have the same tables', () => {
    const stage = new Stage(termOwner).lead(0, T1).grant(0, 1).store(0).copy(1, 0).store(1);
    expect(stage.verdict).toBeNull();
    stage.copy(2, 0);
    stage.views[2]!.server.register.table.live.clear();
    expect(stage.store(2).verdict).toBe('one position names two tables');
  });
});

describe('S2', () => {
  test('a leader that was outbid after the call arrived may still answer it', () => {
    const stage = new Stage(oneGranter).lead(0, T1).call(0, 0, 'update', 1).promise(1, T2).promise(2, T2);
    expect(stage.answer(0, 0, 'update', 1, LS_SUCCESS).verdict).toBeNull();
    expect(stage.checks).toBe(1);
  });

  test('a leader that was outbid by a quorum before the call arrived may not answer it', () => {
    const stage = new Stage(oneGranter).lead(0, T1).promise(1, T2).promise(2, T2).call(0, 0, 'update', 1);
    expect(stage.answer(0, 0, 'update', 1, LS_SUCCESS).verdict).toBe(
      'a leader answers although a quorum has promised a higher term',
    );
  });

  test('one promise of three is no quorum', () => {
    const stage = new Stage(oneGranter).lead(0, T1).promise(1, T2).call(0, 0, 'update', 1);
    expect(stage.answer(0, 0, 'update', 1, LS_SUCCESS).verdict).toBeNull();
  });

  test('in a pool of two the promise of the first server alone is a quorum, that of the second is none', () => {
    const stage = new Stage(oneGranter, { servers: 2 }).lead(0, T1).promise(1, T2).call(0, 0, 'update', 1);
    expect(stage.answer(0, 0, 'update', 1, LS_SUCCESS).verdict).toBeNull();
    stage.promise(0, T2).call(0, 0, 'update', 1);
    expect(stage.answer(0, 0, 'update', 1, LS_SUCCESS).verdict).not.toBeNull();
  });
});
