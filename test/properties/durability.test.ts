import { describe, expect, test } from 'vitest';
import { grantDurability, persistBeforeSend } from '../../properties/durability.ts';
import { LS_SUCCESS } from '../../src/core/codes.ts';
import type { ServerMessage } from '../../src/core/message.ts';
import type { CivilTime } from '../../src/core/time.ts';
import { at, FOUNDING, Stage, type StagePlan, term, voteOf } from './stage.ts';

const T1 = term(2, 0);
const T2 = term(3, 1);

describe('S6', () => {
  test('a new leader has what clients hold', () => {
    const stage = new Stage(grantDurability).lead(0, T1).grant(0, 1).confirm(0, 1).believe(0, 1, 1000);
    stage.copy(1, 0).lead(1, T2, at(T1, 3)).takeOver(1);
    expect(stage.verdict).toBeNull();
    expect(stage.checks).toBeGreaterThan(0);
  });

  test('a new leader with an empty table violates it', () => {
    const stage = new Stage(grantDurability).lead(0, T1).grant(0, 1).confirm(0, 1).believe(0, 1, 1000);
    expect(stage.lead(1, T2, at(T1, 3)).takeOver(1).verdict).toBe(
      'a leader takes over without an acknowledged grant',
    );
  });

  test('what was released, or is past its deadline, need not be there', () => {
    const stage = new Stage(grantDurability).lead(0, T1).grant(0, 1).grant(0, 2).confirm(0, 1);
    stage.believe(0, 1, 1000).believe(1, 2, 10).begin(0, 1, 'release', 1).pass(10);
    expect(stage.lead(1, T2, at(T1, 4)).takeOver(1).verdict).toBeNull();
  });

  test("a paused leader's late notice of its take-over is not judged", () => {
    const stage = new Stage(grantDurability).lead(0, T1).grant(0, 1).confirm(0, 1).believe(0, 1, 1000);
    stage.promise(0, term(4, 0)).promise(2, term(4, 0));
    expect(stage.lead(1, T2, at(T1, 3)).takeOver(1).verdict).toBeNull();
  });

  test('a grant is acknowledged only when a quorum has it on disk', () => {
    const good = new Stage(grantDurability).lead(0, T1).call(0, 0, 'request', 1).grant(0, 1).confirm(0, 1);
    expect(good.answer(0, 0, 'request', 1, LS_SUCCESS).verdict).toBeNull();
    const bad = new Stage(grantDurability).lead(0, T1).call(0, 0, 'request', 1).grant(0, 1).round(0).store(0);
    expect(bad.answer(0, 0, 'request', 1, LS_SUCCESS).verdict).toBe(
      'a grant is acknowledged before a quorum has it on disk',
    );
  });

  test('a leader that adopts less than was committed violates it, even before a client notices', () => {
    const stage = new Stage(grantDurability).lead(0, T1).confirm(0, 1).grant(0, 1).confirm(0, 1);
    stage.lead(2, T2, at(T1, 2)).confirm(2, 1);
    expect(stage.verdict).toBe('a leader adopts a state without what was committed');
  });

  test('a handle that is held is not ended by anything but a lapse or its release', () => {
    const stage = new Stage(grantDurability).lead(0, T1).grant(0, 1).confirm(0, 1).believe(0, 1, 1000);
    expect(stage.end(0, 1, 'released').confirm(0, 1).verdict).toBe('a handle that is held is ended');
  });
});

describe('S17', () => {
  test('a vote leaves once its promise is on disk', () => {
    const stage = new Stage(persistBeforeSend).promise(2, T2);
    // Each of the three has booted as it should, too.
    const boots = stage.checks;
    expect(boots).toBe(3);
    expect(stage.send(2, 1, voteOf(stage, 2, T2)).verdict).toBeNull();
    expect(stage.checks).toBe(boots + 1);
  });

  test('a boot that finds less of its store than was on its disk violates it, unless an image was put back', () => {
    const boots = (plan: StagePlan): string | null => {
      const stage = new Stage(persistBeforeSend, plan).promise(2, T2);
      stage.views[2]!.durable.promised = FOUNDING.term;
      stage.checker.serverBooted(stage.now, 2, stage.see(2));
      return stage.verdict;
    };
    expect(boots({})).toBe('its store has less than was on its disk');
    const image = { kind: 'restored-image', at: 1, until: 2, target: { server: 2 }, keptFor: 1 };
    expect(boots({ environment: 'E6', faults: [image] })).toBeNull();
  });

  test('a boot with a state of a term that it has not promised violates it', () => {
    const stage = new Stage(persistBeforeSend);
    const view = stage.views[2]!;
    view.server.register.position = at(T2, 3);
    Object.assign(view.server.meta, { promised: T1 });
    stage.checker.serverBooted(stage.now, 2, stage.see(2));
    expect(stage.verdict).toBe('its state is of a term that it has not promised');
  });

  test('a vote whose promise is not on disk violates it', () => {
    const stage = new Stage(persistBeforeSend);
    expect(stage.send(2, 1, voteOf(stage, 2, T2)).verdict).toContain('the promise that it is');
  });

  test('a vote whose term is promised to another boot violates it', () => {
    const stage = new Stage(persistBeforeSend).promise(2, T2);
    stage.views[2]!.durable.promisedTo = { store: 101, incarnation: 99 };
    expect(stage.send(2, 1, voteOf(stage, 2, T2)).verdict).toContain('to this candidate');
  });

  test('an acknowledgement leaves once its position is on disk', () => {
    const stage = new Stage(persistBeforeSend).lead(0, T1).promise(1, T1);
    const reply: ServerMessage = {
      kind: 'append-reply',
      header: stage.header(1),
      term: T1,
      round: 1,
      ok: true,
      position: at(T1, 2),
      promised: T1,
      isMember: true,
      wall: 0 as CivilTime,
      fileOffer: null,
      isUnfit: false,
    };
    expect(stage.send(1, 0, reply).verdict).toBe(
      'append-reply leaves, but the position that it acknowledges is not on disk',
    );
    const patient = new Stage(persistBeforeSend).lead(0, T1).promise(1, T1).store(1, at(T1, 2));
    expect(patient.send(1, 0, reply).verdict).toBeNull();
  });

  test("an Append may leave before the leader's own sync, but its header may not claim more than is on disk", () => {
    const stage = new Stage(persistBeforeSend).promise(0, T1).lead(0, T1).round(0);
    expect(stage.verdict).toBeNull();
    const header = { ...stage.header(0), durable: at(T1, 2) };
    stage.send(0, 1, {
      kind: 'append',
      header,
      term: T1,
      round: 9,
      position: at(T1, 2),
      chain: [],
      pull: false,
      viaHandOver: false,
      fileVersion: 1,
      isSettled: true,
      notice: null,
      witnessed: [],
    });
    expect(stage.verdict).toContain('the position in its header is not on disk');
  });

  test("a grant's answer leaves once the grant is on the leader's own disk", () => {
    const stage = new Stage(persistBeforeSend)
      .promise(0, T1)
      .lead(0, T1)
      .call(0, 0, 'request', 1)
      .grant(0, 1);
    expect(stage.answer(0, 0, 'request', 1, LS_SUCCESS).verdict).toContain("the leader's own disk");
    const patient = new Stage(persistBeforeSend)
      .promise(0, T1)
      .lead(0, T1)
      .call(0, 0, 'request', 1)
      .grant(0, 1);
    expect(patient.store(0).answer(0, 0, 'request', 1, LS_SUCCESS).verdict).toBeNull();
  });
});
