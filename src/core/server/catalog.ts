// What the license file in force allows, looked up by key. Built once per file, shared by all states that it governs.

import { assert } from '../assert.ts';
import type { Host, LicenseKey } from '../ids.ts';
import { keyOf, type License } from '../license.ts';
import { readPoolFile } from '../pool-file-text.ts';
import type { FileInForce } from '../state.ts';

const NO_LICENSES: readonly License[] = Object.freeze([]);

export class Catalog {
  readonly hash: string;
  /** The pool's servers in order of preference. */
  readonly hosts: readonly Host[];
  readonly licenses: readonly License[];
  /** Those with an end date, the first to end first. */
  readonly ending: readonly License[];
  /** Of which some string has a soft limit. */
  readonly alerting: readonly LicenseKey[];
  private readonly byKey: ReadonlyMap<LicenseKey, readonly License[]>;

  constructor(hash: string, hosts: readonly Host[], licenses: readonly License[]) {
    this.hash = hash;
    this.hosts = hosts;
    this.licenses = licenses;
    const byKey = new Map<LicenseKey, License[]>();
    for (const license of licenses) {
      const strings = byKey.get(keyOf(license));
      if (strings === undefined) byKey.set(keyOf(license), [license]);
      else strings.push(license);
    }
    this.byKey = byKey;
    const soft = licenses.filter(({ softLimit }) => softLimit !== null);
    this.alerting = [...new Set(soft.map(keyOf))];
    this.ending = licenses.filter(({ endsAt }) => endsAt !== null).sort((a, b) => a.endsAt! - b.endsAt!);
  }

  /** A file gets into force only after it was checked, so one that cannot be read is a broken fact. */
  static from(file: FileInForce): Catalog {
    const reading = readPoolFile(file.body);
    assert(reading.ok, 'the license file in force can be read');
    const { servers, licenses } = reading.file;
    return new Catalog(
      file.hash,
      servers.map((server) => server.host),
      licenses,
    );
  }

  /** The license strings of that key, in the order of the file. */
  stringsOf(key: LicenseKey): readonly License[] {
    return this.byKey.get(key) ?? NO_LICENSES;
  }

  keys(): IterableIterator<LicenseKey> {
    return this.byKey.keys();
  }
}
