// Where failures are kept: `<out>/failures/<signature>/`. A folder is filled under another name and then renamed, so that
// whoever looks, and whatever happens meanwhile, there is never half a failure.

import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
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

/** Whoever looks sees what was there or what is there now, be it after a power failure. */
export function writeWhole(path: string, text: string): void {
  const draft = `${path}.${process.pid}.tmp`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(draft, text, { flush: true });
  renameSync(draft, path);
}

/** Moves a file aside; nothing happens when there is none. */
export function setAside(path: string, aside: string): void {
  if (existsSync(path)) renameSync(path, aside);
}

/** Takes over what another folder keeps of a failure; false when it keeps nothing. */
export function copyFailure(from: string, out: string, signature: string): boolean {
  const source = dirname(scenarioPath(from, signature));
  if (!existsSync(source)) return false;
  const files = readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isFile());
  keepFailure(
    out,
    signature,
    Object.fromEntries(files.map(({ name }) => [name, readFileSync(join(source, name), 'utf8')])),
  );
  return true;
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
