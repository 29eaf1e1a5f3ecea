import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PROPERTIES } from '../../properties/index.ts';
import { LABELS } from '../../properties/sometimes.ts';
import { scenarioOf } from '../../sim/scenario/arbitrary.ts';
import { saveScenario } from '../../sim/scenario/save.ts';
import { MAIN, runIn } from '../sim-program.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'regency-sim-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(...words: string[]) {
  return runIn(folder, ...words);
}

/** The summary without what is measured by the clock on the wall. */
function summaryOf(text: string): Record<string, unknown> {
  const { wallSeconds: _, eventsPerSecond: __, ...rest } = JSON.parse(text) as Record<string, unknown>;
  return rest;
}

describe('regency-sim refuses', () => {
  test.each([
    [
      ['campaign', '--seeds', 'x'],
      /'x' is invalid\. Expected a count such as 1000, or a range such as 1\.\.1000\./,
    ],
    [['campaign', '--seeds', '9..3'], /'9\.\.3' is invalid/],
    [['campaign', '--workers', '0'], /Expected a whole number from 1 to 256\./],
    [['campaign', '--workers', 'many'], /Expected a whole number from 1 to 256\./],
    [['campaign', '--for', '10'], /Expected a time such as 30s, 10m or 2h/],
    [['campaign', '--max-failures', '-1'], /Expected a whole number from 1/],
    [['campaign', '--environment', 'E9'], /Allowed choices are E1, E2, E3, E4, E5, E6, E7\./],
    [['campaign', '--strategy', 'guided', '--resume'], /guided goes without --resume and --shard/],
    [['replay', '7', '--strategy', 'guided'], /seed 7 of a guided campaign hangs on the seeds before it/],
    [['campaign', '--strategy', 'luck'], /Allowed choices are random, pct, guided, drill\./],
    [['campaign', '--out', '/dev/null/x'], /cannot keep failures in --out .*name another folder/],
    [['campaign', '--json', '/no/such/folder/x.json'], /cannot write --json .*there is no folder/],
    [['campaign', '--sedes', '7'], /unknown option '--sedes' \(Did you mean --seeds\?\)/],
    [['campaing'], /unknown command 'campaing' \(Did you mean campaign\?\)/],
    [['campaign', 'stray'], /too many arguments/],
    [['replay'], /missing required argument/],
    [['replay', 'no-such-file.json'], /cannot read no-such-file\.json: there is no such file/],
    [['replay', '9007199254740993'], /expected a seed up to 9007199254740991, saw 9007199254740993/],
  ])('%j with one line, and writes nothing', (words, line) => {
    const { status, stdout, stderr } = run(...words);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(line);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a scenario of another version, naming the one that it reads', () => {
    writeFileSync(join(folder, 'a.json'), saveScenario(scenarioOf(3)).replace('scenario@1', 'scenario@9'));
    const { status, stderr } = run('replay', 'a.json');
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^regency-sim: a\.json is no scenario: unknown schema version: .*"regency\/scenario@1"/,
    );
  });

  test('an environment for a scenario that has its own', () => {
    writeFileSync(join(folder, 'a.json'), saveScenario(scenarioOf(3)));
    expect(run('replay', 'a.json', '--environment', 'E1').stderr).toMatch(/goes with a seed/);
  });
});

describe('regency-sim campaign', () => {
  test('gives the same summary for any number of workers', () => {
    const summaries = ['1', '3'].map((workers) => {
      const { stdout } = run(
        'campaign',
        '--seeds',
        '1..110',
        '--workers',
        workers,
        '--max-failures',
        '1000',
        '--json',
        '-',
      );
      return summaryOf(stdout);
    });
    expect(summaries[0]).toMatchObject({ schema: 'regency-sim/campaign@1', seeds: { first: 1, count: 110 } });
    expect(summaries[1]).toEqual(summaries[0]);
  });

  test('ends when its time is over', () => {
    const { stdout } = run(
      'campaign',
      '--for',
      '1s',
      '--workers',
      '1',
      '--max-failures',
      '1000000',
      '--json',
      '-',
    );
    expect(JSON.parse(stdout)).toMatchObject({ ending: 'time', seeds: { first: 1 } });
  });

  test('stops on Ctrl-C, reports what was done, and ends with 130', async () => {
    const words = ['campaign', '--for', '60s', '--workers', '1', '--max-failures', '1000000', '--json', '-'];
    const child = spawn(process.execPath, [MAIN, ...words], { cwd: folder });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk;
    });
    // The first line of progress: some seeds are done.
    child.stderr.on('data', (chunk: Buffer) => {
      if (/[1-9]\d* seeds/.test(String(chunk))) child.kill('SIGINT');
    });
    const status = await new Promise((done) => child.on('close', done));
    expect(status).toBe(130);
    const { ending, seeds } = JSON.parse(stdout) as { ending: string; seeds: { count: number } };
    expect(ending).toBe('interrupted');
    expect(seeds.count).toBeGreaterThan(0);
  });

  test('colours its verdict only where that is wanted', () => {
    const words = ['campaign', '--seeds', '1', '--workers', '1'];
    const { NO_COLOR: _, FORCE_COLOR: __, ...plain } = process.env;
    const isColoured = (wish: Record<string, string>) =>
      spawnSync(process.execPath, [MAIN, ...words], {
        cwd: folder,
        encoding: 'utf8',
        env: { ...plain, ...wish },
      }).stdout.includes('\u001b[');
    expect(isColoured({})).toBe(false);
    expect(isColoured({ NO_COLOR: '1' })).toBe(false);
    expect(isColoured({ FORCE_COLOR: '1' })).toBe(true);
  });
});

describe('regency-sim campaign --require-coverage', () => {
  test('ends with 5 and lists what was never checked and never reached', () => {
    const words = ['campaign', '--seeds', '1', '--workers', '1', '--require-coverage'];
    const { status, stdout } = run(...words);
    expect(status).toBe(5);
    expect(stdout).toMatch(/\nnot covered\n( {2}\w+ was never checked in E\d\n)+( {2}never reached: .*\n)+/);
    expect(stdout).toMatch(/\nNOT COVERED: checks never made: \d+, labels never reached: \d+\n$/);
    const { passed, coverage } = JSON.parse(run(...words, '--json', '-').stdout) as {
      passed: boolean;
      coverage: { required: boolean; missing: { checks: object[]; labels: string[] } };
    };
    expect(passed).toBe(false);
    expect(coverage.required).toBe(true);
    expect(coverage.missing.checks.length).toBeGreaterThan(0);
    expect(coverage.missing.labels.length).toBeGreaterThan(0);
  });

  test('asks only for the environment that is drawn', () => {
    const { stdout } = run(
      'campaign',
      '--seeds',
      '1',
      '--workers',
      '1',
      '--environment',
      'E1',
      '--json',
      '-',
    );
    const { environments, checked } = JSON.parse(stdout) as {
      environments: object;
      checked: Record<string, object>;
    };
    expect(environments).toEqual({ E1: 1 });
    expect(checked.S5).toEqual({});
    expect(Object.keys(checked.S1!)).toEqual(['E1']);
  });
});

describe('regency-sim properties', () => {
  test('lists every property with its environments and statement, within 80 columns', () => {
    const { status, stdout } = run('properties');
    expect(status).toBe(0);
    for (const { id, name } of PROPERTIES) expect(stdout).toMatch(new RegExp(`^${id} +${name} +E`, 'm'));
    for (const label of LABELS) expect(stdout).toContain(label);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  test('gives the same to a program', () => {
    const { properties, labels, schema } = JSON.parse(run('properties', '--json', '-').stdout) as {
      schema: string;
      properties: object[];
      labels: string[];
    };
    expect(schema).toBe('regency-sim/properties@1');
    expect(properties).toEqual(
      PROPERTIES.map(({ id, name, statement, environments }) => ({ id, name, statement, environments })),
    );
    expect(labels).toEqual([...LABELS]);
  });
});

describe('regency-sim replay', () => {
  test('gives the same digest for a seed and for its saved scenario, every time', () => {
    writeFileSync(join(folder, 'a.json'), saveScenario(scenarioOf(5)));
    const ofSeed = run('replay', '5', '--json', '-').stdout;
    expect(JSON.parse(ofSeed)).toMatchObject({ schema: 'regency-sim/replay@1', seed: 5 });
    expect(run('replay', 'a.json', '--headless', '--json', '-').stdout).toBe(ofSeed);
  });

  test('shows the swarm draw and the verdict', () => {
    const { stdout } = run('replay', '5', '--twice');
    expect(stdout).toMatch(/^seed {6}5 in E\d: /);
    expect(stdout).toMatch(/digest {4}[0-9a-f]{16}, twice, event by event/);
  });
});

test('every command explains itself, with examples', () => {
  for (const words of [['--help'], ['campaign', '--help'], ['replay', '--help'], ['properties', '--help']]) {
    const { status, stdout } = run(...words);
    expect(status).toBe(0);
    expect(stdout).toContain('Examples:');
  }
  expect(existsSync(join(folder, '.regency'))).toBe(false);
});
