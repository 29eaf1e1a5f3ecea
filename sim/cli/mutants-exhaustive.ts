// `regency-sim mutants --exhaustive`: instead of drawn runs, every path from every start, up to a depth or a time; how soon a
// planted bug is met there, and by how few departures.

import { painted, print } from '../../src/cli/terminal.ts';
import { aligned } from '../campaign/columns.ts';
import { grouped } from '../campaign/numbers.ts';
import { searchInThread } from '../explore/in-thread.ts';
import { STARTS } from '../explore/starts.ts';
import type { Mutant } from '../mutants/patch.ts';
import type { PatchedModules } from '../mutants/patched-build.ts';
import { ROOM, USUAL_MOVES } from './exhaustive.ts';
import { writeJson } from './json-output.ts';

export interface Met {
  readonly id: string;
  readonly title: string;
  readonly isEquivalent: boolean;
  /** Where it was met first; null: nowhere. */
  readonly from: string | null;
  readonly signature: string | null;
  readonly departures: number | null;
  readonly length: number | null;
  /** Of all searches. */
  readonly states: number;
  readonly transitions: number;
  readonly seconds: number;
  /** Starts from which everything within the depth was looked at. */
  readonly complete: number;
  /** Why a search failed by itself: the patched code threw what no code may. */
  readonly crash: string | null;
}

const DEPTH = 40;
const DEPARTURES = 1;

/** From each start for at most so many seconds, one after another, until it is met. */
export async function meet(
  { id, title, isEquivalent }: Mutant,
  modules: PatchedModules,
  seconds: number,
  interrupt: AbortSignal,
): Promise<Met> {
  let states = 0;
  let transitions = 0;
  let complete = 0;
  const began = performance.now();
  const met = (rest: Pick<Met, 'from' | 'signature' | 'departures' | 'length' | 'crash'>): Met => ({
    id,
    title,
    isEquivalent,
    ...rest,
    states,
    transitions,
    seconds: (performance.now() - began) / 1000,
    complete,
  });
  const nowhere = { from: null, signature: null, departures: null, length: null, crash: null };
  for (const { name } of STARTS) {
    if (interrupt.aborted) break;
    const report = await searchInThread(
      {
        from: name,
        seed: 1,
        alphabet: { kinds: USUAL_MOVES, jumps: [] },
        depth: DEPTH,
        departures: DEPARTURES,
        room: ROOM,
        first: true,
        budgetMs: seconds * 1000,
      },
      { modules, interrupt },
    );
    if (report.kind === 'harness failure')
      return met({ ...nowhere, from: name, crash: report.error.split('\n', 1)[0]! });
    states += report.counts.states;
    transitions += report.counts.transitions;
    if (!report.isStopped) complete++;
    const { found } = report;
    if (found === null) continue;
    const { signature, departures, length } = found;
    return met({ from: name, signature, departures, length, crash: null });
  }
  return met(nowhere);
}

export function isMetAsItShould({ isEquivalent, from }: Met): boolean {
  return isEquivalent === (from === null);
}

export function verdictOf({ from, departures, crash }: Met): string {
  if (crash !== null) return `THROWS from ${from}`;
  return from === null ? 'is not met' : `is met from ${from} by ${departures} departures`;
}

export function reportMet(all: readonly Met[], json: string | undefined): void {
  if (json !== undefined) {
    writeJson(json, { schema: 'regency-sim/mutants-exhaustive@1', depth: DEPTH, mutants: all });
    if (json === '-') return;
  }
  const rows = all.map((one) => [
    one.id,
    one.from ?? '–',
    one.departures === null ? '–' : String(one.departures),
    one.length === null ? '–' : String(one.length),
    grouped(one.transitions),
    `${one.seconds.toFixed(1)} s`,
    one.signature ?? (one.crash === null ? `–, complete from ${one.complete}` : 'threw'),
  ]);
  const head = ['', 'met from', 'departures', 'path', 'transitions', 'took', 'violated'];
  print(aligned([head, ...rows]).join('\n'));
  const good = all.filter(isMetAsItShould).length;
  print(`\n${good} of ${all.length} as they should be`);
  for (const one of all) {
    if (one.crash !== null) print(`${one.id} threw where nothing may: ${one.crash}`);
    if (!isMetAsItShould(one)) print(`${painted('red', one.id)} ${verdictOf(one)}: ${one.title}`);
  }
}
