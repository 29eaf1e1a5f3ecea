// The version of the package that this file belongs to, read when it is asked for: from src as well as from dist.

import { existsSync, readFileSync } from 'node:fs';

/** As package.json says it. */
export function packageVersion(): string {
  let folder = new URL('.', import.meta.url);
  while (!existsSync(new URL('package.json', folder))) folder = new URL('..', folder);
  const { version } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as {
    version: string;
  };
  return version;
}
