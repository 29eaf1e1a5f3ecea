// A gate's report for people, as lines without colours: what was looked at, what was found, what that comes to.

import { aligned } from '../campaign/columns.ts';
import { grouped, spanOf } from '../campaign/numbers.ts';
import type { Comparison, FigureChange } from './compare.ts';
import { type Check, type GateFinding, type GateReport, PARTS, type Verdict, verdictOf } from './report.ts';

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

/** Parts of many alike checks say in one line how many of them passed. */
const FOLDED = {
  corpus: (passed: number, all: number) => `${passed} of ${all} scenarios gave their recorded verdict`,
  mutants: (passed: number, all: number) => `${passed} of ${all} planted bugs were noticed`,
} as const;

function checkLines(checks: readonly Check[]): Line[] {
  const rows: { readonly cells: readonly [string, string, string, string]; readonly mark: Mark }[] = [];
  for (const part of PARTS) {
    const all = checks.filter((check) => check.part === part);
    const alike =
      part === 'corpus' || part === 'mutants' ? all.filter(({ name }) => name !== 'kill score') : [];
    const folded = alike.filter((check) => markOf(check) === 'ok');
    if (folded.length > 0 && (part === 'corpus' || part === 'mutants'))
      rows.push({
        cells: ['ok', part, 'all', FOLDED[part](folded.length, alike.length)],
        mark: folded.length === alike.length ? 'ok' : 'not run',
      });
    for (const check of all) {
      if (folded.includes(check)) continue;
      const seconds = check.seconds === null ? '' : `  (${check.seconds.toFixed(1)} s)`;
      rows.push({
        cells: [markOf(check), part, check.name, `${check.said}${seconds}`],
        mark: markOf(check),
      });
    }
  }
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map(({ cells }) => cells[column]!.length)));
  return rows.map(({ cells: [mark, part, name, said], mark: painted }) => ({
    text: `${mark.padEnd(widths[0]!)}  ${part.padEnd(widths[1]!)}  ${name.padEnd(widths[2]!)}  ${said}`,
    mark: painted,
  }));
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
