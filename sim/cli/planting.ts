// `--patch`: a planted bug for commands that run one scenario.

import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { CannotGoOn } from '../../src/cli/terminal.ts';
import { packageFolder } from '../../src/cli/version.ts';
import { type Mutant, readMutant } from '../mutants/patch.ts';
import { buildPatched, type PatchedModules } from '../mutants/patched-build.ts';
import type { Planting } from './build-name.ts';

/** Throws CannotGoOn when it cannot be read or does not fit. */
export async function plantingOf(path: string): Promise<Planting> {
  const mutant = mutantIn(path, basename(path));
  return { name: mutant.id, modules: await planted(mutant) };
}

/** Where the list of planted bugs is; throws CannotGoOn when there is none. */
export function mutantsFolder(): URL {
  const folder = new URL('properties/mutants/', packageFolder());
  if (existsSync(folder)) return folder;
  throw new CannotGoOn(
    'there are no sources beside the compiled project; run it in a checkout, or name a --patch',
  );
}

export function mutantIn(path: string | URL, name: string): Mutant {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new CannotGoOn(`cannot read the patch ${name}: ${(error as Error).message}`);
  }
  const read = readMutant(name, text);
  if (!read.ok) throw new CannotGoOn(`the patch ${name} ${read.reason}`);
  return read.mutant;
}

export async function planted(mutant: Mutant): Promise<PatchedModules> {
  const build = await buildPatched(mutant, packageFolder());
  if (!build.ok) throw new CannotGoOn(`${mutant.id} (${mutant.title}) does not fit: ${build.reason}`);
  return build.modules;
}
