// Fresh seeds, and what they must show beside no violation: that everything was checked and reached, and not much slower.

import { runCampaign } from '../campaign/campaign.ts';
import { cellsOf } from '../campaign/card.ts';
import { type CoverageGoal, gapsOf, labelsOf } from '../campaign/coverage.ts';
import { grouped } from '../campaign/numbers.ts';
import type { SeedRange } from '../campaign/plan.ts';
import type { Tally } from '../campaign/tally.ts';
import type { Baseline } from './baseline.ts';
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

/** So many failing seeds say enough. */
const MOST_FAILURES = 10;

export interface SeedsPlan {
  readonly seeds: SeedRange;
  readonly thresholds: Thresholds;
  readonly goal: CoverageGoal;
  /** Null: this becomes the baseline. */
  readonly baseline: Baseline | null;
}

export async function checkSeeds(plan: SeedsPlan, figures: Figures, site: Site): Promise<Check[]> {
  const { seeds, thresholds } = plan;
  const startedAt = performance.now();
  const processorBefore = process.cpuUsage();
  const { tally, ending } = await runCampaign(
    { seeds, mostFailures: thresholds.mostViolated + MOST_FAILURES },
    site.crew,
    {
      isTimeOver: () => isOver(site),
      interrupt: site.interrupt,
      onProgress: ({ seeds: done, failedSeeds }) =>
        site.onProgress(
          `fresh seeds: ${grouped(done)} of ${grouped(seeds.count)}, ${grouped(failedSeeds)} failed`,
        ),
    },
  );
  if (ending === 'failures') await replaceCrew(site);
  const { user, system } = process.cpuUsage(processorBefore);
  collect(site, tally);
  figures.digest = tally.digest;
  figures.events = tally.events;
  // Of a handful of runs most is what the compiler takes.
  if (ending === 'done') figures.eventsPerSecond = Math.round(tally.events / ((user + system) / 1e6));
  const at = { part: 'seeds', name: 'violations', seconds: secondsSince(startedAt) } as const;
  const harness = harnessFault(tally);
  if (harness !== null) return [failed(at, 'harness failed', harness)];
  const isTooMuch = tally.failedSeeds > thresholds.mostViolated;
  const violations = isTooMuch
    ? failed(
        at,
        'violated',
        `${grouped(tally.failedSeeds)} of ${grouped(tally.seeds)} seeds from ${seeds.first}, at most ${thresholds.mostViolated}: ${findingsText(tally)}`,
      )
    : passed(
        at,
        `${grouped(tally.failedSeeds)} of ${grouped(tally.seeds)} seeds from ${seeds.first}, at most ${thresholds.mostViolated}`,
      );
  if (ending === 'done') return [violations, ...reachedBy(tally, plan, figures)];
  const rest = { part: 'seeds', name: 'coverage' } as const;
  return ending === 'failures'
    ? [violations, leftOut(rest, 'enough seeds had failed')]
    : [
        violations,
        missed(
          rest,
          site,
          `the time was over after ${grouped(tally.seeds)} of ${grouped(seeds.count)} seeds`,
        ),
      ];
}

/** A campaign that has seen enough tells its crew to stop, which then runs nothing any more. */
async function replaceCrew(site: Site): Promise<void> {
  const { crew } = site;
  site.crew = site.newCrew(crew.size);
  await crew.close();
}

function reachedBy(tally: Tally, plan: SeedsPlan, figures: Figures): Check[] {
  const { thresholds, goal } = plan;
  return [
    ...(thresholds.everythingChecked ? [checkedBy(tally, goal)] : []),
    labelled(tally, thresholds, goal),
    struck(tally, thresholds, goal, figures),
    speed(plan, figures),
  ];
}

function checkedBy(tally: Tally, goal: CoverageGoal): Check {
  const at = { part: 'seeds', name: 'properties checked' } as const;
  const { checks } = gapsOf(tally, goal);
  return checks.length === 0
    ? passed(at, 'each wherever it is asserted')
    : failed(
        at,
        'threshold',
        `never checked: ${checks.map(({ property, environment }) => `${property} in ${environment}`).join(', ')}`,
      );
}

function labelled(tally: Tally, { labels }: Thresholds, goal: CoverageGoal): Check {
  const at = { part: 'seeds', name: 'labels' } as const;
  const reached = labelsOf(tally, goal);
  const never = labels.filter((label) => (reached[label]?.count ?? 0) === 0);
  return never.length === 0
    ? passed(at, `${labels.length} of ${labels.length} required ones reached`)
    : failed(at, 'threshold', `never reached: ${never.join('; ')}`);
}

function struck(tally: Tally, { leastCells }: Thresholds, goal: CoverageGoal, figures: Figures): Check {
  const at = { part: 'seeds', name: 'coverage cells' } as const;
  const cells = Object.values(cellsOf(tally, goal.card)).flatMap((phases) => Object.values(phases));
  figures.cells = cells.filter(({ count }) => count > 0).length;
  const said = `${figures.cells} of kind of fault × phase, at least ${leastCells}`;
  return figures.cells >= leastCells ? passed(at, said) : failed(at, 'threshold', said);
}

function speed({ thresholds, baseline }: SeedsPlan, { machine, eventsPerSecond }: Figures): Check {
  const at = { part: 'seeds', name: 'events a second' } as const;
  const now = eventsPerSecond!;
  if (baseline === null) return leftOut(at, `${grouped(now)} of processor time, which becomes the baseline`);
  const before = baseline.eventsPerSecond[machine];
  if (before === undefined)
    return leftOut(
      at,
      `${grouped(now)} of processor time; the baseline has no figure of this machine (${machine})`,
    );
  const factor = thresholds.leastEventsPerSecond;
  const said = `${grouped(now)} of processor time, at least ${grouped(Math.ceil(before * factor))} (${factor} × the baseline's ${grouped(before)})`;
  return now >= before * factor ? passed(at, said) : failed(at, 'threshold', said);
}
