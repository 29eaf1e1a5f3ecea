// The protocol's timers in one run: the defaults with the scenario's changes.

import { DEFAULT_SETTINGS, type Settings } from '../../src/core/settings.ts';
import { milliseconds } from '../../src/core/time.ts';
import type { Scenario } from './scenario.ts';

/** The settings that count bytes or things, which a scenario's numbers give as they are; all others are in ms. */
const COUNTS: ReadonlySet<string> = new Set([
  'mostPending',
  'mostTombstones',
  'mostDeltas',
  'handlesPerPart',
]);

/** The protocol's timers with the scenario's changes. */
export function settingsOf(scenario: Scenario): Settings {
  const changes = Object.entries(scenario.settings).map(([name, value]) => [
    name,
    COUNTS.has(name) ? value : milliseconds(value),
  ]);
  return Object.freeze({ ...DEFAULT_SETTINGS, ...(Object.fromEntries(changes) as Partial<Settings>) });
}
