import { expect, test } from 'vitest';
import { record } from '../../sim/explain/record.ts';
import { ndjsonOf, type Recording } from '../../sim/explain/recording.ts';
import { pastOf } from '../../sim/explain/story.ts';
import { partingOf } from '../../sim/explain/twin.ts';
import { scenarioOf } from '../../sim/scenario/arbitrary.ts';
import { simulate } from '../../sim/simulate.ts';

const SEEDS = [1, 3, 4, 6, 9, 12];
const recordings: readonly Recording[] = SEEDS.map((seed) => record(scenarioOf(seed)));

test('A run that is recorded is the same run', () => {
  for (const [place, { digest, violations, events }] of recordings.entries()) {
    const outcome = simulate(scenarioOf(SEEDS[place]!));
    expect({ digest, violations, events: events.length }).toEqual({
      digest: outcome.digest,
      violations: outcome.violations,
      events: outcome.events,
    });
  }
});

test('What causes an event came before it, and what arrives was caused on the node that sent it', () => {
  let deliveries = 0;
  for (const { events } of recordings) {
    for (const { id, cause, kind, from } of events) {
      expect(cause).toBeLessThan(id);
      if (kind !== 'delivery' || cause === 0) continue;
      deliveries++;
      const { node, notes, kind: causeKind } = events[cause - 1]!;
      // What a paused or sleeping node had put aside was caused by its first arrival there.
      const isPutAside = causeKind === 'delivery' && node === events[id - 1]!.node;
      const isFromThere = node === from || notes.some((note) => note.node === from);
      expect(isFromThere || isPutAside).toBe(true);
    }
  }
  expect(deliveries).toBeGreaterThan(1000);
});

test('Every message between servers that arrives was sent in the event that caused it', () => {
  let checked = 0;
  for (const { events } of recordings) {
    for (const event of events) {
      const received = event.notes.find(({ what }) => what === 'received');
      if (event.kind !== 'delivery' || received === undefined) continue;
      const cause = events[event.cause - 1]!;
      if (cause.node !== event.from) continue;
      checked++;
      const isIt = (note: Recording['events'][number]['notes'][number]): boolean =>
        note.what === 'sent' && note.to === event.node && note.message === received.message;
      expect(cause.notes.some(isIt)).toBe(true);
    }
  }
  expect(checked).toBeGreaterThan(1000);
});

test('The past of an event holds its causes, and theirs, and nothing that came after', () => {
  const { events } = recordings[1]!;
  const last = events.at(-1)!;
  const past = pastOf(events, last);
  const ids = events.map(({ id }) => id).filter((id) => past.has(id));
  for (const id of ids) {
    const { cause } = events[id - 1]!;
    if (cause > 0) expect(past.has(cause)).toBe(true);
  }
  expect(past.has(last.id)).toBe(true);
  expect(past.has(0) || past.has(last.id + 1)).toBe(false);
  expect(ids.length).toBeLessThan(events.length);
});

test('Two runs part where what was left out first matters, never before it began', () => {
  let partings = 0;
  for (const recording of recordings) {
    const { scenario, events } = recording;
    expect(partingOf(recording, record(scenario))).toBeNull();
    const beginnings = events.filter(({ kind }) => kind === 'fault begins').slice(0, 4);
    for (const { at, content } of beginnings) {
      const faults = scenario.faults.filter((_, place) => place !== content);
      const parting = partingOf(recording, record({ ...scenario, faults }));
      if (parting === null) continue;
      partings++;
      expect(parting.at).toBeGreaterThanOrEqual(at);
    }
  }
  expect(partings).toBeGreaterThan(5);
});

test('The text has a head and one line an event', () => {
  const recording = recordings[0]!;
  const lines = ndjsonOf(recording, 'regency 0.0.0').trimEnd().split('\n');
  expect(JSON.parse(lines[0]!)).toMatchObject({ schema: 'regency-sim/trace@1', events: lines.length - 1 });
  expect(JSON.parse(lines[1]!)).toEqual(JSON.parse(JSON.stringify(recording.events[0])));
});
