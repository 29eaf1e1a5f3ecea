// Sections 3 and 4 of PROTOCOL.md: the register, its names, when effects leave; what messages carry.

import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect } from 'vitest';
import { HELLO, LS_SUCCESS, MOVED, STALE } from '../../src/core/codes.ts';
import { countOf, NONE_ENDED } from '../../src/core/ended.ts';
import {
  comparePositions,
  electionRoundOf,
  incarnationOf,
  isAtOrAfter,
  nextTerm,
  ownerOf,
  type Position,
} from '../../src/core/ids.ts';
import type { AppendReply, Order, Report } from '../../src/core/message.ts';
import { reportOf } from '../../src/core/server/report.ts';
import { imageOf, registerFrom } from '../../src/core/server/state.ts';
import { Tombstones } from '../../src/core/server/tombstones.ts';
import type { CivilTime, Stamp } from '../../src/core/time.ts';
import { listed } from '../ended.ts';
import { Bench, CAD, handleOf, hostOf, LIFE } from './bench.ts';
import { clause, shownBy } from './clause.ts';
import { Desk } from './desk.ts';

clause('3.1 A membership is replaced, never changed, and a round keeps the one it carried', () => {
  const bench = new Bench(3);
  const leader = bench.elect(0);
  const register = bench.servers[0]!.register!;
  const { membership } = register;
  bench.grant(0, 1);
  expect(register.membership).toBe(membership);
  expect(leader.rounds.every((round) => round.membership === membership)).toBe(true);
  expect(registerFrom(imageOf(register), null)!.membership).toEqual(membership);
});

clause('3.2 A delta changes the register in place', () => {
  const bench = new Bench(3);
  bench.elect(0);
  const register = bench.servers[1]!.register!;
  const { table } = register;
  bench.grant(0, 1);
  expect(bench.servers[1]!.register).toBe(register);
  expect(register.table).toBe(table);
  expect(table.live.size).toBe(1);
});

clause('3.3 An image shows exactly its own position however the table goes on', () => {
  const bench = new Bench(3);
  bench.elect(0);
  const handle = bench.grant(0, 1);
  const register = bench.servers[0]!.register!;
  const image = imageOf(register);
  expect(image.live[0]).toBe(register.table.live.get(handle)!.token);
  bench.call(0, 'update', handle);
  bench.call(0, 'release', handle);
  bench.grant(0, 2);
  expect(image.live.map((token) => token.handle)).toEqual([handle]);
  expect(countOf(image.ended)).toBe(0);
});

clause(
  '3.4 An image lists handles in the order of adding and of ending, which renewals do not change',
  () => {
    const bench = new Bench(3, { limit: 9 });
    bench.elect(0);
    const [a, b, c, d] = [1, 2, 3, 4].map((number) => bench.grant(0, number));
    bench.call(0, 'update', a!);
    bench.call(0, 'release', d!);
    bench.settle();
    bench.call(0, 'release', c!);
    bench.settle();
    for (const { register } of bench.servers) {
      const image = imageOf(register!);
      expect(image.live.map((token) => token.handle)).toEqual([a, b]);
      expect(listed(image.ended).map((ended) => ended.handle)).toEqual([d, c]);
    }
  },
);

clause('3.5 Tombstones are kept in the order of their ends, with an index', () => {
  const tombstones = new Tombstones();
  tombstones.add(handleOf(2), 'lapsed', { term: 5, index: 1 });
  tombstones.add(handleOf(1), 'released', { term: 5, index: 2 });
  expect(listed(tombstones.cut()).map(({ handle }) => handle)).toEqual([handleOf(2), handleOf(1)]);
  expect(tombstones.reasonOf(handleOf(2))).toBe('lapsed');
  expect(tombstones.has(handleOf(3))).toBe(false);
});

clause('3.6 Units in use and lapse queues are kept by applying deltas, on every server', () => {
  const bench = new Bench(3, { limit: 9 });
  bench.elect(0);
  const a = bench.grant(0, 1, { units: 4 });
  const b = bench.grant(0, 2);
  for (const { register } of bench.servers) {
    expect(register!.table.unitsInUse(CAD)).toBe(5);
    expect([...register!.table.lapseQueues.get(LIFE)!.keys()]).toEqual([a, b]);
  }
  bench.call(0, 'update', a, { units: 4 });
  bench.settle();
  expect([...bench.servers[0]!.register!.table.lapseQueues.get(LIFE)!.keys()]).toEqual([b, a]);
  bench.call(0, 'release', b);
  bench.settle();
  expect(bench.servers[2]!.register!.table.unitsInUse(CAD)).toBe(4);
});

clause(
  '3.7 A handle is mine exactly when it was heard of in this reign, and a reign begins with none',
  () => {
    const bench = new Bench(3);
    bench.elect(0);
    const handle = bench.grant(0, 1);
    const untouched = bench.servers[1]!.register!.table.live.get(handle)!;
    const before = { ...untouched };
    bench.elect(1, [1, 2]);
    const { table } = bench.servers[1]!.register!;
    // The take-over has touched no handle.
    expect(untouched).toEqual(before);
    expect(table.isMine(untouched)).toBe(false);
    expect(table.unitsOfMine(CAD)).toBe(0);
    bench.call(1, 'update', handle);
    expect(table.isMine(untouched)).toBe(true);
    expect(table.unitsOfMine(CAD)).toBe(1);
  },
);

clause('3.8 A term names its election round, its owner and the boot, and is compared as a number', () => {
  const parts = { round: fc.nat(2 ** 29 - 2), slot: fc.nat(254), nonce: fc.nat(0xffff) };
  fc.assert(
    fc.property(fc.record(parts), fc.record(parts), (a, b) => {
      const term = nextTerm(a.round * 2 ** 24, a.slot, a.nonce);
      expect(Number.isSafeInteger(term)).toBe(true);
      expect([electionRoundOf(term), ownerOf(term), term % 2 ** 16]).toEqual([a.round + 1, a.slot, a.nonce]);
      const other = nextTerm(b.round * 2 ** 24, b.slot, b.nonce);
      if (a.round < b.round) expect(term).toBeLessThan(other);
    }),
  );
});

clause('3.9 The boot sequence is raised, and synced before the first message of a boot', () => {
  const desk = new Desk(3, 1);
  desk.boot();
  expect(desk.process.server.meta.bootSequence).toBe(1);
  expect(desk.process.server.incarnation).toBe(incarnationOf(1, 17));
  desk.pass(3000);
  desk.wake();
  expect(desk.kindsSent()).toEqual([]);
  desk.finishSync();
  expect(desk.kindsSent()).toEqual(['pre-vote', 'pre-vote']);
  desk.crash();
  desk.boot();
  expect(desk.process.server.incarnation).toBe(incarnationOf(2, 17));
});

clause(
  '3.10 Positions are compared by term, then index; a blank store is before everything; none goes back',
  () => {
    const position = fc.record({ term: fc.nat(), index: fc.nat() });
    fc.assert(
      fc.property(position, position, (a: Position, b: Position) => {
        const order = a.term !== b.term ? a.term - b.term : a.index - b.index;
        expect(Math.sign(comparePositions(a, b))).toBe(Math.sign(order));
        expect(isAtOrAfter(null, a)).toBe(false);
        expect(isAtOrAfter(a, null)).toBe(true);
      }),
    );
    const bench = new Bench(3);
    bench.elect(0);
    bench.call(0, 'request', handleOf(1));
    const late = bench.tray.find(({ to, message }) => to === 's2' && message.kind === 'append')!;
    bench.settle();
    bench.grant(0, 2);
    const { position: before } = bench.servers[1]!.register!;
    bench.deliver(1, late.message);
    expect(bench.servers[1]!.register!.position).toEqual(before);
  },
);

clause('3.11 All but the durable fields is volatile', () => {
  const bench = new Bench(3);
  bench.elect(0);
  bench.grant(0, 1);
  const { meta, register } = bench.servers[0]!;
  const rebooted = bench.boot(0, meta, imageOf(register!));
  expect(rebooted.register!.position).toEqual(register!.position);
  expect(rebooted.meta.promised).toBe(meta.promised);
  expect(rebooted).toMatchObject({
    role: { kind: 'follower' },
    reign: null,
    isLed: false,
    canvass: null,
    fetch: null,
  });
  expect(rebooted.records.size).toBe(0);
});

/** A reply to the present round as that server would give it, apart from what `changes` say. */
function replyOf(bench: Bench, slot: number, changes: Partial<AppendReply> = {}): AppendReply {
  const leader = bench.leader(0);
  return {
    kind: 'append-reply',
    header: bench.header(slot),
    term: leader.term,
    round: leader.round,
    ok: true,
    position: bench.servers[0]!.register!.position,
    promised: leader.term,
    isMember: true,
    wall: 0 as CivilTime,
    fileOffer: null,
    isUnfit: false,
    ...changes,
  };
}

clause("3.12 What a Leader keeps of a peer is emptied when the peer's store changes", () => {
  const bench = new Bench(3);
  const leader = bench.elect(0);
  expect(leader.peers.get(1)).toMatchObject({ acknowledged: leader.round, isMember: true });
  const header = { ...bench.header(1), store: 9999 };
  bench.deliver(0, replyOf(bench, 1, { header, ok: false, position: null, isMember: false }));
  expect(leader.peers.get(1)).toMatchObject({ store: 9999, acknowledged: 0, position: null, sentUpTo: null });
});

clause("3.13 Within one store a peer's position and acknowledged round only grow", () => {
  const bench = new Bench(3);
  const leader = bench.elect(0);
  const early = replyOf(bench, 1);
  bench.grant(0, 1);
  const { acknowledged, position } = leader.peers.get(1)!;
  expect(acknowledged).toBeGreaterThan(early.round);
  bench.deliver(0, early);
  expect(leader.peers.get(1)).toMatchObject({ acknowledged, position });
});

clause(
  '3.14 An effect leaves only when everything that was changed up to it is on disk',
  shownBy('vote-survives-crash.txt'),
);

clause("3.15 An append may leave before the Leader's own sync, its own acknowledgement may not", () => {
  const bench = new Bench(3);
  bench.elect(0);
  bench.call(0, 'request', handleOf(1));
  const sent = bench.tray.map(({ to, message, early }) => ({ to, kind: message.kind, early }));
  expect(sent).toEqual([
    { to: 's2', kind: 'append', early: true },
    { to: 's3', kind: 'append', early: true },
    { to: 's1', kind: 'append-reply', early: false },
  ]);
});

clause('3.16 The header of an append names the last position known to be synced, not the newest', () => {
  const bench = new Bench(3);
  bench.elect(0);
  const synced = bench.servers[0]!.register!.position;
  bench.call(0, 'request', handleOf(1));
  const [append] = bench.take('append');
  expect(append!.message.header.durable).toEqual(synced);
  expect(append!.message.position).toEqual({ ...synced, index: synced.index + 1 });
});

clause('3.17 Clocks, chance, disks and sockets are reached only through the turn', () => {
  const core = new URL('../../src/core/', import.meta.url);
  for (const name of readdirSync(core, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  )) {
    const source = readFileSync(new URL(name, core), 'utf8').replaceAll(/\/\/.*$|\/\*[\s\S]*?\*\//gm, '');
    expect(source, name).not.toMatch(
      /\bDate\b|Math\.random|\bperformance\b|\bset(Timeout|Interval)\b|from 'node:/,
    );
  }
});

clause('4.1 A message with another pool id is dropped', () => {
  const bench = new Bench(3);
  const header = bench.header(1);
  const preVote = {
    kind: 'pre-vote',
    header,
    canvass: 'timeout',
    forTerm: 0,
    host: hostOf(1),
    seesMajority: false,
  } as const;
  bench.deliver(0, { ...preVote, header: { ...header, poolId: 1 } });
  expect(bench.tray).toEqual([]);
  bench.deliver(0, preVote);
  expect(bench.tray.length).toBeGreaterThan(0);
});

clause('4.2 A message for which the role has no use is ignored', () => {
  const bench = new Bench(3);
  const leader = bench.elect(0);
  const header = bench.header(1);
  const { position, membership } = bench.servers[1]!.register!;
  const before = structuredClone(bench.servers[2]!.meta);
  bench.deliver(2, { kind: 'vote', header, term: leader.term, position, membership, witnessed: [] });
  bench.deliver(2, { kind: 'ready', header, term: leader.term });
  bench.deliver(2, { kind: 'reject', header, promised: 0, formed: false });
  bench.deliver(2, replyOf(bench, 1));
  bench.deliver(2, {
    kind: 'state-part',
    header,
    term: leader.term,
    position,
    part: 0,
    parts: 1,
    charter: null,
    live: [],
    ended: NONE_ENDED,
  });
  bench.deliver(0, { kind: 'take-over', header, term: leader.term, position });
  bench.deliver(0, { kind: 'trial', header, term: leader.term });
  expect(bench.tray).toEqual([]);
  expect(bench.servers[2]!.meta).toEqual(before);
  expect(bench.leader(0)).toBe(leader);
});

clause('4.3 An answer carries the servers only to a client whose list is of an older file', () => {
  const bench = new Bench(3);
  bench.elect(0);
  bench.call(0, 'status', handleOf(1), { fileVersion: 0 });
  bench.call(0, 'status', handleOf(2), { fileVersion: 1 });
  bench.settle();
  expect(bench.answers(0).map(({ servers }) => servers)).toEqual([['s1', 's2', 's3'], []]);
});

clause('4.4 Three codes exist on the wire only', () => {
  expect([STALE, HELLO, MOVED].map(({ name, meaning }) => [name, meaning.startsWith('wire only')])).toEqual([
    ['STALE', true],
    ['HELLO', true],
    ['MOVED', true],
  ]);
  expect(LS_SUCCESS.meaning).not.toMatch(/wire/);
});

clause('4.5 At most one part of a state per peer is under way', shownBy('state-in-parts.txt'));

/** A server that is up, and what it tells an operator of itself. */
function inspected(): { readonly desk: Desk; readonly report: Report } {
  const desk = new Desk(3, 0);
  desk.boot();
  desk.finishSyncs();
  desk.feedOperator({ kind: 'inspect' });
  return { desk, report: desk.told.pop() as Report };
}

clause("4.6 An operator's messages are read from an operator's connection only", () => {
  const { desk, report } = inspected();
  const { incarnation, stamp } = report;
  const store = desk.process.server.meta.store;
  desk.smuggle({ kind: 'inspect' });
  desk.smuggle({ kind: 'order', incarnation, stamp, order: { kind: 'restored' } });
  expect(desk.process.refusedFrames).toBe(2);
  expect(desk.process.lastRefusal).toBe('no message of a client has that tag');
  expect([desk.told, desk.replies, desk.process.server.meta.store]).toEqual([[], [], store]);
});

clause('4.7 A report is what the server holds to be true, and waits for no round and no disk', () => {
  const { desk, report } = inspected();
  expect(report).toMatchObject({
    host: 's1',
    role: 'follower',
    isActive: false,
    leader: null,
    isMember: true,
  });
  expect([report.quorumAge, report.poolTime, report.members, report.keys]).toEqual([null, null, [], []]);
  desk.wake();
  desk.process.metaChanged();
  desk.feedOperator({ kind: 'inspect' });
  expect(desk.told).toHaveLength(1);

  const young = new Bench(3);
  young.electWithoutRound(0);
  expect(reportOf(young.servers[0]!, young.now)).toMatchObject({ role: 'leader', isActive: false, keys: [] });

  const bench = new Bench(3);
  bench.elect(0);
  bench.grant(0, 1);
  bench.pass(bench.settings.electionTimeout, [0, 1]);
  const leading = reportOf(bench.servers[0]!, bench.now);
  const { position } = bench.servers[0]!.register!;
  const present = { isMember: true, isUnfit: false, position };
  expect(leading).toMatchObject({ role: 'leader', isActive: true, leader: 's1', position });
  expect(leading.quorumAge).toBeLessThanOrEqual(bench.settings.heartbeatInterval);
  expect(leading.keys).toEqual([{ key: CAD, tokens: { total: 3, mine: 1, previous: 0, free: 2 } }]);
  expect(leading.members).toEqual([
    { slot: 0, host: 's1', isPresent: true, ...present },
    { slot: 1, host: 's2', isPresent: true, ...present },
    { slot: 2, host: 's3', isPresent: false, ...present },
  ]);
});

clause('4.8 An order is taken while it is fresh, and obeyed when it is on the disk', () => {
  const { desk, report } = inspected();
  const give = (order: Order, incarnation: number, stamp: number): unknown[] => {
    desk.feedOperator({ kind: 'order', incarnation, stamp: stamp as Stamp, order });
    return desk.told.splice(0).map((told) => told.kind === 'order-reply' && told.outcome);
  };
  const { incarnation, stamp } = report;
  const { strayAge } = desk.process.server.settings;
  const { store } = desk.process.server.meta;
  const restored = { kind: 'restored' } as const;
  desk.pass(strayAge / 1000);
  expect(give(restored, incarnation - 1, stamp)).toEqual(['not fresh']);
  expect(give(restored, incarnation, stamp - 1)).toEqual(['not fresh']);
  expect(give(restored, incarnation, desk.clock + 1)).toEqual(['not fresh']);
  expect(give({ kind: 'promote' }, incarnation, stamp)).toEqual(['not the second of two']);
  expect(give({ kind: 'stand-down' }, incarnation, stamp)).toEqual(['not leading']);
  expect(desk.process.server.meta.store).toBe(store);

  expect(give(restored, incarnation, stamp)).toEqual([]);
  expect(desk.process.server.meta.store).not.toBe(store);
  // Refused at once, whatever the disk does: the copy is for a boot that is over.
  expect(give(restored, incarnation, stamp)).toEqual(['not fresh']);
  desk.finishSyncs();
  expect(desk.told).toEqual([{ kind: 'order-reply', outcome: 'obeyed' }]);
});
