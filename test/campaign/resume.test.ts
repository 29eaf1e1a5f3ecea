// Campaigns as processes: killed and gone on with, and run in parts.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseCheckpoint } from '../../sim/campaign/checkpoint.ts';
import { expectOneLineRefusal, MAIN, runIn } from '../sim-program.ts';

const PATCH = join(process.cwd(), 'properties/mutants/M10-answer-before-round.patch');

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'regency-resume-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The summary without what is measured by the clock on the wall, and without where it lies. */
function summaryOf(text: string): unknown {
  const { wallSeconds: _, eventsPerSecond: __, ...rest } = JSON.parse(text) as Record<string, unknown>;
  return rest;
}

function takenIn(out: string): number {
  const path = join(folder, out, 'campaign.json');
  if (!existsSync(path)) return 0;
  const read = parseCheckpoint(readFileSync(path, 'utf8'));
  if (!read.ok) throw new Error(read.reason);
  return read.value.state.taken;
}

/** Begins a campaign, and kills it without a warning once it has finished another batch. */
async function killedAfterABatch(out: string, words: readonly string[]): Promise<void> {
  const before = takenIn(out);
  const child = spawn(process.execPath, [MAIN, ...words], { cwd: folder, stdio: 'ignore' });
  const gone = new Promise((done) => child.on('close', done));
  while (takenIn(out) === before && child.exitCode === null)
    await new Promise((done) => setTimeout(done, 20));
  child.kill('SIGKILL');
  await gone;
}

test('a campaign that is killed and gone on with gives the report of one that was not', async () => {
  const words = ['campaign', '--seeds', '1..130', '--workers', '1', '--no-shrink'];
  const whole = runIn(folder, ...words, '--out', 'same', '--json', '-');
  rmSync(join(folder, 'same'), { recursive: true });
  const resumed = [...words, '--out', 'same', '--resume', '--json', '-'];
  await killedAfterABatch('same', resumed);
  expect(takenIn('same')).toBe(1);
  const { stdout, stderr } = runIn(folder, ...resumed);
  expect(stderr).toContain('going on after ');
  expect(summaryOf(stdout)).toEqual(summaryOf(whole.stdout));
  // It is over: nothing is run again.
  expect(summaryOf(runIn(folder, ...resumed).stdout)).toEqual(summaryOf(whole.stdout));
});

test('parts put together give the report of the whole, and its failures', () => {
  const words = ['--patch', PATCH, '--workers', '1', '--max-failures', '1000', '--no-shrink'];
  const campaign = ['campaign', '--seeds', '1..110', ...words];
  const whole = runIn(folder, ...campaign, '--out', 'whole', '--json', '-');
  expect(whole.status).toBe(1);
  for (const part of ['1', '2']) runIn(folder, ...campaign, '--shard', `${part}/2`, '--out', part);
  rmSync(join(folder, 'whole'), { recursive: true });
  const merged = runIn(folder, 'merge', '2', '1', '--out', 'whole', '--json', '-');
  expect(merged.status).toBe(1);
  expect(summaryOf(merged.stdout)).toEqual(summaryOf(whole.stdout));
  const { violations } = JSON.parse(merged.stdout) as { violations: { scenario: string }[] };
  for (const { scenario } of violations) expect(existsSync(join(folder, scenario))).toBe(true);
  // What was put together is a part like any other.
  expect(runIn(folder, 'merge', 'whole', '--out', 'whole').stdout).toContain('110 seeds from 1\n');
});

test('what cannot be gone on with or put together is refused in one line', () => {
  runIn(folder, 'campaign', '--seeds', '1', '--workers', '1', '--out', 'a');
  const refused = (...words: string[]) => runIn(folder, ...words);
  expectOneLineRefusal(
    refused('campaign', '--resume', '--seeds', '2', '--out', 'a'),
    /^regency-sim: the campaign in a is another one: its --seeds is 1\.\.1, not 1\.\.2; begin anew/,
  );
  expectOneLineRefusal(
    refused('campaign', '--resume', '--environment', 'E2', '--out', 'a'),
    /its --environment is all, not E2/,
  );
  expectOneLineRefusal(refused('merge', 'a', 'b'), /^regency-sim: the campaign in b is not there$/m);
  expectOneLineRefusal(refused('merge', 'a', 'a'), /a and a both ran seed 1/);
  expectOneLineRefusal(refused('campaign', '--shard', '3/2'), /Expected a part such as 2\/4/);
  expectOneLineRefusal(refused('campaign', '--shard', '2/2', '--seeds', '5'), /part 2 of 2 has no seeds/);
  const path = join(folder, 'a', 'campaign.json');
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace(/build [0-9a-f]{8}/, 'build 00000000'));
  expectOneLineRefusal(
    refused('campaign', '--resume', '--out', 'a'),
    /its build is .*build 00000000, not .*build [0-9a-f]{8}; begin anew/,
  );
  writeFileSync(path, text.slice(0, 100));
  expectOneLineRefusal(
    refused('campaign', '--resume', '--out', 'a'),
    /the campaign in a is not readable: campaign\.json is no JSON; begin anew without --resume$/m,
  );
});

test('an unfinished campaign is kept when another one begins in its folder', async () => {
  await killedAfterABatch('a', ['campaign', '--seeds', '1..5000', '--workers', '1', '--out', 'a']);
  const { stderr } = runIn(folder, 'campaign', '--seeds', '1', '--workers', '1', '--out', 'a');
  expect(stderr).toMatch(
    /^an unfinished campaign was there, after \d+ seeds; it is now a\/campaign\.before\.json$/m,
  );
  expect(existsSync(join(folder, 'a', 'campaign.before.json'))).toBe(true);
});
