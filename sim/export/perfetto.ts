// A run as a Chrome trace (JSON), which the Perfetto viewer opens: a process for each node with what it did and what it was, arrows for
// messages, counters for units held and accounted for, faults as spans over everything. Times are true time, µs.

import type { RecordedEvent, Recording } from '../explain/recording.ts';
import { type Span, Timeline } from '../explain/timeline.ts';
import { eventText, noteText } from '../explain/words.ts';
import { accountingOf } from '../report/accounting.ts';

type TraceEvent = Readonly<Record<string, unknown>> & { readonly ph: string };

const EVENTS = 1;
const STANDING = 2;
/** The process of what is of no node. */
const POOL = 1;

export function perfettoOf(recording: Recording): string {
  const { scenario, events, violations, digest } = recording;
  const timeline = new Timeline(scenario);
  timeline.extend(events, true);
  const nodes = [...timeline.servers, ...timeline.clients];
  const endsAt = Math.max(scenario.endsAt, events.at(-1)?.at ?? 0);
  const processOf = (node: string): number => nodes.indexOf(node) + POOL + 1;
  const trace: TraceEvent[] = [
    ...namesOf('pool', POOL, [[EVENTS, 'faults and events of no node']]),
    ...nodes.flatMap((node) =>
      namesOf(node, processOf(node), [
        [EVENTS, 'events'],
        ...(timeline.standings.has(node) ? ([[STANDING, 'is']] as const) : []),
      ]),
    ),
    ...events.flatMap((event) => eventOf(event, processOf)),
    ...flowsOf(events, processOf),
    ...[...timeline.standings].flatMap(([node, spans]) =>
      spans.map((span) => ({
        ...{ ph: 'X', pid: processOf(node), tid: STANDING, cat: 'standing', ts: span.from },
        name: span.label === '' ? span.kind : `${span.kind}, round ${span.label}`,
        dur: Math.min(span.to, endsAt) - span.from,
      })),
    ),
    ...[...timeline.beliefs].flatMap(([node, spans]) =>
      spans.flatMap((span, place) => lasting(span, processOf(node), 'belief', `${node}-${place}`, endsAt)),
    ),
    ...timeline.disturbances.flatMap((span, place) => lasting(span, POOL, 'fault', `fault-${place}`, endsAt)),
    ...[...timeline.levels].flatMap(([license, levels]) =>
      levels.map(({ from, units }) => ({
        ...{ ph: 'C', pid: POOL, cat: 'level', name: `${license} believed to be held`, ts: from },
        args: { units },
      })),
    ),
    ...accountingOf(events, endsAt).flatMap(({ server, license, steps }) =>
      steps.map(([ts, mine, previous, free]) => ({
        ...{ ph: 'C', pid: processOf(server), cat: 'accounting', name: `${license} accounts`, ts },
        args: { mine, previous, free },
      })),
    ),
    ...violations.map(({ at, reason, property }) => ({
      ...{ ph: 'i', s: 'g', pid: POOL, tid: EVENTS, cat: 'violation', name: property, ts: at },
      args: { reason },
    })),
  ];
  const otherData = {
    program: 'regency-sim',
    seed: scenario.seed,
    environment: scenario.environment,
    digest,
  };
  return `{"displayTimeUnit":"ms","otherData":${JSON.stringify(otherData)},"traceEvents":[\n${trace.map((each) => JSON.stringify(each)).join(',\n')}\n]}\n`;
}

function namesOf(name: string, pid: number, threads: readonly (readonly [number, string])[]): TraceEvent[] {
  return [
    { ph: 'M', name: 'process_name', pid, tid: 0, args: { name } },
    { ph: 'M', name: 'process_sort_index', pid, tid: 0, args: { sort_index: pid } },
    ...threads.map(([tid, each]) => ({ ph: 'M', name: 'thread_name', pid, tid, args: { name: each } })),
  ];
}

/** It takes no time; a slice of one has to, to be seen, and to have arrows begin and end at it. */
function eventOf(event: RecordedEvent, processOf: (node: string) => number): TraceEvent[] {
  const { id, at, kind, node, cause, notes } = event;
  return [
    {
      ...{ ph: 'X', pid: node === undefined ? POOL : processOf(node), tid: EVENTS, cat: kind },
      ...{ name: eventText(event), ts: at, dur: 1 },
      args: { event: id, cause, notes: notes.map((note) => noteText(note, node ?? '')) },
    },
  ];
}

/** From the event that sent to the one in which it arrives. */
function flowsOf(events: readonly RecordedEvent[], processOf: (node: string) => number): TraceEvent[] {
  return events.flatMap(({ id, at, node, from, cause }) => {
    const sent = events[cause - 1];
    if (node === undefined || from === undefined || sent?.node === undefined) return [];
    const shared = { cat: 'message', name: 'message', id };
    return [
      { ph: 's', ...shared, pid: processOf(sent.node), tid: EVENTS, ts: sent.at },
      { ph: 'f', bp: 'e', ...shared, pid: processOf(node), tid: EVENTS, ts: at },
    ];
  });
}

function lasting(span: Span<string>, pid: number, cat: string, id: string, endsAt: number): TraceEvent[] {
  const shared = { cat, name: span.label, id, pid, tid: EVENTS };
  return [
    { ph: 'b', ...shared, ts: span.from },
    { ph: 'e', ...shared, ts: Math.min(span.to, endsAt) },
  ];
}
