// The package that this file belongs to, looked for when it is asked for: from src as well as from dist.

import { existsSync, readFileSync } from 'node:fs';

/** The folder of package.json; with a slash at its end. */
export function packageFolder(): URL {
  let folder = new URL('.', import.meta.url);
  while (!existsSync(new URL('package.json', folder))) folder = new URL('..', folder);
  return folder;
}

/** As package.json says it. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('package.json', packageFolder()), 'utf8')) as {
    version: string;
  };
  return version;
}
