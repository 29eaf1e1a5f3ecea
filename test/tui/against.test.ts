import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectOneLineRefusal, runIn } from '../sim-program.ts';

const RUN = resolve('test/tui/scenarios/over-grant.json');
const OTHER = resolve('test/tui/scenarios/fail-over.json');
const PATCH = resolve('properties/mutants/M22-committed-only.patch');
const SCREEN = ['--screen', '120x40'];

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'regency-against-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('beside a run', () => {
  test('stands the one with a planted bug, from where the two part', () => {
    const { status, stdout } = runIn(folder, 'replay', RUN, '--against-patch', PATCH, ...SCREEN);
    expect(status).toBe(0);
    expect(stdout).toMatch(/against \S+M22\S*: ✗ S4; they part at \d+\.\d{3} \d{3} s/);
    expect(stdout).toMatch(/this run +│ +against/);
    const [left, right] = halvesAtCursor(stdout);
    expect(left).not.toBe(right);
  });

  test('stands another scenario, which Esc puts away', () => {
    const words = ['replay', RUN, '--against', OTHER, ...SCREEN];
    expect(runIn(folder, ...words).stdout).toMatch(
      /against \S+fail-over\.json: ✓ it passes; they part at 0\./,
    );
    expect(runIn(folder, ...words, '--keys', 'escape').stdout).not.toContain('against');
  });

  test('stands what another build makes of it: of the same one, nothing else', () => {
    const { status, stdout } = runIn(folder, 'replay', RUN, '--against-build', resolve('.'), '--headless');
    expect(status).toBe(0);
    expect(stdout).toMatch(/against \S+: passed\nthe two are the same, event for event\n$/);
  });

  test('stands nothing that cannot be run', () => {
    const refused = (words: readonly string[], line: RegExp): void =>
      expectOneLineRefusal(runIn(folder, 'replay', RUN, ...words), line);
    refused(['--against-build', folder], /there is no dist\/sim\/explain\/record\.js in --against-build/);
    refused(['--against', OTHER, '--against-patch', PATCH], /expected one of --against/);
    refused(['--against-patch', PATCH, '--patch', PATCH], /--patch goes with --against only/);
    refused(['--against', OTHER, '--twice'], /go without --twice and --json/);
  });
});

test('without a terminal the two verdicts are told, and where they part', () => {
  const { status, stdout } = runIn(folder, 'replay', RUN, '--against-patch', PATCH, '--headless');
  expect(status).toBe(0);
  expect(stdout).toMatch(/\npassed\n\nagainst \S+: S4: .*\nThe two part at \d+\.\d+ s, at s\d:\n/);
  expect(stdout).toMatch(/\n {4}this run +\d.*\n {4}against .*\d+ s .*\n$/);
});

/** What stands beside each other in the row of the cursor. */
function halvesAtCursor(screen: string): readonly string[] {
  const row = screen.split('\n').find((each) => /^[▶✗] +\d/.test(each))!;
  return row.split('│').map((half) => half.trim());
}
