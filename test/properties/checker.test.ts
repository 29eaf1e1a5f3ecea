import { describe, expect, test } from 'vitest';
import { globalCapacity } from '../../properties/capacity.ts';
import { PROPERTIES } from '../../properties/index.ts';
import { LABELS, sometimes } from '../../properties/sometimes.ts';
import { LS_SUCCESS } from '../../src/core/codes.ts';
import { at, Stage, term } from './stage.ts';

const T1 = term(2, 0);

describe('the checker', () => {
  test('every property has its own id, a statement and at least one environment', () => {
    const ids = PROPERTIES.map((property) => property.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const property of PROPERTIES) {
      expect(property.statement.endsWith('.')).toBe(true);
      expect(property.environments.length).toBeGreaterThan(0);
    }
  });

  test('only the first violation of a property is kept, with the event and the environment', () => {
    const stage = new Stage(globalCapacity);
    stage.checker.event = 41;
    stage.believe(0, 1, 100, 3);
    stage.checker.event = 42;
    stage.believe(1, 2, 100, 3);
    expect(stage.checker.violations()).toHaveLength(1);
    expect(stage.checker.violated).toBe(1);
    expect(stage.checker.violations()[0]).toMatchObject({ property: 'S5', event: 41, at: 0 });
    expect(stage.reason).toContain('[E2]');
  });
});

describe('sometimes', () => {
  function labels(stage: Stage): string[] {
    return Object.keys(stage.checker.labels());
  }

  test('a take-over by the third after the first is two ranks down, a reclaim is not', () => {
    const stage = new Stage(sometimes).lead(0, T1).takeOver(0).lead(2, term(3, 2), at(T1, 2)).takeOver(2);
    expect(labels(stage)).toEqual(['take-over two or more ranks down']);
    expect(LABELS).toContain('take-over two or more ranks down');
  });

  test('a reclaim is one while a grant is in flight when a request waits at the old leader', () => {
    const stage = new Stage(sometimes).lead(1, term(2, 1)).takeOver(1).call(1, 0, 'request', 1);
    stage.note(1, { kind: 'hand-over sent', to: 0, position: at(term(2, 1), 2) });
    stage.lead(0, term(3, 0)).takeOver(0, {}, true);
    expect(labels(stage)).toEqual(['reclaim while a grant is in flight']);
  });

  test('a retry that finds its token is answered from the table', () => {
    const stage = new Stage(sometimes, { limit: 9 }).lead(0, T1).grant(0, 1).pass(5).call(0, 0, 'request', 1);
    expect(labels(stage.answer(0, 0, 'request', 1, LS_SUCCESS))).toEqual(['retry answered from the table']);
  });

  test('an operation that its leader could not commit is taken up or dropped by a later one', () => {
    const stage = new Stage(sometimes).lead(0, T1).confirm(0, 1).grant(0, 1).grant(0, 2);
    stage.lead(1, term(3, 1), at(T1, 3)).confirm(1, 2);
    expect(labels(stage).sort()).toEqual([
      'uncommitted operation dropped by a later leader',
      'uncommitted operation taken up by a later leader',
    ]);
  });
});
