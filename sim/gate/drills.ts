// Drills: runs that lose a Leader and nothing else, always the same ones, so that how long fail-overs and reclaims take can be
// compared with what they took before, in simulated time and on any machine.

import { grouped } from '../campaign/numbers.ts';
import { emptyTally, mergeTally } from '../campaign/tally.ts';
import { distributionOf } from '../campaign/times.ts';
import { drillOf } from '../scenario/drill.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { type Baseline, type Percentiles, percentilesOf } from './baseline.ts';
import { type Portion, runPortions } from './batches.ts';
import type { Check } from './check.ts';
import type { Figures } from './figures.ts';
import type { Thresholds } from './settings.ts';
import {
  collect,
  failed,
  findingsText,
  harnessFault,
  isOver,
  leftOut,
  missed,
  passed,
  type Site,
  secondsSince,
} from './site.ts';

const PORTION = 10;

export function drills(count: number): Scenario[] {
  return Array.from({ length: count }, (_, seed) => drillOf(seed + 1));
}

export interface DrillsPlan {
  readonly count: number;
  readonly thresholds: Thresholds;
  /** Null: these become the baseline. */
  readonly baseline: Baseline | null;
}

export async function checkDrills(plan: DrillsPlan, figures: Figures, site: Site): Promise<Check[]> {
  const startedAt = performance.now();
  const { count, thresholds } = plan;
  const at = { part: 'drills', name: 'violations' } as const;
  if (count === 0) return [leftOut(at, 'the settings have no drills')];
  site.onProgress(`${grouped(count)} drills`);
  const tallies = await runPortions(site.crew, portionsOf(drills(count)), () => isOver(site));
  if (tallies.every((each) => each === null)) return [missed(at, site)];
  const tally = emptyTally();
  for (const each of tallies) if (each !== null) mergeTally(tally, each);
  collect(site, tally);
  const made = { ...at, seconds: secondsSince(startedAt) };
  const harness = harnessFault(tally);
  if (harness !== null) return [failed(made, 'harness failed', harness)];
  const said = `${grouped(tally.failedSeeds)} of ${grouped(tally.seeds)} runs that lose their Leader`;
  const violations =
    tally.failedSeeds === 0
      ? passed(made, said)
      : failed(made, 'violated', `${said}: ${findingsText(tally)}`);
  if (tallies.includes(null)) return [violations, missed({ part: 'drills', name: 'times' }, site)];
  figures.failOver = percentilesOf(distributionOf(tally.times.failOver));
  figures.reclaim = percentilesOf(distributionOf(tally.times.reclaim));
  return [
    violations,
    compared('fail-over p99', figures.failOver, thresholds.mostFailOver, plan, (drills) => drills.failOver),
    compared('reclaim p99', figures.reclaim, thresholds.mostReclaim, plan, (drills) => drills.reclaim),
  ];
}

function compared(
  name: string,
  now: Percentiles | null,
  factor: number,
  { baseline, count }: DrillsPlan,
  figureOf: (drills: NonNullable<Baseline['drills']>) => Percentiles,
): Check {
  const at = { part: 'drills', name } as const;
  if (now === null) return failed(at, 'threshold', 'no drill had one');
  const figure = `${grouped(now.p99)} ms`;
  if (baseline === null) return leftOut(at, `${figure}, which becomes the baseline`);
  if (baseline.drills === null)
    return failed(at, 'threshold', `${figure}, and nothing to compare it with: --update-baseline`);
  if (baseline.drills.runs !== count) {
    const { runs } = baseline.drills;
    return failed(
      at,
      'threshold',
      `${figure} in ${count} drills, the baseline is of ${runs}: --update-baseline`,
    );
  }
  const before = figureOf(baseline.drills).p99;
  const most = Math.floor(before * factor);
  const said = `${figure}, at most ${grouped(most)} ms (${factor} × the baseline's ${grouped(before)} ms)`;
  return now.p99 <= most ? passed(at, said) : failed(at, 'threshold', said);
}

function portionsOf(scenarios: readonly Scenario[]): Portion[] {
  return Array.from({ length: Math.ceil(scenarios.length / PORTION) }, (_, index) => {
    const portion = scenarios.slice(index * PORTION, (index + 1) * PORTION);
    return { first: portion[0]!.seed, scenarios: portion };
  });
}
