// The license file beside a store: whatever lies there is handed on as it is.

import { expect, test } from 'vitest';
import { foundingDisks } from '../../sim/pool/founding.ts';
import { scenarioOf } from '../../sim/scenario/arbitrary.ts';
import { encodeText, hashOfPoolFile, MOST_BYTES } from '../../src/core/pool-file-text.ts';
import { readLocalFile } from '../../src/storage/local-file.ts';
import { recover } from '../../src/storage/recovery.ts';
import { Desk } from '../protocol/desk.ts';

test('the local license file is read as it is, whether or not it can be understood', () => {
  for (const body of [encodeText('regency pool file 1\n'), encodeText('?'), new Uint8Array(0)]) {
    expect(readLocalFile(new Map([['lservrlf', body]]))).toEqual({ body, hash: hashOfPoolFile(body) });
  }
  const large = new Uint8Array(MOST_BYTES);
  expect(readLocalFile(new Map([['lservrlf', large]]))?.body.length).toBe(MOST_BYTES);
});

test('what is missing, or too large for a license file, is none', () => {
  expect(readLocalFile(new Map([['meta', new Uint8Array(3)]]))).toBeNull();
  expect(readLocalFile(new Map([['lservrlf', new Uint8Array(MOST_BYTES + 1)]]))).toBeNull();
});

test('a founded pool has the file in force beside each store, and its servers are booted with it', () => {
  const { begins: _, ...founded } = scenarioOf(1);
  for (const disk of foundingDisks(founded)) {
    const found = recover(disk.files());
    const local = readLocalFile(disk.files());
    const [meta, file] =
      found.kind === 'recovered' ? [found.store.meta, found.store.image?.charter.file] : [];
    expect(local?.hash).toBe(file?.hash);
    expect(local?.hash).toBe(meta?.lastFile?.hash);
    expect(new Desk(3, 0, disk).boot().server.localFile).toEqual(local);
  }
});
