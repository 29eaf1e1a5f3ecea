// What a run leaves behind: its verdict, its digest and its counts. Plain data, the same wherever it ran.

import type { Times } from './pool/times.ts';
import type { EnvironmentId } from './scenario/scenario.ts';

export interface Violation {
  /** `S5`, `L1` … */
  readonly property: string;
  /** A full sentence: who, what, when, under which environment. */
  readonly reason: string;
  /** The reason without names and numbers that differ from seed to seed; groups violations [signature]. */
  readonly pattern: string;
  /** True time, µs. */
  readonly at: number;
  /** Number of the event during which it was seen. */
  readonly event: number;
}

/** The property to which broken facts count. */
export const ASSERTION = 'ASSERT';

/** A reason without its numbers. */
export function patternOf(reason: string): string {
  return reason.replaceAll(/\d+(\.\d+)?/g, '#');
}

export interface FaultCount {
  scheduled: number;
  applied: number;
  consequential: number;
}

export interface Outcome {
  readonly seed: number;
  readonly environment: EnvironmentId;
  /** 16 hexadecimal digits over every event. */
  readonly digest: string;
  readonly events: number;
  /** True time simulated, µs. */
  readonly simulated: number;
  /** At most one per property: the first. Empty = passed. */
  readonly violations: readonly Violation[];
  /** grants, renewals, releases, lapses, refusals, takeOvers, reclaims, crashes … */
  readonly counts: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, FaultCount>>;
  /** Kind of fault → phase → how many faults of that kind struck while the pool was in it; applied ones only. */
  readonly strikes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** How often each labelled state (`sometimes`) was reached. */
  readonly labels: Readonly<Record<string, number>>;
  /** Each abstract state of the pool that the run came by, as a number below 2^52. */
  readonly states: readonly number[];
  /** How long each fail-over and reclaim took, and each time without service, µs [sim/pool/times.ts]. */
  readonly times: Times;
  /** How often each property was checked: a property that was never checked proves nothing. */
  readonly checked: Readonly<Record<string, number>>;
  /** The largest value of each number that a property measured. */
  readonly numbers: Readonly<Record<string, number>>;
}
