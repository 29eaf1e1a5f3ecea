// Fault by phase: in what the pool was in the middle of when faults struck it. A cell that stays empty is a meeting of the two
// that the campaign says nothing about. Which there are, and which cannot be, is handed in.

import { grouped } from './numbers.ts';
import type { Tally } from './tally.ts';

export interface CardGoal {
  /** Kinds of fault. */
  readonly kinds: readonly string[];
  readonly phases: readonly string[];
  /** Kind → phase → why the two cannot meet in what is drawn. */
  readonly impossible: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface Cell {
  /** Faults of the kind that struck in the phase. */
  readonly count: number;
  /** The smallest seed with one; null = none. */
  readonly firstSeed: number | null;
  /** Why there can be none; absent: there can. */
  readonly impossible?: string;
}

export type Cells = Record<string, Record<string, Cell>>;

/** Every cell of the goal, struck or not. */
export function cellsOf({ card }: Tally, { kinds, phases, impossible }: CardGoal): Cells {
  const cellOf = (kind: string, phase: string): Cell => {
    const reason = impossible[kind]?.[phase];
    const cell = card[kind]?.[phase] ?? { count: 0, firstSeed: null };
    return { ...cell, ...(reason === undefined ? {} : { impossible: reason }) };
  };
  return Object.fromEntries(
    kinds.map((kind) => [
      kind,
      Object.fromEntries(phases.map((phase) => [phase, cellOf(kind, phase)] as const)),
    ]),
  );
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** A line for each kind, a letter for each phase; of each count the number of its digits, which is what there is room for. */
export function cardLines(tally: Tally, goal: CardGoal): string[] {
  const { kinds, phases } = goal;
  if (kinds.length === 0) return [];
  const cells = cellsOf(tally, goal);
  const width = Math.max(...kinds.map(({ length }) => length));
  const all = kinds.flatMap((kind) => phases.map((phase) => cells[kind]![phase]!));
  const possible = all.filter(({ impossible }) => impossible === undefined);
  const struck = possible.filter(({ count }) => count > 0).length;
  return [
    `${' '.repeat(width)}  ${[...LETTERS.slice(0, phases.length)].join(' ')}`,
    ...kinds.map(
      (kind) => `${kind.padEnd(width)}  ${phases.map((phase) => markOf(cells[kind]![phase]!)).join(' ')}`,
    ),
    '',
    ...legendOf(phases),
    '1 = up to 9 faults, 2 = up to 99 …  · = none  - = cannot be',
    `${grouped(struck)} of ${grouped(possible.length)} cells that can be`,
    ...wronglyImpossible(cells).map((line) => `warning: ${line}`),
  ];
}

function markOf({ count, impossible }: Cell): string {
  if (count > 0) return String(String(count).length);
  return impossible === undefined ? '·' : '-';
}

/** Three to a line. */
function legendOf(phases: readonly string[]): string[] {
  const entries = phases.map((phase, place) => `${LETTERS[place]} ${phase}`);
  const width = Math.max(...entries.map(({ length }) => length));
  const lines: string[] = [];
  for (let at = 0; at < entries.length; at += 3) {
    const three = entries.slice(at, at + 3).map((entry) => entry.padEnd(width));
    lines.push(three.join('  ').trimEnd());
  }
  return lines;
}

/** The table of what cannot be is wrong there. */
function wronglyImpossible(cells: Cells): string[] {
  return Object.entries(cells).flatMap(([kind, phases]) =>
    Object.entries(phases)
      .filter(([, { count, impossible }]) => count > 0 && impossible !== undefined)
      .map(
        ([phase, { firstSeed, impossible }]) =>
          `${kind} struck in "${phase}", seed ${firstSeed}, though ${impossible}`,
      ),
  );
}
