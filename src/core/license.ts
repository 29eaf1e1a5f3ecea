// One license string of the pool file, parsed: what may be given out, how many, from when, until when, for how long.

import type { LicenseKey } from './ids.ts';
import type { CivilTime, Duration } from './time.ts';

export interface License {
  /** Names this string for ever: a renewed license has another serial [§11]. 1–64 characters of [A-Za-z0-9._-]. */
  readonly serial: string;
  /** 1–24 characters. */
  readonly feature: string;
  /** 0–11 characters. */
  readonly version: string;
  /** Tokens that may be out at any instant, 0 … 2^31-1. */
  readonly hardLimit: number;
  /** Above this many an alert is raised, nothing is refused; 0 … hardLimit, null = no alert. */
  readonly softLimit: number | null;
  /** Before this instant nothing is granted; null = always started. */
  readonly startsAt: CivilTime | null;
  /** From this instant on the string is expired; null = permanent. */
  readonly endsAt: CivilTime | null;
  /** Told to the holder of each new handle: 30 s … 900 min [§9, §10]. */
  readonly keyLifetime: Duration;
  /** Refused while clocks are set back by more than the grace [§11]. */
  readonly isTamperChecked: boolean;
  /** The vendor's, of `signedText` [12.11]; null = not signed. 86 characters of base64url. */
  readonly signature: string | null;
}

export function licenseKey(feature: string, version: string): LicenseKey {
  return `${feature}|${version}`;
}

export function keyOf(license: License): LicenseKey {
  return licenseKey(license.feature, license.version);
}
