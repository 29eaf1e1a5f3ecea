// What the license strings of a key allow at a moment of pool time [§11]: how many tokens, for how long, or why none.

import {
  type Code,
  LS_LICENSE_EXPIRED,
  VLS_CLK_TAMP_FOUND,
  VLS_LICENSE_START_DATE_NOT_REACHED,
  VLS_NO_SUCH_FEATURE,
} from '../codes.ts';
import type { LicenseKey } from '../ids.ts';
import type { License } from '../license.ts';
import type { Tokens } from '../message.ts';
import type { Charter } from '../state.ts';
import type { CivilTime, Duration } from '../time.ts';
import type { Register } from './state.ts';

/** A string is over for good once that was committed, and from its end date on [11.5]. */
function isOver(license: License, charter: Charter, at: CivilTime): boolean {
  return charter.expired.has(license.serial) || (license.endsAt !== null && at >= license.endsAt);
}

function hasStarted(license: License, at: CivilTime): boolean {
  return license.startsAt === null || at >= license.startsAt;
}

/** The strings that count now: started and not over. */
export function stringsInForce(register: Register, key: LicenseKey, at: CivilTime): License[] {
  const { charter, catalog } = register;
  return catalog.stringsOf(key).filter((license) => hasStarted(license, at) && !isOver(license, charter, at));
}

/** The tokens that may be out: the sum of the hard limits of the strings in force; 0 for an unknown key. */
export function limitAt(register: Register, key: LicenseKey, at: CivilTime): number {
  const { charter, catalog } = register;
  let limit = 0;
  for (const license of catalog.stringsOf(key)) {
    if (hasStarted(license, at) && !isOver(license, charter, at)) limit += license.hardLimit;
  }
  return limit;
}

/**
 * Above so many units out an alert is told: the sum over the strings that the register says are in force, one without a soft
 * limit counts with its hard limit; null = none of them has one [6.33].
 */
export function softLimitOf(register: Register, key: LicenseKey): number | null {
  const { charter, catalog } = register;
  let sum = 0;
  let isSoft = false;
  for (const license of catalog.stringsOf(key)) {
    if (!hasStarted(license, charter.highWater) || charter.expired.has(license.serial)) continue;
    sum += license.softLimit ?? license.hardLimit;
    if (license.softLimit !== null) isSoft = true;
  }
  return isSoft ? sum : null;
}

/** What a new handle is told: the shortest key lifetime among the strings in force. */
export function lifetimeOf(strings: readonly License[]): Duration {
  let shortest = strings[0]!.keyLifetime;
  for (const { keyLifetime } of strings) if (keyLifetime < shortest) shortest = keyLifetime;
  return shortest;
}

/** A key is expired if it has strings and all of them are over. */
export function isExpired(register: Register, key: LicenseKey, at: CivilTime): boolean {
  const strings = register.catalog.stringsOf(key);
  return strings.length > 0 && strings.every((license) => isOver(license, register.charter, at));
}

/** Why nothing of this key is granted now, whatever is free; null when nothing stands against it [11.6]. */
export function checkLicense(
  register: Register,
  key: LicenseKey,
  at: CivilTime,
  isTampered: boolean,
): Code | null {
  const strings = register.catalog.stringsOf(key);
  if (strings.length === 0) return VLS_NO_SUCH_FEATURE;
  if (isTampered && strings.some((license) => license.isTamperChecked)) return VLS_CLK_TAMP_FOUND;
  const left = strings.filter((license) => !isOver(license, register.charter, at));
  if (left.length === 0) return LS_LICENSE_EXPIRED;
  if (!left.some((license) => hasStarted(license, at))) return VLS_LICENSE_START_DATE_NOT_REACHED;
  return null;
}

/** Tokens of a key as the Leader shows them at that pool time; a Follower has none [§6]. */
export function tokensOf(register: Register, key: LicenseKey, at: CivilTime): Tokens {
  const total = limitAt(register, key, at);
  const inUse = register.table.unitsInUse(key);
  const mine = register.table.unitsOfMine(key);
  return { total, mine, previous: inUse - mine, free: Math.max(0, total - inUse) };
}

/** Tokens of every key of the file, for the note of a take-over. */
export function allTokens(register: Register, at: CivilTime): Map<LicenseKey, Tokens> {
  const all = new Map<LicenseKey, Tokens>();
  for (const key of register.catalog.keys()) all.set(key, tokensOf(register, key, at));
  return all;
}
