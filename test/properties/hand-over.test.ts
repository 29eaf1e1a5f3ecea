import { describe, expect, test } from 'vitest';
import { handoverAtomic, legalHandover } from '../../properties/hand-over.ts';
import { LS_SUCCESS } from '../../src/core/codes.ts';
import type { Position, Term } from '../../src/core/ids.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import type { CivilTime } from '../../src/core/time.ts';
import type { StepDownReason } from '../../src/core/turn.ts';
import { add, at, FOUNDING, handle, SECOND, Stage, term } from './stage.ts';

const T1 = term(2, 1);
const T2 = term(3, 0);

/** s2 leads, and s1 has all that it has. */
function ready(stage: Stage): Stage {
  stage.note(1, { kind: 'elected', term: T1, adopted: FOUNDING }).lead(1, T1);
  return stage.grant(1, 1).confirm(1, 0);
}

function here(stage: Stage, server: number): Position {
  return stage.views[server]!.server.register.position;
}

function offer(stage: Stage, from = 1, to = 0, position = here(stage, from)): Stage {
  stage.note(from, { kind: 'froze', for: to });
  return stage.send(from, to, { kind: 'take-over', header: stage.header(from), term: T1, position });
}

function claim(stage: Stage, server = 0, consent: Term = T1, position = here(stage, 1)): Stage {
  return stage.send(server, 1, {
    kind: 'prepare',
    header: stage.header(server),
    term: T2,
    position,
    handOver: consent,
    host: 's1',
  });
}

function leave(stage: Stage, reason: StepDownReason): string | null {
  return stage.note(1, { kind: 'stepped down', term: T1, reason }).follow(1).verdict;
}

function hear(stage: Stage, promised: Term): Stage {
  stage.checker.messageArrived(stage.now, 2, 1, {
    kind: 'append-reply',
    header: stage.header(2),
    term: T1,
    round: 1,
    ok: false,
    position: null,
    promised,
    isMember: true,
    wall: 0 as CivilTime,
    fileOffer: null,
    isUnfit: false,
  });
  return stage;
}

describe('S18', () => {
  test('a leader hands over to a better server that has its position and asks for it', () => {
    const stage = claim(offer(ready(new Stage(legalHandover))));
    expect(leave(stage, 'handed over')).toBeNull();
    expect(stage.checks).toBe(3);
  });

  test('it offers the lead to no worse server', () => {
    const stage = ready(new Stage(legalHandover)).acknowledge(2, 1);
    expect(offer(stage, 1, 2).verdict).toBe('take-over is sent, but that server is no better');
    const trial = ready(new Stage(legalHandover));
    trial.send(1, 2, { kind: 'trial', header: trial.header(1), term: T1 });
    expect(trial.verdict).toBe('trial is sent, but that server is no better');
  });

  test('it offers the lead to no server that has not caught up', () => {
    const stage = ready(new Stage(legalHandover)).grant(1, 2).confirm(1, 2);
    expect(offer(stage).verdict).toBe("take-over is sent, but that position is not on the other one's disk");
  });

  test('it does not offer an earlier position than its own', () => {
    const stage = ready(new Stage(legalHandover));
    const before = here(stage, 1);
    expect(offer(stage.grant(1, 2), 1, 0, before).verdict).toBe(
      'take-over is sent, but its own position is another one by now',
    );
  });

  test('nobody stands by a consent that was not given, or not for that position', () => {
    expect(claim(ready(new Stage(legalHandover))).verdict).toContain('no leader of that term consented');
    const other = offer(ready(new Stage(legalHandover)));
    expect(claim(other, 0, T1, at(T1, 2)).verdict).toContain('the consent was for another position');
    expect(claim(offer(ready(new Stage(legalHandover))), 2).verdict).toContain(
      'no leader of that term consented',
    );
  });

  test('a slow server may act on its consent after others have got theirs', () => {
    const stage = new Stage(legalHandover, { servers: 5 })
      .lead(4, term(2, 4))
      .confirm(4, 0)
      .acknowledge(1, 4);
    const led = term(2, 4);
    const position = here(stage, 4);
    for (const to of [0, 1]) {
      stage.send(4, to, { kind: 'take-over', header: stage.header(4), term: led, position });
    }
    expect(claim(stage, 0, led, position).verdict).toBeNull();
  });

  test('the offer may be repeated when the other one leads already', () => {
    for (const property of [legalHandover, handoverAtomic]) {
      const stage = claim(offer(ready(new Stage(property))))
        .copy(0, 1)
        .lead(0, T2, at(T1, 3));
      expect(offer(stage.confirm(0, 2)).verdict).toBeNull();
    }
  });

  test('it does not hand over what it has offered to nobody, or nobody has asked for', () => {
    expect(leave(ready(new Stage(legalHandover)), 'handed over')).not.toBeNull();
    expect(leave(offer(ready(new Stage(legalHandover))), 'handed over')).not.toBeNull();
  });

  test('a higher term is a reason once it was heard of', () => {
    expect(leave(hear(ready(new Stage(legalHandover)), T2), 'a higher promise')).toBeNull();
    expect(leave(hear(ready(new Stage(legalHandover)), T1), 'a higher promise')).toBe(
      'a leader steps down (a higher promise) without cause',
    );
  });

  test('a lost quorum is a reason once no round of the last quorumTimeout is confirmed', () => {
    const patient = ready(new Stage(legalHandover)).pass(2 * DEFAULT_SETTINGS.quorumTimeout);
    expect(leave(patient, 'no confirmed round')).toBeNull();
    const hasty = ready(new Stage(legalHandover))
      .pass(SECOND)
      .confirm(1, 2)
      .pass(SECOND / 2);
    expect(leave(hasty, 'no confirmed round')).toBe('a leader steps down (no confirmed round) without cause');
    const young = new Stage(legalHandover).pass(SECOND);
    young
      .note(1, { kind: 'elected', term: T1, adopted: FOUNDING })
      .lead(1, T1)
      .pass(SECOND / 2);
    expect(leave(young, 'no confirmed round')).not.toBeNull();
  });

  test('its own disk is a reason once it was done with no batch in the last electionTimeout', () => {
    const stuck = ready(new Stage(legalHandover)).pass(2 * DEFAULT_SETTINGS.electionTimeout);
    expect(leave(stuck, 'its own disk is too slow')).toBeNull();
    const hasty = ready(new Stage(legalHandover))
      .pass(2 * DEFAULT_SETTINGS.electionTimeout)
      .store(1)
      .pass(SECOND);
    expect(leave(hasty, 'its own disk is too slow')).toBe(
      'a leader steps down (its own disk is too slow) without cause',
    );
  });

  test('a round that was begun but not confirmed is none', () => {
    const stage = ready(new Stage(legalHandover))
      .pass(2 * SECOND)
      .round(1)
      .store(1)
      .pass(SECOND / 2);
    expect(leave(stage, 'no confirmed round')).toBeNull();
  });

  test('no leader is gone without a word, but a crash needs none', () => {
    expect(ready(new Stage(legalHandover)).follow(1).verdict).toBe('a leader is gone without a reason');
    expect(ready(new Stage(legalHandover)).reboot(1).follow(1).verdict).toBeNull();
  });
});

describe('S19', () => {
  function tookOver(stage: Stage, base = here(stage, 1)): Stage {
    return stage.lead(0, T2, base).confirm(0, 2).takeOver(0, {}, true);
  }

  test('a hand-over passes on just what the old leader had', () => {
    const stage = claim(offer(ready(new Stage(handoverAtomic)))).copy(0, 1);
    expect(tookOver(stage).verdict).toBeNull();
    expect(stage.checks).toBe(2);
  });

  test('the lead is not offered with a state that no quorum has', () => {
    const stage = ready(new Stage(handoverAtomic)).grant(1, 2).store(1);
    expect(offer(stage).verdict).toBe('the lead is offered with a state that is not committed');
  });

  test('nothing is granted after the lead was offered, until the hand-over is given up', () => {
    const stage = offer(ready(new Stage(handoverAtomic)));
    stage.note(1, { kind: 'hand-over aborted', to: 0 }).grant(1, 2);
    expect(stage.verdict).toBeNull();
    expect(offer(ready(new Stage(handoverAtomic))).make(1, [add(2)]).verdict).toBe(
      'a leader goes on making states after it has offered the lead',
    );
  });

  test('a call that arrived in the freeze is not answered, one from before it may be', () => {
    const early = ready(new Stage(handoverAtomic)).call(1, 0, 'update', 1);
    expect(offer(early).answer(1, 0, 'update', 1, LS_SUCCESS).verdict).toBeNull();
    const late = offer(ready(new Stage(handoverAtomic))).call(1, 0, 'update', 1);
    expect(late.answer(1, 0, 'update', 1, LS_SUCCESS).verdict).toBe(
      'a leader serves on after it has offered the lead',
    );
  });

  test('who takes over with an older state violates it', () => {
    const stage = claim(offer(ready(new Stage(handoverAtomic)))).copy(0, 1);
    expect(tookOver(stage, at(T1, 2)).verdict).toBe('the new leader has not what the old one handed over');
  });

  test('who takes over without a handle of the old leader violates it, and with one more', () => {
    const less = claim(offer(ready(new Stage(handoverAtomic)))).copy(0, 1);
    less.views[0]!.server.register.table.live.clear();
    expect(tookOver(less).verdict).toBe('the new leader has not what the old one handed over');
    const more = claim(offer(ready(new Stage(handoverAtomic)))).copy(0, 1);
    const { live } = more.views[0]!.server.register.table;
    live.set(handle(9), live.get(handle(1))!);
    expect(tookOver(more).verdict).toBe('the new leader has not what the old one handed over');
  });

  test('nobody takes over by a hand-over to which nobody consented', () => {
    const stage = ready(new Stage(handoverAtomic)).copy(0, 1);
    expect(tookOver(stage).verdict).not.toBeNull();
  });
});
