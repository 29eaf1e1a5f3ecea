// The same scenario is the same run, event for event: wherever, whenever and after whatever it runs. In this process the
// sources run, elsewhere the compiled simulator; what differs is named by its first differing event.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cloneGraph } from '../sim/kernel/clone.ts';
import { Trace, type TraceRecord } from '../sim/kernel/trace.ts';
import { scenarioOf } from '../sim/scenario/arbitrary.ts';
import { ENVIRONMENTS } from '../sim/scenario/scenario.ts';
import { Run } from '../sim/simulate.ts';
import {
  differenceOf,
  differences,
  finish,
  type Recording,
  readRecordings,
  record,
} from './determinism/recording.ts';

const SEEDS = Array.from({ length: 50 }, (_, i) => i + 1);
const PROGRAM = fileURLToPath(new URL('./determinism/record.mjs', import.meta.url));

/** Other versions of Node to compare with, such as REGENCY_NODES=22,24; fetched by npx. */
const OTHER_NODES = process.env.REGENCY_NODES?.split(',') ?? [];

let folder: string;
/** In this process, and in a fresh one. */
let expected: Recording[];
let compiled: Recording[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'regency-determinism-'));
  const fresh = recordedElsewhere('fresh', {});
  expected = SEEDS.map(record);
  compiled = [...(await fresh).values()];
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Elsewhere {
  readonly seeds?: readonly number[];
  /** The program and what comes before its script. */
  readonly node?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What a fresh process makes of these seeds. */
async function recordedElsewhere(
  name: string,
  { seeds = SEEDS, node = [process.execPath], env = {} }: Elsewhere,
) {
  const file = join(folder, name);
  const [program, ...before] = node;
  const child = spawn(program!, [...before, PROGRAM, file, ...seeds.map(String)], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${complaint}`);
  return readRecordings(readFileSync(file));
}

test('the seeds reach every environment', () => {
  const reached = new Set(SEEDS.map((seed) => scenarioOf(seed).environment));
  expect([...reached].sort()).toEqual([...ENVIRONMENTS]);
  expect(expected.every(({ trace }) => trace.length > 100)).toBe(true);
});

test('a run is the same in a fresh process, compiled', () => {
  const hint = 'is the compiled simulator out of date? npm run build';
  expect(differences(expected, new Map(compiled.map((one) => [one.seed, one]))), hint).toEqual([]);
});

test('a run is the same twice in a row', () => {
  expect(expected.map((one) => differenceOf(one, record(one.seed))).filter((each) => each !== null)).toEqual(
    [],
  );
});

test('a run is the same whatever ran before it in its process', () => {
  const again = new Map(SEEDS.toReversed().map((seed) => [seed, record(seed)]));
  expect(differences(expected, again)).toEqual([]);
});

test('a run that is restored from a snapshot goes on as it would have, and so does the one it was taken of', () => {
  for (const one of expected) {
    const trace = new Trace('all');
    const run = new Run(scenarioOf(one.seed), trace);
    while (run.world.events < one.trace.length / 2) run.step();
    const restored = cloneGraph(run);
    expect(differenceOf(one, finish(run, trace))).toBeNull();
    expect(differenceOf(one, finish(restored, restored.world.trace!))).toBeNull();
  }
});

describe.concurrent('a run is the same', () => {
  test('as the first of its process', async () => {
    for (const environment of ENVIRONMENTS) {
      const one = compiled.find(({ seed }) => scenarioOf(seed).environment === environment)!;
      const seen = await recordedElsewhere(`first-${one.seed}`, { seeds: [one.seed] });
      expect(differences([one], seen)).toEqual([]);
    }
  });

  test('in a worker thread', async () => {
    const file = join(folder, 'worker');
    const worker = new Worker(PROGRAM, { argv: [file, ...SEEDS.toReversed()] });
    expect(await new Promise((resolve, reject) => worker.on('error', reject).on('exit', resolve))).toBe(0);
    expect(differences(compiled, readRecordings(readFileSync(file)))).toEqual([]);
  });

  test.each([
    { TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' },
    { TZ: 'America/St_Johns', LANG: 'C', LC_ALL: 'C' },
  ])('with $TZ and $LC_ALL', async (env) => {
    expect(differences(compiled, await recordedElsewhere(env.LC_ALL, { env }))).toEqual([]);
  });

  test('without the optimising compilers', async () => {
    const node = [process.execPath, '--no-opt', '--no-maglev', '--no-sparkplug'];
    const some = compiled.filter(({ seed }) => seed % 4 === 0);
    const seeds = some.map(({ seed }) => seed);
    expect(differences(some, await recordedElsewhere('interpreted', { node, seeds }))).toEqual([]);
  });

  test.each(OTHER_NODES)('on Node %s', async (version) => {
    const node = ['npx', '--yes', '--package', `node@${version}`, 'node'];
    expect(differences(compiled, await recordedElsewhere(`node-${version}`, { node }))).toEqual([]);
  });
});

describe('a divergence is named by its event:', () => {
  const altered = (
    one: Recording,
    change: (event: TraceRecord) => Partial<TraceRecord>,
    until = one.trace.length,
  ) => {
    const trace = new Trace('all');
    for (const event of one.trace.list().slice(0, until)) {
      const { at, kind, from, to, length, digest } = { ...event, ...change(event) };
      const [high, low] = [digest.slice(0, 8), digest.slice(8)].map((half) => Number.parseInt(half, 16) | 0);
      trace.record(at, kind, from, to, length, high!, low!);
    }
    return { ...one, trace };
  };

  test('a digest that differs once', () => {
    const one = expected[16]!;
    const other = altered(one, ({ index }) => (index === 123 ? { digest: '0123456789abcdef' } : {}));
    const { at, digest } = one.trace.at(123);
    const difference = differenceOf(one, other)!;
    expect(difference).toMatch(/^seed 17, event 123: at \d+\.\d{6} s [a-z ]+ of (s\d+|c\d+|the world)/);
    expect(difference).toContain(`at ${(at / 1_000_000).toFixed(6)} s`);
    expect(difference).toContain(`(digest ${digest}); the other time`);
    expect(difference).toContain('0123456789abcdef');
    expect(differences([one], new Map([[17, other]]))).toEqual([difference]);
    expect(differences([one], new Map())).toEqual(['seed 17 was not run']);
  });

  test('a run that is over too early', () => {
    const one = expected[4]!;
    const last = one.trace.length - 1;
    expect(
      differenceOf(
        one,
        altered(one, () => ({}), last),
      ),
    ).toMatch(new RegExp(`^seed 5, event ${last}: .*; the other time the run had ended$`));
  });

  test('an outcome that differs after the same events', () => {
    const one = expected[0]!;
    const outcome = JSON.stringify({ ...JSON.parse(one.outcome), violations: ['another'] });
    expect(differenceOf(one, { ...one, outcome })).toMatch(
      /^seed 1: the same \d+ events, but another outcome: violations \[.*\], the other time \["another"\]$/,
    );
  });

  test('one draw too many in the middle of a run', () => {
    const one = expected[2]!;
    const stolenAt = 400;
    const trace = new Trace('all');
    const run = new Run(scenarioOf(one.seed), trace);
    while (run.world.events < stolenAt) run.step();
    for (const { node } of run.world.hosts) run.world.network.link(node, 0).drawDelay();
    const difference = differenceOf(one, finish(run, trace))!;
    const event = Number(/event (\d+):/.exec(difference)![1]);
    expect(event).toBeGreaterThanOrEqual(stolenAt);
    expect(one.trace.at(event)).not.toEqual(trace.at(event));
    expect(one.trace.at(event - 1)).toEqual(trace.at(event - 1));
  });
});
