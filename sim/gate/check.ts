// One thing that a gate looks at, and what became of it: it passed, it failed in one of the ways in which a gate can fail, or it was
// not made.

export type Fault = 'interrupted' | 'harness failed' | 'nondeterminism' | 'violated' | 'threshold';

export type Verdict = 'passed' | Fault;

export const PARTS = ['corpus', 'determinism', 'seeds', 'drills', 'base', 'mutants'] as const;

export type Part = (typeof PARTS)[number];

/** What all planted bugs of a gate come to. */
export const KILL_SCORE = 'kill score';

export interface Check {
  readonly part: Part;
  readonly name: string;
  /** Null: it did not fail. What was not made, and had to be, is a fault. */
  readonly fault: Fault | null;
  readonly isMade: boolean;
  /** One line: what was seen, and what was expected. */
  readonly said: string;
  readonly seconds: number | null;
}

/** The first says least of the pool, so whatever else was found is in doubt. */
const GRAVEST: readonly Fault[] = [
  'interrupted',
  'harness failed',
  'nondeterminism',
  'violated',
  'threshold',
];

export function verdictOf({ checks }: { readonly checks: readonly Check[] }): Verdict {
  return GRAVEST.find((fault) => checks.some((check) => check.fault === fault)) ?? 'passed';
}
