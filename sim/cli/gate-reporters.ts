// Who is told what came of a gate, and where: each reporter says the same in its own form.

import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { onOneLine, painted, print } from '../../src/cli/terminal.ts';
import { writeWhole } from '../campaign/store.ts';
import { annotationsOf, stepSummary } from '../gate/github.ts';
import { junitText } from '../gate/junit.ts';
import { type Line, reportLines } from '../gate/lines.ts';
import { type GateReport, jsonReport } from '../gate/report.ts';
import type { ExitCode } from './exit-codes.ts';
import { checkOutput } from './options.ts';

const KINDS = ['tty', 'plain', 'json', 'junit', 'github'] as const;

export interface GateReporter {
  readonly kind: (typeof KINDS)[number];
  /** Null: where it usually goes; - is standard output. */
  readonly file: string | null;
}

/** `plain,json=-,junit=gate.xml`. */
export function readReporters(text: string): GateReporter[] {
  const reporters = text.split(',').map((each): GateReporter => {
    const [name, ...rest] = each.split('=');
    const kind = KINDS.find((known) => known === name);
    const file = rest.join('=');
    const takesFile = kind === 'json' || kind === 'junit' || kind === 'plain';
    if (kind === undefined || (rest.length > 0 && (!takesFile || file === '')))
      throw new InvalidArgumentError(
        `Expected a list of ${KINDS.join(', ')}; plain, json and junit may have a file: junit=gate.xml.`,
      );
    return { kind, file: rest.length > 0 ? file : null };
  });
  if (new Set(reporters.map(({ kind }) => kind)).size < reporters.length)
    throw new InvalidArgumentError('Expected each reporter once.');
  return reporters;
}

/** Nobody has said who is to be told. */
export function usualReporters(): GateReporter[] {
  const people: GateReporter = { kind: process.stdout.isTTY ? 'tty' : 'plain', file: null };
  return process.env.GITHUB_ACTIONS === 'true' ? [people, { kind: 'github', file: null }] : [people];
}

/** Throws CannotGoOn when one of them could not write. */
export function checkReporters(reporters: readonly GateReporter[]): void {
  for (const { file } of reporters) if (file !== null) checkOutput(file, '--reporter');
}

export function report(
  reporters: readonly GateReporter[],
  given: GateReport,
  exitCode: ExitCode,
  out: string,
): void {
  for (const { kind, file } of reporters) {
    switch (kind) {
      case 'tty':
        for (const line of reportLines(given)) print(paintedLine(line));
        break;
      case 'plain':
        write(
          file ?? '-',
          reportLines(given)
            .map(({ text }) => onOneLine(text))
            .join('\n'),
        );
        break;
      case 'json':
        write(file ?? join(out, 'gate.json'), JSON.stringify(jsonReport(given, exitCode)));
        break;
      case 'junit':
        write(file ?? join(out, 'gate.xml'), junitText(given).trimEnd());
        break;
      case 'github':
        tellGitHub(given);
        break;
    }
  }
}

function paintedLine({ text, mark }: Line): string {
  const shown = onOneLine(text);
  switch (mark) {
    case null:
      return shown;
    case 'ok':
      return painted('green', shown);
    case 'FAILED':
      return painted('red', shown);
    case 'not run':
      return painted('yellow', shown);
  }
}

function tellGitHub(given: GateReport): void {
  for (const line of annotationsOf(given)) print(line);
  const summary = process.env.GITHUB_STEP_SUMMARY;
  if (summary !== undefined && summary !== '') appendFileSync(summary, `${stepSummary(given)}\n`);
}

function write(file: string, text: string): void {
  if (file === '-') print(text);
  else writeWhole(file, `${text}\n`);
}
