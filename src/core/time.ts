// Time as the protocol sees it: a local monotonic instant, a duration, and the civil time by which licenses end.
// They are branded, so that an instant of one machine's clock can never travel in a message: that is a compile error.

declare const instantBrand: unique symbol;
declare const durationBrand: unique symbol;
declare const civilBrand: unique symbol;
declare const stampBrand: unique symbol;

/** Integer microseconds on one node's monotonic clock; the origin is that node's own, 0 ≤ x < 2^53. */
export type Instant = number & { readonly [instantBrand]: true };

/** Integer microseconds between two instants of the same clock, 0 ≤ x < 2^53. */
export type Duration = number & { readonly [durationBrand]: true };

/** Civil time: integer milliseconds since 1970-01-01T00:00:00Z, as read from a wall clock (which may jump). */
export type CivilTime = number & { readonly [civilBrand]: true };

/** A Leader's instant handed out to a client and brought back by it; means something only to that Leader [§5]. */
export type Stamp = number & { readonly [stampBrand]: true };

/** An instant that never comes: the wake-up of a machine that waits for nothing. */
export const NEVER = Number.MAX_SAFE_INTEGER as Instant;

export const NO_DURATION = 0 as Duration;

export function milliseconds(count: number): Duration {
  return Math.round(count * 1000) as Duration;
}

export function later(at: Instant, by: Duration): Instant {
  return (at + by) as Instant;
}

/** `at - by`; may lie before the clock's origin, which only comparisons see. */
export function earlier(at: Instant, by: Duration): Instant {
  return (at - by) as Instant;
}

export function elapsed(from: Instant, to: Instant): Duration {
  return (to - from) as Duration;
}

export function earliest(a: Instant, b: Instant): Instant {
  return a < b ? a : b;
}

export function latest(a: Instant, b: Instant): Instant {
  return a > b ? a : b;
}
