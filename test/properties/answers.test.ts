import { describe, expect, test } from 'vitest';
import { codes, majorityRule } from '../../properties/answers.ts';
import {
  LS_INSUFFICIENTUNITS,
  LS_NOLICENSESAVAILABLE,
  LS_SUCCESS,
  STALE,
  VLS_LEADER_NOT_PRESENT,
  VLS_MSG_TO_LEADER,
  VLS_NO_SERVER_RESPONSE,
  VLS_REMOTE_UPDATE,
  VLS_SERVER_SYNC_IN_PROGRESS,
} from '../../src/core/codes.ts';
import type { Duration } from '../../src/core/time.ts';
import { Stage, term } from './stage.ts';

const T1 = term(2, 0);

describe('S3', () => {
  test('an answer is right after a round begun since the call and acknowledged by a quorum', () => {
    const stage = new Stage(majorityRule).lead(0, T1).call(0, 0, 'update', 1).confirm(0, 1);
    expect(stage.answer(0, 0, 'update', 1, LS_SUCCESS).verdict).toBeNull();
    expect(stage.checks).toBe(1);
  });

  test('a round begun before the call does not count, however late it is acknowledged', () => {
    const stage = new Stage(majorityRule)
      .lead(0, T1)
      .round(0)
      .store(0)
      .call(0, 0, 'update', 1)
      .acknowledge(1, 0);
    expect(stage.answer(0, 0, 'update', 1, LS_SUCCESS).verdict).toBe(
      'LS_SUCCESS answers a update without a confirmed round',
    );
  });

  test('the leader counts for itself only once the state is on its own disk', () => {
    const stage = new Stage(majorityRule)
      .lead(0, T1)
      .call(0, 0, 'request', 1)
      .grant(0, 1)
      .round(0)
      .acknowledge(1, 0);
    expect(stage.answer(0, 0, 'request', 1, LS_SUCCESS).verdict).not.toBeNull();
  });

  test('the same server twice is not a quorum of five', () => {
    const stage = new Stage(majorityRule, { servers: 5 }).lead(0, T1).call(0, 0, 'update', 1);
    stage.confirm(0, 1).acknowledge(1, 0);
    expect(stage.answer(0, 0, 'update', 1, LS_SUCCESS).verdict).not.toBeNull();
  });

  test('of two copies of a call the later may be put off before the earlier is answered', () => {
    const stage = new Stage(majorityRule)
      .lead(0, T1)
      .call(0, 0, 'update', 1, { attempt: 7 })
      .round(0)
      .store(0);
    stage.pass(5).call(0, 0, 'update', 1, { attempt: 7 });
    stage.answer(0, 0, 'update', 1, VLS_SERVER_SYNC_IN_PROGRESS, { attempt: 7 }).acknowledge(1, 0);
    expect(stage.answer(0, 0, 'update', 1, LS_SUCCESS, { attempt: 7 }).verdict).toBeNull();
    expect(stage.checks).toBe(1);
  });

  test('two of four are no quorum', () => {
    const stage = new Stage(majorityRule, { servers: 4 }).lead(0, T1).call(0, 0, 'update', 1).confirm(0, 1);
    expect(stage.answer(0, 0, 'update', 1, LS_SUCCESS).verdict).not.toBeNull();
  });

  test('a refusal needs a round as well, "no leader" does not', () => {
    const stage = new Stage(majorityRule).lead(0, T1).call(0, 0, 'request', 1);
    stage.answer(0, 0, 'request', 1, VLS_LEADER_NOT_PRESENT);
    expect(stage.verdict).toBeNull();
    stage.call(0, 0, 'request', 1).answer(0, 0, 'request', 1, LS_NOLICENSESAVAILABLE);
    expect(stage.verdict).not.toBeNull();
  });

  test('in a pool of two the second server needs the first, the first needs nobody', () => {
    const first = new Stage(majorityRule, { servers: 2 }).lead(0, T1).call(0, 0, 'update', 1).store(0);
    expect(first.answer(0, 0, 'update', 1, LS_SUCCESS).verdict).toBeNull();
    const second = new Stage(majorityRule, { servers: 2 })
      .lead(1, term(2, 1))
      .call(1, 0, 'update', 1)
      .round(1)
      .store(1);
    expect(second.answer(1, 0, 'update', 1, LS_SUCCESS).verdict).not.toBeNull();
  });

  test('a pool of one answers when its disk has the state of the call', () => {
    const stage = new Stage(majorityRule, { servers: 1 })
      .lead(0, T1)
      .store(0)
      .grant(0, 1)
      .call(0, 0, 'update', 1);
    expect(stage.answer(0, 0, 'update', 1, LS_SUCCESS).verdict).not.toBeNull();
    const patient = new Stage(majorityRule, { servers: 1 })
      .lead(0, T1)
      .grant(0, 1)
      .call(0, 0, 'update', 1)
      .store(0);
    expect(patient.answer(0, 0, 'update', 1, LS_SUCCESS).verdict).toBeNull();
  });
});

describe('S16', () => {
  test('a follower may name the leader, and must name it', () => {
    const stage = new Stage(codes).call(1, 0, 'update', 1);
    stage.answer(1, 0, 'update', 1, VLS_MSG_TO_LEADER, { hint: 's1' });
    expect(stage.verdict).toBeNull();
    stage.call(1, 0, 'update', 1).answer(1, 0, 'update', 1, VLS_MSG_TO_LEADER);
    expect(stage.verdict).toBe('VLS_MSG_TO_LEADER to a update: it names no leader');
  });

  test('a moved update ends at a server that does not lead, whatever it knows of a leader', () => {
    const moved = () => new Stage(codes).call(1, 0, 'update', 1, { moved: true });
    expect(moved().answer(1, 0, 'update', 1, LS_INSUFFICIENTUNITS).verdict).toBeNull();
    expect(moved().answer(1, 0, 'update', 1, VLS_MSG_TO_LEADER, { hint: 's1' }).verdict).toBe(
      'VLS_MSG_TO_LEADER to a update: a moved update ends at a server without tokens',
    );
  });

  test('a follower never grants', () => {
    const stage = new Stage(codes).call(1, 0, 'request', 1).answer(1, 0, 'request', 1, LS_SUCCESS);
    expect(stage.verdict).toBe('LS_SUCCESS to a request: only an active leader says so');
  });

  test('nobody answers a call that was not made', () => {
    const stage = new Stage(codes)
      .call(1, 0, 'request', 1)
      .answer(1, 1, 'request', 1, VLS_LEADER_NOT_PRESENT);
    expect(stage.verdict).toContain('no such call was waiting there');
  });

  test('a release is never answered STALE', () => {
    const stage = new Stage(codes).lead(0, T1).call(0, 0, 'release', 1).answer(0, 0, 'release', 1, STALE);
    expect(stage.verdict).toContain('no call of that kind has this answer');
  });

  test('a refusal is right if no token was free at some instant of the call', () => {
    const stage = new Stage(codes).lead(0, T1).grant(0, 1).grant(0, 2);
    stage.pass(10).call(0, 0, 'request', 3).pass(10).end(0, 1, 'released');
    stage.pass(10).answer(0, 0, 'request', 3, LS_NOLICENSESAVAILABLE);
    expect(stage.verdict).toBeNull();
    stage.pass(10).call(0, 0, 'request', 4).answer(0, 0, 'request', 4, LS_NOLICENSESAVAILABLE);
    expect(stage.verdict).toContain('a token was free all the time');
  });

  test('a grant tells the lifetime that the table has', () => {
    const stage = new Stage(codes).lead(0, T1).call(0, 0, 'request', 1).grant(0, 1);
    stage.answer(0, 0, 'request', 1, LS_SUCCESS, { life: 61_000_000 as Duration });
    expect(stage.verdict).toContain('another key lifetime');
  });

  test('an application never sees a code of the wire', () => {
    const stage = new Stage(codes).begin(0, 1).finish(0, 1, STALE, 1);
    expect(stage.verdict).toContain('never shown');
  });

  test('a failure that is called definite was said by a server, "no reply" need not be', () => {
    const stage = new Stage(codes).begin(0, 1).finish(0, 1, VLS_NO_SERVER_RESPONSE, 1);
    stage.lead(0, T1).grant(0, 1).grant(0, 2).begin(0, 2).call(0, 0, 'request', 3);
    stage.answer(0, 0, 'request', 3, LS_NOLICENSESAVAILABLE).finish(0, 2, LS_NOLICENSESAVAILABLE, 3);
    expect(stage.verdict).toBeNull();
    stage.begin(0, 3).finish(0, 3, LS_NOLICENSESAVAILABLE, 4);
    expect(stage.verdict).toContain('no server said so during the call');
  });

  test('after a failure that is called definite its handle is not granted', () => {
    const stage = new Stage(codes).lead(0, T1).grant(0, 1).grant(0, 2).begin(0, 1).call(1, 0, 'request', 3);
    stage.call(0, 0, 'request', 3).answer(0, 0, 'request', 3, LS_NOLICENSESAVAILABLE);
    stage.finish(0, 1, LS_NOLICENSESAVAILABLE, 3).end(0, 1, 'lapsed').grant(0, 3).confirm(0, 1);
    expect(stage.verdict).toBe('a token is taken after a definite failure');
  });

  test('what never reached a server may fail definitely without a word from any, but must not come later', () => {
    const stage = new Stage(codes)
      .begin(0, 1)
      .finish(0, 1, VLS_NO_SERVER_RESPONSE, 3, 'request', VLS_REMOTE_UPDATE, true);
    expect(stage.verdict).toBeNull();
    stage.lead(0, T1).call(0, 0, 'request', 3).grant(0, 3).confirm(0, 1);
    expect(stage.verdict).toBe('a token is taken after a definite failure');
  });
});
