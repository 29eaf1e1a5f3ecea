// The replay in a real terminal: opened, walked through, asked why and what if, saved, and left as it was found.

import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadScenario } from '../../sim/scenario/load.ts';
import { MAIN } from '../sim-program.ts';

const hasTmux = (() => {
  try {
    execFileSync('tmux', ['-V']);
    return true;
  } catch {
    return false;
  }
})();

let folder = '';
let socket = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'regency-tui-'));
  socket = join(folder, 'tmux');
  copyFileSync('test/tui/scenarios/over-grant.json', join(folder, 'over-grant.json'));
});
afterEach(() => {
  try {
    tmux('kill-server');
  } catch {}
  rmSync(folder, { recursive: true, force: true });
});

function tmux(...words: string[]): string {
  return execFileSync('tmux', ['-S', socket, '-f', '/dev/null', ...words], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** A shell in a terminal of 100×30. */
function open(): void {
  const { CI: _, NO_COLOR: __, ...environment } = process.env;
  execFileSync(
    'tmux',
    [
      '-S',
      socket,
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-x',
      '100',
      '-y',
      '30',
      'env -u CI PS1=ready: sh',
    ],
    { cwd: folder, env: environment },
  );
}

function press(...keys: string[]): void {
  tmux('send-keys', ...keys);
}

function type(text: string): void {
  tmux('send-keys', '-l', text);
}

/** The numbers of those in which text is written. */
function coloursOn(screen: string): string[] {
  const codes = screen
    .split('\u001b[')
    .slice(1)
    .flatMap((text) => text.split('m', 1)[0]!.split(';'));
  return codes.filter((code) => /^(3[0-8]|9[0-7])$/.test(code));
}

const PATIENCE = 60_000;

async function sees(wanted: RegExp): Promise<string> {
  const until = Date.now() + PATIENCE;
  let screen = '';
  while (Date.now() < until) {
    screen = tmux('capture-pane', '-p');
    if (wanted.test(screen)) return screen;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`${wanted} did not come in ${PATIENCE} ms:\n${screen}`);
}

describe.skipIf(!hasTmux)('on a terminal', () => {
  test('a failure is walked through, asked why and what if, and its passing twin saved', async () => {
    open();
    const patch = resolve('properties/mutants/M22-committed-only.patch');
    await sees(/ready:/);
    type(`node ${MAIN} replay over-grant.json --patch ${patch}; echo ended $?`);
    press('Enter');
    await sees(/✗ +\d+\.\d{3} \d{3}.*S4: s1 grants/s);
    press('Left', 'Left');
    await sees(/event 284 \//);
    press('v');
    const at = await sees(/event 286 \//);
    expect(coloursOn(tmux('capture-pane', '-p', '-e'))).not.toEqual([]);
    expect(at).toContain('✗ S4 Conservation');
    press('w');
    await sees(/event \d+ \//);
    await sees(/event (?!286)\d+ \//);
    press('?');
    await sees(/Why, and what if not\?/);
    press('?');
    await sees(/What the signs mean/);
    press('Escape');
    await sees(/←→ event/);
    press('v', 'x');
    await sees(/What if ….*1 {2}this message from c\d+ to s1 were lost/s);
    press('1');
    await sees(/what if this message .* were lost: ✓ it passes; they part at/);
    press('s');
    await sees(/saved as what-if-5-1\.json/);
    press('q');
    const after = await sees(/ended 1/);
    // The screen is the one from before, with the verdict.
    expect(after).not.toContain('←→ event');
    expect(after).toMatch(/^S4: s1 grants/m);
    const loaded = loadScenario(readFileSync(join(folder, 'what-if-5-1.json'), 'utf8'));
    expect(loaded).toMatchObject({ ok: true });
  }, 240_000);

  test('follows the size of the window, ends on Ctrl-C, and shows the cursor again', async () => {
    open();
    await sees(/ready:/);
    type(`node ${MAIN} replay over-grant.json; echo ended $?`);
    press('Enter');
    await sees(/✓ passed/);
    tmux('resize-window', '-x', '50', '-y', '20');
    await sees(/The window is 50×19; 60×18 are needed\./);
    tmux('resize-window', '-x', '120', '-y', '40');
    await sees(/│ .*position/);
    press('C-c');
    await sees(/ended 0/);
    expect(tmux('display-message', '-p', '#{cursor_flag} #{alternate_on}').trim()).toBe('1 0');
  }, 240_000);

  test('a campaign shows its failures, opens one while it goes on, and ends on Ctrl-C with its summary', async () => {
    open();
    await sees(/ready:/);
    const patch = resolve('properties/mutants/M22-committed-only.patch');
    const campaign = `campaign --strategy guided --seeds 100000 --max-failures 100000 --no-shrink --workers 1`;
    type(`NO_COLOR=1 node ${MAIN} ${campaign} --patch ${patch}; echo ended $?`);
    press('Enter');
    const screen = await sees(/▶ S\d+-[0-9a-f]{8} /);
    expect(screen).toMatch(/^ campaign · guided · all environments · M22.* seeds {2}✗ \d+ failed/);
    expect(coloursOn(tmux('capture-pane', '-p', '-e'))).toEqual([]);
    press('Enter');
    await sees(/✗ +\d+\.\d{3} \d{3}.*←→ event/s);
    press('Left');
    await sees(/▶ +\d+\.\d{3} \d{3}/);
    press('q');
    await sees(/campaign · guided.*Enter replay/s);
    press('C-c');
    const after = await sees(/ended 130/);
    expect(after).toMatch(/^FAILED: \d+ of \d+ seeds/m);
    expect(after).not.toContain('Enter replay');
    expect(tmux('display-message', '-p', '#{cursor_flag} #{alternate_on}').trim()).toBe('1 0');
  }, 300_000);

  test('is not touched by what is no scenario', async () => {
    open();
    await sees(/ready:/);
    writeFileSync(join(folder, 'broken.json'), '{"schema":');
    type(`clear; node ${MAIN} replay broken.json; echo ended $?`);
    press('Enter');
    const screen = await sees(/ended 2/);
    expect(screen.trim().split('\n')).toHaveLength(3);
    expect(screen).toMatch(/^regency-sim: broken\.json is no scenario: /m);
  }, 120_000);
});

test('without a terminal the verdict is told', () => {
  const out = execFileSync(process.execPath, [MAIN, 'replay', 'over-grant.json'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(out).toMatch(/passed\n$/);
  expect(readdirSync(folder)).toEqual(['over-grant.json']);
  expect(existsSync(socket)).toBe(false);
});
