// A gate's report in the form that JUnit made common and that CI systems show: a suite for each part, a case for each check, and
// one for each violation that was kept. What was not looked at is skipped, or a failure if it had to be.

import { type Check, type Fault, PARTS } from './check.ts';
import type { GateFinding, GateReport } from './report.ts';

export function junitText(report: GateReport): string {
  const suites = PARTS.map((part) => ({
    name: part as string,
    cases: report.checks.filter((check) => check.part === part).map(caseOf),
  }));
  suites.push({ name: 'violations', cases: report.findings.map(findingCase) });
  const all = suites.filter(({ cases }) => cases.length > 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="regency-sim gate"${countsOf(all.flatMap(({ cases }) => cases))} time="${report.wallSeconds.toFixed(3)}">`,
    ...all.flatMap(({ name, cases }) => [
      `  <testsuite name="${escaped(name)}"${countsOf(cases)} skipped="${countOf('skipped', cases)}" time="${sumOf(cases).toFixed(3)}">`,
      ...cases.flatMap((each) => caseLines(name, each)),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n');
}

interface Case {
  readonly name: string;
  readonly seconds: number;
  readonly result: 'passed' | 'failure' | 'error' | 'skipped';
  /** Which fault; empty = none. */
  readonly type: string;
  readonly message: string;
  readonly text: string;
}

function caseOf({ name, fault, isMade, said, seconds }: Check): Case {
  const result = fault === null ? (isMade ? 'passed' : 'skipped') : RESULTS[fault];
  return { name, seconds: seconds ?? 0, result, type: fault ?? '', message: said, text: said };
}

/** An error says nothing of what was tested. */
const RESULTS: Readonly<Record<Fault, 'failure' | 'error'>> = {
  interrupted: 'error',
  'harness failed': 'error',
  nondeterminism: 'failure',
  violated: 'failure',
  threshold: 'failure',
};

function findingCase({ signature, property, reason, scenario, size, replay }: GateFinding): Case {
  const text = `${reason}\n${scenario}${size === null ? '' : `, shrunk to ${size}`}\n${replay}`;
  return {
    name: signature,
    seconds: 0,
    result: 'failure',
    type: 'violated',
    message: `${property}: ${reason}`,
    text,
  };
}

function caseLines(suite: string, { name, seconds, result, type, message, text }: Case): string[] {
  const head = `    <testcase classname="gate.${escaped(suite)}" name="${escaped(name)}" time="${seconds.toFixed(3)}"`;
  switch (result) {
    case 'passed':
      return [`${head}>`, `      <system-out>${escaped(text)}</system-out>`, '    </testcase>'];
    case 'skipped':
      return [`${head}>`, `      <skipped message="${escaped(message)}"/>`, '    </testcase>'];
    case 'failure':
    case 'error':
      return [
        `${head}>`,
        `      <${result} type="${escaped(type)}" message="${escaped(message)}">${escaped(text)}</${result}>`,
        '    </testcase>',
      ];
  }
}

/** All that the root of the document may say of them. */
function countsOf(cases: readonly Case[]): string {
  return ` tests="${cases.length}" failures="${countOf('failure', cases)}" errors="${countOf('error', cases)}"`;
}

function countOf(result: Case['result'], cases: readonly Case[]): number {
  return cases.filter((each) => each.result === result).length;
}

function sumOf(cases: readonly Case[]): number {
  return cases.reduce((sum, { seconds }) => sum + seconds, 0);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
};

/** For a text as for an attribute. What XML 1.0 cannot hold at all becomes a sign that it was there. */
function escaped(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll(/[&<>"\n\r\t]/g, (sign) => ENTITIES[sign]!);
}
