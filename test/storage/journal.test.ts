import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Chance, stream } from '../../sim/kernel/chance.ts';
import { Disk, UNBOUNDED } from '../../sim/world/disk.ts';
import type { DiskBatch } from '../../src/storage/disk-command.ts';
import { Journal } from '../../src/storage/journal.ts';
import { endOfRecordAt, syncedOfRecord } from '../../src/storage/record.ts';
import { leftovers, recover } from '../../src/storage/recovery.ts';
import { addition, apply, emptyImage, firstMeta, History } from './history.ts';

type Action =
  | { readonly do: 'meta' | 'delta' | 'grow' | 'replace' | 'retire' | 'issue' | 'complete' }
  | { readonly do: 'fill'; readonly room: number; readonly copiesOnWrite: boolean }
  | { readonly do: 'free' }
  | { readonly do: 'power fails' | 'process dies'; readonly survivePpm: number; readonly torn: boolean };

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Action>({ do: 'meta' }) },
  { weight: 10, arbitrary: fc.constant<Action>({ do: 'delta' }) },
  { weight: 2, arbitrary: fc.constant<Action>({ do: 'grow' }) },
  { weight: 1, arbitrary: fc.constant<Action>({ do: 'replace' }) },
  { weight: 1, arbitrary: fc.constant<Action>({ do: 'retire' }) },
  { weight: 8, arbitrary: fc.constant<Action>({ do: 'issue' }) },
  { weight: 6, arbitrary: fc.constant<Action>({ do: 'complete' }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fill' as const),
      room: fc.constantFrom(0, 20, 100, 400),
      copiesOnWrite: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.constant<Action>({ do: 'free' }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('power fails' as const, 'process dies' as const),
      survivePpm: fc.constantFrom(0, 200_000, 500_000, 1_000_000),
      torn: fc.boolean(),
    }),
  },
);

const TORN: readonly Action[] = [{ do: 'issue' }, { do: 'power fails', survivePpm: 500_000, torn: true }];

/** What a process found on a disk that was not synced, and built upon, is durable with the first batch of its successor. */
const BUILT_UPON: readonly Action[] = [
  { do: 'issue' },
  { do: 'process dies', survivePpm: 0, torn: false },
  { do: 'issue' },
  { do: 'complete' },
  { do: 'power fails', survivePpm: 0, torn: false },
];

/** One store on one disk, driven by actions and watched by its history. */
class Run {
  readonly disk = new Disk();
  history: History;
  private readonly chance: Chance;
  private journal: Journal;
  private underWay: DiskBatch | null = null;
  private nextNumber = 1;
  private isNamed = false;

  constructor(seed: number, isInstalled: boolean) {
    this.chance = stream(seed, 'disk');
    const image = isInstalled ? emptyImage() : null;
    this.history = new History(firstMeta(), image);
    this.journal = Journal.create(firstMeta(), image, [], 600);
    if (!isInstalled) return;
    this.issue();
    this.complete();
  }

  act(action: Action): void {
    switch (action.do) {
      case 'meta':
        this.changeMeta({ bootSequence: this.nextNumber++, promised: this.history.meta.promised + 1 });
        break;
      case 'delta':
        this.append();
        break;
      case 'grow':
        if (this.history.image !== null) this.journal.snapshot(this.history.image);
        break;
      case 'replace':
        this.replace();
        break;
      case 'retire':
        this.changeMeta({ store: this.nextNumber++ + 100, isMember: false, promised: 0, promisedTo: null });
        this.journal.blank();
        this.history.giveState(null);
        break;
      case 'issue':
        this.issue();
        break;
      case 'complete':
        this.complete();
        break;
      case 'fill':
        this.disk.setCapacity(this.disk.usedBytes() + action.room, action.copiesOnWrite);
        break;
      case 'free':
        this.disk.setCapacity(UNBOUNDED, false);
        break;
      case 'power fails':
        this.disk.crash(this.chance, action);
        this.restart(true);
        break;
      case 'process dies':
        this.disk.stopUnderWay(this.chance);
        this.restart(false);
        break;
    }
  }

  private changeMeta(fields: object): void {
    const meta = { ...this.history.meta, ...fields };
    this.journal.meta(meta);
    this.history.giveMeta(meta);
  }

  private append(): void {
    const { image } = this.history;
    if (image === null) return;
    const delta = addition(image, this.nextNumber++);
    this.journal.delta(delta);
    this.history.giveState(apply(image, delta));
    if (this.journal.wantsSnapshot) this.journal.snapshot(this.history.image!);
  }

  private replace(): void {
    const image = emptyImage(this.nextNumber++);
    this.journal.snapshot(image);
    this.history.giveState(image);
  }

  private issue(): void {
    if (this.underWay !== null) {
      expect(this.journal.takeBatch()).toBeNull();
      return;
    }
    this.underWay = this.journal.takeBatch();
    if (this.underWay === null) return;
    this.history.issued();
    this.disk.issue(this.underWay);
  }

  private complete(): void {
    if (this.underWay === null) return;
    // What found no room is tried again as it is, over what of it was written.
    if (!this.disk.complete()) {
      this.disk.issue(this.underWay);
      return;
    }
    this.underWay = null;
    this.isNamed = true;
    this.journal.committed();
    this.history.committed();
    this.checkMarks();
  }

  /** No record may claim more than stands before it, or a torn tail would be taken for a loss. */
  private checkMarks(): void {
    for (const [name, bytes] of this.disk.files()) {
      if (!name.startsWith('state.')) continue;
      for (let at = 0; at < bytes.length; ) {
        const end = endOfRecordAt(bytes, at);
        expect(end).toBeGreaterThan(at);
        expect(syncedOfRecord(bytes, end)).toBeLessThanOrEqual(at);
        at = end;
      }
    }
  }

  private restart(isSettled: boolean): void {
    this.underWay = null;
    const files = this.disk.files();
    const recovery = recover(files);
    if (recovery.kind === 'empty') {
      expect(this.isNamed).toBe(false);
      this.history = new History(firstMeta(), null);
      this.journal = Journal.create(firstMeta(), null, leftovers(files), 600);
      return;
    }
    expect(recovery).toMatchObject({ kind: 'recovered' });
    if (recovery.kind !== 'recovered') return;
    this.history.recovered(recovery.store, isSettled);
    if (isSettled) this.isNamed = true;
    this.journal = Journal.resume(recovery, 600);
  }
}

describe('a store', () => {
  it('is found again after any crash as a prefix of its history that has everything committed', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.boolean(),
        fc.array(action, { maxLength: 60 }),
        fc.constantFrom(TORN, BUILT_UPON),
        (seed, isInstalled, actions, ending) => {
          const run = new Run(seed, isInstalled);
          for (const each of [...actions, ...ending]) run.act(each);
        },
      ),
      { numRuns: 4000 },
    );
  });

  it('leaves only its meta file and the two copies of one log, once a batch is committed', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(action, { maxLength: 40 }), (seed, actions) => {
        const run = new Run(seed, true);
        for (const each of actions) run.act(each);
        for (const last of ['free', 'complete', 'meta', 'issue', 'complete'] as const) run.act({ do: last });
        const names = [...run.disk.files().keys()].sort();
        expect(names[0]).toBe('meta');
        expect([1, 3]).toContain(names.length);
        if (names.length === 3) expect(names[1]!.slice(0, -1)).toBe(names[2]!.slice(0, -1));
      }),
      { numRuns: 200 },
    );
  });
});
