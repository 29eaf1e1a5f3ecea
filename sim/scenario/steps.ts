// Scales to draw from. Rates and durations are log-uniform: each step of a table is as likely as any other. The tables
// are written out, because Math.log and Math.exp are not the same to the last bit on every machine. The first step of a
// table is the mildest: that is where shrinking goes.

import { isDeepStrictEqual } from 'node:util';
import fc, { type Arbitrary } from 'fast-check';

/** Microseconds. */
export const MILLISECOND = 1000;
export const SECOND = 1_000_000;

/** Times of faults lie on this grid; a coarse grid shrinks in a quarter of the runs. */
export const GRID = 100 * MILLISECOND;

/** Probabilities, in ppm. */
export const RATES = [5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000] as const;

/** 10 ms … 2 s: how late a message may come. */
export const LATENESS = [10, 20, 50, 100, 200, 500, 1000, 2000].map((ms) => ms * MILLISECOND);

/** 1 s … 10 years: how far a wall clock may jump. */
export const JUMPS = [
  1,
  10,
  60,
  600,
  3600,
  86_400,
  7 * 86_400,
  90 * 86_400,
  3 * 365 * 86_400,
  10 * 365 * 86_400,
].map((s) => s * SECOND);

/** One of the table's values; shrinks towards the first. */
export function step<T extends number | string>(table: readonly T[]): Arbitrary<T> {
  const last = table.length - 1;
  if (last === 0) return fc.constant(table[0]!);
  return fc.integer({ min: 0, max: last }).map(
    (place) => table[place]!,
    (value) => {
      const place = (table as readonly unknown[]).indexOf(value);
      if (place < 0) throw new Error('not a step of this table');
      return place;
    },
  );
}

/** A multiple of `unit` between two multiples of it, both included; shrinks towards the first. */
export function multiple(from: number, to: number, unit: number): Arbitrary<number> {
  return fc.integer({ min: Math.ceil(from / unit), max: Math.floor(to / unit) }).map(
    (count) => count * unit,
    (value) => {
      if (typeof value !== 'number' || value % unit !== 0) throw new Error(`not a multiple of ${unit}`);
      return value / unit;
    },
  );
}

/** An object with these fields, with the prototype of ordinary objects. */
export function fields<T extends object>(model: { [Name in keyof T]: Arbitrary<T[Name]> }): Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true }) as Arbitrary<T>;
}

/** Always that value, plain data. Unlike fast-check's own constant it knows an equal value that was read from a file. */
export function fixed<T>(value: T): Arbitrary<T> {
  return fc.constant(null).map(
    () => value,
    (other) => {
      if (!isDeepStrictEqual(other, value)) throw new Error('another value');
      return null;
    },
  );
}
