// What the license file in force allows, looked up by key. Built once per file, shared by all states that it governs.

import { assert } from '../assert.ts';
import type { Host, LicenseKey } from '../ids.ts';
import { keyOf, type License } from '../license.ts';
import { readPoolFile } from '../pool-file-text.ts';
import type { FileInForce } from '../state.ts';
import type { Duration } from '../time.ts';

interface Allowance {
  readonly limit: number;
  readonly lifetime: Duration;
}

export class Catalog {
  readonly hash: string;
  /** The pool's servers in order of preference. */
  readonly hosts: readonly Host[];
  readonly licenses: readonly License[];
  private readonly allowances: ReadonlyMap<LicenseKey, Allowance>;

  constructor(hash: string, hosts: readonly Host[], licenses: readonly License[]) {
    this.hash = hash;
    this.hosts = hosts;
    this.licenses = licenses;
    const allowances = new Map<LicenseKey, Allowance>();
    for (const license of licenses) {
      const key = keyOf(license);
      const known = allowances.get(key);
      allowances.set(key, {
        limit: license.hardLimit + (known?.limit ?? 0),
        lifetime:
          known !== undefined && known.lifetime < license.keyLifetime ? known.lifetime : license.keyLifetime,
      });
    }
    this.allowances = allowances;
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

  has(key: LicenseKey): boolean {
    return this.allowances.has(key);
  }

  /** Sum of the hard limits of the key's license strings; 0 for an unknown key. */
  limitOf(key: LicenseKey): number {
    return this.allowances.get(key)?.limit ?? 0;
  }

  /** The shortest key lifetime among the key's strings: what a new handle is told. */
  lifetimeOf(key: LicenseKey): Duration {
    return this.allowances.get(key)!.lifetime;
  }

  keys(): IterableIterator<LicenseKey> {
    return this.allowances.keys();
  }
}
