import { describe, expect, test } from 'vitest';
import { noFlap } from '../../properties/flapping.ts';
import type { CivilTime } from '../../src/core/time.ts';
import { FOUNDING, SECOND, Stage, type StagePlan, term } from './stage.ts';

const T1 = term(2, 1);
const E3 = { environment: 'E3' } as const;

/** s2 was elected and has led for a while; s1 answers it every tenth of a second. */
function led(seconds: number, plan: StagePlan = {}): Stage {
  const stage = new Stage(noFlap, plan).note(1, { kind: 'elected', term: T1, adopted: FOUNDING }).lead(1, T1);
  return attended(stage, seconds);
}

function attended(stage: Stage, seconds: number): Stage {
  for (let tenths = 0; tenths < 10 * seconds; tenths++) reply(stage.pass(SECOND / 10).step(1), 0);
  return stage;
}

function reply(stage: Stage, from: number): Stage {
  stage.checker.messageArrived(stage.now, from, 1, {
    kind: 'append-reply',
    header: stage.header(from),
    term: T1,
    round: 0,
    ok: true,
    position: null,
    promised: T1,
    isMember: true,
    wall: 0 as CivilTime,
    fileOffer: null,
    isUnfit: false,
  });
  return stage;
}

function tried(stage: Stage): string | null {
  return stage.send(1, 0, { kind: 'trial', header: stage.header(1), term: T1 }).verdict;
}

const EARLY = 'a better server is tried before it was present for long enough';

describe('L3', () => {
  test('a better server that was present for stableFor is tried', () => {
    const stage = led(2.3);
    expect(tried(stage)).toBeNull();
    expect(stage.checks).toBe(1);
  });

  test('none is tried at its first heartbeat, nor right after the election', () => {
    expect(tried(led(0.1))).toBe(EARLY);
    expect(tried(led(1.8))).toBe(EARLY);
  });

  test('its presence begins anew with its boot', () => {
    expect(tried(attended(led(5).reboot(0), 1))).toBe(EARLY);
    expect(tried(attended(led(5).reboot(0), 2.3))).toBeNull();
  });

  test('its presence begins anew after a silence, unless the leader itself slept', () => {
    const silent = led(5);
    for (let tenths = 0; tenths < 20; tenths++) silent.pass(SECOND / 10).step(1);
    expect(tried(attended(silent, 1))).toBe(EARLY);
    expect(
      tried(
        attended(
          led(5)
            .pass(2 * SECOND)
            .step(1),
          1,
        ),
      ),
    ).toBeNull();
  });

  test('it is not tried again before a trial and its pause are over', () => {
    const stage = led(2.3);
    tried(stage);
    expect(tried(attended(stage, 2))).toBe('a better server is tried again too soon');
    const patient = led(2.3);
    tried(patient);
    expect(tried(attended(patient, 3))).toBeNull();
  });

  function takeOvers(stage: Stage, elections: number, handOvers: number): Stage {
    for (let i = 0; i < elections; i++) stage.takeOver(1);
    for (let i = 0; i < handOvers; i++) stage.takeOver(0, {}, true);
    return stage.over();
  }

  test('after the chaos two elections and a hand-over for each better server are enough', () => {
    const stage = takeOvers(new Stage(noFlap, E3).core(0, 1, 2), 2, 2);
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBe(1);
    for (const [elections, handOvers] of [
      [3, 0],
      [0, 3],
    ] as const) {
      const flapping = takeOvers(new Stage(noFlap, E3).core(0, 1, 2), elections, handOvers);
      expect(flapping.verdict).toBe('the lead flaps after the faults have ended');
    }
  });

  test('half-connected servers outside the core may be tried again and again', () => {
    const stage = takeOvers(new Stage(noFlap, E3).core(1, 2), 3, 3);
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBe(0);
  });
});
