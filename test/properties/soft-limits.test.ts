import { describe, expect, test } from 'vitest';
import { softLimitTold } from '../../properties/soft-limits.ts';
import { KEY, Stage, term } from './stage.ts';

const T1 = term(2, 0);
const exceeded = { kind: 'soft limit exceeded', key: KEY, units: 2, softLimit: 1 } as const;
const kept = { kind: 'soft limit kept', key: KEY, units: 1, softLimit: 1 } as const;

/** Of three tokens one may be out without an alert, and one is. */
function led(): Stage {
  return new Stage(softLimitTold, { limit: 3, softLimit: 1 }).lead(0, T1).takeOver(0).grant(0, 1);
}

describe('S24', () => {
  test('an alert is told when the use rises above the soft limit, and when it is back', () => {
    const stage = led().note(0, exceeded).grant(0, 2).note(0, kept).end(0, 2, 'released').store(0);
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBeGreaterThan(2);
  });

  test('use up to the soft limit needs no alert, nor does a key without one', () => {
    expect(led().verdict).toBeNull();
    const stage = new Stage(softLimitTold, { limit: 3 }).lead(0, T1).takeOver(0).grant(0, 1).grant(0, 2);
    expect(stage.verdict).toBeNull();
  });

  test('no use above the soft limit goes without an alert', () => {
    expect(led().grant(0, 2).verdict).toBe('no alert above a soft limit');
  });

  test('an alert is taken back', () => {
    const stage = led().note(0, exceeded).grant(0, 2).end(0, 2, 'released');
    expect(stage.verdict).toBe('an alert that is not taken back');
  });

  test('nothing is told twice', () => {
    expect(led().note(0, exceeded).grant(0, 2).note(0, exceeded).verdict).toBe('the same alert twice');
    expect(led().note(0, kept).verdict).toBe('the same alert twice');
  });

  test('nobody but the leader tells', () => {
    expect(led().note(1, exceeded).verdict).toBe('an alert of a server that does not lead');
  });

  test('a leader that takes over tells anew what is above', () => {
    const stage = led().note(0, exceeded).grant(0, 2).copy(1, 0);
    stage.lead(1, term(3, 1), stage.views[0]!.server.register.position).takeOver(1);
    expect(stage.store(1).verdict).toBe('no alert above a soft limit');
  });
});
