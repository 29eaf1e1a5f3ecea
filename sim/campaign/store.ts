// Where failures are kept: `<out>/failures/<signature>/`. A folder is filled under another name and then renamed, so that
// whoever looks, and whatever happens meanwhile, there is never half a failure.

import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export function scenarioPath(out: string, signature: string): string {
  return join(out, 'failures', signature, 'scenario.json');
}

/** Replaces what was kept under that signature; texts by the names of their files. */
export function keepFailure(out: string, signature: string, files: Readonly<Record<string, string>>): void {
  const place = dirname(scenarioPath(out, signature));
  const draft = `${place}.${process.pid}.tmp`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(draft, name), text);
  rmSync(place, { recursive: true, force: true });
  renameSync(draft, place);
}

export function writeWhole(path: string, text: string): void {
  const draft = `${path}.${process.pid}.tmp`;
  writeFileSync(draft, text);
  renameSync(draft, path);
}

/** Why nothing can be written in that folder, or null. The folder need not exist; nothing is left behind. */
export function whyNotWritable(folder: string): string | null {
  const existing = nearestExisting(resolve(folder));
  if (!statSync(existing).isDirectory()) return `${existing} is not a folder`;
  try {
    accessSync(existing, constants.W_OK | constants.X_OK);
    // Some file systems let one ask, and refuse all the same.
    const probe = join(existing, `.regency.${process.pid}.tmp`);
    mkdirSync(probe);
    rmSync(probe, { recursive: true });
    return null;
  } catch (error) {
    return `nothing can be written in ${existing} (${(error as NodeJS.ErrnoException).code ?? String(error)})`;
  }
}

function nearestExisting(path: string): string {
  let place = path;
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  return place;
}
