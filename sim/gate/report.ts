// What a gate has to say: checks, each of which passed, failed in one of the ways in which a gate can fail, or was not made; and
// the failures that were kept. Plain data; every reporter says the same.

import type { Comparison } from './compare.ts';

export type Fault = 'interrupted' | 'harness failed' | 'nondeterminism' | 'violated' | 'threshold';

export type Verdict = 'passed' | Fault;

export const PARTS = ['corpus', 'determinism', 'seeds', 'drills', 'base', 'mutants'] as const;

export type Part = (typeof PARTS)[number];

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

/** A violation or a broken fact, kept as a scenario. */
export interface GateFinding {
  readonly signature: string;
  readonly property: string;
  readonly reason: string;
  /** Runs of all parts in which it was met. */
  readonly count: number;
  /** File of what is left of it, and what that is; null = nobody has shrunk it. */
  readonly scenario: string;
  readonly size: string | null;
  /** The one command that replays it. */
  readonly replay: string;
}

export interface GateReport {
  readonly build: string;
  readonly commit: string;
  /** The planted bug. */
  readonly patch: string | null;
  readonly seeds: { readonly first: number; readonly count: number };
  readonly checks: readonly Check[];
  readonly findings: readonly GateFinding[];
  readonly figures: Figures;
  readonly comparison: Comparison | null;
  readonly budgetSeconds: number;
  readonly wallSeconds: number;
}

/** What was measured, null where nothing was. Times in simulated ms. */
export interface Figures {
  digest: string | null;
  events: number;
  eventsPerSecond: number | null;
  machine: string;
  cells: number | null;
  killed: { readonly noticed: number; readonly planted: number } | null;
  failOver: { readonly p50: number; readonly p99: number } | null;
  reclaim: { readonly p50: number; readonly p99: number } | null;
}

/** The first says least of the pool, so whatever else was found is in doubt. */
const GRAVEST: readonly Fault[] = [
  'interrupted',
  'harness failed',
  'nondeterminism',
  'violated',
  'threshold',
];

export function verdictOf({ checks }: Pick<GateReport, 'checks'>): Verdict {
  return GRAVEST.find((fault) => checks.some((check) => check.fault === fault)) ?? 'passed';
}

export const GATE_SCHEMA = 'regency-sim/gate@1';

export function jsonReport(report: GateReport, exitCode: number) {
  return { schema: GATE_SCHEMA, passed: exitCode === 0, verdict: verdictOf(report), exitCode, ...report };
}
