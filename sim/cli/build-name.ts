// Which build this is: its version, and a hash over everything that takes part in a run. A saved failure that another build does
// not show may have been repaired, or its chance may be spent otherwise; only the name tells.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { packageVersion } from '../../src/cli/version.ts';

/** A planted bug: its name, and the modules that it replaces. */
export interface Planting {
  readonly name: string;
  readonly modules: Readonly<Record<string, string>>;
}

const PARTS = ['src/core', 'src/wire', 'src/storage', 'src/process', 'properties', 'sim'] as const;

/** They begin runs, count them or show them. */
const APART = /^(?:campaign|cli|export|report)\//;

/** `regency 0.1.0, build 1f3a9c02`; with a planted bug `…, with M09`. */
export function buildName(planted: Planting | null = null): string {
  const hash = createHash('sha256');
  for (const part of PARTS) {
    const folder = new URL(`../../${part}/`, import.meta.url);
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => name.replaceAll('\\', '/'))
      .filter((name) => /(?<!\.d)\.[jt]s$/.test(name) && !APART.test(name));
    for (const name of names.sort()) hash.update(`${name}\n`).update(readFileSync(new URL(name, folder)));
  }
  for (const source of Object.values(planted?.modules ?? {})) hash.update(source);
  const name = `regency ${packageVersion()}, build ${hash.digest('hex').slice(0, 8)}`;
  return planted === null ? name : `${name}, with ${planted.name}`;
}
