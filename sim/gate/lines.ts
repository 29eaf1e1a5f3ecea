// A gate's report for people, as lines without colours: what was looked at, what was found, what that comes to.

import { aligned } from '../campaign/columns.ts';
import { grouped, spanOf } from '../campaign/numbers.ts';
import { type Check, KILL_SCORE, PARTS, type Part, type Verdict, verdictOf } from './check.ts';
import type { Comparison, FigureChange } from './compare.ts';
import type { GateFinding, GateReport } from './report.ts';

export type Mark = 'ok' | 'FAILED' | 'not run';

export interface Line {
  readonly text: string;
  /** How it is painted where there are colours. */
  readonly mark: Mark | null;
}

/** The last one is the verdict. */
export function reportLines(report: GateReport): Line[] {
  const { checks, findings, comparison } = report;
  return [
    plain(
      `commit ${report.commit.slice(0, 12)}, ${report.build}${report.patch === null ? '' : `, planted: ${report.patch}`}`,
    ),
    plain(''),
    ...checkLines(checks),
    ...findings.flatMap((finding) => findingLines(finding).map(plain)),
    ...(comparison === null ? [] : comparisonLines(comparison).map(plain)),
    plain(''),
    { text: verdictText(report), mark: verdictOf(report) === 'passed' ? 'ok' : 'FAILED' },
  ];
}

/** Parts of many checks that are alike say in one line how many of them passed, and in one which were not made. */
const FOLDED: Partial<Record<Part, (passed: number, all: number) => string>> = {
  corpus: (passed, all) => `${passed} of ${all} scenarios gave their recorded verdict`,
  mutants: (passed, all) => `${passed} of ${all} planted bugs were noticed`,
};

interface Row {
  readonly mark: Mark;
  readonly part: Part;
  readonly name: string;
  readonly said: string;
}

function checkLines(checks: readonly Check[]): Line[] {
  const rows = PARTS.flatMap((part) =>
    rowsOf(
      part,
      checks.filter((check) => check.part === part),
    ),
  );
  const widthOf = (cell: (row: Row) => string): number => Math.max(...rows.map((row) => cell(row).length));
  const marks = widthOf(({ mark }) => mark);
  const parts = widthOf(({ part }) => part);
  const names = widthOf(({ name }) => name);
  return rows.map(({ mark, part, name, said }) => ({
    text: `${mark.padEnd(marks)}  ${part.padEnd(parts)}  ${name.padEnd(names)}  ${said}`,
    mark,
  }));
}

function rowsOf(part: Part, checks: readonly Check[]): Row[] {
  const textOf = FOLDED[part];
  if (textOf === undefined) return checks.map(rowOf);
  const alike = checks.filter(({ name }) => name !== KILL_SCORE);
  const good = alike.filter((check) => markOf(check) === 'ok');
  const missing = alike.filter(({ fault, isMade }) => fault !== null && !isMade);
  const byReason = [...new Set(missing.map(({ said }) => said))].map((said): Row => {
    const names = missing.filter((check) => check.said === said).map(({ name }) => name);
    return { mark: 'FAILED', part, name: `${names.length} not run`, said: `${said}: ${names.join(', ')}` };
  });
  const seen = good.length === alike.length ? 'all' : `${good.length} of ${alike.length}`;
  const folded: Row = { mark: 'ok', part, name: seen, said: textOf(good.length, alike.length) };
  return [
    ...(good.length === 0 ? [] : [folded]),
    ...byReason,
    ...checks.filter((check) => !good.includes(check) && !missing.includes(check)).map(rowOf),
  ];
}

function rowOf(check: Check): Row {
  const { part, name, said, seconds } = check;
  const took = seconds === null ? '' : `  (${seconds.toFixed(1)} s)`;
  return { mark: markOf(check), part, name, said: `${said}${took}` };
}

export function markOf({ fault, isMade }: Check): Mark {
  if (fault !== null) return 'FAILED';
  return isMade ? 'ok' : 'not run';
}

function findingLines(finding: GateFinding): string[] {
  const { signature, property, reason, count, scenario, size, replay } = finding;
  return [
    '',
    `${signature}  ${property} is violated, in ${grouped(count)} run${count === 1 ? '' : 's'}`,
    `  ${reason}`,
    `  ${scenario}${size === null ? ', as it was found' : `, shrunk to ${size}`}`,
    `  ${replay}`,
  ];
}

function comparisonLines({ base, runs, same, verdicts, verdictsChanged, figures }: Comparison): string[] {
  const textOf = (signatures: readonly string[]): string =>
    signatures.length === 0 ? 'passes' : signatures.join(' ');
  return [
    '',
    `compared with ${base}: of ${grouped(runs)} runs ${grouped(same)} are the same event by event, ${grouped(verdictsChanged)} have another verdict`,
    ...verdicts.map(
      ({ seed, isDrill, base: before, here }) =>
        `  ${isDrill ? 'drill' : 'seed'} ${seed}: ${textOf(before)} → ${textOf(here)}`,
    ),
    ...(verdictsChanged > verdicts.length ? [`  … and ${verdictsChanged - verdicts.length} more`] : []),
    ...aligned([['', 'base', 'here', 'change'], ...figures.map(figureRow)]).map((line) => `  ${line}`),
  ];
}

export function figureRow({ name, unit, base, here }: FigureChange): [string, string, string, string] {
  const textOf = (value: number | null): string => {
    if (value === null) return '–';
    const [whole, fraction] = String(value).split('.');
    return `${grouped(Number(whole))}${fraction === undefined ? '' : `.${fraction}`}${unit === '' ? '' : ` ${unit}`}`;
  };
  return [name, textOf(base), textOf(here), changeText(base, here)];
}

function changeText(base: number | null, here: number | null): string {
  if (base === null || here === null) return '';
  if (base === here) return '=';
  return base === 0 ? '' : `${here > base ? '+' : '−'}${Math.abs((100 * (here - base)) / base).toFixed(1)} %`;
}

const VERDICTS: Readonly<Record<Verdict, string>> = {
  passed: 'passed',
  interrupted: 'interrupted',
  'harness failed': 'THE HARNESS FAILED',
  nondeterminism: 'FAILED, nondeterminism',
  violated: 'FAILED, violated',
  threshold: 'FAILED, threshold',
};

/** With what made it so. */
export function verdictText(report: GateReport): string {
  const verdict = verdictOf(report);
  const because = report.checks.filter(({ fault }) => fault === verdict);
  const names = because.map(({ part, name }) => `${part}: ${name}`);
  const few = names.length > 5 ? [...names.slice(0, 5), `and ${names.length - 5} more`] : names;
  const time = ` in ${spanOf(report.wallSeconds)}`;
  return verdict === 'passed' ? `passed${time}` : `${VERDICTS[verdict]}${time} (${few.join('; ')})`;
}

function plain(text: string): Line {
  return { text, mark: null };
}
