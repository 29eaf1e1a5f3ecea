// What a gate has to say: its checks, the failures that were kept, what it measured. Plain data; every reporter says the same.

import { type Check, verdictOf } from './check.ts';
import type { Comparison } from './compare.ts';
import type { Figures } from './figures.ts';

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

export const GATE_SCHEMA = 'regency-sim/gate@1';

export function jsonReport(report: GateReport, exitCode: number) {
  return { schema: GATE_SCHEMA, passed: exitCode === 0, verdict: verdictOf(report), exitCode, ...report };
}
