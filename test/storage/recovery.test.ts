import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { stream } from '../../sim/kernel/chance.ts';
import { Disk } from '../../sim/world/disk.ts';
import type { DiskImage } from '../../sim/world/disk-model.ts';
import type { StateImage } from '../../src/core/state.ts';
import type { Files } from '../../src/storage/disk-command.ts';
import { Journal } from '../../src/storage/journal.ts';
import { endOfRecordAt } from '../../src/storage/record.ts';
import { leftovers, type Recovered, type Recovery, recover } from '../../src/storage/recovery.ts';
import { packed } from '../ended.ts';
import { delta as anyDelta, meta as anyMeta, stateImage } from '../wire/arbitraries.ts';
import { addition, apply, emptyImage, firstMeta, handleOf, stateOf } from './history.ts';

const A = 'state.1.a';
const B = 'state.1.b';

/** A disk with a snapshot and `batches` committed batches of one delta each, the last of `lastDeltas` deltas. */
class Installed {
  readonly disk = new Disk();
  readonly journal: Journal;
  readonly states: StateImage[] = [emptyImage()];
  /** Where the records of the log begin, as it was installed; the last entry is its end. */
  readonly edges: readonly number[];

  constructor(batches: number, lastDeltas = 1) {
    this.journal = Journal.create(firstMeta(), this.state);
    this.commit();
    for (let batch = 1; batch <= batches; batch++) {
      for (let i = 0; i < (batch === batches ? lastDeltas : 1); i++) this.add();
      this.commit();
    }
    this.edges = edgesOf(this.disk.files().get(A)!);
  }

  get state(): StateImage {
    return this.states.at(-1)!;
  }

  add(): void {
    const delta = addition(this.state, this.states.length);
    this.journal.delta(delta);
    this.states.push(apply(this.state, delta));
  }

  commit(): void {
    this.disk.issue(this.journal.takeBatch()!);
    this.disk.complete();
    this.journal.committed();
  }
}

function edgesOf(log: Uint8Array): number[] {
  const edges = [0];
  while (edges.at(-1)! < log.length) edges.push(endOfRecordAt(log, edges.at(-1)!));
  return edges;
}

/** Quicker than comparing byte by byte in the matcher. */
function areSame(a: DiskImage, b: DiskImage): boolean {
  return a.size === b.size && [...a].every(([name, bytes]) => Buffer.compare(bytes, b.get(name)!) === 0);
}

function recovered(files: Files): Recovered {
  const recovery = recover(files);
  expect(recovery).toMatchObject({ kind: 'recovered' });
  return recovery as Recovered;
}

function repair(disk: Disk, recovery: Recovered): void {
  disk.issue(recovery.repairs);
  disk.complete();
}

function isLost(recovery: Recovery): string {
  expect(recovery.kind).toBe('corrupt');
  return recovery.kind === 'corrupt' ? recovery.reason : '';
}

/** Rots bytes `from` … `to` of the record that begins at `edges[number]`. */
function rotRecord(installed: Installed, file: string, number: number): void {
  installed.disk.rot(file, installed.edges[number]! + 9, 3);
}

describe('what was written', () => {
  it('is recovered whatever it is', () => {
    fc.assert(
      fc.property(anyMeta, stateImage, fc.array(anyDelta, { maxLength: 5 }), (meta, image, deltas) => {
        const journal = Journal.create(meta, image);
        let position = image.position;
        const chained = deltas.map((delta) => {
          const next = { ...delta, base: position };
          position = delta.position;
          return next;
        });
        for (const each of chained) journal.delta(each);
        const disk = new Disk();
        disk.issue(journal.takeBatch()!);
        disk.complete();
        const { store } = recovered(disk.files());
        expect(store.image).toStrictEqual(image);
        expect(store.deltas).toStrictEqual(chained);
        const isRaised = position.term > meta.promised;
        const promise = isRaised ? { promised: position.term, promisedTo: null } : {};
        expect(store.meta).toStrictEqual({ ...meta, ...promise });
      }),
    );
  });

  it('is recovered when the snapshot has many parts, its live and ended handles in their order', () => {
    for (const [liveCount, endedCount] of [
      [0, 0],
      [1024, 0],
      [1025, 30_000],
      [500, 600],
      [0, 8192],
      [0, 8193],
    ] as const) {
      const live = Array.from({ length: liveCount }, (_, i) => handleOf(i));
      const ended = packed(
        Array.from({ length: endedCount }, (_, i) => ({
          handle: handleOf(i + 100_000).handle,
          reason: 'lapsed' as const,
          at: { term: 1, index: i >> 2 },
        })),
      );
      const position = { term: 1, index: endedCount };
      const image = { ...emptyImage(), position, live, ended };
      const disk = new Disk();
      disk.issue(Journal.create(firstMeta(), image).takeBatch()!);
      disk.complete();
      const read = recovered(disk.files()).store.image!;
      const { ended: found } = read;
      expect({ ...read, ended }).toStrictEqual(image);
      expect(found.runs).toStrictEqual(ended.runs);
      expect(Buffer.compare(found.entries, ended.entries)).toBe(0); // byte by byte the matcher takes seconds
    }
  });

  it('is an empty disk when it is no store at all', () => {
    expect(recover(new Map())).toEqual({ kind: 'empty' });
    expect(recover(new Map([['lock', new Uint8Array(3)]]))).toEqual({ kind: 'empty' });
    expect(recover(new Map([['state.1.a.tmp', new Uint8Array(3)]]))).toEqual({ kind: 'empty' });
  });
});

describe('the two copies of the log', () => {
  let installed: Installed;

  beforeEach(() => {
    installed = new Installed(5);
  });

  it('make good for each other: any damage to one of them is repaired', () => {
    fc.assert(
      fc.property(fc.constantFrom(A, B), fc.nat(), fc.nat(), (file, where, length) => {
        const { disk, state } = installed;
        const before = disk.image();
        const size = before.get(file)!.length;
        const start = where % size;
        disk.rot(file, start, 1 + (length % (size - start)));
        const recovery = recovered(disk.files());
        expect(stateOf(recovery.store)).toStrictEqual(state);
        expect(recovery.notes.length).toBeGreaterThan(0);
        repair(disk, recovery);
        expect(areSame(disk.image(), before)).toBe(true);
      }),
    );
  });

  it('make good for each other where both are damaged in different records', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(A, B, null), { minLength: 6, maxLength: 6 }), (damaged) => {
        const before = installed.disk.image();
        damaged.forEach((file, number) => {
          if (file !== null) rotRecord(installed, file, number);
        });
        const recovery = recovered(installed.disk.files());
        expect(stateOf(recovery.store)).toStrictEqual(installed.state);
        repair(installed.disk, recovery);
        expect(areSame(installed.disk.image(), before)).toBe(true);
        installed.disk.restore(before);
      }),
    );
  });

  it('are repaired when one file is missing, or shorter than the other', () => {
    const { disk, state } = installed;
    const before = disk.image();
    for (const length of [0, 1, 150]) {
      disk.restore(new Map([...before, [B, before.get(B)!.slice(0, length)]]));
      const recovery = recovered(disk.files());
      expect(stateOf(recovery.store)).toStrictEqual(state);
      repair(disk, recovery);
      expect(areSame(disk.image(), before)).toBe(true);
    }
    disk.restore(new Map([...before].filter(([name]) => name !== A)));
    const recovery = recovered(disk.files());
    repair(disk, recovery);
    expect(areSame(disk.image(), before)).toBe(true);
  });

  it('are lost when a record that was on the medium is bad in both, since a later one tells', () => {
    for (let number = 1; number <= 4; number++) {
      const each = new Installed(5);
      rotRecord(each, A, number);
      rotRecord(each, B, number);
      expect(isLost(recover(each.disk.files()))).toContain('that was on the medium');
    }
  });

  it('are lost when a part of the snapshot is bad in both, even with an older log beside them', () => {
    rotRecord(installed, A, 0);
    rotRecord(installed, B, 0);
    const files = new Map(installed.disk.image());
    expect(isLost(recover(files))).toContain('snapshot');
    const older = new Installed(0).disk.image();
    const both = new Map([...older, ['state.2.a', files.get(A)!], ['state.2.b', files.get(B)!]]);
    expect(isLost(recover(both))).toContain('log 2: its snapshot');
  });

  it('are lost when the last record before a restart is bad in both, since the first after it tells', () => {
    const { disk, state, edges } = installed;
    const journal = Journal.resume(recovered(disk.files()));
    journal.delta(addition(state, 99));
    disk.issue(journal.takeBatch()!);
    disk.complete();
    const at = edges.at(-2)! + 20;
    const files = new Map([...disk.files()].map(([name, bytes]) => [name, bytes.slice()]));
    for (const file of [A, B]) files.get(file)![at]! ^= 1;
    expect(recover(files)).toMatchObject({ kind: 'corrupt' });
  });

  it('are cut at a last batch that is bad in both, even where a good record of it follows', () => {
    const last = new Installed(3, 3);
    const { edges } = last;
    rotRecord(last, A, 3);
    rotRecord(last, B, 3);
    expect(endOfRecordAt(last.disk.files().get(A)!, edges[4]!)).toBe(edges[5]);
    const recovery = recovered(last.disk.files());
    expect(stateOf(recovery.store)).toStrictEqual(last.states[2]);
    repair(last.disk, recovery);
    expect(last.disk.files().get(A)!.length).toBe(edges[3]);
    expect(last.disk.files().get(B)!.length).toBe(edges[3]);
    expect(recovered(last.disk.files()).notes).toEqual([]);
  });

  it('are cut at a torn tail, however long it is and whatever stands in it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.uint8Array({ maxLength: 80 }), (tailA, tailB) => {
        const before = installed.disk.image();
        const torn = (file: string, tail: Uint8Array): Uint8Array =>
          new Uint8Array([...before.get(file)!, ...tail]);
        installed.disk.restore(new Map([...before, [A, torn(A, tailA)], [B, torn(B, tailB)]]));
        const recovery = recovered(installed.disk.files());
        expect(stateOf(recovery.store)).toStrictEqual(installed.state);
        repair(installed.disk, recovery);
        expect(areSame(installed.disk.image(), before)).toBe(true);
      }),
    );
  });

  it('are named on the medium before an older log is removed, when recovery finishes what a crash cut off', () => {
    const files = new Map(installed.disk.image());
    files.set('state.2.a', files.get(A)!).set('state.2.b.tmp', files.get(B)!);
    const kinds = recovered(files).repairs.map((command) => command.kind);
    expect(kinds.indexOf('sync-directory')).toBeLessThan(kinds.indexOf('unlink'));
    expect(kinds.at(-1)).toBe('sync-directory');
  });

  it('are lost when both are good and yet differ', () => {
    const other = new Disk();
    other.issue(Journal.create(firstMeta(), { ...emptyImage(), live: [handleOf(9)] }).takeBatch()!);
    other.complete();
    const files = new Map([...installed.disk.files(), [B, other.files().get(B)!]]);
    expect(isLost(recover(files))).toContain('its copies differ at 0');
  });

  it('are lost when a delta does not begin where the one before ended', () => {
    const { edges } = installed;
    const cut = (bytes: Uint8Array): Uint8Array =>
      new Uint8Array([...bytes.slice(0, edges[1]), ...bytes.slice(edges[2])]);
    const files = new Map(installed.disk.image());
    files.set(A, cut(files.get(A)!)).set(B, cut(files.get(B)!));
    expect(isLost(recover(files))).toContain('does not follow');
  });

  it('never make recovery throw, whatever stands in them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('meta', A, B), fc.nat(), fc.nat({ max: 40 })), { maxLength: 6 }),
        (damages) => {
          const before = installed.disk.image();
          for (const [file, where, length] of damages) {
            installed.disk.rot(file, where % (before.get(file)!.length + 1), length);
          }
          const recovery = recover(installed.disk.files());
          if (recovery.kind === 'recovered') {
            const state = stateOf(recovery.store);
            expect(installed.states).toContainEqual(state);
            repair(installed.disk, recovery);
            expect(stateOf(recovered(installed.disk.files()).store)).toStrictEqual(state);
          }
          installed.disk.restore(before);
        },
      ),
    );
  });
});

describe('the meta file', () => {
  const blocks = [0, 4096, 8192, 12288];
  let installed: Installed;

  beforeEach(() => {
    installed = new Installed(1);
    for (let boot = 2; boot <= 4; boot++) {
      installed.journal.meta({ ...firstMeta(), bootSequence: boot });
      installed.commit();
    }
  });

  const bootOf = (): number => recovered(installed.disk.files()).store.meta.bootSequence;

  it('tells the newest meta with any one copy bad, and is mended', () => {
    for (const block of blocks) {
      const before = installed.disk.image();
      installed.disk.rot('meta', block + 20, 1);
      expect(bootOf()).toBe(4);
      repair(installed.disk, recovered(installed.disk.files()));
      const isInForce = block >= 8192;
      if (isInForce) expect(areSame(installed.disk.image(), before)).toBe(true);
      installed.disk.restore(before);
    }
  });

  it('is mended without touching the good copy, which may be the only one', () => {
    installed.disk.rot('meta', 8192 + 20, 1);
    const writes = recovered(installed.disk.files()).repairs.filter((command) => command.kind === 'write');
    expect(writes).toMatchObject([{ file: 'meta', offset: 8192 }]);
  });

  it('tells the older meta only when the newer has no good copy', () => {
    installed.disk.rot('meta', 8192, 10);
    installed.disk.rot('meta', 12288, 10);
    expect(bootOf()).toBe(3);
  });

  it('writes to the slot that is not in force, so that an unfinished write spoils nothing', () => {
    installed.disk.rot('meta', 8192, 10);
    installed.disk.rot('meta', 12288, 10);
    const journal = Journal.resume(recovered(installed.disk.files()));
    journal.meta({ ...firstMeta(), bootSequence: 5 });
    const offsets = journal
      .takeBatch()!
      .flatMap((command) => (command.kind === 'write' && command.file === 'meta' ? [command.offset] : []));
    expect(offsets).toEqual([8192, 12288]);
  });

  it('is lost when no copy is good, or when it is missing beside a log', () => {
    for (const block of blocks) installed.disk.rot('meta', block, 10);
    expect(isLost(recover(installed.disk.files()))).toContain('no copy in the meta file is good');
    const files = new Map(installed.disk.files());
    files.delete('meta');
    expect(isLost(recover(files))).toContain('there is no meta file');
  });

  it('has its promise raised to the term of the stored state', () => {
    const disk = new Disk();
    disk.issue(Journal.create({ ...firstMeta(), promised: 3 }, emptyImage(7)).takeBatch()!);
    disk.complete();
    expect(recovered(disk.files()).store.meta).toMatchObject({ promised: 7, promisedTo: null });
  });

  it('names the store that the log belongs to: the log of a store that retired is dropped', () => {
    const other = new Disk();
    other.issue(Journal.create(firstMeta(2)).takeBatch()!);
    other.complete();
    const files = new Map([...installed.disk.image(), ['meta', other.image().get('meta')!]]);
    const recovery = recovered(files);
    expect(recovery.store).toMatchObject({ image: null, deltas: [] });
    installed.disk.restore(files);
    repair(installed.disk, recovery);
    expect([...installed.disk.files().keys()]).toEqual(['meta']);
  });
});

describe('a store that begins on the disk of a lost one', () => {
  it('never brings the lost one back, whenever the power fails', () => {
    const older = new Installed(0).disk.image();
    const installed = new Installed(3);
    rotRecord(installed, A, 0);
    rotRecord(installed, B, 0);
    const newer = installed.disk.image();
    const lost = new Map([...older, ['state.2.a', newer.get(A)!], ['state.2.b', newer.get(B)!]]);
    const seen = new Set<string>();
    for (let seed = 0; seed < 300; seed++) {
      const disk = new Disk();
      disk.restore(lost);
      disk.issue(Journal.create(firstMeta(2), null, leftovers(disk.files())).takeBatch()!);
      disk.crash(stream(seed, 'disk'), { survivePpm: 500_000, torn: true });
      const recovery = recover(disk.files());
      seen.add(recovery.kind);
      if (recovery.kind === 'recovered')
        expect(recovery.store).toMatchObject({ meta: { store: 2 }, image: null });
    }
    expect([...seen].sort()).toEqual(['corrupt', 'empty', 'recovered']);
  });
});

describe('a journal', () => {
  it('wants a snapshot when the log has outgrown its limit and four snapshots', () => {
    const journal = Journal.create(firstMeta(), emptyImage(), [], 3000);
    let state = emptyImage();
    let count = 0;
    while (!journal.wantsSnapshot) {
      const delta = addition(state, count++);
      journal.delta(delta);
      state = apply(state, delta);
    }
    const batch = journal.takeBatch()!;
    const bytes = batch.flatMap((command) =>
      command.kind === 'write' && command.file === 'state.1.a.tmp' ? [command.bytes.length] : [],
    );
    expect(bytes).toHaveLength(1);
    expect(bytes[0]).toBeGreaterThan(3000);
    expect(bytes[0]).toBeLessThan(3000 + 200);
    journal.snapshot(state);
    expect(journal.wantsSnapshot).toBe(false);
  });

  it('hands the same bytes to both copies, in one write and one sync each', () => {
    const installed = new Installed(1);
    installed.add();
    installed.add();
    const batch = installed.journal.takeBatch()!;
    expect(batch.map((command) => command.kind)).toEqual(['write', 'write', 'sync', 'sync']);
    const [first, second] = batch;
    expect(first).toMatchObject({ file: A });
    expect(second).toMatchObject({ file: B });
    if (first?.kind === 'write' && second?.kind === 'write') {
      expect(first.bytes).toBe(second.bytes);
      expect(first.offset).toBe(second.offset);
    }
  });

  it('leaves the bytes of a batch alone until it is committed, whatever it is given meanwhile', () => {
    const installed = new Installed(1);
    installed.add();
    const [write] = installed.journal.takeBatch()!;
    if (write?.kind !== 'write') throw new Error('a batch begins with a write');
    const before = write.bytes.slice();
    for (let i = 0; i < 200; i++) installed.add();
    expect(installed.journal.takeBatch()).toBeNull();
    expect(write.bytes).toStrictEqual(before);
  });

  it('refuses a delta that does not begin where the stored state stands', () => {
    const { journal, state } = new Installed(1);
    const delta = addition(state, 9);
    expect(() => journal.delta({ ...delta, base: { term: 9, index: 9 } })).toThrow('begins where');
  });

  it('has nothing to do when nothing changed', () => {
    const { journal } = new Installed(2);
    expect(journal.hasWork).toBe(false);
    expect(journal.takeBatch()).toBeNull();
  });
});
