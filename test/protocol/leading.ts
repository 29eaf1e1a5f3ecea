// Sections 7 and 8 of PROTOCOL.md: how a Leader's state reaches the others, who leads, and how leadership goes back.

import { expect } from 'vitest';
import { countOf } from '../../src/core/ended.ts';
import { electionRoundOf, nextTerm, ownerOf, type Position } from '../../src/core/ids.ts';
import type { Append, PreVoteReply, ServerMessage, StatePart, Vote } from '../../src/core/message.ts';
import { imageOf, recordOf, type Server } from '../../src/core/server/state.ts';
import { nextWakeOf, stepOnOrder } from '../../src/core/server/step.ts';
import type { Delta, EndedHandles, Membership } from '../../src/core/state.ts';
import { type CivilTime, type Duration, type Instant, later, milliseconds } from '../../src/core/time.ts';
import { listed, packed } from '../ended.ts';
import { Bench, foundingImage, foundingMeta, handleOf, hostOf, type Sent } from './bench.ts';
import { clause, restsOn, shownBy } from './clause.ts';

/** What a Leader of that term at that server would broadcast. */
function appendOf(bench: Bench, slot: number, term: number, changes: Partial<Append> = {}): Append {
  return {
    kind: 'append',
    header: bench.header(slot),
    term,
    round: 1,
    position: { term, index: 9 },
    chain: [],
    pull: false,
    viaHandOver: false,
    fileVersion: 1,
    isSettled: true,
    notice: null,
    witnessed: [],
    ...changes,
  };
}

function preVoteOf(bench: Bench, slot: number): ServerMessage {
  return {
    kind: 'pre-vote',
    header: bench.header(slot),
    canvass: 'timeout',
    forTerm: 0,
    host: hostOf(slot),
    seesMajority: false,
  };
}

function prepareOf(bench: Bench, slot: number, term: number, handOver = 0): ServerMessage {
  const { position } = bench.servers[slot]!.register!;
  return { kind: 'prepare', header: bench.header(slot), term, position, handOver, host: hostOf(slot) };
}

/** A term that this server may own, so many election rounds above what it has promised. */
function termOf(bench: Bench, slot: number, above = 1): number {
  const server = bench.servers[slot]!;
  return nextTerm(server.meta.promised + (above - 1) * 2 ** 24, slot, server.nonce);
}

function voteOf(bench: Bench, slot: number, changes: Partial<Vote> = {}): Vote {
  const { position, membership } = bench.servers[slot]!.register!;
  const header = bench.header(slot);
  return { kind: 'vote', header, term: 0, position, membership, witnessed: [], ...changes };
}

// ── Following

clause('7.1 An append of a lower term is answered not ok, and nothing else happens', () => {
  const bench = new Bench(3);
  bench.elect(0);
  const before = { ...bench.servers[1]!, role: { ...bench.servers[1]!.role } };
  bench.deliver(1, appendOf(bench, 2, 5));
  const { promised } = bench.servers[1]!.meta;
  expect(bench.take()).toMatchObject([
    { to: 's3', message: { kind: 'append-reply', ok: false, promised, term: 5 } },
  ]);
  expect(bench.servers[1]).toEqual(before);
});

clause(
  '7.2 An append of the promised term is taken from its promisee only, or from anybody if it was hearsay',
  () => {
    const bench = new Bench(3);
    const { term } = bench.elect(0);
    const header = bench.header(0);
    const append = appendOf(bench, 0, term, { position: bench.servers[1]!.register!.position });
    bench.deliver(1, append);
    expect(bench.take()).toMatchObject([{ message: { ok: true } }]);
    const later = { ...header, incarnation: header.incarnation + 1, booted: header.durable };
    bench.deliver(1, { ...append, header: later });
    bench.deliver(1, { ...append, header: { ...header, store: 9999 } });
    expect(bench.tray).toEqual([]);
    const hearsay = new Bench(3);
    const heard = termOf(hearsay, 2);
    const wall = 0 as CivilTime;
    hearsay.deliver(0, {
      kind: 'append-reply',
      header: hearsay.header(1),
      term: 1,
      round: 1,
      ok: false,
      position: null,
      promised: heard,
      isMember: true,
      wall,
      fileOffer: null,
      isUnfit: false,
    });
    expect(hearsay.servers[0]!.meta).toMatchObject({ promised: heard, promisedTo: null });
    hearsay.deliver(0, appendOf(hearsay, 2, heard));
    expect(hearsay.servers[0]!.isLed).toBe(true);
  },
);

clause('7.3 An append of a higher term is a promise to its sender, and a Leader steps down first', () => {
  const bench = new Bench(3);
  bench.elect(0);
  const term = termOf(bench, 1);
  bench.deliver(0, appendOf(bench, 1, term));
  const { meta, role } = bench.servers[0]!;
  const { store, incarnation } = bench.header(1);
  expect(meta).toMatchObject({ promised: term, promisedTo: { store, incarnation } });
  expect(role.kind).toBe('follower');
  expect(bench.turns[0]!.notes).toContainEqual(
    expect.objectContaining({ kind: 'stepped down', reason: 'a higher term' }),
  );
});

clause(
  '7.4 Who takes an append is a Follower: election, canvass and other fetches end, the timer starts again',
  () => {
    const bench = new Bench(3);
    bench.candidate(1);
    bench.take();
    bench.deliver(1, appendOf(bench, 0, termOf(bench, 1, 2)));
    const { settings, now } = bench;
    expect(bench.servers[1]).toMatchObject({
      role: { kind: 'follower' },
      canvass: null,
      fetch: null,
      isLed: true,
      sawMajority: null,
    });
    expect(bench.servers[1]!.electionDueAt).toBe(now + settings.electionTimeout + settings.electionStagger);
  },
);

clause(
  '7.5 Of a chain only what follows the own position is applied, so duplicates and overlaps do no harm',
  () => {
    const bench = new Bench(3);
    const leader = bench.elect(0);
    for (const number of [1, 2]) bench.grant(0, number);
    const whole = appendOf(bench, 0, leader.term, {
      chain: leader.buffer,
      position: bench.servers[0]!.register!.position,
    });
    bench.deliver(2, whole);
    bench.deliver(2, whole);
    expect(imageOf(bench.servers[2]!.register!)).toEqual(imageOf(bench.servers[0]!.register!));
    const late: Delta = {
      base: leader.buffer[1]!.base,
      position: leader.buffer[1]!.position,
      operations: [],
    };
    bench.deliver(2, appendOf(bench, 0, leader.term, { chain: [late] }));
    expect(bench.servers[2]!.register!.table.live.size).toBe(2);
  },
);

clause('7.6 Ok means: my position is of this very term and not before that of the round', () => {
  const bench = new Bench(3);
  const leader = bench.elect(0);
  const { index } = bench.servers[1]!.register!.position;
  const ok = (changes: Partial<Append>, term = leader.term): boolean => {
    bench.deliver(1, appendOf(bench, 0, term, changes));
    return bench.take('append-reply')[0]!.message.ok;
  };
  expect(ok({ position: { term: leader.term, index } })).toBe(true);
  expect(ok({ position: { term: leader.term, index: index + 1 } })).toBe(false);
  const next = termOf(bench, 0);
  expect(ok({ position: { term: next, index: 1 } }, next)).toBe(false);
});

clause('7.7 No store holds a position of a term that it has not promised', () => {
  const bench = new Bench(5);
  bench.elect(0);
  bench.grant(0, 1);
  bench.elect(1, [1, 2, 3]);
  bench.elect(3, [2, 3, 4]);
  for (const { meta, register } of bench.servers)
    expect(meta.promised).toBeGreaterThanOrEqual(register!.position.term);
});

clause('7.8 A Leader that is told of a higher promise takes it over by hearsay and steps down', () => {
  const bench = new Bench(3);
  const { term, round } = bench.elect(0);
  const promised = termOf(bench, 2);
  bench.deliver(0, {
    kind: 'append-reply',
    header: bench.header(1),
    term,
    round,
    ok: false,
    position: null,
    promised,
    isMember: true,
    wall: 0 as CivilTime,
    fileOffer: null,
    isUnfit: false,
  });
  expect(bench.servers[0]).toMatchObject({
    role: { kind: 'follower' },
    meta: { promised, promisedTo: null },
  });
});

// ── Fetching a state

/** A pool of three whose third server has missed everything, and is told to pull. */
function lagging(handlesPerPart: number): Bench {
  const bench = new Bench(3, { limit: 1000, settings: { handlesPerPart, mostDeltas: 1 } });
  bench.elect(0);
  for (let number = 1; number <= 100; number++) {
    bench.call(0, 'request', handleOf(number));
    bench.settle([0, 1]);
  }
  for (const number of [5, 3]) {
    bench.call(0, 'release', handleOf(number));
    bench.settle([0, 1]);
  }
  bench.answers(0);
  bench.deliver(
    2,
    appendOf(bench, 0, bench.leader(0).term, { pull: true, position: bench.servers[0]!.register!.position }),
  );
  return bench;
}

/** Delivers requests and parts, one after the other, and returns the parts. */
function pull(bench: Bench): StatePart[] {
  const parts: StatePart[] = [];
  for (
    let requests = bench.take('state-request');
    requests.length > 0;
    requests = bench.take('state-request')
  ) {
    expect(requests.length).toBe(1);
    bench.deliver(0, requests[0]!.message);
    const [part] = bench.take('state-part');
    parts.push(part!.message);
    bench.deliver(2, part!.message);
  }
  return parts;
}

clause(
  '7.9 Who is too far behind pulls: a Follower from its Leader, a candidate from a voter',
  shownBy('state-in-parts.txt', 'candidate-adopts-newer-state.txt'),
);

clause('7.10 A state travels in parts of whole entries, live handles first, the charter in part 0', () => {
  const parts = pull(lagging(30));
  expect(
    parts.map(({ part, parts: count, charter, live, ended }) => [
      part,
      count,
      charter !== null,
      live.length,
      countOf(ended),
    ]),
  ).toEqual([
    [0, 4, true, 30, 0],
    [1, 4, false, 30, 0],
    [2, 4, false, 30, 0],
    [3, 4, false, 8, 2],
  ]);
});

clause('7.11 One part is asked for at a time, in order, and only parts of one state are taken', (it) => {
  shownBy('state-in-parts.txt')(it);
  const bench = lagging(30);
  const [first] = bench.take('state-request');
  bench.deliver(0, first!.message);
  const [part] = bench.take('state-part');
  const other = { ...part!.message, part: 1 };
  bench.deliver(2, other);
  expect(bench.servers[2]!.fetch!.parts.length).toBe(0);
  bench.deliver(2, part!.message);
  bench.deliver(2, part!.message);
  bench.deliver(2, { ...other, position: { ...other.position, index: 1 } });
  bench.deliver(2, { ...other, parts: 9 });
  expect(bench.servers[2]!.fetch!.parts.length).toBe(1);
});

clause(
  '7.12 A voter lends exactly the position of its vote, and only while that is its position and its promise',
  () => {
    const bench = new Bench(3);
    bench.elect(0);
    const term = termOf(bench, 1);
    const { position } = bench.servers[2]!.register!;
    const ask = (at: Position): number => {
      bench.deliver(2, { kind: 'state-request', header: bench.header(1), term, position: at, part: 0 });
      return bench.take('state-part').length;
    };
    bench.now = later(bench.now, bench.settings.electionTimeout);
    expect(ask(position)).toBe(0);
    bench.deliver(2, prepareOf(bench, 1, term));
    expect(ask({ ...position, index: position.index + 1 })).toBe(0);
    expect(ask(position)).toBe(1);
    expect(bench.servers[2]!.loans.size).toBe(1);
    bench.now = later(bench.now, bench.settings.electionTimeout);
    bench.deliver(2, prepareOf(bench, 0, termOf(bench, 0, 2)));
    expect(bench.servers[2]!.loans.size).toBe(0);
    expect(ask(position)).toBe(0);
  },
);

clause('7.13 A part depends on the position and the size of parts alone, whoever cuts it and when', () => {
  const bench = lagging(30);
  const { term } = bench.leader(0);
  const { position } = bench.servers[0]!.register!;
  const cutAll = () =>
    [0, 1, 2, 3].map((part) => {
      bench.deliver(0, { kind: 'state-request', header: bench.header(2), term, position, part });
      const { live, ended } = bench.take('state-part')[0]!.message;
      return { live, ended };
    });
  const cut = cutAll();
  bench.call(0, 'update', handleOf(1));
  bench.servers[0]!.loans.clear();
  expect(cutAll()).toEqual(cut);
  const copy = imageOf(bench.servers[1]!.register!);
  expect(cut.flatMap(({ live }) => live)).toEqual(copy.live);
  expect(cut.flatMap(({ ended }) => listed(ended))).toEqual(listed(copy.ended));
});

clause(
  '7.45 What its parts do not make a state is refused as a whole, and the server keeps what it has',
  () => {
    const twice = handleOf(1);
    const end = (number: number, index: number): EndedHandles =>
      packed([{ handle: handleOf(number), reason: 'released', at: { term: 1, index } }]);
    const last = (change: (part: StatePart) => Partial<StatePart>): boolean => {
      const bench = lagging(30);
      const before = bench.servers[2]!.register!;
      const { position } = before;
      for (;;) {
        bench.deliver(0, bench.take('state-request')[0]!.message);
        const part = bench.take('state-part')[0]!.message;
        const isLast = part.part === part.parts - 1;
        bench.deliver(2, isLast ? { ...part, ...change(part) } : part);
        if (isLast) break;
      }
      const server = bench.servers[2]!;
      expect(server.fetch).toBeNull();
      const isRefused = server.register === before;
      expect(server.register!.position === position).toBe(isRefused);
      return isRefused;
    };
    expect(last(() => ({}))).toBe(false);
    expect(last(({ live }) => ({ live: [...live, { ...live[0]!, handle: twice }] }))).toBe(true);
    expect(last(() => ({ ended: end(1, 1) }))).toBe(true);
    expect(
      last(({ position }) => ({
        ended: packed([
          { handle: handleOf(3), reason: 'released', at: { ...position, index: position.index + 1 } },
        ]),
      })),
    ).toBe(true);
  },
);

clause('7.14 State and position are replaced in one step, when all parts are there', () => {
  const bench = lagging(30);
  const before = bench.servers[2]!.register!;
  bench.take('append-reply');
  expect(pull(bench).length).toBe(4);
  expect(before.table.live.size).toBe(0);
  const { register } = bench.servers[2]!;
  expect(imageOf(register!)).toEqual(imageOf(bench.servers[0]!.register!));
  expect(bench.take('append-reply')).toMatchObject([{ message: { ok: true, position: register!.position } }]);
  expect(bench.turns[2]!.replacements).toBe(1);
});

clause('7.15 A fetch ends with the term that it serves, or after an election timeout of silence', () => {
  const bench = lagging(30);
  bench.deliver(2, prepareOf(bench, 1, termOf(bench, 1)));
  expect(bench.servers[2]!.fetch).not.toBeNull(); // sticky: it has promised nothing
  bench.deliver(2, appendOf(bench, 1, termOf(bench, 1, 2)));
  expect(bench.servers[2]!.fetch).toBeNull();
  const silent = lagging(30);
  silent.now = later(silent.now, (silent.settings.electionTimeout + 1) as Duration);
  silent.wake(2);
  expect(silent.servers[2]!.fetch).toBeNull();
});

clause(
  '7.16 A Leader that is not active keeps its office while followers fetch',
  shownBy('slow-followers.txt'),
);

// ── Canvass

clause(
  '7.17 A member whose timer runs out canvasses everybody; a blank, foreign or forming store does not',
  () => {
    const bench = new Bench(3);
    bench.now = bench.servers[1]!.electionDueAt;
    bench.wake(1);
    expect(bench.take().map(({ to, message }) => [to, message.kind])).toEqual([
      ['s1', 'pre-vote'],
      ['s2', 'pre-vote'],
      ['s3', 'pre-vote'],
    ]);
    const image = foundingImage(3);
    const meta = foundingMeta(1, image);
    const forming = { ...image, charter: { ...image.charter, isForming: true } };
    const outside = {
      ...image,
      charter: { ...image.charter, file: { ...image.charter.file, members: [0, 2] } },
    };
    const silent: Server[] = [
      bench.boot(1, meta, null),
      bench.boot(1, { ...meta, isMember: false }, image),
      bench.boot(1, meta, forming),
    ];
    for (const server of silent) {
      bench.servers[1] = server;
      bench.now = server.electionDueAt;
      bench.wake(1);
      expect(bench.tray).toEqual([]);
    }
    // Outside the set it asks whether it is gone, and hears no votes [13.8].
    bench.servers[1] = bench.boot(1, meta, outside);
    bench.now = bench.servers[1].electionDueAt;
    bench.wake(1);
    expect(bench.take('pre-vote').map(({ to }) => to)).toEqual(['s1', 's3']);
    expect(bench.servers[1].canvass).toBeNull();
  },
);

clause('7.18 The election timer is one timeout and one stagger per rank', restsOn('5.2'));

clause(
  '7.19 A timeout pre-vote is agreed to by who is not sticky, a hand-over also by who follows that term',
  (it) => {
    shownBy('trial-with-those-cut-off.txt')(it);
    const bench = new Bench(3);
    const ask = (canvass: 'timeout' | 'hand-over', forTerm: number): boolean => {
      bench.deliver(2, {
        kind: 'pre-vote',
        header: bench.header(1),
        canvass,
        forTerm,
        host: hostOf(1),
        seesMajority: false,
      });
      return bench.take('pre-vote-reply')[0]!.message.ok;
    };
    expect(ask('timeout', 0)).toBe(true);
    const { term } = bench.elect(0);
    expect(ask('timeout', 0)).toBe(false);
    expect(ask('hand-over', term)).toBe(true);
    expect(ask('hand-over', term + 1)).toBe(false);
    bench.now = later(bench.now, bench.settings.electionTimeout);
    expect(ask('timeout', 0)).toBe(true);
    expect(ask('hand-over', term + 1)).toBe(true);
  },
);

clause('7.20 Who heard its Leader lately is sticky, and so is a Leader that was confirmed lately', (it) => {
  shownBy('deaf-server.txt')(it);
  const bench = new Bench(3);
  bench.elect(0);
  const ask = (slot: number): boolean => {
    bench.deliver(slot, preVoteOf(bench, 1));
    return bench.take('pre-vote-reply')[0]!.message.ok;
  };
  const { electionTimeout, quorumTimeout } = bench.settings;
  const began = bench.now;
  bench.now = later(began, (quorumTimeout - 1) as Duration);
  expect(ask(0)).toBe(false);
  bench.now = later(began, (quorumTimeout + 1) as Duration);
  expect(ask(0)).toBe(true);
  bench.now = later(began, (0.8 * electionTimeout - 1) as Duration);
  expect([ask(1), ask(2)]).toEqual([true, false]);
  bench.now = later(began, (0.8 * electionTimeout + 1) as Duration);
  expect(ask(2)).toBe(true);
});

clause(
  '7.21 A better server that is free answers better and canvasses itself',
  shownBy('better-asks-instead.txt'),
);
clause('7.22 Who is told of a better server lets it go first, once in a silence', (it) => {
  shownBy('yields-once.txt')(it);
  const bench = new Bench(5);
  const { electionTimeout, electionStagger } = bench.settings;
  const tellBetter = (): void => {
    bench.now = bench.servers[4]!.electionDueAt;
    bench.wake(4);
    bench.take();
    bench.now = later(bench.now, milliseconds(100));
    bench.deliver(4, {
      kind: 'pre-vote-reply',
      header: bench.header(3),
      canvass: 'timeout',
      forTerm: 0,
      ok: false,
      better: true,
      promised: 0,
    });
  };
  tellBetter();
  expect(bench.servers[4]!.canvass).toBeNull();
  expect(bench.servers[4]!.electionDueAt).toBe(bench.now + electionTimeout + 4 * electionStagger);
  tellBetter();
  expect(bench.servers[4]!.canvass).not.toBeNull();
});

clause('7.23 A reply counts once per slot, and only from the store that counts', () => {
  const bench = new Bench(5);
  bench.now = bench.servers[4]!.electionDueAt;
  bench.wake(4);
  bench.take();
  const replyOf = (slot: number): PreVoteReply => ({
    kind: 'pre-vote-reply',
    header: bench.header(slot),
    canvass: 'timeout',
    forTerm: 0,
    ok: true,
    better: false,
    promised: 0,
  });
  bench.deliver(4, replyOf(4));
  bench.deliver(4, replyOf(3));
  bench.deliver(4, replyOf(3));
  bench.deliver(4, { ...replyOf(2), header: { ...bench.header(2), store: 9999 } });
  bench.deliver(4, { ...replyOf(2), canvass: 'hand-over' });
  expect(bench.servers[4]!.role.kind).toBe('follower');
  bench.deliver(4, replyOf(2));
  expect(bench.servers[4]!.role.kind).toBe('candidate');
});

clause('7.24 A majority is seen by a finished canvass; one that was broken off shows nothing', (it) => {
  shownBy('majority-failure.txt')(it);
  const bench = new Bench(5);
  bench.now = bench.servers[4]!.electionDueAt;
  bench.wake(4);
  bench.take();
  bench.deliver(4, {
    kind: 'pre-vote-reply',
    header: bench.header(3),
    canvass: 'timeout',
    forTerm: 0,
    ok: false,
    better: true,
    promised: 0,
  });
  expect(bench.servers[4]).toMatchObject({ canvass: null, hasYielded: true, sawMajority: null });
  bench.now = bench.servers[4]!.electionDueAt;
  bench.wake(4);
  bench.take();
  bench.deliver(4, appendOf(bench, 0, termOf(bench, 0)));
  expect(bench.servers[4]).toMatchObject({ canvass: null, sawMajority: null });
});

clause('7.25 A canvass asks for no promise and changes no term', () => {
  const bench = new Bench(3);
  const before = bench.servers.map(({ meta }) => meta);
  bench.now = bench.servers[2]!.electionDueAt;
  bench.wake(2);
  for (const { to, message } of bench.take('pre-vote')) bench.deliver(Number(to.slice(1)) - 1, message);
  expect(bench.servers.map(({ meta }) => meta)).toEqual(before);
  expect(bench.turns.map(({ metaChanges }) => metaChanges)).toEqual([0, 0, 0]);
});

clause('7.26 A silence ends with the next append that is followed, or the next election won', () => {
  const bench = new Bench(3);
  bench.now = bench.servers[1]!.electionDueAt;
  for (let i = 0; i < 2; i++) {
    bench.now = bench.servers[1]!.electionDueAt;
    bench.wake(1);
    bench.take();
  }
  expect(bench.servers[1]!.sawMajority).toBe(false);
  bench.deliver(1, appendOf(bench, 0, termOf(bench, 0)));
  expect(bench.servers[1]).toMatchObject({ sawMajority: null, isLed: true, hasYielded: false });
  bench.take();
  bench.elect(1, [1, 2]);
  expect(bench.servers[1]).toMatchObject({ sawMajority: null, isLed: true, hasYielded: false });
});

// ── Election

clause(
  '7.27 A candidate promises itself a new term above all it has seen before any prepare leaves',
  (it) => {
    shownBy('vote-survives-crash.txt')(it);
    const bench = new Bench(3);
    const seen = nextTerm(40 * 2 ** 24, 2, 7);
    bench.deliver(1, {
      kind: 'pre-vote-reply',
      header: bench.header(2),
      canvass: 'timeout',
      forTerm: 0,
      ok: false,
      better: false,
      promised: seen,
    });
    const { term } = bench.candidate(1);
    expect([electionRoundOf(term), ownerOf(term)]).toEqual([electionRoundOf(seen) + 1, 1]);
    const { store, incarnation } = bench.header(1);
    expect(bench.servers[1]!.meta).toMatchObject({ promised: term, promisedTo: { store, incarnation } });
    const prepares = bench.take('prepare');
    expect(prepares.map(({ to, early }) => [to, early])).toEqual([
      ['s1', false],
      ['s2', false],
      ['s3', false],
    ]);
    // What it refuses it has seen all the same: whoever asked has promised that term to itself.
    const refused = nextTerm(50 * 2 ** 24, 2, 7);
    const bound = new Bench(3);
    bound.elect(0);
    bound.deliver(1, prepareOf(bound, 2, refused));
    expect(bound.take('reject').length).toBe(1);
    expect(electionRoundOf(bound.candidate(1).term)).toBe(electionRoundOf(refused) + 1);
  },
);

clause("7.28 A sticky member votes only for itself, or with its Leader's consent", () => {
  const bench = new Bench(3);
  const leader = bench.elect(0);
  const ask = (slot: number, term: number, handOver = 0): string => {
    bench.deliver(slot, prepareOf(bench, 1, term, handOver));
    return bench.take()[0]!.message.kind;
  };
  const term = termOf(bench, 1);
  expect(ask(2, term)).toBe('reject');
  expect(ask(2, term, leader.term - 1)).toBe('reject');
  expect(ask(2, term, leader.term)).toBe('vote');
  expect(ask(0, term, leader.term)).toBe('vote');
  expect(bench.servers[0]!.role.kind).toBe('follower');
});

clause('7.29 A prepare at or below the promise is rejected, unless the promisee repeats itself', () => {
  const bench = new Bench(3);
  const high = termOf(bench, 1, 5);
  const ask = (from: number, term: number) => {
    bench.deliver(2, prepareOf(bench, from, term));
    return bench.take()[0]!.message;
  };
  expect(ask(1, high)).toMatchObject({ kind: 'vote', term: high });
  const due = bench.servers[2]!.electionDueAt;
  bench.now = later(bench.now, 1000 as Duration);
  expect(ask(1, high)).toMatchObject({ kind: 'vote', term: high });
  expect(bench.servers[2]!.electionDueAt).toBeGreaterThan(due);
  bench.now = later(bench.now, bench.settings.electionTimeout);
  expect(ask(0, termOf(bench, 0))).toMatchObject({ kind: 'reject', promised: high });
});

clause('7.30 Who promises somebody else stops being a candidate and drops its fetch', () => {
  const bench = new Bench(3);
  bench.candidate(1);
  bench.take();
  bench.servers[1]!.fetch = {
    from: 2,
    term: 1,
    position: null,
    parts: [],
    askedAt: bench.now,
    answeredAt: bench.now,
  };
  bench.deliver(1, prepareOf(bench, 0, termOf(bench, 0, 9)));
  expect(bench.servers[1]).toMatchObject({ role: { kind: 'follower' }, fetch: null });
});

clause('7.31 A blank store, and one that is not a member, sends no vote', () => {
  const bench = new Bench(3);
  const image = foundingImage(3);
  const meta = foundingMeta(2, image);
  for (const server of [bench.boot(2, meta, null), bench.boot(2, { ...meta, isMember: false }, image)]) {
    bench.servers[2] = server;
    bench.deliver(2, prepareOf(bench, 1, termOf(bench, 1)));
    expect(bench.tray).toEqual([]);
    expect(server.meta.promised).toBe(meta.promised);
  }
});

clause('7.32 A candidate outside what it would adopt withdraws, and asks whoever of it was not asked', () => {
  const newer = (bench: Bench, members: number[]): { position: Position; membership: Membership } => ({
    position: { term: bench.servers[0]!.register!.position.term, index: 99 },
    membership: { ...bench.servers[0]!.register!.membership, members },
  });
  const bench = new Bench(3);
  const { term } = bench.candidate(1);
  bench.take();
  bench.deliver(1, voteOf(bench, 2, { term, ...newer(bench, [0, 2]) }));
  expect(bench.servers[1]!.role.kind).toBe('follower');
  const wider = new Bench(5);
  const { register } = wider.servers[1]!;
  register!.membership = { ...register!.membership, members: [0, 1, 2] };
  const standing = wider.candidate(1);
  expect(wider.take('prepare').map(({ to }) => to)).toEqual(['s1', 's2', 's3']);
  wider.take();
  wider.deliver(1, voteOf(wider, 2, { term: standing.term, ...newer(wider, [0, 1, 2, 3, 4]) }));
  expect(wider.take('prepare').map(({ to }) => to)).toEqual(['s4', 's5']);
});

clause('7.33 The votes that count are those of stores that the adopted membership lists', () => {
  const bench = new Bench(3);
  const { term } = bench.candidate(1);
  bench.take();
  bench.deliver(1, voteOf(bench, 1, { term }));
  bench.deliver(1, voteOf(bench, 2, { term, header: { ...bench.header(2), store: 9999 } }));
  expect(bench.servers[1]!.role.kind).toBe('candidate');
  const { membership, position } = bench.servers[2]!.register!;
  const readmitted = { ...membership, stores: new Map(membership.stores).set(1, 8888) };
  bench.deliver(1, voteOf(bench, 2, { term, position: { ...position, index: 99 }, membership: readmitted }));
  expect(bench.servers[1]).toMatchObject({ role: { kind: 'candidate' }, fetch: null });
  bench.deliver(1, voteOf(bench, 0, { term }));
  expect(bench.servers[1]!.fetch).toMatchObject({ from: 2, position: { ...position, index: 99 } });
});

clause(
  '7.34 A candidate adopts the newest state of a quorum, fetching it from a voter that holds it',
  shownBy('candidate-adopts-newer-state.txt', 'lender-falls-silent.txt'),
);
clause(
  '7.35 While it fetches, a candidate repeats its prepare, and each part keeps it going',
  shownBy('large-state-election.txt'),
);

clause(
  '7.36 An election without progress is over after a whole timer, and the next one has a new term',
  () => {
    const bench = new Bench(3);
    const first = bench.candidate(1).term;
    bench.take();
    bench.now = bench.servers[1]!.electionDueAt;
    bench.wake(1);
    expect(bench.servers[1]).toMatchObject({ role: { kind: 'follower' }, canvass: { kind: 'timeout' } });
    bench.take();
    expect(bench.candidate(1).term).toBeGreaterThan(first);
  },
);

clause(
  '7.37 Leading begins with a delta without operations, and is active when a round is confirmed',
  (it) => {
    shownBy('first-election.txt')(it);
    const bench = new Bench(3);
    const adopted = bench.servers[0]!.register!.position;
    const leader = bench.electWithoutRound(0);
    const position = { term: leader.term, index: adopted.index + 1 };
    expect(leader.buffer).toEqual([{ base: adopted, position, operations: [] }]);
    expect(leader).toMatchObject({ isActive: false, round: 1 });
    bench.pass(milliseconds(500));
    expect(leader.isActive).toBe(true);
  },
);

// ── Why it is safe

clause('7.38 A term has one owner and is used once', () => {
  const bench = new Bench(3);
  const terms = new Set<number>();
  for (const slot of [0, 1, 2, 0, 1]) {
    const { term } = bench.elect(slot);
    expect(ownerOf(term)).toBe(slot);
    expect(terms).not.toContain(term);
    terms.add(term);
  }
  const { meta, register } = bench.servers[0]!;
  const rebooted = bench.boot(0, meta, imageOf(register!), 555);
  expect(nextTerm(meta.promised, 0, rebooted.nonce)).not.toBe(
    nextTerm(meta.promised, 0, bench.servers[0]!.nonce),
  );
});

clause('7.39 A position names one state, and the states of one term are a chain', () => {
  const bench = new Bench(5, { limit: 99 });
  bench.elect(0);
  bench.grant(0, 1);
  // Made by s1 and known to nobody else, then left behind by the reign of s2.
  bench.call(0, 'request', handleOf(2));
  bench.take();
  bench.elect(1, [1, 2, 3]);
  for (const number of [3, 4]) {
    bench.call(1, 'request', handleOf(number));
    bench.settle([1, 2, 3]);
  }
  bench.elect(4, [2, 3, 4]);
  const made = new Map<string, Delta>();
  for (const { deltas } of bench.turns) {
    for (const delta of deltas) {
      const name = `${delta.position.term}/${delta.position.index}`;
      expect(made.get(name) ?? delta).toEqual(delta);
      made.set(name, delta);
    }
  }
  expect(made.size).toBeGreaterThan(6);
});

clause(
  '7.40 What a Leader adopts contains every committed position of lower terms',
  shownBy('candidate-adopts-newer-state.txt', 'fail-over-in-order.txt'),
);
clause('7.41 Only stores that count in the adopted state are counted', restsOn('7.33'));
clause(
  '7.42 An acknowledged grant is in the state of every later Leader',
  shownBy('leader-cut-off.txt', 'fail-over-in-order.txt'),
);
clause('7.43 No answer from the past', shownBy('paused-leader.txt', 'leader-cut-off.txt'));
clause(
  '7.44 Servers that do not hear, or are not heard, depose nobody and are not deposed for',
  shownBy('deaf-server.txt', 'leader-not-hearing.txt'),
);

// ── Reclaim

/** s2 leads, and s1 has been present for so long; it is due after two seconds. */
function reclaimable(presentForMs: number): Bench {
  const bench = new Bench(3);
  bench.elect(1, [1, 2]);
  bench.pass(milliseconds(presentForMs));
  expect(bench.leader(1).handOver).toBeNull();
  return bench;
}

function trialsOf(bench: Bench): number {
  return bench.turns[1]!.notes.filter(({ kind }) => kind === 'trial').length;
}

clause('8.1 No reclaim begins while the Leader is not active', () => {
  const bench = reclaimable(1900);
  bench.leader(1).isActive = false;
  bench.pass(milliseconds(2000), [1]);
  expect(trialsOf(bench)).toBe(0);
});

clause('8.2 The members better than the Leader are tried, best first', () => {
  const bench = new Bench(5);
  bench.elect(2);
  bench.pass(milliseconds(2500));
  expect(bench.turns[2]!.notes).toContainEqual({ kind: 'trial', of: 0 });
  expect(bench.turns[2]!.notes).not.toContainEqual({ kind: 'trial', of: 1 });
  expect(bench.leader(0).viaHandOver).toBe(true);
});

clause('8.3 A better server that was not heard for three heartbeats is passed over', () => {
  const bench = reclaimable(1200);
  bench.pass(milliseconds(2000), [1, 2]);
  expect(trialsOf(bench)).toBe(0);
  expect(bench.leader(1).isActive).toBe(true);
});

clause(
  '8.4 A better server is due after an uninterrupted presence that doubles with each failure',
  shownBy('flapping.txt'),
);
clause(
  '8.5 For one that is soon due the Leader waits; one in a long back-off is passed over',
  shownBy('one-hand-over.txt', 'long-back-off.txt'),
);

clause('8.6 One that is due but not ready is waited for, then passed over', (it) => {
  shownBy('better-never-ready.txt', 'full-disk-follower.txt')(it);
  // s1 hears and answers, but holds nothing of this term; or it holds everything, and its disk has no room.
  const isDeaf = ({ to, message }: Sent): ServerMessage =>
    to === 's1' && message.kind === 'append' ? { ...message, chain: [] } : message;
  const isUnfit = ({ from, message }: Sent): ServerMessage =>
    from === 0 && message.kind === 'append-reply' ? { ...message, isUnfit: true } : message;
  for (const impaired of [isDeaf, isUnfit]) {
    const bench = new Bench(3);
    bench.elect(2, [1, 2]);
    // s2 is ready all the time.
    const began = bench.now;
    while (!bench.turns[2]!.notes.some(({ kind }) => kind === 'trial')) {
      bench.now = later(bench.leader(2).lastTickAt, bench.settings.heartbeatInterval);
      bench.wake(2);
      for (let sent = bench.tray.shift(); sent !== undefined; sent = bench.tray.shift()) {
        bench.deliver(Number(sent.to.slice(1)) - 1, impaired(sent));
        if (bench.servers[2]!.role.kind !== 'leader') break;
      }
      expect(bench.now - began).toBeLessThan(10_000_000);
      if (bench.servers[2]!.role.kind !== 'leader') break;
    }
    expect(bench.turns[2]!.notes).toContainEqual({ kind: 'trial', of: 1 });
    expect(bench.turns[2]!.notes).not.toContainEqual({ kind: 'trial', of: 0 });
    const waited = bench.now - began;
    expect(waited).toBeGreaterThan(bench.settings.stableFor + bench.settings.handOverWait);
  }
});

clause(
  '8.7 A trial asks everybody by canvass while service goes on',
  shownBy('reclaim-with-hand-over.txt', 'missed-trial.txt'),
);
clause(
  '8.8 In a freeze calls are held until the other one has everything, then take-over is sent',
  shownBy('reclaim-with-hand-over.txt'),
);
clause(
  '8.9 Who is sent take-over stands at once with that consent',
  shownBy('reclaim-with-hand-over.txt', 'hand-over-aborted.txt'),
);
clause('8.10 A missed trial is tried again after a pause that grows linearly', shownBy('missed-trial.txt'));
clause(
  '8.11 A freeze or hand-over that takes too long is a failure, and the Leader goes on in the same term',
  shownBy('hand-over-aborted.txt'),
);
clause(
  '8.12 Held calls are processed anew, or told of the other one',
  shownBy('hand-over-aborted.txt', 'reclaim-with-hand-over.txt'),
);

clause('8.13 A short reign that ended without hand-over is a failure, a longer one clears them', (it) => {
  shownBy('flapping.txt', 'long-back-off.txt')(it);
  const bench = new Bench(3);
  const failures = (): number => recordOf(bench.servers[2]!, 0).failures;
  for (let expected = 1; expected <= 6; expected++) {
    bench.elect(0);
    bench.elect(1, [1, 2]);
    expect(failures()).toBe(Math.min(5, expected));
  }
  bench.elect(0);
  bench.now = later(bench.now, bench.settings.flapWindow);
  bench.elect(1, [1, 2]);
  expect(failures()).toBe(0);
  // Its own successor, it has failed all the same.
  bench.elect(0);
  bench.elect(0);
  expect(failures()).toBe(1);
});

clause(
  '8.14 The better one is active about 2.2 s after it is up, or a minute for one that kept crashing',
  shownBy('flapping.txt'),
);
clause(
  '8.16 A claim that is ripe is granted although the Leader lives',
  shownBy('half-connected-leader.txt'),
);
clause(
  '8.17 A server that keeps dying is elected only when the others had their chance',
  shownBy('preferred-keeps-dying.txt'),
);
clause('8.15 Nobody is refused in the gap of a hand-over', shownBy('reclaim-with-hand-over.txt'));

clause(
  '8.18 A Leader that is ordered to stands down, with a successor if there is one, and stands back',
  (it) => {
    shownBy('stands-down.txt', 'stand-down-interrupted.txt')(it);
    const bench = new Bench(3);
    bench.elect(0);
    const [server, turn] = [bench.servers[0]!, bench.turns[0]!];
    expect(stepOnOrder(server, { kind: 'stand-down' }, turn)).toBe('obeyed');
    expect(stepOnOrder(server, { kind: 'stand-down' }, turn)).toBe('handing over');
    bench.take('trial');
    // Heartbeats go on; nobody answers the trial. With the end of its office nothing more leaves that only a Leader sends.
    while (server.role.kind === 'leader') {
      bench.settle(undefined, 'ready');
      bench.now = Math.max(bench.now, nextWakeOf(server)) as Instant;
      bench.wake(0);
    }
    expect(bench.take('append')).toEqual([]);
    const { electionTimeout, electionStagger } = bench.settings;
    expect(server.electionDueAt).toBe(bench.now + electionTimeout + 3 * electionStagger);
    bench.settle();
    expect(bench.elect(0).isActive).toBe(true);
    expect(server.standsBack).toBe(false);
  },
);
