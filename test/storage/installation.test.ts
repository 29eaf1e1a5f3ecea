// A license file is installed as a whole, whatever a crash in the middle of it leaves.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stream } from '../../sim/kernel/chance.ts';
import { Disk } from '../../sim/world/disk.ts';
import { encodeText } from '../../src/core/pool-file-text.ts';
import { Journal } from '../../src/storage/journal.ts';
import { readLocalFile } from '../../src/storage/local-file.ts';
import { type Recovered, recover } from '../../src/storage/recovery.ts';
import { emptyImage, firstMeta } from './history.ts';

const OLD = encodeText('the one before');
const NEW = encodeText('the file in force, which is longer than the one before');
const EDIT = encodeText('an edit that lost');

/** A store with that license file beside it, on the medium. */
function storeWith(file: Uint8Array): { readonly disk: Disk; readonly journal: Journal } {
  const disk = new Disk();
  const journal = Journal.create(firstMeta(), emptyImage());
  disk.issue(journal.takeBatch()!);
  disk.complete();
  journal.committed();
  disk.put('lservrlf', file);
  return { disk, journal };
}

function textOf(disk: Disk, name: string): string | null {
  const bytes = disk.files().get(name);
  return bytes === undefined ? null : new TextDecoder().decode(bytes);
}

const crash = fc.record({
  seed: fc.nat(),
  survivePpm: fc.constantFrom(0, 500_000, 1_000_000),
  torn: fc.boolean(),
});

test('a boot after a crash in an installation finds the old license file or the new one, whole', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(crash, fc.boolean(), ({ seed, ...options }, isEdit) => {
      const before = isEdit ? EDIT : OLD;
      const { disk, journal } = storeWith(before);
      journal.install(NEW, isEdit ? { body: EDIT, lostTo: 2 } : null);
      journal.meta({ ...firstMeta(), lastFile: { version: 2, hash: 'e'.repeat(64) } });
      disk.issue(journal.takeBatch()!);
      disk.crash(stream(seed, 'crash'), options);

      const found = recover(disk.files()) as Recovered;
      expect(found.kind).toBe('recovered');
      const { body } = readLocalFile(disk.files())!;
      expect([before, NEW]).toContainEqual(body);
      const isNew = body.length === NEW.length;
      if (found.store.meta.lastFile?.version === 2) expect(isNew, 'noted as installed').toBe(true);
      if (isNew && isEdit) expect(textOf(disk, 'lservrlf.conflict-2')).toBe('an edit that lost');
      seen.add(`${isNew} ${found.store.meta.lastFile?.version}`);

      // What was not finished is cleared away by the next batch, and never mixes with the next installation.
      const next = Journal.resume(found);
      next.install(OLD, null);
      disk.issue(next.takeBatch()!);
      disk.complete();
      expect(textOf(disk, 'lservrlf')).toBe('the one before');
      expect([...disk.files().keys()].filter((name) => name.endsWith('.tmp'))).toEqual([]);
    }),
    { numRuns: 500 },
  );
  expect([...seen].sort(), 'every stage was met').toEqual(['false 1', 'true 1', 'true 2']);
});
