// What a gate is to do: its settings, and everything that they name, read before anything is run. What cannot be read ends it
// with one line.

import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { CannotGoOn } from '../../src/cli/terminal.ts';
import { foreignCrew } from '../campaign/crew.ts';
import { RANDOM_DRAW } from '../campaign/strategy.ts';
import { NO_BASELINE, readBaseline } from '../gate/baseline.ts';
import { readCorpus } from '../gate/corpus.ts';
import { freshSeeds } from '../gate/fresh-seeds.ts';
import type { GatePlan } from '../gate/gate.ts';
import type { PlantedBug } from '../gate/planted.ts';
import { type Read, readJson } from '../gate/read-json.ts';
import { readSettings } from '../gate/settings.ts';
import { goalOf } from './coverage-goal.ts';
import { mutantIn, planted } from './planting.ts';

export interface PlanOptions {
  /** The file with the settings. */
  readonly config: string;
  readonly commit: string;
  readonly workers: number;
  /** Seconds, instead of what the settings say. */
  readonly budget?: number;
  readonly base?: string;
  readonly patch?: string;
  readonly updateBaseline?: true;
}

export async function gatePlan(options: PlanOptions): Promise<GatePlan> {
  const { config, commit, workers, budget, base, patch, updateBaseline } = options;
  const settings = wellRead(readSettings(config), config);
  const goal = goalOf(undefined);
  const unknown = settings.thresholds.labels.find((label) => !goal.labels.includes(label));
  if (unknown !== undefined)
    throw new CannotGoOn(`${config} requires a label that there is not: ${unknown}; campaign lists them`);
  const { folder, violates } = settings.corpus;
  return {
    settings,
    corpus: wellRead(readCorpus(beside(config, folder), violates)),
    seeds: freshSeeds(commit, settings.seeds),
    baseline: updateBaseline ? null : baselineIn(beside(config, settings.baseline)),
    goal,
    bugs: patch === undefined ? await bugsIn(config, settings.mutants?.list ?? null) : null,
    budgetSeconds: budget ?? settings.budgetSeconds,
    workers,
    base: base === undefined ? null : await otherBuild(base, workers),
  };
}

/** A path in the settings is meant from their own folder. */
export function beside(config: string, path: string): string {
  return resolve(dirname(config), path);
}

function baselineIn(file: string): GatePlan['baseline'] {
  return existsSync(file) ? wellRead(readBaseline(file), file) : NO_BASELINE;
}

const IDS_SCHEMA = 'a list of ids';

async function bugsIn(config: string, list: string | null): Promise<PlantedBug[]> {
  if (list === null) return [];
  const file = beside(config, list);
  const ids = wellRead(readJson(file, IDS_SCHEMA, z.array(z.string().regex(/^\w+$/)).min(1)), file);
  const folder = dirname(file);
  const names = readdirSync(folder).filter((name) => name.endsWith('.patch'));
  return Promise.all(
    ids.map(async (id) => {
      const name = names.find((each) => each === `${id}.patch` || each.startsWith(`${id}-`));
      if (name === undefined)
        throw new CannotGoOn(`${file} names ${id}, of which there is no patch beside it`);
      const mutant = mutantIn(join(folder, name), basename(name));
      return { mutant, modules: await planted(mutant) };
    }),
  );
}

/** The folder of another checkout, built. */
async function otherBuild(folder: string, workers: number): Promise<GatePlan['base']> {
  const root = pathToFileURL(`${resolve(folder)}/`);
  if (!existsSync(new URL('dist/sim/campaign/worker.js', root)))
    throw new CannotGoOn(`--base ${folder} is no build: expected a checkout in which npm run build was run`);
  const { buildName } = (await import(new URL('dist/sim/cli/build-name.js', root).href)) as {
    readonly buildName: () => string;
  };
  return { name: buildName(), crew: () => foreignCrew(workers, root, RANDOM_DRAW) };
}

function wellRead<T>(read: Read<T>, file?: string): T {
  if (read.ok) return read.value;
  throw new CannotGoOn(file === undefined ? read.reason : `${file} ${read.reason}`);
}
