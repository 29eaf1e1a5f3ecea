// What is exported is read by somebody else: by a library where there is one, else by a reader written from the format's published
// description and from nothing of ours. Beyond its shape each has to say of the run what the run was.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEDNString } from 'edn-data';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { loadRecording } from '../../sim/explain/load.ts';
import { record } from '../../sim/explain/record.ts';
import { ndjsonOf, type RecordedEvent, type Recording } from '../../sim/explain/recording.ts';
import { itfOf } from '../../sim/export/itf.ts';
import { jepsenOf } from '../../sim/export/jepsen.ts';
import { perfettoOf } from '../../sim/export/perfetto.ts';
import { porcupineOf } from '../../sim/export/porcupine.ts';
import { shivizOf } from '../../sim/export/shiviz.ts';
import { scenarioOf } from '../../sim/scenario/arbitrary.ts';
import { saveScenario } from '../../sim/scenario/save.ts';
import { expectOneLineRefusal, runIn } from '../sim-program.ts';

/** Some calls succeed, some certainly fail, of some nobody knows, and some are under way when their process goes: all in one run. */
function runWithCallsOfEveryEnd(): Recording {
  for (let seed = 26; seed < 100; seed++) {
    const run = record(scenarioOf(seed, { environment: 'E2' }));
    const ends = notesOf(run.events, 'returned').map(({ note }) => note);
    const hasOpen = notesOf(run.events, 'called').length > ends.length;
    const failed = ends.filter(({ code }) => code !== 'LS_SUCCESS');
    const kinds = new Set(failed.map(({ definite }) => definite));
    if (hasOpen && kinds.size === 2 && ends.length > failed.length) return run;
  }
  throw new Error('no seed has calls of every end');
}

function notesOf(events: readonly RecordedEvent[], what: string) {
  return events.flatMap(({ at, notes }) =>
    notes.filter((note) => note.what === what).map((note) => ({ at, note })),
  );
}

const RUNS = [runWithCallsOfEveryEnd(), record(scenarioOf(3, { environment: 'E2' }))];

describe.each(RUNS)('A run exported', (run) => {
  test('as ndjson is the run, event by event', () => {
    const loaded = loadRecording(ndjsonOf(run, 'a build'), run.scenario);
    expect(loaded.ok && loaded.recording.digest).toBe(run.digest);
    expect(loaded.ok && loaded.recording.events).toHaveLength(run.events.length);
  });

  // docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU (Trace Event Format)
  test('as a Chrome trace has slices, arrows that begin and end at slices, and counters', () => {
    const trace = chromeTrace.parse(JSON.parse(perfettoOf(run))).traceEvents;
    const of = <Phase extends (typeof trace)[number]['ph']>(ph: Phase) =>
      trace.filter((each): each is Extract<(typeof trace)[number], { ph: Phase }> => each.ph === ph);
    const slices = of('X').filter(({ cat }) => cat !== 'standing');
    expect(slices).toHaveLength(run.events.length);
    const slicesAt = new Set(slices.map(({ pid, tid, ts }) => `${pid} ${tid} ${ts}`));
    const begun = new Map(of('s').map((each) => [each.id, each]));
    expect(begun.size).toBeGreaterThan(100);
    for (const end of of('f')) {
      const begin = begun.get(end.id)!;
      expect(begin.ts).toBeLessThanOrEqual(end.ts);
      for (const { pid, tid, ts } of [begin, end]) expect(slicesAt).toContain(`${pid} ${tid} ${ts}`);
    }
    expect(of('f')).toHaveLength(begun.size);
    const standing = of('X').filter(({ cat }) => cat === 'standing');
    expect(standing.filter(({ name }) => name.startsWith('leader')).length).toBeGreaterThan(0);
    const ended = new Map(of('e').map(({ id, cat, ts }) => [`${cat} ${id}`, ts]));
    for (const { id, cat, ts } of of('b')) expect(ended.get(`${cat} ${id}`)).toBeGreaterThanOrEqual(ts);
    const named = of('M').filter(({ name }) => name === 'process_name');
    expect(named).toHaveLength(1 + run.scenario.servers + run.scenario.clients.length);
  });

  // bestchai.bitbucket.io/shiviz: the default expression, and what it refuses in vector timestamps.
  test('as a ShiViz log has clocks that tell exactly what came before what', () => {
    const expression = /(?<host>\S*) (?<clock>\{.*\})\n(?<event>.*)/g;
    const log = shivizOf(run);
    const events = [...log.matchAll(expression)].map(({ groups }) => ({
      host: groups!.host!,
      clock: JSON.parse(groups!.clock!) as Record<string, number>,
      id: Number(/#(\d+) /.exec(groups!.event!)![1]),
    }));
    expect(events).toHaveLength(run.events.filter(({ node }) => node !== undefined).length);
    expect(log.split('\n')).toHaveLength(2 * events.length + 1);
    const last = new Map<string, Record<string, number>>();
    const byId = new Map(events.map((event) => [event.id, event]));
    for (const { host, clock, id } of events) {
      const before = last.get(host) ?? {};
      // Its own count goes up by one; no other goes back, and none is ahead of what that host has done.
      expect(clock[host]).toBe((before[host] ?? 0) + 1);
      for (const [other, count] of Object.entries(before)) expect(clock[other]).toBeGreaterThanOrEqual(count);
      for (const [other, count] of Object.entries(clock))
        if (other !== host) expect(count).toBeLessThanOrEqual(last.get(other)?.[other] ?? 0);
      last.set(host, clock);
      const { from, cause } = run.events[id - 1]!;
      const sent = from === undefined ? undefined : byId.get(cause);
      if (sent !== undefined) expect(clock[sent.host]).toBeGreaterThanOrEqual(sent.clock[sent.host]!);
    }
  });

  // apalache-mc.org/docs/adr/015adr-trace.html
  test('as ITF has states of all variables, one for each take-over and belief among them', () => {
    const { vars, states } = itf.parse(JSON.parse(itfOf(run)));
    states.forEach((state, index) => {
      expect(Object.keys(state).toSorted()).toEqual(['#meta', ...vars].toSorted());
      expect(state['#meta']).toEqual({ index });
    });
    const leaders = states.map(({ standing }) => JSON.stringify(standing).match(/"leader"/g)?.length ?? 0);
    const times = states.map(({ time }) => Number((time as { '#bigint': string })['#bigint']));
    expect(times.toSorted((a, b) => a - b)).toEqual(times);
    const took = notesOf(run.events, 'took over');
    expect(took.length).toBeGreaterThan(0);
    for (const { at } of took) expect(leaders[times.lastIndexOf(at)]).toBeGreaterThan(0);
  });

  // jepsen.history: an operation is invoked, and then ends at most once, on a process that does one thing at a time.
  test('as a Jepsen history has every call once, on processes that make one at a time', () => {
    const history = z
      .array(operation)
      .parse(parseEDNString(jepsenOf(run), { mapAs: 'object', keywordAs: 'string' }));
    expect(history.map(({ index }) => index)).toEqual(history.map((_, index) => index));
    const open = new Map<number, (typeof history)[number]>();
    const retired = new Set<number>();
    for (const each of history) {
      expect(retired).not.toContain(each.process);
      if (each.type === 'invoke') {
        expect(open.has(each.process)).toBe(false);
        open.set(each.process, each);
        continue;
      }
      const begun = open.get(each.process)!;
      expect(each.f).toBe(begun.f);
      expect(each.time).toBeGreaterThanOrEqual(begun.time);
      open.delete(each.process);
      if (each.type === 'info') retired.add(each.process);
    }
    const grants = notesOf(run.events, 'returned').filter(
      ({ note }) => note.call === 'request' && note.code === 'LS_SUCCESS',
    );
    const ok = history.filter(({ type, f }) => type === 'ok' && f === 'request');
    expect(ok.map(({ value }) => value.handle)).toEqual(grants.map(({ note }) => note.handle));
    expect(history.filter(({ type }) => type === 'invoke')).toHaveLength(
      notesOf(run.events, 'called').length,
    );
  });

  // pkg.go.dev/github.com/anishathalye/porcupine: type Operation
  test('as Porcupine operations has every call with the span in which it had its effect, if it had one', () => {
    const operations = z.array(porcupine).parse(JSON.parse(porcupineOf(run)));
    expect(operations).toHaveLength(notesOf(run.events, 'called').length);
    const until = new Map<number, number>();
    for (const { ClientId, Call, Return, Output } of operations) {
      expect(Return).toBeGreaterThanOrEqual(Call);
      expect(Call).toBeGreaterThanOrEqual(until.get(ClientId) ?? 0);
      until.set(ClientId, Return);
      if (Output === null) expect(Return).toBe(run.scenario.endsAt * 1000);
    }
    const known = notesOf(run.events, 'returned').filter(
      ({ note }) => note.code === 'LS_SUCCESS' || note.definite === true,
    );
    expect(operations.filter(({ Output }) => Output !== null)).toHaveLength(known.length);
  });
});

test('Names of any kind come through as they are', () => {
  const name = 'a"b\\c\nd;|e';
  const [run] = RUNS as [Recording];
  const events = run.events.map((event) => ({
    ...event,
    notes: event.notes.map((note) => (note.what === 'called' ? { ...note, key: name } : note)),
  }));
  const history = parseEDNString(jepsenOf({ ...run, events }), { mapAs: 'object', keywordAs: 'string' });
  const keys = (history as { value: { key: string } }[]).map(({ value }) => value.key);
  expect(new Set(keys)).toEqual(new Set([name]));
  expect(JSON.parse(porcupineOf({ ...run, events }))[0].Input.key).toBe(name);
});

describe('regency-sim export', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'regency-export-'));
    const [run] = RUNS as [Recording];
    mkdirSync(join(folder, 'failure'));
    writeFileSync(join(folder, 'failure/scenario.json'), saveScenario(run.scenario));
    writeFileSync(join(folder, 'failure/trace.ndjson'), ndjsonOf(run, 'a build'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('of a folder is the run that was recorded there, of its scenario the run that comes of it', () => {
    const recorded = runIn(folder, 'export', 'failure', '--format', 'shiviz');
    expect(recorded).toMatchObject({ status: 0, stdout: shivizOf(RUNS[0]!) });
    const again = runIn(folder, 'export', 'failure/scenario.json', '--format', 'shiviz', '-o', 'run.log');
    expect(again).toMatchObject({ status: 0, stdout: '' });
    expect(readFileSync(join(folder, 'run.log'), 'utf8')).toBe(recorded.stdout);
  });

  test.each([
    [['failure', '--format', 'word'], /argument 'word' is invalid. Allowed choices are ndjson, perfetto, /],
    [['.', '--format', 'itf'], /is no folder of a campaign and none of a failure/],
    [
      ['failure', '--format', 'itf', '-o', 'no/such'],
      /cannot write --output no\/such: there is no folder no/,
    ],
  ])('%j is refused in one line', (words, line) => {
    expectOneLineRefusal(runIn(folder, 'export', ...words), line);
  });
});

const place = { pid: z.int().min(0), tid: z.int().min(0) };
const ts = z.number().min(0);
const text = z.string().min(1);
const args = z.record(z.string(), z.unknown()).optional();

const chromeTrace = z.object({
  displayTimeUnit: z.enum(['ms', 'ns']),
  otherData: z.record(z.string(), z.unknown()),
  traceEvents: z.array(
    z.discriminatedUnion('ph', [
      z.strictObject({
        ph: z.literal('X'),
        ...place,
        cat: text,
        name: text,
        ts,
        dur: z.number().min(0),
        args,
      }),
      z.strictObject({ ph: z.literal('M'), ...place, name: text, args: z.record(z.string(), z.unknown()) }),
      z.strictObject({ ph: z.literal('s'), ...place, cat: text, name: text, id: z.int(), ts }),
      z.strictObject({
        ph: z.literal('f'),
        ...place,
        cat: text,
        name: text,
        id: z.int(),
        ts,
        bp: z.literal('e'),
      }),
      z.strictObject({ ph: z.literal('b'), ...place, cat: text, name: text, id: text, ts }),
      z.strictObject({ ph: z.literal('e'), ...place, cat: text, name: text, id: text, ts }),
      z.strictObject({
        ...{ ph: z.literal('C'), pid: place.pid, cat: text, name: text, ts },
        args: z.record(z.string(), z.number()),
      }),
      z.strictObject({
        ph: z.literal('i'),
        s: z.enum(['g', 'p', 't']),
        ...place,
        cat: text,
        name: text,
        ts,
        args,
      }),
    ]),
  ),
});

type Expression = string | boolean | readonly Expression[] | { readonly [field: string]: unknown };

const expression: z.ZodType<Expression> = z.lazy(() =>
  z.union([
    z.string(),
    z.boolean(),
    z.array(expression),
    z.strictObject({ '#bigint': z.string().regex(/^-?\d+$/) }),
    z.strictObject({ '#tup': z.array(expression) }),
    z.strictObject({ '#set': z.array(expression) }),
    z.strictObject({ '#map': z.array(z.tuple([expression, expression])) }),
    z.record(z.string().regex(/^[^#]/), expression),
  ]),
);

const itf = z.strictObject({
  '#meta': z.looseObject({ format: z.literal('ITF') }),
  vars: z.array(text).min(1),
  states: z.array(z.looseObject({ '#meta': z.strictObject({ index: z.int() }) }).catchall(expression)).min(2),
});

const operation = z.strictObject({
  index: z.int(),
  time: z.int().min(0),
  process: z.int().min(0),
  type: z.enum(['invoke', 'ok', 'fail', 'info']),
  f: z.enum(['request', 'update', 'release', 'status']),
  value: z.strictObject({ client: text, key: text, units: z.int(), handle: text.optional() }),
  error: text.optional(),
});

const porcupine = z.strictObject({
  ClientId: z.int().min(0),
  Input: z.strictObject({ op: text, client: text, key: text, units: z.int(), handle: text.nullable() }),
  Call: z.int().min(0),
  Output: z.strictObject({ ok: z.boolean(), code: text, handle: text }).nullable(),
  Return: z.int(),
});
