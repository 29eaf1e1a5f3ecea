// The protocol's timers in one run: the defaults with the scenario's changes; and how far the clocks that count them may be off.

import { DEFAULT_SETTINGS, type Settings } from '../../src/core/settings.ts';
import { milliseconds } from '../../src/core/time.ts';
import type { EnvironmentId, Scenario } from './scenario.ts';

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

/** How far monotonic clocks may be off: unbounded only where nothing is asserted that rests on them. */
export function mostMonotonicPpm(scenario: Scenario): number {
  const unbounded: EnvironmentId = 'E1';
  return scenario.environment === unbounded ? 500_000 : scenario.driftPpm;
}
