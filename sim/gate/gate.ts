// One gate from its first check to its last: what is known is looked at first, then what is new, then whether the looking is worth
// anything. Whatever part runs out of time is missing, and says so.

import type { CoverageGoal } from '../campaign/coverage.ts';
import type { Crew } from '../campaign/crew.ts';
import type { SeedRange } from '../campaign/plan.ts';
import { emptyTally, type Tally } from '../campaign/tally.ts';
import type { Baseline } from './baseline.ts';
import { type Check, KILL_SCORE, verdictOf } from './check.ts';
import { type Comparison, compareBuilds } from './compare.ts';
import { type CorpusCase, checkCorpus } from './corpus.ts';
import { checkDeterminism } from './determinism.ts';
import { checkDrills } from './drills.ts';
import { type Figures, noFigures } from './figures.ts';
import { checkPlanted, type PlantedBug } from './planted.ts';
import { checkSeeds } from './seeds.ts';
import type { GateSettings } from './settings.ts';
import { leftOut, type Site } from './site.ts';

export interface GatePlan {
  readonly settings: GateSettings;
  readonly corpus: readonly CorpusCase[];
  readonly seeds: SeedRange;
  /** Null: what is measured becomes the baseline. */
  readonly baseline: Baseline | null;
  readonly goal: CoverageGoal;
  /** Null: a bug is planted already, so these cannot be. */
  readonly bugs: readonly PlantedBug[] | null;
  readonly budgetSeconds: number;
  readonly workers: number;
  /** Null: this build is compared with no other. */
  readonly base: { readonly name: string; readonly crew: () => Crew } | null;
}

export interface GateControls {
  readonly crew: (size: number) => Crew;
  readonly interrupt: AbortSignal;
  readonly onProgress: (text: string) => void;
  readonly onFound: (found: Tally) => void;
  readonly replayOfSeed: (seed: number) => string;
}

export interface GateResult {
  readonly checks: readonly Check[];
  readonly figures: Figures;
  readonly comparison: Comparison | null;
  readonly found: Tally;
}

export async function runGate(plan: GatePlan, controls: GateControls): Promise<GateResult> {
  const found = emptyTally();
  const site: Site = {
    crew: controls.crew(plan.workers),
    newCrew: controls.crew,
    interrupt: controls.interrupt,
    overAt: performance.now() + plan.budgetSeconds * 1000,
    found,
    onFound: () => controls.onFound(found),
    onProgress: controls.onProgress,
    replayOfSeed: controls.replayOfSeed,
  };
  const stop = (): void => site.crew.stop();
  controls.interrupt.addEventListener('abort', stop);
  const figures = noFigures();
  try {
    const checks: Check[] = [];
    const { settings, seeds, baseline, goal } = plan;
    const { thresholds } = settings;
    checks.push(...(await checkCorpus(plan.corpus, site)));
    checks.push(await checkDeterminism(seeds, Math.min(settings.twice, seeds.count), site));
    checks.push(...(await checkSeeds({ seeds, thresholds, goal, baseline }, figures, site)));
    checks.push(...(await checkDrills({ count: settings.drills, thresholds, baseline }, figures, site)));
    const comparison = await compared(plan, site, checks);
    checks.push(...(await planted(plan, figures, site, checks)));
    return { checks, figures, comparison, found };
  } finally {
    controls.interrupt.removeEventListener('abort', stop);
    await site.crew.close();
  }
}

async function compared(plan: GatePlan, site: Site, checks: Check[]): Promise<Comparison | null> {
  if (plan.base === null) return null;
  const crew = plan.base.crew();
  const stop = (): void => crew.stop();
  site.interrupt.addEventListener('abort', stop);
  try {
    const seeds = { first: plan.seeds.first, count: Math.min(plan.settings.compared, plan.seeds.count) };
    const { check, comparison } = await compareBuilds(
      { base: plan.base.name, crew, seeds, drills: plan.settings.drills },
      site,
    );
    checks.push(check);
    return comparison;
  } finally {
    site.interrupt.removeEventListener('abort', stop);
    await crew.close();
  }
}

async function planted(
  { settings, bugs, workers }: GatePlan,
  figures: Figures,
  site: Site,
  before: readonly Check[],
): Promise<Check[]> {
  const at = { part: 'mutants', name: KILL_SCORE } as const;
  if (settings.mutants === null) return [leftOut(at, 'the settings plant no bugs')];
  if (bugs === null) return [leftOut(at, 'a bug is planted already')];
  if (verdictOf({ checks: before }) === 'violated')
    return [leftOut(at, 'a property is violated without planted bugs')];
  const { seeds } = settings.mutants;
  return checkPlanted({ bugs, seeds, leastKilled: settings.thresholds.leastKilled, workers }, figures, site);
}
