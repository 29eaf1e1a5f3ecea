// Sections 9 and 10 of PROTOCOL.md: for how long a handle is held, on both sides; what the library does and says.

import { expect } from 'vitest';
import {
  ALL_CODES,
  type Code,
  HELLO,
  LS_LICENSE_EXPIRED,
  LS_LICENSETERMINATED,
  LS_NOLICENSESAVAILABLE,
  STALE,
  VLS_SERVER_SYNC_IN_PROGRESS,
} from '../../src/core/codes.ts';
import { holdOf } from '../../src/core/lifetime.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import { type Duration, later, milliseconds, NO_DURATION, type Stamp } from '../../src/core/time.ts';
import { Bench, CAD, handleOf, LIFE } from './bench.ts';
import { clause, protocolText, restsOn, shownBy } from './clause.ts';
import { answerTo, Phone } from './phone.ts';

clause('9.1 The life of a handle is recorded with it and told in every answer about it', () => {
  const bench = new Bench(3);
  bench.elect(0);
  bench.call(0, 'request', handleOf(1));
  bench.call(0, 'request', handleOf(1));
  bench.call(0, 'update', handleOf(1));
  bench.settle();
  expect(bench.answers(0).map(({ life }) => life)).toEqual([LIFE, LIFE, LIFE]);
  for (const { register } of bench.servers)
    expect(register!.table.live.get(handleOf(1))!.token.life).toBe(LIFE);
});

clause("9.2 The client's deadline counts from the sending of the attempt that was answered", (it) => {
  shownBy('deadline-from-sending.txt')(it);
  const phone = new Phone();
  phone.apply({ kind: 'request', id: 1, key: CAD, units: 1 });
  phone.welcome();
  const sentAt = phone.now;
  phone.pass(milliseconds(1200));
  phone.answer();
  expect(phone.notes).toMatchObject([{ kind: 'holds', sentAt, deadline: sentAt + LIFE }]);
});

/** One handle, granted by a Leader that is woken at that many µs after it last heard of it. */
function endedAfter(span: number): boolean {
  const bench = new Bench(1);
  bench.elect(0);
  const handle = bench.grant(0, 1);
  bench.now = later(bench.now, span as Duration);
  bench.leader(0).lastQuorumAt = bench.now;
  bench.wake(0);
  return bench.servers[0]!.register!.table.ended.has(handle);
}

clause('9.3 A handle is ended when more than its hold has passed', () => {
  const hold = holdOf(LIFE, 10_000);
  expect(endedAfter(hold)).toBe(false);
  expect(endedAfter(hold + 1)).toBe(true);
});

clause('9.4 The hold is life · (1+ρ)/(1−ρ), rounded up', () => {
  for (const [life, ppm] of [
    [300_000_000, 10_000],
    [30_000_001, 1],
    [54_000_000_000, 100_000],
  ] as const) {
    const hold = holdOf(life as Duration, ppm);
    const exact = (BigInt(life) * BigInt(1_000_000 + ppm)) / BigInt(1_000_000 - ppm);
    expect(BigInt(hold)).toBeGreaterThanOrEqual(exact + 1n);
    expect(BigInt(hold)).toBeLessThanOrEqual(exact + 3n);
  }
  expect(holdOf(milliseconds(300_000), 10_000) / 1000).toBeCloseTo(306_060.6, 0);
});

clause(
  '9.6 When units are granted to somebody else, the deadline of their former holder has passed',
  shownBy('slow-client-clock.txt', 'lapse-after-take-over.txt'),
);
clause(
  '9.7 A holder is never told that it was terminated before its deadline',
  shownBy('lapse-after-take-over.txt'),
);

clause(
  '9.8 The client stops at the reading of its deadline, the Leader frees after more than the hold',
  () => {
    const phone = new Phone();
    const handle = phone.hold();
    phone.now = later(phone.now, (LIFE - 1) as Duration);
    expect(phone.holds(handle)).toBe(true);
    phone.now = later(phone.now, 1 as Duration);
    expect(phone.holds(handle)).toBe(false);
    expect(endedAfter(holdOf(LIFE, 10_000))).toBe(false);
  },
);

clause('9.9 A renewal is not replicated and costs no write', () => {
  const bench = new Bench(3);
  bench.elect(0);
  const handle = bench.grant(0, 1);
  const deltas = bench.turns.map((turn) => turn.deltas.length);
  bench.call(0, 'update', handle);
  bench.settle();
  expect(bench.codes(0)).toEqual(['LS_SUCCESS']);
  expect(bench.turns.map((turn) => turn.deltas.length)).toEqual(deltas);
});

clause('9.5 A call refused because of expiry prolongs nothing', restsOn('11.10'));
clause('9.10 The client takes the larger of monotonic and wall-clock time', shownBy('client-asleep.txt'));
clause('9.11 A server that sleeps frees later', shownBy('sleeping-server.txt'));

clause(
  '10.1 The list of servers comes from the newest file, and each handle has a connection of its own',
  () => {
    const phone = new Phone(['s1', 's2']);
    phone.apply({ kind: 'request', id: 1, key: CAD, units: 1 });
    phone.apply({ kind: 'request', id: 2, key: CAD, units: 1 });
    expect(new Set(phone.said.map(({ connection }) => connection)).size).toBe(2);
    phone.welcome();
    const calls = phone.said.splice(0);
    const lists = [
      { servers: ['s2', 's1', 's3'], fileVersion: 5 },
      { servers: ['s1'], fileVersion: 4 },
    ];
    calls.forEach(({ connection, message }, i) => {
      if (message.kind === 'call') phone.hear(connection, answerTo(message, lists[i]));
    });
    expect(phone.client).toMatchObject({ servers: ['s2', 's1', 's3'], fileVersion: 5 });
  },
);

clause('10.2 Sendings keep the handle and raise the attempt, and end with the time of the call', () => {
  const phone = new Phone();
  phone.apply({ kind: 'request', id: 1, key: CAD, units: 1 });
  const began = phone.now;
  const handles = new Set<string>();
  let last = 0;
  for (let i = 0; i < 400; i++) {
    for (const { connection, message } of phone.said.splice(0)) {
      if (message.kind === 'hello') {
        phone.hear(connection, { kind: 'hello-reply', term: 7, stamp: 1 as Stamp, hint: null });
      } else if (message.call === 'request') {
        expect(message.attempt).toBeGreaterThan(last);
        expect(phone.now - began).toBeLessThan(DEFAULT_SETTINGS.callTimeout);
        handles.add(message.handle);
        last = message.attempt;
        // Answers that say nothing keep it going as long as it may.
        phone.hear(connection, answerTo(message, { code: HELLO }));
      }
    }
    phone.pass(milliseconds(100));
  }
  expect(handles.size).toBe(1);
  expect(phone.outcomes).toHaveLength(1);
});

clause(
  '10.3 An answer is taken only on the present connection and for an attempt of the running call',
  () => {
    const phone = new Phone();
    phone.apply({ kind: 'request', id: 1, key: CAD, units: 1 });
    phone.welcome();
    const first = phone.lastCall();
    phone.pass(milliseconds(1500));
    phone.welcome();
    phone.hear(first.connection, answerTo(first.call));
    phone.answer({ attempt: 99 });
    phone.answer({ call: 'update' });
    expect(phone.outcomes).toEqual([]);
    phone.answer();
    expect(phone.outcomes).toHaveLength(1);
  },
);

clause('10.4 A request that is given up is dead first, then released until that is answered', (it) => {
  shownBy('release-blocks-late-request.txt')(it);
  shownBy('release-after-its-time.txt')(it);
  const phone = new Phone(['s1']);
  phone.apply({ kind: 'request', id: 1, key: CAD, units: 1 });
  phone.welcome();
  const { connection, call } = phone.lastCall();
  phone.pass(milliseconds(1600));
  expect(phone.outcomes).toMatchObject([{ code: { name: 'VLS_NO_SERVER_RESPONSE' } }]);
  phone.hear(connection, answerTo(call));
  expect(phone.notes).toEqual([]);
  phone.welcome();
  expect(phone.lastCall().call).toMatchObject({ call: 'release', handle: call.handle });
  phone.said = [];
  while (!phone.said.some(({ message }) => message.kind === 'call')) {
    phone.pass(milliseconds(100));
    phone.welcome();
  }
  expect(phone.lastCall().call).toMatchObject({ call: 'release', handle: call.handle });
  phone.answer();
  expect(phone.client.handles.size).toBe(0);
});

clause(
  '10.5 A request that a Leader refused is over for good, and nothing of it is released',
  shownBy('refused-after-retry.txt'),
);

clause('10.6 A failed call is definite only if a Leader refused it', () => {
  const ended = (code: Code, sendings: number): boolean => {
    const phone = new Phone();
    phone.apply({ kind: 'request', id: 1, key: CAD, units: 1 });
    phone.welcome();
    for (let i = 1; i < sendings; i++) {
      phone.pass(milliseconds(1500));
      phone.welcome();
    }
    while (phone.outcomes.length === 0) {
      phone.answer({ code });
      phone.pass(milliseconds(250));
      phone.welcome();
    }
    return phone.outcomes[0]!.definite;
  };
  expect([ended(LS_NOLICENSESAVAILABLE, 1), ended(LS_NOLICENSESAVAILABLE, 2)]).toEqual([true, true]);
  expect(ended(VLS_SERVER_SYNC_IN_PROGRESS, 1)).toBe(false);
  // Expired, and a life with it: a copy of this very sending was granted before the license ended. It is to be released.
  for (const life of [NO_DURATION, LIFE]) {
    const phone = new Phone();
    phone.apply({ kind: 'request', id: 1, key: CAD, units: 1 });
    phone.welcome();
    phone.answer({ code: LS_LICENSE_EXPIRED, life });
    expect(phone.outcomes).toMatchObject([{ id: 1, definite: life === NO_DURATION }]);
    const said = [...phone.said];
    phone.welcome();
    const released = [...said, ...phone.said].filter(
      ({ message }) => message.kind === 'call' && message.call === 'release',
    );
    expect(released).toHaveLength(life === NO_DURATION ? 0 : 1);
  }
});

clause(
  '10.7 No Leader, and a pool that synchronises, are retried for as long as an election may take',
  shownBy('unreachable-leader.txt'),
);

clause('10.8 STALE and HELLO are not shown', () => {
  const phone = new Phone();
  phone.apply({ kind: 'request', id: 1, key: CAD, units: 1 });
  phone.welcome();
  const first = phone.lastCall();
  phone.answer({ code: HELLO });
  phone.welcome();
  expect(phone.lastCall().call.handle).toBe(first.call.handle);
  expect(phone.lastCall().connection).not.toBe(first.connection);
  phone.answer({ code: STALE });
  phone.welcome();
  expect(phone.lastCall().call.handle).not.toBe(first.call.handle);
  phone.answer();
  expect(phone.outcomes).toMatchObject([
    { id: 1, code: { name: 'LS_SUCCESS' }, handle: phone.lastCall().call.handle },
  ]);
});

clause(
  '10.9 Handles are renewed at 80 % of life, and every retry interval after a fail-over status',
  shownBy('renewed-by-itself.txt'),
);
clause(
  '10.10 The first update without an answer succeeds with the fail-over status, without moving the deadline',
  shownBy('two-call-fail-over.txt'),
);
clause(
  '10.11 Every update after it goes along the whole list, and fails with the most telling code',
  shownBy('no-leader-two-calls.txt'),
);
clause('10.12 After the deadline the library says "not held" by itself', shownBy('client-never-calls.txt'));
clause(
  '10.13 A majority failure is not said before the first canvass of a silence has ended',
  shownBy('majority-failure.txt'),
);

clause('10.15 The codes that the protocol uses have these numbers and are definite as it says', () => {
  const table = protocolText().split('- **10.15**')[1]!.split('\n## ')[0]!;
  const rows = [...table.matchAll(/^\| (`.*?`) \| (.*?) \| (.*?) \|$/gm)];
  expect(rows.length).toBeGreaterThan(8);
  for (const [, names, numbers, definite] of rows) {
    const codes = [...names!.matchAll(/`(\w+)`/g)].map(([, name]) =>
      ALL_CODES.find((code) => code.name === name),
    );
    codes.forEach((code, i) => {
      expect(code, names).toBeDefined();
      const written = numbers!.split(', ')[i]?.replace('…', '0xC800');
      if (written !== undefined && numbers !== 'wire only')
        expect(code!.number, code!.name).toBe(Number(written));
      if (/^(yes|no)/.test(definite!)) expect(code!.definite, code!.name).toBe(definite!.startsWith('yes'));
    });
  }
  expect(LS_LICENSETERMINATED.number).toBe(0xc8001004);
});
