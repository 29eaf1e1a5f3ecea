// Sections 15 and 16 of PROTOCOL.md: who is enough, and what stands on the disk.

import { expect } from 'vitest';
import { stream } from '../../sim/kernel/chance.ts';
import { Disk, UNBOUNDED } from '../../sim/world/disk.ts';
import { nextTerm } from '../../src/core/ids.ts';
import { isQuorum } from '../../src/core/server/quorum.ts';
import type { Delta, Meta, StateImage } from '../../src/core/state.ts';
import type { Duration, Stamp } from '../../src/core/time.ts';
import type { DiskBatch } from '../../src/storage/disk-command.ts';
import { DEFAULT_LOG_LIMIT, Journal } from '../../src/storage/journal.ts';
import { endOfRecordAt, syncedOfRecord } from '../../src/storage/record.ts';
import { type Recovered, recover } from '../../src/storage/recovery.ts';
import { CAD, foundingImage, foundingMeta, handleOf, storeOf } from './bench.ts';
import { clause, restsOn, shownBy } from './clause.ts';
import { Desk, syncedFiles } from './desk.ts';

// ── Quorums

/** Whether these members of a pool of that size are a quorum. */
function isEnough(size: number, slots: readonly number[]): boolean {
  const tally = new Uint8Array(256);
  for (const slot of slots) tally[slot] = 1;
  const members = Array.from({ length: size }, (_, slot) => slot);
  return isQuorum({ fileVersion: 1, members, oldMembers: null, stores: new Map(), isForming: false }, tally);
}

function subsets(size: number): number[][] {
  return Array.from({ length: 2 ** size }, (_, mask) => {
    return Array.from({ length: size }, (_, slot) => slot).filter((slot) => mask & (1 << slot));
  });
}

clause('15.1 A quorum of three and more is a strict majority of the configured members', () => {
  for (const size of [3, 4, 5, 6, 7]) {
    for (const slots of subsets(size)) expect(isEnough(size, slots)).toBe(slots.length > size / 2);
  }
});
clause('15.2 A pool of one elects itself at boot in a new term', shownBy('pool-of-one.txt'));
clause('15.3 In a pool of two the first serves alone, and the second does not', (it) => {
  shownBy('pool-of-two.txt')(it);
  expect([[], [0], [1], [0, 1]].map((slots) => isEnough(2, slots))).toEqual([false, true, false, true]);
});
clause('15.4 The second of two is promoted by an operator', shownBy('pool-of-two-promoted.txt'));
clause('15.5 The second of two never serves by itself', shownBy('pool-of-two-cut.txt'));
clause('15.6 A pool of four needs three', shownBy('pool-of-four.txt'));
clause('15.7 Two quorums of one membership intersect', () => {
  for (const size of [1, 2, 3, 4, 5, 6]) {
    const quorums = subsets(size).filter((slots) => isEnough(size, slots));
    for (const a of quorums) for (const b of quorums) expect(a.some((slot) => b.includes(slot))).toBe(true);
  }
});

// ── Storage

/** A store on a disk: its journal, and what was given to it. */
class Store {
  readonly disk = new Disk();
  readonly journal: Journal;
  meta: Meta;
  image: StateImage;
  made = 0;

  constructor() {
    this.image = foundingImage(3);
    this.meta = foundingMeta(0, this.image);
    this.journal = Journal.create(this.meta, this.image);
    this.commit();
  }

  /** A batch that is done. */
  commit(): DiskBatch {
    const batch = this.issue();
    this.disk.complete();
    this.journal.committed();
    return batch;
  }

  issue(): DiskBatch {
    const batch = this.journal.takeBatch()!;
    this.disk.issue(batch);
    return batch;
  }

  promise(term: number): void {
    this.meta = { ...this.meta, promised: term };
    this.journal.meta(this.meta);
  }

  grant(): Delta {
    const base = this.image.position;
    const position = { ...base, index: base.index + 1 };
    const token = {
      handle: handleOf(++this.made),
      key: CAD,
      units: 1,
      owner: 'c1',
      life: 60_000_000 as Duration,
    };
    const delta: Delta = { base, position, operations: [{ kind: 'add', ...token }] };
    this.journal.delta(delta);
    this.image = { ...this.image, position, live: [...this.image.live, token] };
    return delta;
  }

  found(): Recovered {
    const found = recover(this.disk.files());
    if (found.kind !== 'recovered') throw new Error(found.kind === 'corrupt' ? found.reason : found.kind);
    return found;
  }

  /** Where the records of the log begin; the last entry is its end. */
  edges(): number[] {
    const copies = [A, B].map((file) => this.disk.files().get(file)!);
    const edges = [0];
    while (edges.at(-1)! < copies[0]!.length) {
      edges.push(Math.max(...copies.map((log) => endOfRecordAt(log, edges.at(-1)!))));
    }
    return edges;
  }

  /** The nth record from the end goes bad in these copies. */
  rotRecord(fromEnd: number, ...files: string[]): void {
    const edges = this.edges();
    const start = edges.at(-1 - fromEnd)!;
    for (const file of files) this.disk.rot(file, start + 10, 4);
  }
}

const BLOCK = 4096;
const A = 'state.1.a';
const B = 'state.1.b';

clause('16.1 Meta lies in two places, each as two equal copies', () => {
  const store = new Store();
  const terms = [3, 4].map((round) => nextTerm(round * 2 ** 24, 0, 1));
  for (const term of terms) {
    store.promise(term);
    store.commit();
  }
  // Written third, so it lies in the first place; the one before in the second.
  const promised = (...blocks: number[]) => {
    const image = store.disk.image();
    for (const block of blocks) store.disk.rot('meta', block * BLOCK, 40);
    const found = recover(store.disk.files());
    store.disk.restore(image);
    return found.kind === 'recovered' ? found.store.meta.promised : found.kind;
  };
  expect(promised()).toBe(terms[1]);
  expect([promised(0), promised(1), promised(2, 3)]).toEqual([terms[1], terms[1], terms[1]]);
  expect([promised(0, 1), promised(0, 1, 2)]).toEqual([terms[0], terms[0]]);
  expect(promised(0, 1, 2, 3)).toBe('corrupt');
});

clause('16.2 The log is two files with the same records at the same offsets', () => {
  const store = new Store();
  store.grant();
  store.commit();
  const files = store.disk.files();
  expect(files.get(A)).toEqual(files.get(B));
  expect(store.edges().length).toBe(3);
});

clause('16.3 A record says how much of its log was on disk when it was written', () => {
  const store = new Store();
  const end = store.edges().at(-1)!;
  store.grant();
  store.grant();
  store.commit();
  store.grant();
  store.commit();
  const edges = store.edges();
  const log = store.disk.files().get(A)!;
  expect(edges.slice(1).map((edge) => syncedOfRecord(log, edge))).toEqual([0, end, end, edges.at(-2)]);
});

clause('16.4 At most one batch is under way, and it covers all since the last one', () => {
  const store = new Store();
  store.grant();
  store.issue();
  store.grant();
  store.grant();
  expect(store.journal.takeBatch()).toBeNull();
  store.disk.complete();
  store.journal.committed();
  store.commit();
  expect(store.found().store.deltas.length).toBe(3);
});

clause('16.5 An image for the log begins a new pair of files, in one batch', () => {
  const store = new Store();
  store.promise(nextTerm(9 * 2 ** 24, 0, 1));
  store.journal.snapshot(store.image);
  const batch = store.issue();
  const steps = batch.map((command) => {
    return command.kind === 'rename'
      ? `rename ${command.to}`
      : 'file' in command
        ? `${command.kind} ${command.file}`
        : command.kind;
  });
  expect(steps).toEqual([
    'write meta',
    'write meta',
    'sync meta',
    'write state.2.a.tmp',
    'write state.2.b.tmp',
    'sync state.2.a.tmp',
    'sync state.2.b.tmp',
    'rename state.2.a',
    'rename state.2.b',
    'sync-directory',
    'unlink state.1.a',
    'unlink state.1.b',
    'sync-directory',
  ]);
});

clause('16.6 The log is rewritten beyond the larger of a limit and four times its image', () => {
  expect(DEFAULT_LOG_LIMIT).toBe(4 * 1024 * 1024);
  const image = foundingImage(3);
  const journal = Journal.create(foundingMeta(0, image), image, [], 1);
  const written = (): number => {
    const batch = journal.takeBatch()!;
    journal.committed();
    return batch.reduce(
      (sum, each) => sum + (each.kind === 'write' && each.file.startsWith(A) ? each.bytes.length : 0),
      0,
    );
  };
  const imageBytes = written();
  let logBytes = imageBytes;
  let { position } = image;
  while (!journal.wantsSnapshot) {
    expect(logBytes).toBeLessThanOrEqual(4 * imageBytes);
    const next = { ...position, index: position.index + 1 };
    journal.delta({ base: position, position: next, operations: [] });
    position = next;
    logBytes += written();
  }
  expect(logBytes).toBeGreaterThan(4 * imageBytes);
});

clause('16.7 Temporary files are ignored, and removed at recovery', () => {
  const store = new Store();
  store.journal.snapshot(store.image);
  const batch = store.journal.takeBatch()!;
  store.disk.issue(
    batch.slice(
      0,
      batch.findIndex(({ kind }) => kind === 'rename'),
    ),
  );
  store.disk.complete();
  expect([...store.disk.files().keys()]).toContain('state.2.a.tmp');
  const found = store.found();
  expect(found.place.logNumber).toBe(1);
  store.disk.issue(found.repairs);
  store.disk.complete();
  expect([...store.disk.files().keys()].sort()).toEqual(['meta', A, B]);
});

clause(
  '16.8 A state that was fetched is written as an image before it is acknowledged',
  restsOn('7.14', '16.5', '3.14'),
);

clause('16.9 A record that is good in either file is good', () => {
  const store = new Store();
  store.grant();
  store.commit();
  store.grant();
  store.commit();
  store.rotRecord(1, A);
  store.rotRecord(2, B);
  expect(store.found().store.deltas.length).toBe(2);
});

clause(
  '16.10 A record bad in both files ends the log where nothing was synced, and is rot below that',
  () => {
    const tail = new Store();
    tail.grant();
    tail.commit();
    tail.grant();
    tail.grant();
    tail.commit();
    // The last batch, as far as anybody can tell: cut there, even before a record that is good.
    tail.rotRecord(2, A, B);
    expect(tail.found().store.deltas.length).toBe(1);
    const rot = new Store();
    for (let i = 0; i < 2; i++) {
      rot.grant();
      rot.commit();
    }
    rot.rotRecord(2, A, B);
    expect(recover(rot.disk.files()).kind).toBe('corrupt');
  },
);

clause('16.11 What recovery mends is synced before the store acts', () => {
  const store = new Store();
  store.grant();
  store.commit();
  store.rotRecord(1, B);
  const { repairs } = store.found();
  const mended = repairs.findIndex(
    ({ kind, ...rest }) => kind === 'write' && 'file' in rest && rest.file === B,
  );
  const synced = repairs.findIndex(
    ({ kind, ...rest }) => kind === 'sync' && 'file' in rest && rest.file === B,
  );
  expect(mended).toBeGreaterThanOrEqual(0);
  expect(synced).toBeGreaterThan(mended);
  const desk = new Desk(3, 0, store.disk);
  desk.boot();
  expect(desk.batches[0]!.slice(0, repairs.length)).toEqual(repairs);
});

clause('16.12 A promise that lags behind the position is raised to its term, by hearsay', () => {
  const store = new Store();
  const term = nextTerm(store.meta.promised, 1, 7);
  store.meta = { ...store.meta, promisedTo: { store: 5, incarnation: 6 } };
  store.journal.meta(store.meta);
  const base = store.image.position;
  store.journal.delta({ base, position: { term, index: base.index + 1 }, operations: [] });
  store.commit();
  expect(store.found().store.meta).toMatchObject({ promised: term, promisedTo: null });
});

clause('16.13 The last synced batch is lost only if both its copies are', () => {
  const store = new Store();
  store.grant();
  store.commit();
  const image = store.disk.image();
  for (const [bad, left] of [
    [[A], 1],
    [[B], 1],
    [[A, B], 0],
  ] as const) {
    store.rotRecord(1, ...bad);
    expect(store.found().store.deltas.length).toBe(left);
    store.disk.restore(image);
  }
});

clause(
  '16.14 A failed sync is fatal, and after it as after a crash the server goes on with what was synced',
  (it) => {
    shownBy('failed-sync.txt', 'crash-losing-writes.txt')(it);
    const store = new Store();
    store.grant();
    store.commit();
    store.grant();
    store.issue();
    store.disk.crash(stream(1, 'crash'), { survivePpm: 0, torn: false });
    expect(store.found().store.deltas.length).toBeGreaterThanOrEqual(1);
  },
);

clause('16.15 A promise syncs meta, a batch of grants the log, a renewal and a heartbeat nothing', () => {
  const desk = new Desk(1, 0);
  desk.boot();
  desk.finishSyncs();
  desk.batches.length = 0;
  const synced = (): string[][] => desk.batches.splice(0).map(syncedFiles);
  desk.wake();
  expect(synced()).toEqual([['meta']]);
  desk.finishSyncs();
  expect(synced()).toEqual([[A, B]]);
  desk.feedClient({ kind: 'hello' });
  const hello = desk.replies.at(-1)!;
  const call = (name: 'request' | 'update', number: number): void => {
    desk.feedClient({
      kind: 'call',
      call: name,
      handle: handleOf(number),
      key: CAD,
      units: 1,
      attempt: 1,
      owner: 'c1',
      moved: false,
      term: hello.term,
      stamp: hello.stamp as Stamp,
      fileVersion: 1,
    });
  };
  for (const number of [1, 2, 3]) call('request', number);
  desk.finishSyncs();
  expect(synced()).toEqual([
    [A, B],
    [A, B],
  ]);
  call('update', 1);
  desk.wake();
  desk.wake();
  expect(synced()).toEqual([]);
  expect(desk.replies.filter((reply) => reply.kind === 'answer').map(({ code }) => code.name)).toEqual(
    Array(4).fill('LS_SUCCESS'),
  );
});

clause(
  '16.16 A batch that finds no room is tried again as it is, and until then the server is unfit',
  (it) => {
    shownBy('full-disk-follower.txt', 'full-disk-leader.txt')(it);
    const desk = new Desk(3, 2);
    const { server } = desk.boot();
    desk.finishSyncs();
    const base = server.register!.position;
    const term = nextTerm(base.term, 0, 1);
    const position = { term, index: base.index + 1 };
    const leader = {
      poolId: server.meta.poolId,
      from: 0,
      store: storeOf(0),
      incarnation: 65_536,
      durable: base,
      booted: base,
    };
    const append = (round: number): void =>
      desk.feed({
        kind: 'append',
        header: leader,
        term,
        round,
        position,
        chain: [{ base, position, operations: [] }],
        pull: false,
        viaHandOver: false,
        fileVersion: 0,
        isSettled: true,
        notice: null,
        witnessed: [],
      });
    const durable = recover(desk.disk.files());
    desk.sent.length = 0;
    desk.batches.length = 0;
    desk.disk.setCapacity(desk.disk.usedBytes(), true);
    append(1);
    desk.finishSync();
    expect(desk.notes.at(-1)).toEqual({ kind: 'disk full' });
    expect(desk.sent).toEqual([]);
    // It takes nothing, and says of its disk what is on its disk.
    append(2);
    expect(desk.sent.splice(0)).toMatchObject([
      { to: 's1', message: { ok: false, isUnfit: true, position: base, promised: base.term, round: 2 } },
    ]);
    desk.feedClient({ kind: 'hello' });
    expect(desk.replies.at(-1)).toMatchObject({ kind: 'hello-reply', term: 0 });
    for (let i = 0; i < 20; i++) {
      desk.wake();
      if (desk.isSyncing) desk.finishSync();
    }
    // Its time-out has run out, and it has asked for nothing.
    expect(desk.sent).toEqual([]);
    expect(new Set(desk.batches).size).toBe(1);
    expect(desk.batches.length).toBeGreaterThan(5);
    // The power fails now: its store is what it was.
    const found = recover(desk.disk.files());
    expect(found).toMatchObject({ kind: 'recovered', store: (durable as Recovered).store });
    desk.disk.setCapacity(UNBOUNDED, false);
    while (!desk.isSyncing) desk.wake();
    desk.finishSync();
    expect(desk.notes.at(-1)).toEqual({ kind: 'disk has room' });
    expect(desk.sent).toMatchObject([{ to: 's1', message: { ok: true, isUnfit: false, round: 1 } }]);
  },
);
