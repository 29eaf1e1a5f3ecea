// A scenario as text: one canonical form, so that equal scenarios are equal files and a difference between two of them
// is a difference of lines.

import type { Scenario } from './scenario.ts';

const ORDER: readonly (keyof Scenario)[] = [
  'schema',
  'savedBy',
  'seed',
  'environment',
  'servers',
  'founders',
  'licenses',
  'clients',
  'settings',
  'driftPpm',
  'link',
  'syncFrom',
  'syncTo',
  'logLimitBytes',
  'begins',
  'chaosUntil',
  'clientsUntil',
  'endsAt',
  'core',
  'faults',
  'moves',
];
const FIRST_OF_A_FAULT = ['kind', 'at', 'until', 'before', 'move'];

/** JSON with one line a field, and one line a license, client, fault or move; ends with a line feed. */
export function saveScenario(scenario: Scenario): string {
  const present = ORDER.filter((field) => scenario[field] !== undefined);
  const lines = present.map((field) => `  ${JSON.stringify(field)}: ${printed(scenario[field])}`);
  return `{\n${lines.join(',\n')}\n}\n`;
}

function printed(value: unknown): string {
  if (!Array.isArray(value) || value.length === 0 || typeof value[0] !== 'object')
    return JSON.stringify(sorted(value));
  return `[\n${value.map((one) => `    ${JSON.stringify(sorted(one))}`).join(',\n')}\n  ]`;
}

/** The same value with the fields of every object in alphabetical order, those that say what a fault or a move is first. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const names = Object.keys(value).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(names.map((name) => [name, sorted((value as Record<string, unknown>)[name])]));
}

function rank(name: string): number {
  const place = FIRST_OF_A_FAULT.indexOf(name);
  return place < 0 ? FIRST_OF_A_FAULT.length : place;
}
