import { describe, expect, test } from 'vitest';
import { formation } from '../../properties/formation.ts';
import { scenarioOf } from '../../sim/scenario/arbitrary.ts';
import type { Scenario } from '../../sim/scenario/scenario.ts';
import { simulate } from '../../sim/simulate.ts';
import { at, Stage, type StagePlan, term } from './stage.ts';

const T1 = term(2, 0);
const T2 = term(3, 1);
const FORMING = at(T1, 1);

/** s1 leads with a state that nobody else has yet. */
function founded(plan: StagePlan = {}): Stage {
  const stage = new Stage(formation, { begins: 'first installation', ...plan });
  for (const server of [0, 1, 2]) stage.views[server]!.durable.position = null;
  return stage.lead(0, T1, FORMING).note(0, { kind: 'elected', term: T1, adopted: FORMING });
}

/** All have the first state, and s1 says that the pool is formed. */
function formed(stage: Stage, servers: readonly number[] = [0, 1, 2]): Stage {
  for (const server of servers) stage.store(server, FORMING);
  return stage.make(0, []).note(0, { kind: 'formed', isInQuarantine: true });
}

describe('S23', () => {
  test('a pool that all servers have formed grants', () => {
    const stage = formed(founded()).grant(0, 1);
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBe(2);
  });

  test('a grant before it is formed is reported', () => {
    expect(founded().grant(0, 1).verdict).toBe('a grant before the pool is formed');
  });

  test('so is one by a later leader whose history has no formation', () => {
    const stage = formed(founded())
      .lead(1, T2, FORMING)
      .note(1, { kind: 'elected', term: T2, adopted: FORMING })
      .grant(1, 1);
    expect(stage.verdict).toBe('a grant before the pool is formed');
  });

  test('a formation without one of the servers is reported', () => {
    expect(formed(founded(), [0, 1]).verdict).toBe('a pool is formed without one of its servers');
  });

  test('a formation of different files is reported', () => {
    const stage = founded();
    stage.views[2]!.server.localFile = { hash: 'another' };
    expect(formed(stage).verdict).toBe('a pool is formed of different files');
  });

  test('a grant in quarantine is reported, one after it is not', () => {
    const stage = formed(founded({ begins: 'blank' }))
      .takeOver(0)
      .pass(61_000_000);
    stage.make(0, []).note(0, { kind: 'quarantine ended' }).grant(0, 1);
    expect(stage.verdict).toBeNull();
    expect(formed(founded({ begins: 'blank' })).grant(0, 1).verdict).toBe('a grant in quarantine');
  });

  test('a quarantine shorter than the longest life by the slowest clock is reported', () => {
    const stage = formed(founded({ begins: 'blank' }))
      .takeOver(0)
      .pass(60_500_000);
    expect(stage.make(0, []).note(0, { kind: 'quarantine ended' }).verdict).toBe(
      'a quarantine ends too soon',
    );
  });

  test('a second pool is reported', () => {
    const stage = formed(founded()).takeOver(0);
    stage.views[1]!.server.meta = { ...stage.views[1]!.server.meta, poolId: 2 };
    expect(stage.lead(1, T2).takeOver(1).verdict).toBe('a pool is formed twice');
  });

  test('it is asked in runs that begin with license files alone', () => {
    const drawn = scenarioOf(1, { environment: 'E2' });
    const scenario: Scenario = { ...drawn, servers: 3, faults: [], begins: 'first installation' };
    expect(simulate(scenario).checked.S23).toBeGreaterThan(2);
  });
});
