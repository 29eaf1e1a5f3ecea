// Which license strings there are, as checkers know them: the one place that reads the scenario's licenses, and those of
// the files that leaders put in force. What is over is a string, by its serial; a key is over if all strings of a file are.

import type { TrueTime } from '../sim/pool/observer.ts';
import { dateAfter, RUN_BEGINS, type Scenario, serialAt } from '../sim/scenario/scenario.ts';
import { licenseKey } from '../src/core/license.ts';
import { readPoolFile } from '../src/core/pool-file-text.ts';
import { KeyLedger, type LicenseFacts, type Reign, StringLedger } from './ledger.ts';

/** The committed mark of pool time at the start: a pool that is not formed yet has none [11.11]. */
export function firstMark({ begins }: Scenario): number {
  return begins === undefined ? RUN_BEGINS : 0;
}

/** Every string of the pool's file by its serial; its keys in the order of the file. */
export function stringsOf(scenario: Scenario): Map<string, StringLedger> {
  const keys = new Map<string, KeyLedger>();
  const strings = new Map<string, StringLedger>();
  for (const [place, plan] of scenario.licenses.entries()) {
    const name = licenseKey(plan.feature, plan.version);
    let key = keys.get(name);
    if (key === undefined) {
      key = new KeyLedger(keys.size, name);
      keys.set(name, key);
    }
    const license = {
      serial: serialAt(place),
      hardLimit: plan.hardLimit,
      softLimit: plan.softLimit === undefined ? null : Math.min(plan.softLimit, plan.hardLimit),
      startsAt: dateAfter(plan.startsAfterMs),
      endsAt: dateAfter(plan.endsAfterMs),
      isTamperChecked: plan.isTamperChecked ?? false,
    };
    const string = new StringLedger(license, key);
    key.strings.push(string);
    key.limit += license.hardLimit;
    if (license.startsAt === null && license.endsAt === null) key.leastLimit += license.hardLimit;
    strings.set(license.serial, string);
  }
  return strings;
}

/**
 * The most that this leader may have out of a key after its operations so far: no string that it declared expired, none that
 * starts after its mark. A grant that counts a newly started string brings the mark with it [11.4].
 */
export function limitInForce(reign: Reign, key: KeyLedger): number {
  let limit = 0;
  for (const license of reign.licenses[key.place] ?? []) {
    if (reign.expired.has(license.serial)) continue;
    if (license.startsAt === null || license.startsAt <= reign.highWater) limit += license.hardLimit;
  }
  return limit;
}

/** Dates that lie further ahead are not reached in a run, unless clocks jump. */
const WITHIN_REACH = RUN_BEGINS + 180 * 86_400_000;

/** The tokens of those strings that have started by that mark and are not over for the rest of a run; -1 = there is none. */
export function limitFromNowOn(
  licenses: readonly LicenseFacts[],
  strings: ReadonlyMap<string, StringLedger>,
  mark: number,
): number {
  let limit = -1;
  for (const { serial, hardLimit, startsAt, endsAt } of licenses) {
    if (startsAt !== null && startsAt > mark) continue;
    if ((endsAt !== null && endsAt <= WITHIN_REACH) || strings.get(serial)!.expiredAt >= 0) continue;
    limit = Math.max(0, limit) + hardLimit;
  }
  return limit;
}

/** The strings that a file gives these keys, by their places; what is new in it is added to the keys. */
export function licensesIn(
  body: Uint8Array,
  keys: readonly KeyLedger[],
  strings: Map<string, StringLedger>,
): readonly (readonly LicenseFacts[])[] {
  const reading = readPoolFile(body);
  const licenses = reading.ok ? reading.file.licenses : [];
  return keys.map((key) => {
    const ofKey = licenses.filter(({ feature, version }) => licenseKey(feature, version) === key.key);
    let limit = 0;
    let always = 0;
    for (const license of ofKey) {
      limit += license.hardLimit;
      const isAlways =
        license.startsAt === null && (license.endsAt === null || license.endsAt > WITHIN_REACH);
      if (isAlways) always += license.hardLimit;
      if (strings.has(license.serial)) continue;
      const string = new StringLedger(license, key);
      strings.set(license.serial, string);
      key.strings.push(string);
    }
    key.limit = Math.max(key.limit, limit);
    key.leastLimit = Math.min(key.leastLimit, always);
    return ofKey;
  });
}

/** Since when a quorum of disks has every one of these strings expired; -1 = not so, or there is none. */
export function expiredSince(
  licenses: readonly LicenseFacts[],
  strings: ReadonlyMap<string, StringLedger>,
): TrueTime {
  let since = -1;
  for (const { serial } of licenses) {
    const { expiredAt } = strings.get(serial)!;
    if (expiredAt < 0) return -1;
    if (expiredAt > since) since = expiredAt;
  }
  return since;
}

/** The same, where it is enough that a client was told so. */
export function overSince(
  licenses: readonly LicenseFacts[],
  strings: ReadonlyMap<string, StringLedger>,
): TrueTime {
  let since = -1;
  for (const { serial } of licenses) {
    const { expiredAt, deniedAt } = strings.get(serial)!;
    const over = deniedAt >= 0 && (expiredAt < 0 || deniedAt < expiredAt) ? deniedAt : expiredAt;
    if (over < 0) return -1;
    if (over > since) since = over;
  }
  return since;
}

/** The civil time at which the last string that this leader has of the key ends; infinite if one has no end, or there is none. */
export function endOf(reign: Reign, key: KeyLedger): number {
  const licenses = reign.licenses[key.place] ?? [];
  let end = Number.NEGATIVE_INFINITY;
  for (const { endsAt } of licenses) {
    if (endsAt === null) return Number.POSITIVE_INFINITY;
    if (endsAt > end) end = endsAt;
  }
  return licenses.length === 0 ? Number.POSITIVE_INFINITY : end;
}
