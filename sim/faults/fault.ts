// What a kind of fault is: a name, parameters, and what its beginning and its end do to the world. One file per kind. A
// kind keeps no state of its own; what it lays upon the world is in the run's `FaultRun`, and its end takes off just that.

import * as z from 'zod';
import type { FaultPlan } from '../scenario/scenario.ts';
import type { FaultRun } from '../world/fault-run.ts';
import type { FaultBehaviour, World } from '../world/world.ts';

export interface FaultKind<Plan extends FaultPlan = FaultPlan> extends FaultBehaviour {
  readonly kind: string;
  /** Checks a plan that was read from a file. */
  readonly schema: z.ZodType<Plan>;
  /** Marks the run applied if it found its target; counts a consequence whenever something goes otherwise because of it. */
  begin(world: World, run: FaultRun, plan: Plan): void;
  end(world: World, run: FaultRun, plan: Plan): void;
  /** One line for people, without the times: `loss of 5 % on s1→s2`. */
  describe(plan: Plan): string;
}

/** Defines a kind; its parameters' types follow from the schema. */
export function faultKind<Plan extends FaultPlan>(kind: FaultKind<Plan>): FaultKind {
  return Object.freeze(kind) as FaultKind;
}

/** The fields that every plan has, to be extended with a kind's own. Times in µs of true time. */
export function planOf<const Kind extends string, Shape extends z.ZodRawShape>(kind: Kind, shape: Shape) {
  return z.strictObject({ kind: z.literal(kind), at: wholeNumber, until: wholeNumber, ...shape });
}

export const wholeNumber = z.int().nonnegative();

export const positive = z.int().positive();

/** A probability in parts per million. */
export const ppm = z.int().min(0).max(1_000_000);

/** How much faster than true time a clock runs, in parts per million; < 0: slower. */
export const rate = z.int().min(-999_999).max(1_000_000);

export function describeRate(partsPerMillion: number): string {
  return `${partsPerMillion >= 0 ? 'fast' : 'slow'} by ${Math.abs(partsPerMillion)} ppm`;
}

export function percent(partsPerMillion: number): string {
  return `${partsPerMillion / 10_000} %`;
}

export function milliseconds(micros: number): string {
  return `${micros / 1000} ms`;
}
