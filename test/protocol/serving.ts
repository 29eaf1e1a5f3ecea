// Sections 5 and 6 of PROTOCOL.md: timers and the age of a request; what calls are answered, rounds, ticks.

import { expect } from 'vitest';
import { tokensOf } from '../../src/core/server/licensing.ts';
import { stepOnHanded, stepOnMessage, stepOnWake } from '../../src/core/server/step.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import { type Duration, type Instant, later, milliseconds, type Stamp } from '../../src/core/time.ts';
import { Bench, CAD, handleOf, slotOf } from './bench.ts';
import { clause, shownBy } from './clause.ts';

clause('5.1 Timers that are wrong cost time, not safety', shownBy('wrong-timers.txt'));

clause('5.2 Time-outs are ordered by rank and not random', () => {
  const bench = new Bench(5);
  const due = bench.servers.map((server) => server.electionDueAt);
  const { electionTimeout, electionStagger } = DEFAULT_SETTINGS;
  expect(due).toEqual([0, 1, 2, 3, 4].map((rank) => bench.now + electionTimeout + rank * electionStagger));
});

clause('5.3 Tombstone retention does not depend on key lifetimes', shownBy('tombstone-purged.txt'));

clause('5.4 A request is taken only with the term of this reign and a stamp of at most strayAge', () => {
  const bench = new Bench(3);
  const leader = bench.elect(0);
  const stampedAt = (age: number): Stamp => (bench.now - age) as Stamp;
  const { strayAge } = bench.settings;
  bench.call(0, 'request', handleOf(1), { stamp: stampedAt(strayAge) });
  bench.call(0, 'request', handleOf(2), { stamp: stampedAt(strayAge + 1) });
  bench.call(0, 'request', handleOf(3), { stamp: stampedAt(-1) });
  bench.call(0, 'request', handleOf(4), { term: leader.term - 1 });
  bench.call(0, 'update', handleOf(5), { term: 0, stamp: 0 as Stamp });
  bench.call(0, 'release', handleOf(6), { term: 0, stamp: 0 as Stamp });
  bench.call(0, 'status', handleOf(7), { term: 0, stamp: 0 as Stamp });
  bench.settle();
  expect(bench.codes(0)).toEqual([
    'HELLO',
    'HELLO',
    'HELLO',
    'LS_SUCCESS',
    'LS_LICENSETERMINATED',
    'LS_SUCCESS',
    'LS_SUCCESS',
  ]);
});

clause('5.5 The client resets its connection before each retry', shownBy('retry-is-idempotent.txt'));
clause(
  '5.6 Inherited tombstones are kept for a whole retention from the activation',
  shownBy('inherited-tombstone.txt'),
);

clause('5.7 A tombstone outlives every stray request of its handle', (it) => {
  shownBy('stray-after-purge.txt')(it);
  const { strayAge, callTimeout, tombstoneRetention } = DEFAULT_SETTINGS;
  const drift = 0.01;
  expect(tombstoneRetention).toBeGreaterThan(strayAge);
  expect(tombstoneRetention).toBeGreaterThan(strayAge + (callTimeout * (1 + drift)) / (1 - drift));
});

clause(
  '5.8 What was sent on a closed connection may arrive later and is judged by its stamp',
  shownBy('old-stamp.txt'),
);

clause('6.1 Only an active Leader decides calls', () => {
  const bench = new Bench(3);
  bench.electWithoutRound(0);
  bench.call(0, 'request', handleOf(1));
  expect(bench.codes(0)).toEqual(['VLS_SERVER_SYNC_IN_PROGRESS']);
  expect(bench.hello(0).term).toBe(0);
  bench.call(1, 'request', handleOf(1));
  expect(bench.codes(1)).toEqual(['VLS_LEADER_NOT_PRESENT']);
  expect(bench.servers[0]!.register!.table.live.size).toBe(0);
});

clause('6.2 What claims nothing about the table is answered at once', () => {
  const bench = new Bench(3, { settings: { mostPending: 0 } });
  bench.elect(0);
  bench.call(0, 'status', handleOf(1));
  bench.call(1, 'status', handleOf(1));
  expect([...bench.codes(0), ...bench.codes(1)]).toEqual([
    'VLS_SERVER_SYNC_IN_PROGRESS',
    'VLS_MSG_TO_LEADER',
  ]);
  const roomy = new Bench(3);
  roomy.elect(0);
  roomy.call(0, 'request', handleOf(1), { units: 0 });
  roomy.call(0, 'request', handleOf(1), { term: 1 });
  expect(roomy.codes(0)).toEqual(['VLS_CALLING_ERROR', 'HELLO']);
  expect(roomy.tray).toEqual([]);
});

clause(
  '6.3 An answer that claims something about the table waits for a round begun after its call arrived',
  () => {
    const bench = new Bench(3);
    const leader = bench.elect(0);
    bench.now = later(bench.now, bench.settings.heartbeatInterval);
    bench.wake(0);
    const begunBefore = leader.round;
    bench.call(0, 'request', handleOf(1));
    const underWay = bench.take();
    expect(leader.round).toBe(begunBefore);
    for (const sent of underWay) bench.deliver(Number(sent.to.slice(1)) - 1, sent.message);
    // Replies to the round that was under way.
    for (const sent of bench.take('append-reply')) bench.deliver(0, sent.message);
    expect(leader.confirmedRound).toBe(begunBefore);
    expect(bench.codes(0)).toEqual([]);
    expect(leader.round).toBe(begunBefore + 1);
    bench.settle();
    expect(bench.codes(0)).toEqual(['LS_SUCCESS']);
  },
);

clause('6.4 Refusals and status answers wait for their round too', () => {
  const bench = new Bench(3, { limit: 1 });
  bench.elect(0);
  bench.grant(0, 1);
  bench.call(0, 'request', handleOf(2));
  bench.call(0, 'status', handleOf(3));
  bench.call(0, 'update', handleOf(4));
  bench.settleLoopBack();
  expect(bench.codes(0)).toEqual([]);
  bench.settle();
  expect(bench.codes(0)).toEqual(['LS_NOLICENSESAVAILABLE', 'LS_SUCCESS', 'LS_LICENSETERMINATED']);
});

clause('6.5 When too many calls wait, the next one is refused before anything is changed', () => {
  const bench = new Bench(3, { settings: { mostPending: 2 } });
  bench.elect(0);
  for (const number of [1, 2, 3]) bench.call(0, 'request', handleOf(number));
  expect(bench.codes(0)).toEqual(['VLS_SERVER_SYNC_IN_PROGRESS']);
  expect(bench.servers[0]!.register!.table.live.size).toBe(2);
});

clause('6.6 When the tombstones are full nothing new is granted or blocked, and holders go on', () => {
  const bench = new Bench(3, { settings: { mostTombstones: 1 } });
  bench.elect(0);
  const a = bench.grant(0, 1);
  const b = bench.grant(0, 2);
  bench.call(0, 'release', handleOf(9));
  bench.settle();
  bench.answers(0);
  bench.call(0, 'request', handleOf(3));
  bench.call(0, 'release', handleOf(4));
  expect(bench.codes(0)).toEqual(['VLS_SERVER_SYNC_IN_PROGRESS', 'VLS_SERVER_SYNC_IN_PROGRESS']);
  bench.call(0, 'request', a);
  bench.call(0, 'update', a);
  bench.call(0, 'release', b);
  bench.settle();
  expect(bench.codes(0)).toEqual(['LS_SUCCESS', 'LS_SUCCESS', 'LS_SUCCESS']);
});

clause('6.7 Arguments, then the stamp are checked, then a freeze holds the call', () => {
  const bench = new Bench(3);
  const leader = bench.elect(0);
  leader.handOver = { to: 1, phase: 'freeze', phaseBegan: bench.now, takeOverSentAt: 0 as Instant };
  bench.call(0, 'request', handleOf(1), { units: 0, term: 1 });
  bench.call(0, 'request', handleOf(1), { term: 1 });
  bench.call(0, 'request', handleOf(1));
  bench.call(0, 'update', handleOf(2));
  expect(bench.codes(0)).toEqual(['VLS_CALLING_ERROR', 'HELLO']);
  expect(leader.held.map(({ call }) => call.call)).toEqual(['request', 'update']);
});

clause('6.8 The answer is chosen by what the table says of the handle', () => {
  const bench = new Bench(3, { limit: 9 });
  bench.elect(0);
  const live = bench.grant(0, 1, { units: 2 });
  const ended = bench.grant(0, 2);
  bench.call(0, 'release', ended);
  bench.settle();
  bench.answers(0);
  const asked = (...calls: Parameters<Bench['call']>[]): string[] => {
    for (const call of calls) bench.call(...call);
    bench.settle();
    return bench.codes(0);
  };
  expect(
    asked(
      [0, 'request', live, { units: 2 }],
      [0, 'request', live, { units: 1 }],
      [0, 'request', live, { units: 2, key: 'cfd|1' }],
    ),
  ).toEqual(['LS_SUCCESS', 'VLS_CALLING_ERROR', 'VLS_CALLING_ERROR']);
  expect(asked([0, 'request', ended])).toEqual(['STALE']);
  expect(asked([0, 'update', live, { units: 2 }], [0, 'update', live, { units: 1 }])).toEqual([
    'LS_SUCCESS',
    'VLS_CALLING_ERROR',
  ]);
  expect(asked([0, 'update', ended], [0, 'update', handleOf(8)])).toEqual([
    'LS_LICENSETERMINATED',
    'LS_LICENSETERMINATED',
  ]);
  expect(asked([0, 'release', ended], [0, 'release', handleOf(8)], [0, 'release', live])).toEqual([
    'LS_SUCCESS',
    'LS_SUCCESS',
    'LS_SUCCESS',
  ]);
  expect(asked([0, 'request', handleOf(8)])).toEqual(['STALE']);
  bench.call(0, 'status', handleOf(7));
  bench.settle();
  expect(bench.answers(0)[0]!.tokens).toEqual({ total: 9, mine: 0, previous: 0, free: 9 });
});

clause('6.9 A request that cannot be granted is refused with the reason', shownBy('refusals.txt'));
clause(
  '6.10 A handle is granted at most once, and a retry renews it',
  shownBy('retry-is-idempotent.txt', 'duplicated-request.txt'),
);
clause('6.11 A release of an unknown handle writes a tombstone', shownBy('release-blocks-late-request.txt'));
clause('6.12 A release ends a handle once and frees exactly its units', shownBy('duplicated-release.txt'));

clause(
  '6.13 Renewing writes nothing, makes the handle mine and puts it at the end of its lapse queue',
  () => {
    const bench = new Bench(3);
    bench.elect(0);
    const handle = bench.grant(0, 1);
    bench.grant(0, 2);
    bench.elect(1, [1, 2]);
    const { register } = bench.servers[1]!;
    const { position, table } = register!;
    const holding = table.live.get(handle)!;
    bench.call(1, 'update', handle);
    expect(register!.position).toEqual(position);
    expect(holding.heardAt).toBe(bench.now);
    expect([...table.lapseQueues.get(holding.token.life)!.keys()].at(-1)).toBe(handle);
    expect(tokensOf(register!, CAD, register!.charter.highWater)).toEqual({
      total: 3,
      mine: 1,
      previous: 1,
      free: 1,
    });
  },
);

clause(
  '6.14 Free tokens are counted over the whole table, deltas that are not committed included',
  shownBy('last-token-of-a-batch.txt'),
);

clause("6.15 A key's limit is the sum of its strings, and a new handle is told the shortest lifetime", () => {
  const bench = new Bench(3, { limit: 3, second: { limit: 4, life: milliseconds(45_000) } });
  bench.elect(0);
  bench.call(0, 'request', handleOf(1), { units: 7 });
  bench.settle();
  expect(bench.answers(0)).toMatchObject([{ code: { name: 'LS_SUCCESS' }, life: milliseconds(45_000) }]);
});

clause('6.16 Total, mine, previous and free of the worked example', shownBy('worked-token-table.txt'));

clause('6.17 Proposing applies a delta at once, at the next index, and keeps it in the buffer', () => {
  const bench = new Bench(3);
  const leader = bench.elect(0);
  const { register } = bench.servers[0]!;
  const base = register!.position;
  bench.call(0, 'request', handleOf(1));
  const position = { term: leader.term, index: base.index + 1 };
  expect(register!.position).toEqual(position);
  expect(leader.buffer.at(-1)).toMatchObject({ base, position });
  expect(register!.table.live.has(handleOf(1))).toBe(true);
});

clause(
  '6.18 A call begins a round at once, or one that all share who arrive while one is under way',
  (it) => {
    shownBy('one-batch-one-round.txt')(it);
    const bench = new Bench(3);
    const leader = bench.elect(0);
    const before = leader.round;
    bench.call(0, 'request', handleOf(1));
    expect(leader.round).toBe(before + 1);
    for (const number of [2, 3]) bench.call(0, 'request', handleOf(number));
    expect(leader.round).toBe(before + 1);
    bench.settle();
    expect(leader.round).toBe(before + 2);
  },
);

clause('6.19 A round is judged by the membership of its beginning', () => {
  const bench = new Bench(3);
  const leader = bench.elect(0);
  const register = bench.servers[0]!.register!;
  bench.call(0, 'status', handleOf(1));
  register.membership = { ...register.membership, members: [0] };
  bench.settleLoopBack();
  expect(leader.confirmedRound).toBe(leader.round - 1);
  bench.settle();
  expect(leader.confirmedRound).toBe(leader.round);
});

clause("6.20 The Leader's own acknowledgement is a message to itself that waits for its disk", () => {
  const bench = new Bench(1);
  bench.elect(0);
  bench.call(0, 'request', handleOf(1));
  expect(bench.tray).toMatchObject([{ to: 's1', message: { kind: 'append-reply', ok: true }, early: false }]);
  expect(bench.codes(0)).toEqual([]);
  bench.settle();
  expect(bench.codes(0)).toEqual(['LS_SUCCESS']);
});

clause(
  '6.21 The highest round that a quorum of members has acknowledged is confirmed, and all below it',
  () => {
    const bench = new Bench(5);
    const leader = bench.elect(0);
    for (const number of [1, 2]) bench.call(0, 'status', handleOf(number));
    bench.now = later(bench.now, bench.settings.heartbeatInterval);
    bench.wake(0);
    bench.now = later(bench.now, bench.settings.heartbeatInterval);
    bench.wake(0);
    bench.settleLoopBack();
    for (const { to, message } of bench.take('append')) bench.deliver(Number(to.slice(1)) - 1, message);
    const newest = bench.take('append-reply').filter(({ message }) => message.round === leader.round);
    const [first, second, third] = newest.map(({ message }) => message);
    bench.deliver(0, { ...first!, isMember: false });
    bench.deliver(0, second!);
    expect(leader.confirmedRound).toBeLessThan(leader.round - 1);
    bench.deliver(0, third!);
    expect(leader.confirmedRound).toBe(leader.round);
    expect(bench.codes(0)).toEqual(['LS_SUCCESS', 'LS_SUCCESS']);
  },
);

clause(
  '6.22 A peer is sent each delta once, and again from where a reply says that it stands',
  shownBy('lagging-follower.txt'),
);
clause(
  '6.23 A peer that was not heard for three heartbeats gets empty appends',
  shownBy('lagging-follower.txt'),
);

clause('6.24 The buffer is bounded, and longer while a state is lent', () => {
  const bench = new Bench(3, { limit: 10_000, settings: { mostDeltas: 64 } });
  const leader = bench.elect(0);
  for (let number = 1; number <= 300; number++) bench.grant(0, number);
  expect(leader.buffer.length).toBeLessThan(2 * 64 + 1);
  const header = bench.header(1);
  bench.deliver(0, { kind: 'state-request', header, term: leader.term, position: null, part: 0 });
  bench.take();
  for (let number = 301; number <= 700; number++) bench.call(0, 'request', handleOf(number));
  expect(leader.buffer.length).toBeGreaterThan(400);
});

clause('6.25 A round never waits for company', () => {
  const bench = new Bench(3);
  const leader = bench.elect(0);
  const handle = bench.grant(0, 1);
  for (let i = 0; i < 300; i++) {
    const { round } = leader;
    bench.call(0, i % 2 === 0 ? 'update' : 'status', handle);
    expect(leader.round).toBe(round + 1);
    bench.call(0, 'update', handle);
    expect(leader.round).toBe(round + 1);
    bench.settle();
    // The second one had come while that round was under way.
    expect(leader.round).toBe(round + 2);
    expect(bench.codes(0)).toEqual(['LS_SUCCESS', 'LS_SUCCESS']);
  }
});

clause(
  '6.26 A handle is ended as lapsed after its hold, counted from the last hearing or the activation',
  shownBy('lapse.txt'),
);
clause('6.27 Tombstones are purged when they are older than the retention', shownBy('tombstone-purged.txt'));
clause('6.28 The work of a tick is done whether calls begin rounds or not', shownBy('busy-leader-ticks.txt'));
clause(
  '6.29 A Leader without a confirmed round steps down',
  shownBy('leader-cut-off.txt', 'leader-not-hearing.txt'),
);

clause('6.32 A Leader whose own disk is stuck with a batch steps down', (it) => {
  shownBy('slow-disk-leader.txt', 'full-disk-leader.txt')(it);
  const bench = new Bench(3);
  const leader = bench.elect(0);
  const { electionTimeout, heartbeatInterval } = bench.settings;
  const handed = bench.now;
  stepOnHanded(bench.servers[0]!, bench.turns[0]!);
  // The others confirm every round.
  while (bench.servers[0]!.role.kind === 'leader') {
    expect(leader.confirmedRound).toBe(leader.round);
    bench.now = later(bench.now, heartbeatInterval);
    stepOnWake(bench.servers[0]!, bench.turns[0]!);
    for (let sent = bench.tray.shift(); sent !== undefined; sent = bench.tray.shift()) {
      if (sent.to === 's1') stepOnMessage(bench.servers[0]!, sent.message, bench.turns[0]!);
      else bench.deliver(slotOf(sent.to), sent.message);
    }
  }
  expect(bench.turns[0]!.notes.at(-1)).toMatchObject({ reason: 'its own disk is too slow' });
  expect(bench.now - handed).toBeGreaterThan(electionTimeout);
  expect(bench.now - handed).toBeLessThanOrEqual(electionTimeout + heartbeatInterval);
});

clause('6.30 Who leaves office answers all that waits and all that is held: not the Leader', () => {
  const bench = new Bench(3);
  const leader = bench.elect(0);
  bench.call(0, 'request', handleOf(1));
  leader.held.push({ connection: 9, call: { ...leader.pending[0]!.call, handle: handleOf(2) } });
  bench.take();
  bench.now = later(bench.now, (bench.settings.quorumTimeout + 1) as Duration);
  bench.wake(0);
  expect(bench.answers(0).map(({ handle, code, term }) => [handle, code.name, term])).toEqual([
    [handleOf(1), 'VLS_LEADER_NOT_PRESENT', 0],
    [handleOf(2), 'VLS_LEADER_NOT_PRESENT', 0],
  ]);
  // Its delta is still there, and may be adopted.
  expect(bench.servers[0]!.register!.table.live.has(handleOf(1))).toBe(true);
  // A moved update ends at a server without tokens, also at one that hands over.
  const second = bench.elect(1, [1, 2]);
  bench.call(1, 'update', handleOf(1), { moved: true });
  bench.call(1, 'update', handleOf(1));
  second.handOver = { to: 0, phase: 'sent', phaseBegan: bench.now, takeOverSentAt: bench.now };
  bench.take();
  bench.now = later(bench.now, (bench.settings.quorumTimeout + 1) as Duration);
  bench.wake(1);
  expect(bench.answers(1).map(({ code }) => code.name)).toEqual([
    'LS_INSUFFICIENTUNITS',
    'VLS_MSG_TO_LEADER',
  ]);
});

clause('6.33 Crossing a soft limit is told once, by the Leader', shownBy('soft-limit.txt'));

clause('6.31 A refusal is remembered while a sending of it may still arrive', (it) => {
  shownBy('refused-after-retry.txt')(it);
  const bench = new Bench(3, { limit: 1 });
  bench.elect(0);
  const { strayAge } = bench.settings;
  bench.call(0, 'request', handleOf(1));
  bench.call(0, 'request', handleOf(2));
  // Nobody heard that: it is asked again, and the copies of that sending are as young as it is.
  bench.pass((strayAge / 2) as Duration);
  const stamp = bench.now as number as Stamp;
  bench.call(0, 'request', handleOf(2), { stamp });
  bench.pass(strayAge);
  bench.call(0, 'request', handleOf(3));
  bench.call(0, 'release', handleOf(1));
  bench.call(0, 'request', handleOf(2), { stamp });
  bench.settle();
  const refused = 'LS_NOLICENSESAVAILABLE';
  expect(bench.codes(0)).toEqual(['LS_SUCCESS', refused, refused, refused, 'LS_SUCCESS', refused]);
});
