// The command as it is called: it needs the compiled project.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { scenarioOf } from '../../sim/scenario/arbitrary.ts';
import { loadScenario } from '../../sim/scenario/load.ts';
import { saveScenario } from '../../sim/scenario/save.ts';
import { expectOneLineRefusal, MAIN, runIn } from '../sim-program.ts';

const MUTANTS = resolve('properties/mutants');
/** Some hundred runs, on a machine that may be busy. */
const LONG = 300_000;

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'regency-shrink-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(...words: string[]) {
  return runIn(folder, ...words);
}

function patchOf(id: string): string {
  return join(MUTANTS, readdirSync(MUTANTS).find((name) => name.startsWith(`${id}-`))!);
}

interface Summary {
  readonly schema: string;
  readonly signature: string;
  readonly after: { readonly faults: number; readonly servers: number };
  readonly complete: boolean;
  readonly seconds: number;
  readonly scenario: string;
  readonly story: readonly string[];
  readonly twin: readonly string[] | null;
}

/** The first seed that notices each of these; looked for, since draws change. Of twenty seeds most notice them. */
const seeds = new Map<string, string>();

beforeAll(() => {
  const words = ['mutants', '--only', 'M10,M19', '--seeds', '20', '--everywhere', '--json', '-'];
  const { stdout } = spawnSync(process.execPath, [MAIN, ...words], { encoding: 'utf8' });
  const { mutants } = JSON.parse(stdout) as { mutants: { id: string; firstSeed: number }[] };
  for (const { id, firstSeed } of mutants) seeds.set(id, String(firstSeed));
});

describe('regency-sim shrink', () => {
  test.each(['M10', 'M19'])(
    '%s: what is left fails in the same way, and nothing more can be left out',
    (id) => {
      const shrunk = run('shrink', seeds.get(id)!, '--patch', patchOf(id), '--json', '-');
      expect(shrunk.status).toBe(0);
      const summary = JSON.parse(shrunk.stdout) as Summary;
      expect(summary).toMatchObject({ schema: 'regency-sim/shrink@1', complete: true });
      expect(summary.after.faults).toBeLessThanOrEqual(5);
      const again = run('shrink', summary.scenario, '--patch', patchOf(id), '--out', 'again', '--json', '-');
      const { signature, after } = summary;
      expect(JSON.parse(again.stdout)).toMatchObject({ signature, before: after, after });
      const text = readFileSync(join(folder, summary.scenario), 'utf8');
      expect(loadScenario(text)).toMatchObject({ ok: true });
      expect(text).toMatch(new RegExp(`"savedBy": "regency .* with ${id}"`));
    },
  );

  test('What is kept replays, tells what led there, and names a run that passes', () => {
    const { stdout } = run('shrink', seeds.get('M10')!, '--patch', patchOf('M10'), '--json', '-');
    const { signature, scenario, twin, story } = JSON.parse(stdout) as Summary;
    const place = join(folder, '.regency/failures', signature);
    expect(readdirSync(place).toSorted()).toEqual([
      'README.md',
      'original.json',
      'scenario.json',
      'trace.ndjson',
    ]);
    const readme = readFileSync(join(place, 'README.md'), 'utf8');
    expect(story.join('\n')).toMatch(/ s\d (leads in|grants handle) /);
    for (const line of [...story, ...twin!]) expect(readme).toContain(line);
    expect(twin!.join('\n')).toMatch(/^Without .* it passes\. The two part at .*, at [sc]\d:/);
    const replayed = run('replay', scenario, '--patch', patchOf('M10'), '--json', '-');
    expect(replayed.status).toBe(1);
    expect(JSON.parse(replayed.stdout).violations[0].signature).toBe(signature);
    expect(run('replay', scenario).status).toBe(0);
  });

  test('What does not fail is refused, and a scenario of another build is named as one', () => {
    writeFileSync(join(folder, 'a.json'), saveScenario({ ...scenarioOf(3), savedBy: 'regency 0.0.1' }));
    expect(run('shrink', '3')).toEqual({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(/^regency-sim: seed 3 does not fail: no property is violated/),
    });
    expect(run('shrink', 'a.json')).toEqual({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /; the scenario was saved by regency 0\.0\.1, and this is regency .*, build [0-9a-f]{8}: /,
      ),
    });
    expect(readdirSync(folder)).toEqual(['a.json']);
  });

  test('A violation that is not there is refused, naming those that are', () => {
    const { status, stderr } = run(
      'shrink',
      seeds.get('M10')!,
      '--patch',
      patchOf('M10'),
      '--signature',
      'L7',
    );
    expect(status).toBe(2);
    expect(stderr).toMatch(/does not fail with --signature L7; it violates [A-Z]+\d*-[0-9a-f]{8}/);
  });

  test.each([
    [['shrink'], /missing required argument/],
    [['shrink', 'none.json'], /cannot read none\.json: there is no such file/],
    [['shrink', '3', '--patch', 'none.patch'], /cannot read the patch none\.patch: /],
    [['shrink', '3', '--out', '/dev/null/x'], /cannot keep failures in --out /],
    [['shrink', '3', '--budget', '9'], /Expected a time such as 30s/],
  ])('%j is refused with one line', (words, line) => {
    expectOneLineRefusal(run(...words), line);
  });

  test('Interrupted, it keeps the best so far', async () => {
    const child = spawn(
      process.execPath,
      [MAIN, 'shrink', seeds.get('M19')!, '--patch', patchOf('M19'), '--json', '-'],
      {
        cwd: folder,
      },
    );
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.once('data', () => child.kill('SIGINT'));
    const code = await new Promise((done) => child.on('close', done));
    // It may have been done before.
    expect([0, 130]).toContain(code);
    const summary = JSON.parse(out) as Summary;
    expect(existsSync(join(folder, summary.scenario))).toBe(true);
    expect(readdirSync(join(folder, '.regency/failures'))).toEqual([summary.signature]);
  });
});

describe('regency-sim campaign', () => {
  const CAMPAIGN = ['--seeds', '1..30', '--workers', '1', '--json', '-'];

  test(
    'shrinks what it finds, unless it is told not to',
    () => {
      const words = ['campaign', '--patch', patchOf('M79'), '--max-failures', '1', ...CAMPAIGN];
      const { status, stdout, stderr } = run(...words);
      expect(status).toBe(1);
      const { violations } = JSON.parse(stdout) as {
        violations: { signature: string; scenario: string; smallestSeed: number }[];
      };
      for (const { signature, scenario, smallestSeed } of violations) {
        expect(stderr).toContain(`${signature} shrunk to `);
        const original = readFileSync(
          join(folder, scenario.replace('scenario.json', 'original.json')),
          'utf8',
        );
        expect(loadScenario(original)).toMatchObject({ scenario: { seed: smallestSeed } });
        const replayed = run('replay', scenario, '--patch', patchOf('M79'), '--json', '-');
        expect(
          JSON.parse(replayed.stdout).violations.map((each: { signature: string }) => each.signature),
        ).toContain(signature);
      }
      const asFound = run(...words, '--no-shrink', '--out', 'as-found');
      expect(asFound.stderr).not.toContain('shrunk');
      expect(readdirSync(join(folder, 'as-found/failures', violations[0]!.signature)).toSorted()).toEqual([
        'README.md',
        'scenario.json',
      ]);
    },
    LONG,
  );
});

test(
  'Of the first failure of planted bugs at most five faults are left',
  () => {
    const list = 'M05,M14,M44';
    const words = [
      'mutants',
      '--only',
      list,
      '--seeds',
      '400',
      '--max-kills',
      '1',
      '--shrink',
      '--json',
      '-',
    ];
    const { mutants } = JSON.parse(run(...words).stdout) as {
      mutants: { id: string; shrunk: { faults: number; isComplete: boolean; runs: number } | null }[];
    };
    for (const { id, shrunk } of mutants) {
      expect({ id, isComplete: shrunk?.isComplete }).toEqual({ id, isComplete: true });
      expect(shrunk!.faults).toBeLessThanOrEqual(5);
    }
  },
  LONG,
);

test('regency-sim demo finds, shrinks and explains', () => {
  const { status, stdout } = run('demo');
  expect(status).toBe(0);
  expect(stdout).toMatch(/planted {3}M09.*\nfound .*\nshrunk /);
  expect(stdout).toMatch(/S6-[0-9a-f]{8}/);
});
