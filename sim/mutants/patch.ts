// A planted bug as a patch of the sources, in the form that `git diff` prints. Line numbers are not looked at: what a hunk
// takes away, with the lines around it, must be in its file exactly once. A patch that no longer fits is an error and never
// a mutant that happens to survive.

import { parsePatch } from 'diff';
import { ENVIRONMENTS, type EnvironmentId } from '../scenario/scenario.ts';

/** What stands before the first file of a patch: its name and what is known of it. */
export interface Mutant {
  /** `M10`. */
  readonly id: string;
  readonly title: string;
  /** Where it shows, as the list says; empty = anywhere. */
  readonly environments: readonly EnvironmentId[];
  /** Properties that may notice it first, as the list says. */
  readonly caughtBy: readonly string[];
  /** It changes nothing that anybody may rely on: it must survive. */
  readonly isEquivalent: boolean;
  readonly changes: readonly FileChange[];
}

interface FileChange {
  /** Relative to the root of the project, with slashes. */
  readonly path: string;
  readonly hunks: readonly Hunk[];
}

interface Hunk {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

export type Read =
  | { readonly ok: true; readonly mutant: Mutant }
  | { readonly ok: false; readonly reason: string };

/** What may be patched: the pool, and no judge of it. */
const PATCHABLE = /^src\/(core|wire|storage|process)\/[\w./-]+\.ts$/;

const MOST_BYTES = 1_000_000;

/** Reads a patch file; `name` is its file name, for patches that give themselves none. Never throws. */
export function readMutant(name: string, text: string): Read {
  if (text.length > MOST_BYTES) return { ok: false, reason: `is longer than ${MOST_BYTES} characters` };
  let files: ReturnType<typeof parsePatch>;
  try {
    files = parsePatch(text);
  } catch (error) {
    return { ok: false, reason: `is no patch: ${(error as Error).message}` };
  }
  const changes: FileChange[] = [];
  for (const { newFileName, oldFileName, hunks } of files) {
    if (hunks.length === 0) continue;
    const path = pathOf(newFileName ?? oldFileName ?? '');
    if (!PATCHABLE.test(path) || path.includes('..')) {
      return {
        ok: false,
        reason: `changes ${path}; only src/core, wire, storage and process may be changed`,
      };
    }
    changes.push({ path, hunks: hunks.map(({ lines }) => hunkOf(lines)) });
  }
  if (changes.length === 0) return { ok: false, reason: 'changes nothing: expected what git diff prints' };
  return { ok: true, mutant: { ...headOf(name, text), changes } };
}

/** The source with the change made, or why that cannot be done. */
export function applyChange(
  change: FileChange,
  source: string,
): { readonly source: string } | { readonly reason: string } {
  let lines = source.split('\n');
  for (const [index, { before, after }] of change.hunks.entries()) {
    const places = placesOf(before, lines);
    if (places.length !== 1) {
      const times = places.length === 0 ? 'nowhere' : `${places.length} times`;
      return {
        reason: `hunk ${index + 1} of ${change.path} is found ${times} in the sources, expected exactly once; it begins with "${(before.find((line) => line.trim() !== '') ?? '').trim()}"`,
      };
    }
    lines = [...lines.slice(0, places[0]), ...after, ...lines.slice(places[0]! + before.length)];
  }
  return { source: lines.join('\n') };
}

function placesOf(wanted: readonly string[], lines: readonly string[]): number[] {
  const places: number[] = [];
  for (let at = 0; at + wanted.length <= lines.length; at++) {
    if (wanted.every((line, i) => lines[at + i] === line)) places.push(at);
  }
  return places;
}

function hunkOf(lines: readonly string[]): Hunk {
  const side = (mark: '-' | '+'): string[] =>
    lines.filter((line) => line[0] === ' ' || line[0] === mark).map((line) => line.slice(1));
  return { before: side('-'), after: side('+') };
}

function pathOf(name: string): string {
  return name.replace(/^[ab]\//, '');
}

/** `M10 title`, then lines such as `environments: E1` and `caught by: S3 S6`. */
function headOf(name: string, text: string): Omit<Mutant, 'changes'> {
  const head = text.slice(0, text.search(/^(--- |diff |Index: )/m)).split('\n');
  const [, id = name.replace(/\.\w+$/, ''), title = ''] = /^([MX]\d+) (.+)$/.exec(head[0]!.trim()) ?? [];
  const wordsOf = (key: string): readonly string[] => {
    const line = head.find((each) => each.startsWith(`${key}: `)) ?? '';
    return line
      .slice(key.length + 2)
      .split(' ')
      .filter((word) => word !== '');
  };
  return {
    id,
    title: title === '' ? name : title,
    environments: ENVIRONMENTS.filter((each) => wordsOf('environments').includes(each)),
    caughtBy: wordsOf('caught by'),
    isEquivalent: head.some((line) => line.trim() === 'equivalent'),
  };
}
