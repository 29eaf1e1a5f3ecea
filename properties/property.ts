// What a property is: a sentence about the pool, the environments in which it must hold, and an observer that watches a
// run and says, with its reason, when it does not.

import type { Observer, RunFacts, TrueTime } from '../sim/pool/observer.ts';
import type { EnvironmentId } from '../sim/scenario/scenario.ts';

/** How a watch speaks. */
export interface Reporter {
  /** The property is violated. `pattern` = the reason without what differs from seed to seed (names, numbers, times). */
  violated(at: TrueTime, reason: string, pattern: string): void;
  /** One check was made and held. */
  held(): void;
  /** A labelled state (`sometimes`) was reached. */
  reached(label: string): void;
}

export interface Property {
  /** As in PROTOCOL.md §18: `S1` … `L10`. */
  readonly id: string;
  readonly name: string;
  /** What must hold, in one sentence. */
  readonly statement: string;
  readonly environments: readonly EnvironmentId[];
  /** A fresh watch for one run: plain class instance, no closures over mutable state (the world is cloned with it). */
  watch(facts: RunFacts, reporter: Reporter): Observer;
}
