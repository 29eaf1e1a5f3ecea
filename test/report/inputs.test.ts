// What a report is made of comes from anywhere: what is good is read back as it was written, and whatever else it is, is refused in
// one line. The commands need the compiled project.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inputsIn } from '../../sim/cli/report-inputs.ts';
import { loadRecording } from '../../sim/explain/load.ts';
import { record } from '../../sim/explain/record.ts';
import { type Note, type NoteName, ndjsonOf, type RecordedEvent } from '../../sim/explain/recording.ts';
import { accountingOf } from '../../sim/report/accounting.ts';
import { failureDataOf, twinIn } from '../../sim/report/failure-data.ts';
import { linked } from '../../sim/report/link.ts';
import { runDataOf } from '../../sim/report/run-data.ts';
import { wholesOf } from '../../sim/report/shards.ts';
import { type CampaignPart, readCampaign } from '../../sim/report/summaries.ts';
import { scenarioOf } from '../../sim/scenario/arbitrary.ts';
import { saveScenario } from '../../sim/scenario/save.ts';
import { RUN_BEGINS } from '../../sim/scenario/scenario.ts';
import { signatureOf } from '../../sim/signature.ts';
import { expectOneLineRefusal, runIn } from '../sim-program.ts';

const SCENARIO = {
  ...scenarioOf(5, { environment: 'E4' }),
  chaosUntil: 20_000_000,
  clientsUntil: 20_000_000,
  endsAt: 20_000_000,
};
const RECORDING = record({ ...SCENARIO, faults: SCENARIO.faults.filter(({ until }) => until <= 20_000_000) });
const TRACE = ndjsonOf(RECORDING, 'a build');

describe('A recorded run', () => {
  test('is read back as it was written', () => {
    const loaded = loadRecording(TRACE, RECORDING.scenario);
    expect(loaded).toMatchObject({ ok: true });
    expect(loaded.ok && loaded.recording.events).toEqual(JSON.parse(JSON.stringify(RECORDING.events)));
  });

  test('that somebody changed is refused with a reason, or can be shown: it never throws', () => {
    const lines = TRACE.split('\n').slice(0, 300);
    const junk = fc.oneof(fc.constant(null), fc.integer(), fc.string(), fc.constant([]), fc.constant({}));
    let refused = 0;
    let shown = 0;
    fc.assert(
      fc.property(fc.nat(lines.length - 1), fc.nat(), fc.nat(), junk, (at, field, noteField, value) => {
        const changed = [...lines];
        const line = JSON.parse(changed[at]!) as Record<string, unknown>;
        const notes = line.notes as Record<string, unknown>[] | undefined;
        const note = notes?.[field % Math.max(notes.length, 1)];
        const target = note !== undefined && noteField % 2 === 0 ? note : line;
        const names = Object.keys(target);
        target[names[noteField % names.length]!] = value;
        changed[at] = JSON.stringify(line);
        changed[0] = JSON.stringify({ ...JSON.parse(changed[0]!), events: lines.length - 1 });
        const loaded = loadRecording(changed.join('\n'), RECORDING.scenario);
        if (loaded.ok) {
          failureDataOf(loaded.recording, { name: '', signature: null, twin: null });
          shown++;
        } else {
          expect(loaded.reason).not.toContain('\n');
          refused++;
        }
      }),
      { numRuns: 300 },
    );
    expect(refused).toBeGreaterThan(20);
    expect(shown).toBeGreaterThan(5);
  });

  test('accounts for as many units throughout a reign as at its beginning', () => {
    let grants = 0;
    for (const seed of [3, 7, 10, 12, 15, 19]) {
      const scenario = scenarioOf(seed, { environment: 'E2' });
      // Strings with dates come into force without a word.
      if (scenario.licenses.some(({ startsAfterMs, endsAfterMs }) => startsAfterMs ?? endsAfterMs)) continue;
      for (const { steps } of accountingOf(record(scenario).events, scenario.endsAt)) {
        const sums = new Set(steps.map(([, mine, previous, free]) => mine + previous + free));
        expect(sums.size).toBe(1);
        expect(Math.min(...steps.flat())).toBeGreaterThanOrEqual(0);
        grants += steps.filter((step, place) => place > 0 && step[1] > steps[place - 1]![1]).length;
      }
    }
    expect(grants).toBeGreaterThan(10);
  });

  test('accounts for what is renewed as the Leader’s own, and for what ends as free', () => {
    const note = (what: NoteName, fields: object) => ({ what, ...fields });
    const token = { handle: 'aa', key: 'cad|1.0', units: 2, owner: 'c1' };
    const tokens = (mine: number, previous: number, free: number) => ({
      tokens: { 'cad|1.0': { total: 5, mine, previous, free } },
    });
    const told: [string, Note][] = [
      ['s1', note('took over', { term: 1, ...tokens(0, 0, 5) })],
      ['s1', note('granted', token)],
      ['s1', note('crashed', {})],
      ['s2', note('took over', { term: 2, ...tokens(0, 2, 3) })],
      ['s2', note('renewed', { handle: 'aa', wasPrevious: true })],
      ['s2', note('renewed', { handle: 'aa', wasPrevious: false })],
      ['s2', note('ended', { ...token, reason: 'released' })],
    ];
    const events = told.map(([node, each], place) => ({
      ...{ id: place + 1, at: place, kind: 'wake', node, cause: 0, notes: [each] },
    }));
    expect(accountingOf(events, 9)).toEqual([
      {
        server: 's1',
        license: 'cad',
        to: 2,
        steps: [
          [0, 0, 0, 5],
          [1, 2, 0, 3],
        ],
      },
      {
        server: 's2',
        license: 'cad',
        to: 9,
        steps: [
          [3, 0, 2, 3],
          [4, 2, 0, 3],
          [6, 0, 0, 5],
        ],
      },
    ]);
  });

  test('says how far clocks are off: straight at the rates that were told, and at a jump both before and after', () => {
    const told = (at: number, ppm: number, wallOffMs: number): RecordedEvent => {
      const clocks = { monotonicPpm: ppm, wallPpm: -ppm, isSuspended: false };
      const wall = RUN_BEGINS + at / 1000 + wallOffMs;
      const notes: Note[] = [{ what: 'clock changed', node: 's2', ...clocks, wall }];
      return { id: at / 1e6 + 1, at, kind: 'fault begins', cause: 0, notes };
    };
    const events = [told(0, 1000, 40), told(1_000_000, 0, 5000)];
    const { clocks } = runDataOf({ ...RECORDING, events, violations: [] });
    const end = RECORDING.scenario.endsAt;
    const points = [
      [0, 40, 0],
      [1_000_000, 39, 1],
      [1_000_000, 5000, 1],
      [end, 5000, 1],
    ];
    expect(clocks).toEqual([{ node: 1, points }]);
  });

  test('is told of the violation for which it is kept, whichever was seen first', () => {
    const violations = ['S4', 'S5'].map((property, place) => ({
      ...{ property, reason: `${property}: it`, pattern: 'it', at: place, event: place + 1 },
    }));
    const signature = signatureOf(violations[1]!);
    const data = failureDataOf({ ...RECORDING, violations }, { name: '', signature, twin: null });
    expect(data).toMatchObject({ signature, property: 'S5', sentence: 'S5: it' });
    expect(data.run.violations.map(({ id }) => id)).toEqual([2, 1]);
  });

  test('has what its README says of the run that passes', () => {
    const readme =
      '# S1\n\n## The nearest run that passes\n\nWithout it.\n\n    failing\n\n## Where it comes from\n\nx';
    expect(twinIn(readme)).toEqual(['Without it.', '    failing']);
    expect(twinIn('# S1\n')).toBeNull();
  });
});

const SUMMARY = {
  ...{ schema: 'regency-sim/campaign@1', seeds: { first: 1, count: 10 }, shard: null, strategy: 'random' },
  ...{ passed: true, ending: 'done', violations: [], harnessFailures: { count: 0, first: [] } },
  ...{ digest: '00', events: 100, simulatedSeconds: 5, wallSeconds: 1, counts: { grants: 3 } },
  faults: { crash: { scheduled: 3, applied: 2, consequential: 1 } },
  labels: { 'freeze aborted': { count: 0, firstSeed: null }, trial: { count: 2, firstSeed: 4 } },
  environments: { E1: 10 },
  checked: { S1: { E1: 7 } },
  coverage: { card: { crash: { trial: { count: 1, firstSeed: 9 } } }, states: null },
};

function partOf(fields: object): CampaignPart {
  const read = readCampaign('part', { ...SUMMARY, ...fields });
  if (!read.ok) throw new Error(read.reason);
  return read.value;
}

function timesOf(p50: number, p99: number, buckets: readonly (readonly number[])[]) {
  return { failOver: { count: buckets.reduce((sum, [, count]) => sum + count!, 0), p50, p99, buckets } };
}

describe('Summaries', () => {
  test('of the shards of one campaign are added up, in any order; other campaigns stay apart', () => {
    const one = partOf({ shard: { number: 1, of: 2 } });
    const two = partOf({
      shard: { number: 2, of: 2 },
      labels: { trial: { count: 1, firstSeed: 2 } },
      coverage: { card: { crash: { trial: { count: 4, firstSeed: 3 } } } },
    });
    const other = partOf({});
    const wholes = wholesOf([one, other, two]);
    expect(wholes).toHaveLength(2);
    expect(wholes[0]).toMatchObject({
      seeds: { first: 1, count: 20 },
      events: 200,
      faults: { crash: { scheduled: 6, applied: 4, consequential: 2 } },
      labels: { 'freeze aborted': { count: 0, firstSeed: null }, trial: { count: 3, firstSeed: 2 } },
      checked: { S1: { E1: 14 } },
      card: { crash: { trial: { count: 5, firstSeed: 3 } } },
    });
    const hundred = partOf({
      ...{
        shard: { number: 1, of: 2 },
        times: timesOf(
          99,
          99,
          [
            [200, 1],
            [99, 99],
          ].toReversed(),
        ),
      },
    });
    const slow = partOf({ shard: { number: 2, of: 2 }, times: timesOf(200, 200, [[200, 2]]) });
    expect(wholesOf([hundred, slow])[0]!.times).toEqual(
      timesOf(99, 200, [
        [99, 99],
        [200, 3],
      ]),
    );
    const { name: _, digest: __, ...turned } = wholesOf([two, one])[0]!;
    expect(wholes[0]).toMatchObject({ ...turned, labels: expect.anything() });
    expect(wholesOf([one, one])).toHaveLength(2);
  });

  test('that lack a field are refused, and fields of a later release are passed over', () => {
    expect(readCampaign('x', { ...SUMMARY, digest: undefined })).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/^digest: expected text/),
    });
    expect(readCampaign('x', { ...SUMMARY, moon: 'full' })).toMatchObject({ ok: true });
    const times = {
      failOver: {
        count: 2,
        p50: 900,
        p99: 1200,
        buckets: [
          [1000, 1],
          [2000, 1],
        ],
      },
    };
    expect(readCampaign('x', { ...SUMMARY, times })).toMatchObject({ ok: true, value: { times } });
  });
});

describe('regency-sim report', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'regency-inputs-'));
    writeFileSync(join(folder, 'run.json'), saveScenario(RECORDING.scenario));
    writeFileSync(join(folder, 'text.json'), '{');
    writeFileSync(join(folder, 'strange.json'), '{"schema":"a\\u001b[2J\\nb"}');
    writeFileSync(join(folder, 'short.json'), '{"schema":"regency-sim/campaign@1"}');
    mkdirSync(join(folder, 'empty'));
    mkdirSync(join(folder, 'failure'));
    writeFileSync(join(folder, 'failure/scenario.json'), saveScenario(RECORDING.scenario));
    writeFileSync(join(folder, 'failure/trace.ndjson'), TRACE.replace('"kind":"boot"', '"kind":7'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('of a scenario runs it, and puts all of it into one file', () => {
    const { status, stdout } = runIn(folder, 'report', 'run.json', '-o', '-');
    expect(status).toBe(0);
    expect(stdout).toContain(`"digest":"${RECORDING.digest}"`);
    expect(stdout).not.toMatch(/(?:src|href)=["']?(?:https?:)?\/\//);
  });

  test.each([
    ['text.json', /text\.json is not JSON: /],
    ['strange.json', /strange\.json is nothing that a report shows: expected .*, saw "schema": [^\n]*$/],
    ['empty', /empty is no folder of a campaign and none of a failure/],
    ['failure', /trace\.ndjson is no recorded run: line 2: kind: expected text, saw 7/],
    ['nowhere', /cannot read .*nowhere: there is no such file/],
  ])('refuses %s, and says why', async (input, line) => {
    await expect(inputsIn(join(folder, input))).rejects.toThrow(line);
  });

  test('refuses in one line', () => {
    const line = /short\.json: seeds: expected an object, saw nothing/;
    expectOneLineRefusal(runIn(folder, 'report', 'run.json', 'short.json'), line);
  });
});

describe('The script of the page', () => {
  test('is put together from modules, each after those that it imports', () => {
    const modules: Record<string, string> = {
      main: "import { b as c } from './two-b.js';\nc();\n",
      'two-b': 'const LIMIT = 1;\nexport function b() {}\nexport const x = LIMIT;\nexport {};\n',
    };
    const script = linked('main', (name) => modules[name]!);
    expect(script).toMatchInlineSnapshot(`
      "const $two_b = (() => {
      const LIMIT = 1;
      function b() {}
      const x = LIMIT;
      return { b, x };
      })();

      const $main = (() => {
      const { b: c } = $two_b;
      c();
      return {  };
      })();
      "
    `);
  });

  test.each([
    ["import x from './y.js';", /cannot be put into the page: import x/],
    ["import { a } from './main.js';\nexport const a = 1;", /main imports main/],
    ["const text = '</script>';", /it has markup in it/],
  ])('refuses what it does not know: %s', (text, reason) => {
    expect(() => linked('main', () => text)).toThrow(reason);
  });
});
