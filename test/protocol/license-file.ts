// Section 12 of PROTOCOL.md: how an edit of the license file on one disk becomes the file in force.

import { expect } from 'vitest';
import type { AppendReply } from '../../src/core/message.ts';
import { encodeText, hashOfPoolFile, printPoolFile, readPoolFile } from '../../src/core/pool-file-text.ts';
import { follows, offerOf, pastWith } from '../../src/core/server/file-offer.ts';
import { beginRound, propose } from '../../src/core/server/rounds.ts';
import { applyDelta, registerFrom } from '../../src/core/server/state.ts';
import type { FileInForce, LocalFile } from '../../src/core/state.ts';
import { type CivilTime, milliseconds } from '../../src/core/time.ts';
import { Bench, foundingImage } from './bench.ts';
import { clause, restsOn, shownBy, shownIn } from './clause.ts';

const HASH_A = 'a'.repeat(64);
const HASH_B = 'b'.repeat(64);

function localFile(version: number): LocalFile {
  const body = encodeText(`regency pool file 1\npool p\nversion ${version}\nserver s1\n`);
  return { body, hash: hashOfPoolFile(body) };
}

function inForce(version: number, past: readonly string[] = []): FileInForce {
  return { version, hash: HASH_A, body: new Uint8Array(0), members: [0], past };
}

clause(
  '12.1 A server offers what lies on its disk; what is in force is in the state',
  shownBy('file-edited.txt'),
);

clause('12.2 An older version put back is no edit, and a store that installed none never offers', (test) => {
  const local = localFile(1);
  expect(offerOf(local, { version: 4, hash: local.hash }, [])).toBeNull();
  expect(offerOf(local, { version: 4, hash: HASH_A }, [HASH_B, local.hash])).toBeNull();
  expect(offerOf(local, null, [])).toBeNull();
  expect(offerOf(null, { version: 4, hash: HASH_A }, [])).toBeNull();
  // It reaches back 64 versions.
  let past: readonly string[] = [];
  for (let version = 1; version <= 70; version++)
    past = pastWith({ ...inForce(version, past), hash: `${version}` });
  expect(past).toHaveLength(64);
  expect(past.at(0)).toBe('7');
  shownBy('file-older.txt')(test);
});

clause(
  '12.3 An edit that is in force in a state which may be lost is offered again',
  shownBy('file-lost-before-commit.txt'),
);

clause(
  '12.4 A file that says a version above the last is explicit; any other edit is the next version',
  () => {
    const last = { version: 4, hash: HASH_A };
    const said = localFile(9);
    expect(offerOf(said, last, [])).toEqual({
      version: 9,
      baseVersion: 4,
      isExplicit: true,
      hash: said.hash,
    });
    for (const version of [1, 4]) {
      const { hash } = localFile(version);
      expect(offerOf(localFile(version), last, [])).toEqual({
        version: 5,
        baseVersion: 4,
        isExplicit: false,
        hash,
      });
    }
    const junk: LocalFile = { body: encodeText('?'), hash: HASH_B };
    expect(offerOf(junk, last, [])).toEqual({ version: 5, baseVersion: 4, isExplicit: false, hash: HASH_B });
    // There is no version after the last one that a file can have.
    expect(offerOf(junk, { version: 2 ** 31 - 1, hash: HASH_A }, [])).toBeNull();
  },
);

clause(
  '12.5 An offer follows the version it was made from, or one below its own; what cannot be is refused',
  (test) => {
    const offer = { version: 5, baseVersion: 4, isExplicit: false, hash: HASH_B };
    expect(follows(offer, inForce(4))).toBe(true);
    expect(follows(offer, inForce(3)), 'made from a version that was lost').toBe(false);
    expect(follows(offer, inForce(5))).toBe(false);
    expect(follows({ ...offer, isExplicit: true }, inForce(3))).toBe(true);
    expect(follows({ ...offer, isExplicit: true }, inForce(5)), 'the version is taken').toBe(false);
    shownBy('file-refused.txt', 'file-version-taken.txt')(test);
  },
);

clause('12.6 A file is installed when it is committed, and not before', (test) => {
  const bench = new Bench(3);
  const leader = bench.elect(0);
  const [first, second] = bench.servers as [(typeof bench.servers)[0], (typeof bench.servers)[0]];
  const { charter } = first.register!;
  const body = encodeText(`${new TextDecoder().decode(charter.file.body)}# edited\n`);
  const hash = hashOfPoolFile(body);
  const { members } = charter.file;
  propose(
    first,
    leader,
    [{ kind: 'file', version: 2, hash, body, members, oldMembers: null }],
    bench.turns[0]!,
  );
  beginRound(first, leader, bench.turns[0]!);
  const append = bench.tray.find(({ to, message }) => to === second.host && message.kind === 'append')!;
  bench.deliver(1, append.message);
  expect(second.register!.charter.file).toMatchObject({ version: 2, past: [charter.file.hash] });
  expect(second.meta.lastFile?.version, 'no round has confirmed it').toBe(1);
  bench.settle();
  beginRound(first, leader, bench.turns[0]!);
  bench.settle();
  expect(bench.servers.map(({ meta }) => meta.lastFile?.version)).toEqual([2, 2, 2]);
  shownBy('file-lost-before-commit.txt')(test);
});

clause(
  '12.7 Of every edit one is in force, the others are saved or still offered',
  shownBy('file-conflict.txt', 'file-refused.txt'),
);

clause(
  '12.8 A lower limit holds for new grants, and what a pool must reckon with is never lowered',
  (test) => {
    const register = registerFrom(foundingImage(3), null)!;
    const { charter, position } = register;
    const reading = readPoolFile(charter.file.body);
    const file = reading.ok ? reading.file : expect.fail('the founding file can be read');
    for (const [version, life] of [
      [2, 600_000],
      [3, 30_000],
    ] as const) {
      const licenses = file.licenses.map((license) => ({ ...license, keyLifetime: milliseconds(life) }));
      const body = encodeText(printPoolFile({ ...file, licenses }));
      const { members } = charter.file;
      applyDelta(register, {
        base: register.position,
        position: { term: position.term, index: register.position.index + 1 },
        operations: [{ kind: 'file', version, hash: hashOfPoolFile(body), body, members, oldMembers: null }],
      });
      expect(register.charter.longestLife).toBe(milliseconds(600_000));
      expect(register.charter.driftPpm).toBe(charter.driftPpm);
    }
    shownBy('file-edited.txt')(test);
  },
);

/** A reply to the present round, as that server would give it. */
function replyOf(bench: Bench, slot: number): AppendReply {
  const { term, round } = bench.leader(0);
  const { position } = bench.servers[slot]!.register!;
  const header = bench.header(slot);
  const wall = 0 as CivilTime;
  return {
    kind: 'append-reply',
    header,
    term,
    round,
    ok: true,
    position,
    promised: term,
    isMember: true,
    wall,
    isUnfit: false,
    fileOffer: null,
  };
}

clause('12.9 No offer is taken before the file in force is confirmed', () => {
  const bench = new Bench(3);
  const leader = bench.elect(0);
  const first = bench.servers[0]!;
  const { file } = first.register!.charter;
  const offer = { version: 9, baseVersion: 1, isExplicit: true, hash: HASH_B };
  const reply: AppendReply = { ...replyOf(bench, 1), fileOffer: offer };
  propose(first, leader, [{ kind: 'file', ...file, version: 2, oldMembers: null }], bench.turns[0]!);
  bench.deliver(0, reply);
  expect(leader.fileFetch).toBeNull();
  beginRound(first, leader, bench.turns[0]!);
  bench.settle();
  bench.deliver(0, reply);
  expect(leader.fileFetch?.offer).toEqual(offer);
});

clause('12.10 A chain has room for one license file', () => {
  const bench = new Bench(3);
  const leader = bench.elect(0);
  const first = bench.servers[0]!;
  const { file } = first.register!.charter;
  for (const version of [2, 3])
    propose(first, leader, [{ kind: 'file', ...file, version, oldMembers: null }], bench.turns[0]!);
  bench.tray = [];
  beginRound(first, leader, bench.turns[0]!);
  const lengths = bench.tray.map(({ message }) => (message.kind === 'append' ? message.chain.length : 0));
  expect(Math.max(...lengths)).toBe(1);
});

clause(
  '12.11 A server with the key of a vendor puts no license in force that was not signed',
  shownIn(
    'loopback/vendor.test.ts',
    'a server with the key of a vendor takes signed licenses only, and a pool of such servers no edited limit',
  ),
);

clause('1.7 All servers converge to the newest license file in force', restsOn('12.5', '12.6', '12.7'));
