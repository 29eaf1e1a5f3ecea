// What a property is: a sentence about the pool, the environments in which it must hold, and a watch that follows a
// run and says, with its reason, when it does not. A watch sees the run's events and what `Ground` makes of them.

import type { TrueTime } from '../sim/pool/observer.ts';
import type { EnvironmentId } from '../sim/scenario/scenario.ts';
import type { Ground } from './ground.ts';
import type { Watch } from './watch.ts';

/** How a watch speaks. */
export interface Reporter {
  /** The property is violated. `pattern` = the reason without what differs from seed to seed (names, numbers, times). */
  violated(at: TrueTime, reason: string, pattern: string): void;
  /** One check was made and held. */
  held(): void;
  /** A labelled state (`sometimes`) was reached. */
  reached(label: string): void;
  /** A number worth reporting although it is legal; the largest of a run is kept. */
  measured(name: string, value: number): void;
}

export interface Property {
  /** As in PROTOCOL.md §18: `S1` … `L12`. */
  readonly id: string;
  readonly name: string;
  /** What must hold, in one sentence. */
  readonly statement: string;
  readonly environments: readonly EnvironmentId[];
  /** Asserted also after a store was set back to an older image whose loss nobody could notice [14.15]. */
  readonly holdsForAnyImage?: true;
  /** A fresh watch for one run: plain class instance, no closures over mutable state (the world is cloned with it). */
  watch(ground: Ground, reporter: Reporter): Watch;
}

export const EVERYWHERE: readonly EnvironmentId[] = ['E1', 'E2', 'E3', 'E4', 'E5', 'E6', 'E7'];

/** Where clocks drift within ρ, so that lifetimes mean something. */
export const WITH_BOUNDED_DRIFT: readonly EnvironmentId[] = ['E2', 'E3', 'E4', 'E5', 'E6', 'E7'];

/** Where faults end at last, so that something must happen. */
export const AFTER_CHAOS: readonly EnvironmentId[] = ['E3', 'E7'];

/** Where people edit license files. */
export const WITH_EDITS: readonly EnvironmentId[] = ['E7'];
