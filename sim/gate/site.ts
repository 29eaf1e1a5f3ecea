// What all parts of a gate share: who runs, when it is over, and where violations are collected.

import type { Crew } from '../campaign/crew.ts';
import { mergeTally, type Tally } from '../campaign/tally.ts';
import type { Check, Fault, Part } from './check.ts';

export interface Site {
  /** Whoever stops it puts another in its place. */
  crew: Crew;
  /** One more, of so many threads; whoever asks for it closes it. */
  readonly newCrew: (size: number) => Crew;
  readonly interrupt: AbortSignal;
  /** By `performance.now()`. */
  readonly overAt: number;
  /** All that violated something, of every part. */
  readonly found: Tally;
  readonly onFound: () => void;
  readonly onProgress: (text: string) => void;
  readonly replayOfSeed: (seed: number) => string;
}

export function isOver({ interrupt, overAt }: Site): boolean {
  return interrupt.aborted || performance.now() >= overAt;
}

/** Keeps what a part found; what was run is counted by the part. */
export function collect({ found, onFound }: Site, tally: Tally): void {
  if (tally.failedSeeds === 0) return;
  mergeTally(found, tally);
  onFound();
}

export interface Timed {
  readonly part: Part;
  readonly name: string;
  readonly seconds?: number;
}

export function passed({ part, name, seconds }: Timed, said: string): Check {
  return { part, name, fault: null, isMade: true, said, seconds: seconds ?? null };
}

export function failed({ part, name, seconds }: Timed, fault: Fault, said: string): Check {
  return { part, name, fault, isMade: true, said, seconds: seconds ?? null };
}

/** A gate that was to look and did not has not passed: nobody knows what it would have seen. */
export function missed({ part, name }: Timed, { interrupt }: Site, said = 'the time was over before'): Check {
  const fault = interrupt.aborted ? 'interrupted' : 'threshold';
  return { part, name, fault, isMade: false, said: interrupt.aborted ? 'interrupted' : said, seconds: null };
}

export function leftOut({ part, name }: Timed, said: string): Check {
  return { part, name, fault: null, isMade: false, said, seconds: null };
}

/** Null: a verdict was reached everywhere. */
export function harnessFault(tally: Tally): string | null {
  const [first] = tally.harnessFailures;
  if (first === undefined) return null;
  return `the harness itself failed in ${tally.harnessFailed} runs, first in seed ${first.seed}: ${first.error.split('\n', 1)[0]}`;
}

const MOST_NAMED = 6;

/** Their signatures; what each of them says is told with what was kept of it. */
export function findingsText({ findings }: Tally): string {
  const all = Object.entries(findings).sort(([a, x], [b, y]) => y.count - x.count || (a < b ? -1 : 1));
  const names = all.slice(0, MOST_NAMED).map(([signature]) => signature);
  return all.length > MOST_NAMED
    ? `${names.join(', ')} and ${all.length - MOST_NAMED} more`
    : names.join(', ');
}

export function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1000;
}
