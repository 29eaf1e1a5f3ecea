// In which directions a scenario can be made simpler. An axis says what there is to leave out, or which values would be
// simpler; whether the smaller scenario still shows what is looked for, only a run of it can say (`sim/shrink`).

import type { Scenario } from './scenario.ts';

/** What a run showed of the scenario that is made simpler. */
export interface Sighting {
  /** True time of the violation, µs. */
  readonly at: number;
  /** Sessions that each client had begun by then. */
  readonly sessions: readonly number[];
  /** By the place of a fault in the plan. */
  readonly faults: readonly FaultSighting[];
}

export interface FaultSighting {
  /** True time, µs; null: it had not begun. */
  readonly beganAt: number | null;
  readonly hadConsequences: boolean;
  /** The nodes that it held. */
  readonly nodes: readonly number[];
}

/** A list of parts of which as few as possible are kept. */
export interface FewerAxis<Part = unknown> {
  readonly kind: 'fewer';
  readonly name: string;
  parts(scenario: Scenario, sighting: Sighting): readonly Part[];
  keeping(scenario: Scenario, parts: readonly Part[]): Scenario;
}

/** Simpler scenarios, those that would save most first. It is asked again for each that is taken. */
export interface SimplerAxis {
  readonly kind: 'simpler';
  readonly name: string;
  candidates(scenario: Scenario, sighting: Sighting): Iterable<Scenario>;
}

export type Axis = FewerAxis | SimplerAxis;

export function fewer<Part>(axis: Omit<FewerAxis<Part>, 'kind'>): FewerAxis {
  return { kind: 'fewer', ...axis } as FewerAxis;
}

export function simpler(name: string, candidates: SimplerAxis['candidates']): SimplerAxis {
  return { kind: 'simpler', name, candidates };
}

const DIGITS = [1, 2, 5] as const;

/** Whole numbers of one digit (1, 2, 5) and the sign of `value` that are nearer to zero than it, the smallest first; at most so many. */
export function rounder(value: number, least: number, most = 6): number[] {
  const size = Math.abs(value);
  const found: number[] = [];
  for (let power = 1; power < size; power *= 10) {
    for (const digit of DIGITS) {
      const number = digit * power;
      if (number >= least && number < size) found.push(Math.sign(value) * number);
    }
  }
  return spread(found, most);
}

/** At most so many of them, from the first to the last, at even distances. */
export function spread<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from(
    { length: most },
    (_, place) => items[Math.round((place * (items.length - 1)) / (most - 1))]!,
  );
}

export function replaced<T>(items: readonly T[], place: number, item: T): T[] {
  return items.map((each, at) => (at === place ? item : each));
}
