// Scenarios in which a property was once violated, replayed: each stays as it was found (or as it was shrunk), and must
// pass ever after. What each of them showed stands in docs/found.md.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadScenario } from '../sim/scenario/load.ts';
import { simulate } from '../sim/simulate.ts';

const FOLDER = new URL('./regression/', import.meta.url);

describe('A scenario that once broke the pool passes', () => {
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.json'))) {
    test(file, () => {
      const loaded = loadScenario(readFileSync(new URL(file, FOLDER), 'utf8'));
      if (!loaded.ok) throw new Error(JSON.stringify(loaded));
      const { violations, checked } = simulate(loaded.scenario);
      expect(violations).toEqual([]);
      expect(Object.values(checked).some((times) => times > 0)).toBe(true);
    });
  }
});
