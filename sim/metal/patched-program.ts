// A program of servers with a planted bug: a copy of the compiled one, in a folder of its own, in which the patched modules
// replace theirs.

import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PatchedModules } from '../mutants/patched-build.ts';

export interface PatchedProgram {
  readonly program: string;
  remove(): void;
}

/** `root`: the folder of the project. */
export function patchedProgram(modules: PatchedModules, root: URL): PatchedProgram {
  const folder = mkdtempSync(join(tmpdir(), 'regency-patched-'));
  for (const part of ['dist/src', 'package.json'])
    cpSync(fileURLToPath(new URL(part, root)), join(folder, part), { recursive: true });
  symlinkSync(fileURLToPath(new URL('node_modules', root)), join(folder, 'node_modules'));
  for (const [url, source] of Object.entries(modules))
    writeFileSync(join(folder, url.slice(root.href.length)), source);
  return {
    program: join(folder, 'dist/src/cli/main.js'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
