// Section 14 of PROTOCOL.md: machines that were set back to an older image of their disk.

import { expect } from 'vitest';
import type { AppendReply, Lost } from '../../src/core/message.ts';
import type { Server } from '../../src/core/server/state.ts';
import { Bench, storeOf } from './bench.ts';
import { clause, shownBy } from './clause.ts';

/** What s1 says of s2's store after it saw that boot with that position, counted from the present ones. */
function chargeOf(bench: Bench, boots: number, index: number): Lost {
  const { incarnation, register } = bench.servers[1]!;
  const { position } = register!;
  return {
    kind: 'lost',
    header: bench.header(0),
    witness: {
      store: storeOf(1),
      incarnation: incarnation + boots * 2 ** 16,
      booted: null,
      position: { ...position, index: position.index + index },
    },
  };
}

function expectDiscarded(server: Server): void {
  expect(server.meta).toMatchObject({ poolId: 0, slot: 255, isMember: false, promised: 0 });
  expect(server.register).toBeNull();
}

clause('14.12 A store of which more was seen than it shows is acted upon and counted nowhere', (clause) => {
  shownBy('image-seen-through.txt', 'image-rejoins.txt')(clause);
  // s1 has seen nothing itself, but one of its voters has seen more of the store of s2 than the vote of s2 shows.
  for (const seen of [0, 1]) {
    const bench = new Bench(5);
    const candidate = bench.candidate(0);
    bench.settleLoopBack();
    bench.take();
    const { position, membership } = bench.servers[1]!.register!;
    const known = { ...position, index: position.index + seen };
    const vote = { kind: 'vote' as const, term: candidate.term, position, membership, witnessed: [] };
    bench.deliver(0, { ...vote, header: bench.header(1) });
    const witness = {
      store: storeOf(1),
      incarnation: bench.servers[1]!.incarnation,
      booted: position,
      position: known,
    };
    bench.deliver(0, { ...vote, header: bench.header(2), witnessed: [witness] });
    expect(bench.servers[0]!.role.kind).toBe(seen === 0 ? 'leader' : 'candidate');
  }
  // What counts is what the boot began with: an image that has caught up since forgot its promises all the same.
  for (const isImage of [false, true]) {
    const bench = new Bench(3);
    bench.elect(0);
    const header = bench.header(1);
    const next = { ...header, incarnation: header.incarnation + 2 ** 16 };
    const founding = { ...header.durable!, index: header.durable!.index - 1 };
    bench.deliver(0, { kind: 'reject', header, promised: 0, formed: false });
    bench.deliver(0, {
      kind: 'reject',
      header: { ...next, booted: isImage ? founding : header.durable },
      promised: 0,
      formed: false,
    });
    expect(bench.take('lost')).toHaveLength(isImage ? 1 : 0);
  }
  // Records are bounded, and those of stores that count outlive the others.
  const bench = new Bench(3);
  bench.elect(0);
  for (let i = 0; i < 100; i++) {
    const header = { ...bench.header(1), store: 5000 + i };
    bench.deliver(0, { kind: 'reject', header, promised: 0, formed: false });
  }
  expect([...bench.servers[0]!.witnesses.keys()].slice(0, 3)).toEqual([storeOf(1), storeOf(2), 5070]);
  expect(bench.servers[0]!.witnesses.size).toBe(32);
});

clause('14.13 The accused judges the charge by what it booted with', (clause) => {
  shownBy('late-message-of-earlier-boot.txt')(clause);
  const verdicts: [boots: number, index: number, isTrue: boolean][] = [
    [0, 0, false],
    [-1, -1, false],
    [-1, 0, false],
    [-1, 1, true],
    [0, 1, true],
    [1, 0, true],
    [1, -1, true],
  ];
  for (const [boots, index, isTrue] of verdicts) {
    const bench = new Bench(3);
    const before = bench.servers[1]!.meta;
    bench.deliver(1, chargeOf(bench, boots, index));
    if (isTrue) expectDiscarded(bench.servers[1]!);
    else expect(bench.servers[1]!.meta).toEqual(before);
    expect(bench.turns[1]!.notes.some(({ kind }) => kind === 'discarded')).toBe(isTrue);
  }
  const other = new Bench(3);
  const charge = chargeOf(other, 1, 5);
  other.deliver(2, charge);
  expect(other.servers[2]!.register, 'a charge against another store is none').not.toBeNull();
});

clause('14.15 Of an image whose loss nobody has seen only an operator knows', shownBy('image-told-of.txt'));

clause('14.14 A Leader that is acknowledged for what it never made gives up its office and its store', () => {
  const changes: ((made: AppendReply) => Partial<AppendReply>)[] = [
    (made) => ({ round: made.round + 1 }),
    (made) => ({ position: { term: made.term, index: made.position!.index + 1 } }),
  ];
  for (const change of changes) {
    const bench = new Bench(3);
    const { term, round } = bench.elect(0);
    const { incarnation, register } = bench.servers[0]!;
    const reply: AppendReply = {
      kind: 'append-reply',
      header: bench.header(1),
      term,
      round,
      ok: true,
      position: register!.position,
      promised: term,
      isMember: true,
      wall: 0 as AppendReply['wall'],
      isUnfit: false,
      fileOffer: null,
    };
    bench.deliver(0, reply);
    expect(bench.servers[0]!.role.kind).toBe('leader');
    bench.deliver(0, { ...reply, ...change(reply) });
    expect(bench.servers[0]!.role.kind).toBe('follower');
    expectDiscarded(bench.servers[0]!);
    expect(bench.servers[0]!.incarnation, 'it goes on as another boot').not.toBe(incarnation);
  }
});
