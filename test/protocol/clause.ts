// How a clause of PROTOCOL.md is tested: by a small test of its own, by an interaction script that shows it, by real
// processes, or, where it is a consequence of others, by theirs. The number at the head of a title is the clause's.

import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseScript } from '../interaction/script.ts';

const PROTOCOL = new URL('../../PROTOCOL.md', import.meta.url);
const SCRIPTS = new URL('../interaction/', import.meta.url);

export interface Clause {
  readonly number: string;
  readonly section: number;
}

type Body = (clause: Clause) => void;

const tested = new Set<string>();

/** Registers the test of one clause; the title is the clause's number and what it says. */
export function clause(title: string, body: Body): void {
  const number = /^(\d+\.\d+) /.exec(title)?.[1];
  if (number === undefined) throw new Error(`a clause's title begins with its number: ${title}`);
  if (tested.has(number)) throw new Error(`clause ${number} has one test`);
  tested.add(number);
  test(title, () => body({ number, section: Number(number.split('.')[0]) }));
}

/** The scripts run in interaction.test.ts; here they only have to exist and to cite the clause's section. */
export function shownBy(...scripts: readonly string[]): Body {
  return ({ number, section }) => {
    for (const script of scripts) {
      const path = new URL(script, SCRIPTS);
      expect(existsSync(path), `${script}, which shows ${number}, exists`).toBe(true);
      const { title, sections } = parseScript(readFileSync(path, 'utf8'));
      expect(sections, `the title of ${script} ("${title}") cites §${section}`).toContain(section);
    }
  };
}

/** By a test of real processes, which runs in its own file: it has to exist. */
export function shownIn(file: string, title: string): Body {
  return () => {
    const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
    expect(text, `${file} has the test "${title}"`).toContain(`test('${title}'`);
  };
}

/** A clause that follows from others: they must have tests. */
export function restsOn(...numbers: readonly string[]): Body {
  return () => {
    for (const number of numbers) expect(tested, `clause ${number} has a test`).toContain(number);
  };
}

export function testedClauses(): ReadonlySet<string> {
  return tested;
}

export interface WrittenClause {
  readonly number: string;
  readonly text: string;
  readonly isPlanned: boolean;
}

/** The numbered clauses of PROTOCOL.md, in order. */
export function writtenClauses(): WrittenClause[] {
  const clauses: WrittenClause[] = [];
  for (const section of protocolText().split(/^## /m).slice(1)) {
    const isPlannedSection = section.split('\n', 1)[0]!.endsWith('(planned)');
    for (const item of section.split(/^(?=- \*\*\d+\.\d+\*\*)/m).slice(1)) {
      const [, number, rest] = /^- \*\*(\d+\.\d+)\*\* ([\s\S]*?)(?=\n\n|\n#|\n\||$)/.exec(item)!;
      const text = rest!.replaceAll(/\s+/g, ' ').trim();
      const isMarked = text.startsWith('(planned)') || text.endsWith('. (planned)');
      const isInForce = text.startsWith('(in force');
      clauses.push({ number: number!, text, isPlanned: isMarked || (isPlannedSection && !isInForce) });
    }
  }
  return clauses;
}

export function protocolText(): string {
  return readFileSync(PROTOCOL, 'utf8');
}
