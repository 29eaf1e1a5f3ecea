// Runs a planted bug against seeds and says how soon it was noticed, and by whom.

import { runCampaign } from '../campaign/campaign.ts';
import { patchedCrew } from '../campaign/crew.ts';
import { guideOf } from '../campaign/guide.ts';
import type { SeedRange } from '../campaign/plan.ts';
import { type Draw, environmentFor } from '../campaign/strategy.ts';
import type { Tally } from '../campaign/tally.ts';
import type { EnvironmentId, Scenario } from '../scenario/scenario.ts';
import type { Size } from '../shrink/size.ts';
import { clopperPearson } from './interval.ts';
import type { Mutant } from './patch.ts';
import type { PatchedModules } from './patched-build.ts';

export interface Kill {
  readonly id: string;
  readonly title: string;
  readonly isEquivalent: boolean;
  /** Seeds that were run, and those of them in which something was violated. */
  readonly seeds: number;
  readonly kills: number;
  /** Of those, runs that the patched code ended by throwing, and what the first one threw. */
  readonly crashes: number;
  readonly crash: string | null;
  /** The first seed that noticed it; null = none. */
  readonly firstSeed: number | null;
  /** In which environment that seed was drawn; null = in whichever it draws by itself, or there is none. */
  readonly firstEnvironment: EnvironmentId | null;
  /** Share of seeds that notice it, and both ends of its 95 % interval. */
  readonly share: number;
  readonly interval: readonly [number, number];
  /** After so many seeds every second campaign has noticed it; null = unknown. */
  readonly medianSeeds: number | null;
  /** Seeds in which each property was violated, the busiest first. */
  readonly properties: Readonly<Record<string, number>>;
  readonly events: number;
  readonly seconds: number;
  readonly isInterrupted: boolean;
  /** What is left of its first failure; absent when nobody asked, null when nothing could be shrunk. */
  readonly shrunk?: ShrunkKill | null;
}

export interface ShrunkKill extends Size {
  readonly signature: string;
  readonly faultsBefore: number;
  readonly runs: number;
  readonly wallSeconds: number;
  readonly isComplete: boolean;
}

export interface KillOptions {
  readonly seeds: SeedRange;
  /** Enough is known once so many seeds have noticed it. */
  readonly mostKills: number;
  readonly draw: Draw;
  readonly interrupt?: AbortSignal;
}

/** What is known of a mutant, and the scenario of the first seed that noticed it; null = none did, or it threw. */
export interface Killed {
  readonly kill: Kill;
  readonly scenario: Scenario | null;
}

export async function kill(mutant: Mutant, modules: PatchedModules, options: KillOptions): Promise<Killed> {
  const startedAt = performance.now();
  // One thread: it is the list that is run by several at a time.
  const crew = patchedCrew(1, modules, options.draw);
  try {
    const { tally, ending } = await runCampaign(
      { seeds: options.seeds, mostFailures: options.mostKills, ...guideOf(options.draw) },
      crew,
      options.interrupt === undefined ? {} : { interrupt: options.interrupt },
    );
    const seconds = (performance.now() - startedAt) / 1000;
    const done = killOf(mutant, tally, options.draw, seconds, ending === 'interrupted');
    const first = Object.values(tally.findings).find(({ smallestSeed }) => smallestSeed === done.firstSeed);
    return { kill: done, scenario: first?.scenario ?? null };
  } finally {
    await crew.close();
  }
}

function killOf(mutant: Mutant, tally: Tally, draw: Draw, seconds: number, isInterrupted: boolean): Kill {
  const { seeds, failedSeeds: kills, events } = tally;
  const findings = Object.values(tally.findings);
  const properties = new Map<string, number>();
  for (const { property, count } of findings)
    properties.set(property, (properties.get(property) ?? 0) + count);
  const share = seeds === 0 ? 0 : kills / seeds;
  const firstSeed = firstSeedOf(tally);
  return {
    id: mutant.id,
    title: mutant.title,
    isEquivalent: mutant.isEquivalent,
    seeds,
    kills,
    crashes: tally.harnessFailed,
    crash: tally.harnessFailures[0]?.error.split('\n', 1)[0] ?? null,
    firstSeed,
    firstEnvironment: (firstSeed === null ? undefined : environmentFor(firstSeed, draw)) ?? null,
    share,
    interval: seeds === 0 ? [0, 1] : clopperPearson(kills, seeds),
    medianSeeds: share === 0 ? null : share === 1 ? 1 : Math.ceil(Math.log(0.5) / Math.log1p(-share)),
    properties: Object.fromEntries([...properties].toSorted((a, b) => b[1] - a[1])),
    events,
    seconds,
    isInterrupted,
  };
}

function firstSeedOf({ findings, harnessFailures }: Tally): number | null {
  const seeds = [
    ...Object.values(findings).map(({ smallestSeed }) => smallestSeed),
    ...harnessFailures.map(({ seed }) => seed),
  ];
  return seeds.length === 0 ? null : Math.min(...seeds);
}
