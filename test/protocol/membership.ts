// Section 13 of PROTOCOL.md: who is in the pool, and how that changes.

import { expect } from 'vitest';
import { isJoint, membersNamed } from '../../src/core/server/membership.ts';
import { registerFrom } from '../../src/core/server/state.ts';
import type { Operation } from '../../src/core/state.ts';
import { Bench, foundingImage } from './bench.ts';
import { clause, restsOn, shownBy } from './clause.ts';

clause('13.1 Who is not in the pool waits for its Leader', shownBy('member-added.txt'));

clause('13.2 Another order is immediate in pools of three and more, anything else is joint', (test) => {
  const pool = (count: number) => registerFrom(foundingImage(count), null)!;
  const order = (count: number, ...hosts: string[]) => membersNamed(pool(count), hosts)!;
  expect(isJoint(pool(3), order(3, 's3', 's1', 's2'))).toBe(false);
  expect(isJoint(pool(3), order(3, 's1', 's2'))).toBe(true);
  expect(isJoint(pool(2), order(2, 's2', 's1'))).toBe(true);
  expect(isJoint(pool(2), order(2, 's1', 's2'))).toBe(false);
  expect(membersNamed(pool(2), ['s1', 's2', 's3']), 's3 is to come').toBeNull();
  shownBy('member-swap-of-two.txt')(test);
});

clause('13.3 A newcomer gets a slot, the state and admission before it counts', shownBy('member-added.txt'));

clause(
  '13.4 A change becomes joint only when every newcomer is ready',
  shownBy('member-added.txt', 'member-newcomer-dead.txt'),
);

clause('13.5 A joint state that is confirmed is finished, also by another Leader', () => {
  const bench = new Bench(3);
  const leader = bench.elect(0);
  const first = bench.servers[0]!;
  const { file, stores } = first.register!.charter;
  const members = [0, 1];
  const joint: Operation = { kind: 'file', ...file, version: 2, members, oldMembers: file.members };
  bench.propose(0, [joint]);
  bench.settle(undefined, 'append-reply');
  expect(first.register!.membership.oldMembers).toEqual(file.members);
  expect(bench.servers[1]!.register!.membership.oldMembers).toEqual(file.members);
  expect(leader.confirmedRound).toBeLessThan(leader.round);
  bench.elect(1);
  bench.settle();
  const { register } = bench.servers[1]!;
  expect(register!.membership).toMatchObject({ fileVersion: 2, members, oldMembers: null });
  expect([...register!.charter.stores.keys()]).toEqual(members);
  expect(stores.size, 'of the state before').toBe(3);
});

clause('13.6 A change that does not become joint in time is refused', shownBy('member-newcomer-dead.txt'));

clause('13.7 A host that comes back gets another slot', shownBy('member-added-again.txt'));

clause('13.8 A Leader outside the set serves until it has handed over', shownBy('member-leader-removed.txt'));

clause(
  '13.9 Who is outside is told that it is gone, unless it is ahead',
  shownBy('member-removed-while-off.txt', 'member-never-heard-of.txt'),
);

clause('13.10 Who is gone forgets everything, and bears the mark', (test) => {
  const bench = new Bench(3);
  const server = bench.servers[2]!;
  const { store } = server.meta;
  const header = bench.header(0);
  bench.deliver(2, { kind: 'gone', header, fileVersion: 1, store: store + 1 });
  bench.deliver(2, { kind: 'gone', header, fileVersion: 0, store });
  expect(server.register, 'another store, and an older file').not.toBeNull();
  bench.deliver(2, { kind: 'gone', header, fileVersion: 1, store });
  expect(server.register).toBeNull();
  expect(server.meta).toMatchObject({
    poolId: 0,
    slot: 255,
    isMember: false,
    isRetired: true,
    promised: 0,
    lastFile: null,
  });
  expect(server.meta.store).not.toBe(store);
  shownBy('member-two-pools.txt')(test);
});

clause(
  '13.11 Memberships that follow each other have quorums that meet',
  restsOn('12.9', '13.4', '13.5', '14.5', '15.1'),
);
