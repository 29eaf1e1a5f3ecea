// Would it notice? Planted bugs that are noticed soon, each until it is. A gate that has gone blind passes everything.

import { RANDOM_DRAW } from '../campaign/strategy.ts';
import { kill } from '../mutants/kill.ts';
import type { Mutant } from '../mutants/patch.ts';
import type { PatchedModules } from '../mutants/patched-build.ts';
import { type Check, KILL_SCORE } from './check.ts';
import type { Figures } from './figures.ts';
import { failed, isOver, leftOut, missed, passed, type Site } from './site.ts';

export interface PlantedBug {
  readonly mutant: Mutant;
  readonly modules: PatchedModules;
}

export interface PlantedPlan {
  readonly bugs: readonly PlantedBug[];
  /** At most so many each. */
  readonly seeds: number;
  readonly leastKilled: number;
  /** How many at a time. */
  readonly workers: number;
}

export async function checkPlanted(plan: PlantedPlan, figures: Figures, site: Site): Promise<Check[]> {
  const { bugs, workers, leastKilled } = plan;
  const checks: Check[] = [];
  let noticed = 0;
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < bugs.length && !isOver(site); index = next++) {
      const { mutant } = bugs[index]!;
      const at = { part: 'mutants', name: mutant.id } as const;
      const done = await killed(bugs[index]!, plan.seeds, site);
      const made = { ...at, seconds: done.seconds };
      if (done.kills > 0) {
        noticed++;
        checks[index] = passed(made, `noticed by seed ${done.firstSeed}: ${mutant.title}`);
        // What makes the share too small is told by the score.
      } else if (!done.isInterrupted) {
        checks[index] = leftOut(made, `SURVIVES ${done.seeds} seeds: ${mutant.title}`);
      }
      site.onProgress(
        `planted bugs: ${checks.filter((check) => check !== undefined).length} of ${bugs.length}`,
      );
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, bugs.length) }, work));
  const all = bugs.map(
    ({ mutant }, index) => checks[index] ?? missed({ part: 'mutants', name: mutant.id }, site),
  );
  if (all.some(({ fault }) => fault !== null)) return all;
  figures.killed = { noticed, planted: bugs.length };
  const score = { part: 'mutants', name: KILL_SCORE } as const;
  const said = `${noticed} of ${bugs.length} noticed, at least ${percent(leastKilled)}`;
  return [
    ...all,
    noticed >= leastKilled * bugs.length
      ? passed(score, said)
      : failed(score, 'threshold', `${said}; survived by ${survivors(all)}`),
  ];
}

async function killed({ mutant, modules }: PlantedBug, seeds: number, site: Site) {
  const left = Math.max(1, Math.ceil(site.overAt - performance.now()));
  const interrupt = AbortSignal.any([site.interrupt, AbortSignal.timeout(left)]);
  const options = { seeds: { first: 1, count: seeds }, mostKills: 1, draw: RANDOM_DRAW, interrupt };
  return (await kill(mutant, modules, options)).kill;
}

function survivors(checks: readonly Check[]): string {
  return checks
    .filter(({ isMade }) => !isMade)
    .map(({ name }) => name)
    .join(', ');
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(1))} %`;
}
