// Which license strings there are, as checkers know them: the one place that reads the scenario's licenses. A change of the
// file adds strings and clears a key's `deniedAt`; until there is one, the strings of the start are all.

import type { TrueTime } from '../sim/pool/observer.ts';
import { dateAfter, type Scenario, serialAt } from '../sim/scenario/scenario.ts';
import { licenseKey } from '../src/core/license.ts';
import { KeyLedger, type Reign, StringLedger } from './ledger.ts';

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
  for (const { license } of key.strings) {
    if (reign.expired.has(license.serial)) continue;
    if (license.startsAt === null || license.startsAt <= reign.highWater) limit += license.hardLimit;
  }
  return limit;
}

/** Since when every string of the key is over on a quorum of disks; -1 = not so, or it has no string. */
export function expiredSince(key: KeyLedger): TrueTime {
  let since = -1;
  for (const { expiredAt } of key.strings) {
    if (expiredAt < 0) return -1;
    if (expiredAt > since) since = expiredAt;
  }
  return since;
}
