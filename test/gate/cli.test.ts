// The command as it is called: it needs the compiled project, and plants bugs in it.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { expectOneLineRefusal, runIn } from '../sim-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'regency-gate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, 'corpus'));

function fileOf(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

const SETTINGS = {
  schema: 'regency-sim/gate-settings@1',
  budgetSeconds: 600,
  corpus: { folder: 'corpus', violates: {} },
  seeds: 3,
  twice: 1,
  drills: 4,
  mutants: null,
  compared: 1,
  baseline: 'baseline.json',
  thresholds: {
    mostViolated: 0,
    everythingChecked: false,
    labels: [],
    leastCells: 0,
    leastKilled: 1,
    leastEventsPerSecond: 0,
    mostFailOver: 1.05,
    mostReclaim: 1.05,
  },
};
fileOf('gate.json', [JSON.stringify(SETTINGS)]);

function run(...words: string[]) {
  return runIn(folder, 'gate', '--commit', 'abc', '--workers', '1', ...words);
}

describe('regency-sim gate', () => {
  test('passes with 0, writes the baseline, and with 5 fails a fail-over that takes longer than that', () => {
    const first = run('--update-baseline', '--reporter', 'plain,json=gate.report,junit');
    expect(first.status, first.stdout + first.stderr).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, 'gate.report'), 'utf8'))).toMatchObject({
      schema: 'regency-sim/gate@1',
      passed: true,
      verdict: 'passed',
      exitCode: 0,
      commit: 'abc',
      seeds: { count: 3 },
    });
    expect(readFileSync(join(folder, '.regency/gate/gate.xml'), 'utf8')).toContain('</testsuites>');
    const slower = fileOf('slower.patch', [
      '--- a/src/core/settings.ts',
      '+++ b/src/core/settings.ts',
      '@@ -1,1 +1,1 @@',
      '-  electionTimeout: milliseconds(1500),',
      '+  electionTimeout: milliseconds(1900),',
    ]);
    const { status, stdout } = run('--patch', slower, '--base', resolve('.'));
    expect(status).toBe(5);
    expect(stdout).toMatch(
      /FAILED +drills +fail-over p99 +2,\d\d\d ms, at most 1,7\d\d ms \(1\.05 × the baseline's 1,6\d\d ms\)/,
    );
    expect(stdout).toMatch(/ fail-over p99, drills +1,6\d\d ms +2,\d\d\d ms +\+2\d\.\d %/);
    expect(stdout).toMatch(/FAILED, threshold in .* \(drills: fail-over p99\)\n$/);
  });

  test('ends with 1 when a property is violated: it names the property, the shrunk scenario, and the replay', () => {
    const patch = resolve('properties/mutants/M19-purged-too-early.patch');
    const { status, stdout } = run('--patch', patch, '--reporter', 'plain', '--out', 'kept');
    expect(status).toBe(1);
    const [, scenario, replay] =
      /S10 is violated, in .*\n.*\n {2}(\S+), shrunk to .*\n {2}node \S+ (replay .*)\n/.exec(stdout)!;
    expect(existsSync(join(folder, scenario!))).toBe(true);
    const replayed = runIn(folder, ...replay!.split(' '));
    expect(replayed.status).toBe(1);
    expect(replayed.stdout).toContain('S10');
  });

  test.each([
    [['--config', 'none.json'], /none\.json is not there/],
    [['--base', 'corpus'], /--base corpus is no build: expected a checkout in which npm run build was run/],
    [['--reporter', 'plain,xml'], /Expected a list of tty, plain, json, junit, github/],
    [['--reporter', 'plain,plain'], /Expected each reporter once/],
    [['--reporter', 'junit=/no/such/folder/x'], /cannot write --reporter .*there is no folder/],
  ])('%j is refused with one line', (words, line) => {
    expectOneLineRefusal(run(...words), line);
  });
});
