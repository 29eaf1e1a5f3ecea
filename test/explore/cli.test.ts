// The command as it is called: it needs the compiled project.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { expectOneLineRefusal, runIn } from '../sim-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'regency-exhaustive-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const patch = (name: string): string => resolve('properties/mutants', `${name}.patch`);

interface Summary {
  readonly schema: string;
  readonly passed: boolean;
  readonly stopped: boolean;
  readonly counts: { complete: { depth: number; budget: number } | null; states: number };
  readonly violation: {
    property: string;
    signature: string;
    departures: number;
    length: number;
    scenario: string;
  } | null;
}

function search(...words: string[]) {
  const ran = runIn(folder, 'exhaustive', ...words, '--json', '-');
  return { ...ran, summary: JSON.parse(ran.stdout) as Summary };
}

describe('regency-sim exhaustive', () => {
  test('finds nothing in the sources, and says what it has looked at; the same each time', () => {
    const once = search('--from', 'freeze', '--depth', '10');
    expect(once.status).toBe(0);
    expect(once.summary).toMatchObject({
      schema: 'regency-sim/exhaustive@1',
      passed: true,
      stopped: false,
      violation: null,
      counts: { complete: { depth: 10, budget: 1 } },
    });
    expect(once.summary.counts.states).toBeGreaterThan(100);
    expect(search('--from', 'freeze', '--depth', '10').summary.counts).toEqual(once.summary.counts);
  });

  test('finds a vote that counts twice, on a path that replays, and no shorter one', () => {
    const M07 = patch('M07-duplicate-vote');
    const found = search('--from', 'behind', '--depth', '14', '--moves', 'copy', '--patch', M07);
    expect(found.status).toBe(1);
    const violation = found.summary.violation!;
    expect(violation).toMatchObject({ property: 'S21', departures: 1 });
    const replayed = runIn(folder, 'replay', violation.scenario, '--patch', M07);
    expect(replayed.status).toBe(1);
    expect(replayed.stdout).toContain(violation.signature);
    expect(runIn(folder, 'replay', violation.scenario).status).toBe(0);
    const readme = readFileSync(join(folder, '.regency/failures', violation.signature, 'README.md'), 'utf8');
    expect(readme).toContain('the message that is next comes twice');
    const shorter = String(violation.length - 1);
    const none = search('--from', 'behind', '--depth', shorter, '--moves', 'copy', '--patch', M07);
    expect(none.summary).toMatchObject({ passed: true, stopped: false });
  });

  test('finds a Leader that grants on after it has offered the lead', () => {
    const M26 = patch('M26-grants-on');
    const { status, summary } = search('--from', 'freeze', '--depth', '12', '--first', '--patch', M26);
    expect(status).toBe(1);
    expect(summary.violation).toMatchObject({ property: 'S19', departures: 1 });
  });

  test('ends by time with what it has', () => {
    const { status, summary } = search('--from', 'granted', '--departures', '3', '--seconds', '2s');
    expect(status).toBe(0);
    expect(summary).toMatchObject({ passed: true, stopped: true });
  });

  test('refuses what is not there', () => {
    expectOneLineRefusal(runIn(folder, 'exhaustive', '--from', 'nowhere'), /Expected one of boot, elected/);
    expectOneLineRefusal(runIn(folder, 'exhaustive', '--moves', 'hold,steal'), /Expected some of hold,copy/);
  });
});
