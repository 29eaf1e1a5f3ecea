// A gate's report on GitHub: an annotation for each thing that is wrong, as a workflow command on standard output, and a page in
// Markdown for the step's summary. Reasons are somebody else's text, so nothing in them is a command or mark-up.

import { type Check, verdictOf } from './check.ts';
import { figureRow, markOf, verdictText } from './lines.ts';
import type { GateFinding, GateReport } from './report.ts';

/** Lines; GitHub shows ten of a step. Violations come first, since the check that found them says less. */
export function annotationsOf({ checks, findings }: GateReport): string[] {
  const wrong = checks.filter(
    ({ fault }) => fault !== null && !(fault === 'violated' && findings.length > 0),
  );
  return [
    ...findings.map(({ signature, property, reason, replay }) =>
      errorLine(`${property} is violated (${signature})`, `${reason}\n${replay}`),
    ),
    ...wrong.map(({ part, name, fault, said }) => errorLine(`${fault}: ${part}, ${name}`, said)),
  ];
}

function errorLine(title: string, message: string): string {
  const inMessage = (text: string): string =>
    text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  return `::error title=${inMessage(title).replaceAll(':', '%3A').replaceAll(',', '%2C')}::${inMessage(message)}`;
}

export function stepSummary(report: GateReport): string {
  const { commit, build, patch, checks, findings, comparison } = report;
  const about = `Commit ${text(commit.slice(0, 12))}, ${text(build)}${patch === null ? '' : `, planted: ${text(patch)}`}.`;
  return [
    `## ${verdictOf(report) === 'passed' ? '✅' : '❌'} Gate: ${text(verdictText(report))}`,
    '',
    about,
    ...findings.flatMap(findingText),
    '',
    '| | part | check | |',
    '|---|---|---|---|',
    ...checks.map(checkRow),
    ...(comparison === null
      ? []
      : [
          '',
          `### Compared with ${text(comparison.base)}`,
          '',
          `Of ${comparison.runs} runs ${comparison.same} are the same event by event, ${comparison.verdictsChanged} have another verdict.`,
          '',
          '| | base | here | change |',
          '|---|--:|--:|--:|',
          ...comparison.figures.map((figure) => `| ${figureRow(figure).map(text).join(' | ')} |`),
        ]),
    '',
  ].join('\n');
}

const SIGNS = { ok: '✅', FAILED: '❌', 'not run': '➖' } as const;

function checkRow(check: Check): string {
  return `| ${SIGNS[markOf(check)]} | ${text(check.part)} | ${text(check.name)} | ${text(check.said)} |`;
}

function findingText({ signature, property, reason, scenario, size, replay }: GateFinding): string[] {
  return [
    '',
    `### ${text(property)} is violated: ${text(signature)}`,
    '',
    text(reason),
    '',
    `${text(scenario)}${size === null ? '' : `, shrunk to ${text(size)}`}. Replay it:`,
    '',
    // A block of code: shown as it is.
    `    ${replay.replaceAll(/\p{C}/gu, ' ')}`,
  ];
}

/** On one line, without a meaning in Markdown or HTML. */
function text(given: string): string {
  return given
    .replaceAll(/\p{C}/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*_{}[\]#|~@!]/g, (sign) => `\\${sign}`);
}
