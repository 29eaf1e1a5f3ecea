// The names of things: pools, servers' slots, stores, incarnations, terms, positions, handles.
// Numbers wherever a message carries them, since they are compared in every step.

/** The stable number of a server in its pool, 0–254; 255 = has none yet [§13]. It is not its preference. */
export type Slot = number;

/** A pool's random name, an integer 1 … 2^52-1; 0 = none. */
export type PoolId = number;

/** The random name of one server's durable state, an integer 1 … 2^52-1; a new disk is a new store [§3]. */
export type StoreId = number;

/** bootSequence · 2^16 + nonce: one run of one server's process [§3]. */
export type Incarnation = number;

/** round · 2^24 + slot · 2^16 + nonce; 0 = none. Compare as numbers: the round may grow to 2^29 [§3]. */
export type Term = number;

export const NO_TERM: Term = 0;

const ROUND_UNIT = 2 ** 24;
const SLOT_UNIT = 2 ** 16;

/** A term that only this slot in this boot can own, of a round above that of `above` [§3, §7]. */
export function nextTerm(above: Term, slot: Slot, nonce: number): Term {
  return (Math.floor(above / ROUND_UNIT) + 1) * ROUND_UNIT + slot * SLOT_UNIT + nonce;
}

export function ownerOf(term: Term): Slot {
  return Math.floor(term / SLOT_UNIT) % 256;
}

export function electionRoundOf(term: Term): number {
  return Math.floor(term / ROUND_UNIT);
}

export function incarnationOf(bootSequence: number, nonce: number): Incarnation {
  return bootSequence * SLOT_UNIT + nonce;
}

/** Names exactly one state of the pool: the `index`-th state made in `term` or adopted by it [§3]. */
export interface Position {
  readonly term: Term;
  readonly index: number;
}

/** < 0, 0, > 0 as `a` is before, at or after `b`. */
export function comparePositions(a: Position, b: Position): number {
  return a.term !== b.term ? a.term - b.term : a.index - b.index;
}

export function samePosition(a: Position | null, b: Position | null): boolean {
  return a === b || (a !== null && b !== null && a.term === b.term && a.index === b.index);
}

/** True when `a` is at or after `b`; a blank store (null) is before everything. */
export function isAtOrAfter(a: Position | null, b: Position | null): boolean {
  if (b === null) return true;
  return a !== null && comparePositions(a, b) >= 0;
}

/**
 * 128 random bits that name one LSRequest and the token it was granted, as 16 characters of code 0–255
 * (one byte each). New for each LSRequest and never used again [§5, §6].
 */
export type HandleId = string;

export const HANDLE_BYTES = 16;

/** The handle as people see it: 32 hexadecimal digits. */
export function formatHandle(handle: HandleId): string {
  let text = '';
  for (let i = 0; i < handle.length; i++) text += handle.charCodeAt(i).toString(16).padStart(2, '0');
  return text;
}

/** Builds a handle from four unsigned 32-bit numbers. */
export function handleFrom(a: number, b: number, c: number, d: number): HandleId {
  return String.fromCharCode(
    a >>> 24,
    (a >>> 16) & 255,
    (a >>> 8) & 255,
    a & 255,
    b >>> 24,
    (b >>> 16) & 255,
    (b >>> 8) & 255,
    b & 255,
    c >>> 24,
    (c >>> 16) & 255,
    (c >>> 8) & 255,
    c & 255,
    d >>> 24,
    (d >>> 16) & 255,
    (d >>> 8) & 255,
    d & 255,
  );
}

/** A host's name as the pool file gives it; how servers and clients address each other. */
export type Host = string;

/** Host names are the same whatever their case. */
export function isSameHost(a: Host, b: Host): boolean {
  return a === b || a.toLowerCase() === b.toLowerCase();
}

/** One client connection as the server's runtime names it; an opaque non-negative integer. */
export type ConnectionId = number;

/** `feature|version`: what tokens are counted by. */
export type LicenseKey = string;
