// The command as it is called: it needs the compiled project.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { expectOneLineRefusal, runIn } from '../sim-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'regency-mutants-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(...words: string[]) {
  return runIn(folder, 'mutants', ...words);
}

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('regency-sim mutants', () => {
  test('notices a planted bug, and nothing in a change that changes nothing', () => {
    const { status, stdout } = run('--only', 'M10,X02', '--seeds', '20', '--workers', '1', '--json', '-');
    expect(status).toBe(0);
    const { schema, mutants } = JSON.parse(stdout) as {
      schema: string;
      mutants: { id: string; kills: number; seeds: number; firstSeed: number | null; properties: object }[];
    };
    expect(schema).toBe('regency-sim/mutants@1');
    expect(mutants.map(({ id }) => id)).toEqual(['M10', 'X02']);
    expect(mutants[0]!.kills).toBeGreaterThan(5);
    expect(mutants[0]!.properties).toHaveProperty('S3');
    expect(mutants[1]).toMatchObject({ kills: 0, seeds: 20, firstSeed: null });
  });

  test('does not depend on how many run at a time', () => {
    const figures = (workers: string) =>
      (
        JSON.parse(
          run('--only', 'M10,M14,M19', '--seeds', '12', '--workers', workers, '--json', '-').stdout,
        ) as { mutants: { id: string; kills: number; firstSeed: number; events: number }[] }
      ).mutants.map(({ id, kills, firstSeed, events }) => ({ id, kills, firstSeed, events }));
    expect(figures('2')).toEqual(figures('1'));
  });

  test('--quick plants those of its list, each until it is noticed, and names what survives', () => {
    const quick = JSON.parse(readFileSync('properties/mutants/quick.json', 'utf8')) as string[];
    const { status, stdout } = run('--quick', '--seeds', '1', '--workers', '1');
    expect(status).toBe(5);
    for (const id of quick) expect(stdout).toContain(`${id} `);
    expect(stdout).toMatch(/M\d\d SURVIVES: /);
  });

  test('ends with 5 when a mutant survives', () => {
    const path = fileOf(
      'same.patch',
      [
        'M90 Nothing is changed',
        '',
        '--- a/src/core/lifetime.ts',
        '+++ b/src/core/lifetime.ts',
        '@@ -1,1 +1,1 @@',
        "-import type { Duration } from './time.ts';",
        "+import type { Duration } from './time.ts'; //",
        '',
      ].join('\n'),
    );
    const { status, stdout } = run('--patch', path, '--seeds', '5');
    expect(status).toBe(5);
    expect(stdout).toContain('M90 SURVIVES: Nothing is changed');
  });

  test.each([
    [['--only', 'M98'], /--only M98: there is no such mutant; known are M01/],
    [
      ['--quick', '--only', 'M10'],
      /--quick is a list of its own: expected neither --only nor --patch beside it/,
    ],
    [['--patch', 'none.patch'], /cannot read the patch none\.patch: /],
    [
      ['--patch', fileOf('bad.patch', 'hello\n')],
      /the patch bad\.patch changes nothing: expected what git diff prints/,
    ],
    [
      [
        '--patch',
        fileOf(
          'off.patch',
          '--- a/src/core/time.ts\n+++ b/src/core/time.ts\n@@ -1,1 +1,1 @@\n-no such line\n+x\n',
        ),
      ],
      /off \(off\.patch\) does not fit: hunk 1 of src\/core\/time\.ts is found nowhere in the sources, expected exactly once/,
    ],
  ])('%j is refused with one line', (words, line) => {
    expectOneLineRefusal(run(...words), line);
  });
});
