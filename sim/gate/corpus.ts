// The saved corpus: scenarios that once showed something. Each must give the verdict that is recorded: it passes, unless the
// settings name the signature that it must show.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { loadScenario, MOST_CHARACTERS } from '../scenario/load.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { onePortionEach, runPortions } from './batches.ts';
import type { Check } from './check.ts';
import type { Read } from './read-json.ts';
import { collect, failed, findingsText, harnessFault, isOver, missed, passed, type Site } from './site.ts';

export interface CorpusCase {
  /** Of its file. */
  readonly name: string;
  readonly scenario: Scenario;
  /** The signature that it shows; null: it passes. */
  readonly recorded: string | null;
}

const MOST_CASES = 100_000;

export function readCorpus(folder: string, violates: Readonly<Record<string, string>>): Read<CorpusCase[]> {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch (error) {
    return refusal(`the corpus ${folder} cannot be read (${(error as NodeJS.ErrnoException).code ?? error})`);
  }
  if (names.length > MOST_CASES) return refusal(`the corpus ${folder} has more than ${MOST_CASES} scenarios`);
  const stray = Object.keys(violates).find((name) => !names.includes(name));
  if (stray !== undefined)
    return refusal(`the corpus ${folder} has no ${stray}, of which a verdict is recorded`);
  const cases: CorpusCase[] = [];
  for (const name of names.toSorted()) {
    const path = join(folder, name);
    if (statSync(path).size > MOST_CHARACTERS) return refusal(`${path} is too long for a scenario`);
    const loaded = loadScenario(readFileSync(path, 'utf8'));
    if (!loaded.ok) return refusal(`${path} is no scenario: ${loaded.reason}`);
    cases.push({ name, scenario: loaded.scenario, recorded: violates[name] ?? null });
  }
  return { ok: true, value: cases };
}

export async function checkCorpus(cases: readonly CorpusCase[], site: Site): Promise<Check[]> {
  const portions = onePortionEach(cases.map(({ scenario }) => scenario));
  const tallies = await runPortions(site.crew, portions, () => isOver(site));
  return cases.map(({ name, recorded }, index) => {
    const at = { part: 'corpus', name } as const;
    const tally = tallies[index];
    if (tally == null) return missed(at, site);
    const harness = harnessFault(tally);
    if (harness !== null) return failed(at, 'harness failed', harness);
    const shown = Object.keys(tally.findings);
    if (recorded !== null && shown.includes(recorded)) return passed(at, `shows ${recorded}, as recorded`);
    collect(site, tally);
    if (shown.length > 0)
      return failed(
        at,
        'violated',
        `recorded is that it ${verdictText(recorded)}; it shows ${findingsText(tally)}`,
      );
    return recorded === null
      ? passed(at, 'passes, as recorded')
      : failed(at, 'threshold', `recorded is that it ${verdictText(recorded)}; it passes: record that`);
  });
}

function verdictText(recorded: string | null): string {
  return recorded === null ? 'passes' : `shows ${recorded}`;
}

function refusal(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}
