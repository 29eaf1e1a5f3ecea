// This build against another one: the same scenarios under both, each with its own pool and its own judges, and what came out
// otherwise. It tells; what must not get worse, thresholds say.

import type { Crew } from '../campaign/crew.ts';
import type { SeedRange } from '../campaign/plan.ts';
import { RANDOM_DRAW, scenarioFor } from '../campaign/strategy.ts';
import type { Tally } from '../campaign/tally.ts';
import { addHistogram, distributionOf, noTimes, type TimeName } from '../campaign/times.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { onePortionEach, runPortions } from './batches.ts';
import type { Check } from './check.ts';
import { drills } from './drills.ts';
import { isOver, missed, passed, type Site, secondsSince } from './site.ts';

export interface Comparison {
  /** The build that this one is compared with. */
  readonly base: string;
  readonly runs: number;
  /** Of those, that are the same event by event. */
  readonly same: number;
  /** Runs with another verdict, by seed; at most so many as `MOST_CHANGES`. */
  readonly verdicts: readonly VerdictChange[];
  readonly verdictsChanged: number;
  readonly figures: readonly FigureChange[];
}

export interface VerdictChange {
  readonly seed: number;
  readonly isDrill: boolean;
  /** Signatures; none: it passed. */
  readonly base: readonly string[];
  readonly here: readonly string[];
}

export interface FigureChange {
  readonly name: string;
  readonly unit: 'ms' | '%' | '';
  /** Null: there was none, or that build does not measure it. */
  readonly base: number | null;
  readonly here: number | null;
}

export interface ComparePlan {
  readonly base: string;
  /** Runs the other build. */
  readonly crew: Crew;
  readonly seeds: SeedRange;
  readonly drills: number;
}

const MOST_CHANGES = 50;

export interface Compared {
  readonly check: Check;
  /** Null: there was no time for a single run. */
  readonly comparison: Comparison | null;
}

export async function compareBuilds(plan: ComparePlan, site: Site): Promise<Compared> {
  const startedAt = performance.now();
  const fresh = Array.from({ length: plan.seeds.count }, (_, seed) =>
    scenarioFor(plan.seeds.first + seed, RANDOM_DRAW),
  );
  site.onProgress(`${fresh.length} seeds and ${plan.drills} drills under ${plan.base}`);
  const seeds = await pairsOf(fresh, plan.crew, site);
  const drilled = await pairsOf(drills(plan.drills), plan.crew, site);
  const all = [...seeds, ...drilled];
  const changes = [...changesIn(seeds, false), ...changesIn(drilled, true)];
  const comparison: Comparison = {
    base: plan.base,
    runs: all.length,
    same: all.filter(({ base, here }) => base.digest === here.digest).length,
    verdicts: changes.slice(0, MOST_CHANGES),
    verdictsChanged: changes.length,
    figures: [...figuresOf('drills', drilled), ...figuresOf('seeds', seeds)],
  };
  const at = { part: 'base', name: 'comparison', seconds: secondsSince(startedAt) } as const;
  const planned = fresh.length + plan.drills;
  const said = `of ${all.length} runs ${comparison.same} are the same event by event, ${changes.length} have another verdict`;
  const check =
    all.length === planned
      ? passed(at, said)
      : missed(at, site, `the time was over after ${all.length} of ${planned} runs`);
  return { check, comparison: all.length === 0 ? null : comparison };
}

interface Pair {
  readonly seed: number;
  readonly base: Tally;
  readonly here: Tally;
}

/** Those that both have run. */
async function pairsOf(scenarios: readonly Scenario[], other: Crew, site: Site): Promise<Pair[]> {
  const portions = onePortionEach(scenarios);
  const here = await runPortions(site.crew, portions, () => isOver(site));
  const base = await runPortions(other, portions, () => isOver(site));
  return portions.flatMap(({ first: seed }, index) => {
    const [a, b] = [base[index], here[index]];
    return a == null || b == null ? [] : [{ seed, base: a, here: b }];
  });
}

function changesIn(pairs: readonly Pair[], isDrill: boolean): VerdictChange[] {
  return pairs
    .map(({ seed, base, here }) => ({ seed, isDrill, base: signaturesOf(base), here: signaturesOf(here) }))
    .filter(({ base, here }) => base.join() !== here.join());
}

function signaturesOf({ findings, harnessFailed }: Tally): string[] {
  const signatures = Object.keys(findings).toSorted();
  return harnessFailed > 0 ? [...signatures, 'no verdict'] : signatures;
}

function figuresOf(of: string, pairs: readonly Pair[]): FigureChange[] {
  const base = sumsOf(pairs.map((pair) => pair.base));
  const here = sumsOf(pairs.map((pair) => pair.here));
  const row = (name: string, unit: FigureChange['unit'], figure: (sums: Sums) => number | null) => ({
    name: `${name}, ${of}`,
    unit,
    base: figure(base),
    here: figure(here),
  });
  return [
    row('fail-over p50', 'ms', ({ times }) => distributionOf(times.failOver).p50),
    row('fail-over p99', 'ms', ({ times }) => distributionOf(times.failOver).p99),
    row('reclaim p50', 'ms', ({ times }) => distributionOf(times.reclaim).p50),
    row('reclaim p99', 'ms', ({ times }) => distributionOf(times.reclaim).p99),
    row('availability', '%', ({ isMeasured, times, simulatedMs }) =>
      isMeasured && simulatedMs > 0
        ? rounded(100 * (1 - Math.min(1, times.unavailable.sumMs / simulatedMs)), 1e4)
        : null,
    ),
    row('messages a grant', '', ({ messages, grants }) =>
      messages > 0 && grants > 0 ? rounded(messages / grants, 100) : null,
    ),
  ];
}

interface Sums {
  readonly times: ReturnType<typeof noTimes>;
  isMeasured: boolean;
  simulatedMs: number;
  messages: number;
  grants: number;
}

/** Another build may not measure everything. */
function sumsOf(tallies: readonly Tally[]): Sums {
  const sums: Sums = { times: noTimes(), isMeasured: true, simulatedMs: 0, messages: 0, grants: 0 };
  for (const tally of tallies) {
    const { times, counts, simulatedMs } = tally as Partial<Tally>;
    if (times === undefined) sums.isMeasured = false;
    for (const name of Object.keys(sums.times) as TimeName[]) {
      if (times?.[name] !== undefined) addHistogram(sums.times[name], times[name]);
    }
    sums.simulatedMs += simulatedMs ?? 0;
    sums.messages += counts?.messagesSent ?? 0;
    sums.grants += counts?.grants ?? 0;
  }
  return sums;
}

function rounded(value: number, per: number): number {
  return Math.round(value * per) / per;
}
