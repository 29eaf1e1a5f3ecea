// Every reporter says the same of a gate, and what a reason or a file's name holds is never read as anything but text.

import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { type Check, type Fault, PARTS, verdictOf } from '../../sim/gate/check.ts';
import { annotationsOf, stepSummary } from '../../sim/gate/github.ts';
import { junitText } from '../../sim/gate/junit.ts';
import { reportLines } from '../../sim/gate/lines.ts';
import type { GateFinding, GateReport } from '../../sim/gate/report.ts';

const HOSTILE = '</failure>]]>&"\'<script>alert(1)</script>\r\n::error::%0A | ` \u001b[31m\u0000\ud800 ü 😀';

const FAULTS: readonly Fault[] = ['interrupted', 'harness failed', 'nondeterminism', 'violated', 'threshold'];

const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.constant(HOSTILE));

const check: fc.Arbitrary<Check> = fc.record({
  part: fc.constantFrom(...PARTS),
  name: text,
  fault: fc.oneof(fc.constant(null), fc.constantFrom(...FAULTS)),
  isMade: fc.boolean(),
  said: text,
  seconds: fc.oneof(fc.constant(null), fc.double({ min: 0, max: 1000, noNaN: true })),
});

const finding: fc.Arbitrary<GateFinding> = fc.record({
  signature: fc.constant('S5-1f3a9c02'),
  property: fc.constant('S5'),
  reason: text,
  count: fc.integer({ min: 1, max: 9 }),
  scenario: text,
  size: fc.oneof(fc.constant(null), text),
  replay: text,
});

const reports: fc.Arbitrary<GateReport> = fc
  .record({
    checks: fc.array(check, { minLength: 1, maxLength: 8 }),
    findings: fc.array(finding, { maxLength: 3 }),
  })
  .map(({ checks, findings }) => ({
    build: 'regency 0.1.0, build 1f3a9c02',
    commit: 'cbe2aa088ac4',
    patch: null,
    seeds: { first: 1, count: 2 },
    checks,
    findings,
    figures: {
      digest: null,
      events: 0,
      eventsPerSecond: null,
      machine: 'any',
      cells: null,
      killed: null,
      failOver: null,
      reclaim: null,
    },
    comparison: null,
    budgetSeconds: 10,
    wallSeconds: 1.5,
  }));

/** What is left of a text that XML can hold. */
function inXml(given: string): string {
  return given.replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd');
}

interface Suite {
  readonly '@name': string;
  readonly '@tests': string;
  readonly '@failures': string;
  readonly '@errors': string;
  readonly '@skipped': string;
  readonly testcase: readonly {
    readonly '@name': string;
    readonly failure?: { readonly '@message': string };
  }[];
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseAttributeValue: false,
  trimValues: false,
  htmlEntities: true,
  isArray: (name) => name === 'testsuite' || name === 'testcase',
});

describe('JUnit', () => {
  test('is a document in which each check is a case, whatever the texts hold', () => {
    fc.assert(
      fc.property(reports, (report) => {
        const xml = junitText(report);
        expect(XMLValidator.validate(xml)).toBe(true);
        const suites = (parser.parse(xml) as { testsuites: { testsuite: readonly Suite[] } }).testsuites
          .testsuite;
        for (const part of PARTS) {
          const checks = report.checks.filter((each) => each.part === part);
          const suite = suites.find((each) => each['@name'] === part);
          if (checks.length === 0) {
            expect(suite).toBeUndefined();
            continue;
          }
          expect(suite!.testcase.map((each) => each['@name'])).toEqual(checks.map(({ name }) => inXml(name)));
          const wrong = checks.filter(({ fault }) => fault !== null).length;
          expect(Number(suite!['@failures']) + Number(suite!['@errors'])).toBe(wrong);
          expect(Number(suite!['@tests'])).toBe(checks.length);
        }
        const violations = suites.find((each) => each['@name'] === 'violations');
        expect(violations?.testcase.map(({ failure }) => failure!['@message']) ?? []).toEqual(
          report.findings.map(({ property, reason }) => inXml(`${property}: ${reason}`)),
        );
      }),
    );
  });

  test.skipIf(spawnSync('xmllint', ['--version']).error !== undefined)(
    'is what the schema allows, by another reader',
    () => {
      for (const report of fc.sample(reports, { numRuns: 5, seed: 1 })) {
        const { status, stderr } = spawnSync('xmllint', ['--noout', '--schema', 'test/gate/junit.xsd', '-'], {
          input: junitText(report),
          encoding: 'utf8',
        });
        expect(status, stderr).toBe(0);
      }
    },
  );
});

describe('GitHub', () => {
  test('gets one line for each thing that is wrong, which holds no other command', () => {
    fc.assert(
      fc.property(reports, (report) => {
        const lines = annotationsOf(report);
        expect(lines.length === 0).toBe(verdictOf(report) === 'passed' && report.findings.length === 0);
        for (const line of lines) expect(line).toMatch(/^::error title=[^\r\n:,]*::[^\r\n]*$/);
      }),
    );
  });

  test('gets a summary without mark-up but its own', () => {
    fc.assert(
      fc.property(reports, (report) => {
        const summary = stepSummary(report);
        const lines = summary.split('\n').filter((line) => !line.startsWith('    '));
        expect(lines.join('\n')).not.toContain('<script>');
        const rows = lines.filter((line) => /^\| (✅|❌|➖) \|/u.test(line));
        expect(rows).toHaveLength(report.checks.length);
        for (const row of rows) expect(row.replaceAll('\\|', '').split('|')).toHaveLength(6);
      }),
    );
  });
});

test('what failed is a line in every reporter, and the last line is the verdict', () => {
  fc.assert(
    fc.property(reports, (report) => {
      const lines = reportLines(report).map(({ text }) => text);
      for (const { fault, said } of report.checks) {
        if (fault !== null)
          expect(lines.some((line) => line.startsWith('FAILED') && line.includes(said))).toBe(true);
      }
      expect(lines.at(-1)!.startsWith('passed')).toBe(verdictOf(report) === 'passed');
    }),
  );
});

test('the gravest fault is the verdict: what says least of the pool', () => {
  fc.assert(
    fc.property(reports, ({ checks }) => {
      const faults = checks.map(({ fault }) => fault);
      const gravest = FAULTS.find((fault) => faults.includes(fault));
      expect(verdictOf({ checks })).toBe(gravest ?? 'passed');
    }),
  );
});
