import { describe, expect, test } from 'vitest';
import { grantDurability } from '../../properties/durability.ts';
import { membersOnly } from '../../properties/members.ts';
import { LS_SUCCESS } from '../../src/core/codes.ts';
import type { CivilTime } from '../../src/core/time.ts';
import { at, FOUNDING, Stage, term, voteOf } from './stage.ts';

const T1 = term(2, 0);

function hear(stage: Stage, from: number, to: number): Stage {
  stage.checker.messageArrived(stage.now, from, to, voteOf(stage, from, T1));
  return stage;
}

function elected(stage: Stage): Stage {
  return stage.lead(0, T1).note(0, { kind: 'elected', term: T1, adopted: FOUNDING });
}

/** The state of s1 names `store` for s3 from here on. */
function admit(stage: Stage, store: number): Stage {
  const { charter, position } = stage.views[0]!.server.register;
  charter.stores = new Map(charter.stores).set(2, store);
  return stage.note(0, { kind: 'admitted', slot: 2, position });
}

describe('S21', () => {
  test('a quorum of votes from stores that count is an election', () => {
    const stage = elected(hear(new Stage(membersOnly), 1, 0));
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBe(1);
  });

  test('votes of stores that do not count are none', () => {
    const stage = new Stage(membersOnly);
    stage.reboot(1, 999);
    expect(elected(hear(stage, 1, 0)).verdict).toBe('an election rests on votes of stores that do not count');
  });

  test('in a joint phase the old members are asked as well', () => {
    const joint = (...voters: number[]): string | null => {
      const stage = new Stage(membersOnly, { environment: 'E7' });
      const { charter } = stage.views[0]!.server.register;
      Object.assign(charter, { file: { ...charter.file, members: [0, 1] }, oldMembers: [0, 1, 2] });
      for (const voter of voters) hear(stage, voter, 0);
      return elected(stage).verdict;
    };
    expect(joint()).toBe('an election rests on votes of stores that do not count');
    expect(joint(2)).toBeNull();
  });

  test('a store that was never admitted does not vote', () => {
    const stage = new Stage(membersOnly).reboot(2, 999);
    expect(stage.send(2, 0, voteOf(stage, 2, T1)).verdict).toBe(
      'a store that was never admitted speaks as a member',
    );
  });

  test('an answer rests on acknowledgements of stores that count', () => {
    const serve = (stage: Stage) => {
      elected(hear(stage, 1, 0))
        .round(0)
        .confirm(0, 1);
      stage.call(0, 0, 'request', 1).round(0).store(0);
      return stage;
    };
    const good = serve(new Stage(membersOnly)).acknowledge(1, 0).answer(0, 0, 'request', 1, LS_SUCCESS);
    expect(good.verdict).toBeNull();
    const bad = serve(new Stage(membersOnly)).reboot(2, 999);
    bad.checker.messageArrived(bad.now, 2, 0, {
      kind: 'append-reply',
      header: bad.header(2),
      term: T1,
      round: 9,
      ok: true,
      position: at(T1, 2),
      promised: T1,
      isMember: true,
      wall: 0 as CivilTime,
      isUnfit: false,
      fileOffer: null,
    });
    expect(bad.answer(0, 0, 'request', 1, LS_SUCCESS).verdict).toBe(
      'an answer rests on acknowledgements of stores that do not count',
    );
  });

  test('a store joins when its admission is committed, and not before', () => {
    const early = elected(hear(new Stage(membersOnly), 1, 0));
    admit(early, 999).reboot(2, 999).note(2, { kind: 'joined', slot: 2 });
    expect(early.verdict).toBe('a store becomes a member before its admission is committed');
    const late = elected(hear(new Stage(membersOnly), 1, 0));
    admit(late, 999).round(0).confirm(0, 1).reboot(2, 999).note(2, { kind: 'joined', slot: 2 });
    expect(late.verdict).toBeNull();
    expect(late.send(2, 0, voteOf(late, 2, T1)).verdict).toBeNull();
  });

  test('nobody discards a healthy store', () => {
    const healthy = new Stage(membersOnly).reboot(1);
    healthy.note(1, { kind: 'discarded', because: 'it is an older image' });
    expect(healthy.verdict).toBe('a healthy member discards its store');
    const replaced = new Stage(membersOnly);
    replaced.note(1, { kind: 'discarded', because: 'another store counts' });
    expect(replaced.verdict).toBe('a healthy member discards its store');
  });

  test('who was set back, or has a successor, discards it', () => {
    const image = new Stage(membersOnly).store(1, at(T1, 9));
    image.views[1]!.durable.position = FOUNDING;
    image.reboot(1).note(1, { kind: 'discarded', because: 'it is an older image' });
    expect(image.verdict).toBeNull();
    const replaced = admit(new Stage(membersOnly), 999);
    replaced.note(2, { kind: 'discarded', because: 'another store counts' });
    expect(replaced.verdict).toBeNull();
  });

  test('who was given another slot discards its store', () => {
    const discards = (stage: Stage) =>
      stage.note(2, { kind: 'discarded', because: 'it has another slot' }).verdict;
    const led = () => new Stage(membersOnly, { environment: 'E7' }).lead(0, T1);
    expect(discards(led())).toBe('a healthy member discards its store');
    expect(discards(led().make(0, [{ kind: 'slot', slot: 3, host: 's3' }]))).toBeNull();
  });

  test('after an image whose loss nobody saw, only what holds for every image is asserted', () => {
    const image = { kind: 'restored-image', at: 1, until: 2, target: { server: 1 }, keptFor: 1 };
    const stage = new Stage(grantDurability, { environment: 'E6', faults: [image] }).store(1, at(T1, 9));
    stage.views[1]!.durable.position = FOUNDING;
    stage.reboot(1);
    expect(stage.checker.ground.setBacks.hasHidden).toBe(true);
    stage.checker.beliefHeld(stage.now, 0, 'h'.repeat(16), 'cad|1', 1, stage.now + 9_000_000);
    expect(stage.lead(0, T1).takeOver(0).verdict).toBeNull();
  });
});
