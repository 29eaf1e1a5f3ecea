// A recorded run as the page draws it: events in words, and what servers, clients, licenses and clocks were over time. It reads the
// recording alone, be it of a run just made or of a `trace.ndjson` that somebody sent.

import type { Note, RecordedEvent, Recording } from '../explain/recording.ts';
import { Timeline } from '../explain/timeline.ts';
import { eventText, noteText } from '../explain/words.ts';
import { RUN_BEGINS, type Scenario } from '../scenario/scenario.ts';
import { accountingOf } from './accounting.ts';
import type { ClockData, EventData, LevelData, RunData, SpanData, StandingData } from './page/data.ts';

/** A page with more would be slow to open: of longer runs the end is shown, where the violation is. */
const MOST_EVENTS = 20_000;

export function runDataOf(recording: Recording): RunData {
  const { scenario, events, digest, violations } = recording;
  const timeline = new Timeline(scenario);
  timeline.extend(events, true);
  const nodes = [...timeline.servers, ...timeline.clients];
  const placeOf = placesIn(nodes);
  const endsAt = Math.max(scenario.endsAt, events.at(-1)?.at ?? 0);
  const shown = events.slice(-MOST_EVENTS);
  const until = <Span extends SpanData>(span: Span): Span => ({ ...span, to: Math.min(span.to, endsAt) });
  return {
    nodes,
    servers: scenario.servers,
    endsAt,
    digest,
    firstId: shown[0]?.id ?? 1,
    total: events.length,
    events: shown.map((event) => eventData(event, placeOf)),
    violations: violations.map(({ event, at, reason }) => ({
      id: Math.min(event, events.length),
      at,
      text: reason,
    })),
    standings: [...timeline.standings].flatMap(([name, spans]) =>
      spans.map(
        ({ from, to, kind, label }): StandingData =>
          until({ node: placeOf(name), from, to, standing: kind, label }),
      ),
    ),
    beliefs: [...timeline.beliefs].flatMap(([name, spans]) =>
      spans.map(({ from, to, label }) => until({ node: placeOf(name), from, to, label })),
    ),
    disturbances: timeline.disturbances.map(({ from, to, kind, label, nodes: struck }) =>
      until({ from, to, kind, label, nodes: struck.map(placeOf).filter((place) => place >= 0) }),
    ),
    levels: levelsOf(scenario, timeline),
    accounting: accountingOf(events, endsAt).map(({ server, ...reign }) => ({
      ...reign,
      node: placeOf(server),
    })),
    clocks: nodes.flatMap((name, node) => clockOf(events, name, node, endsAt)),
  };
}

function placesIn(nodes: readonly string[]): (name: string) => number {
  const places = new Map(nodes.map((name, place) => [name, place]));
  return (name) => places.get(name) ?? -1;
}

function eventData(event: RecordedEvent, placeOf: (name: string) => number): EventData {
  const { id, at, kind, node = '', from = '', cause, notes } = event;
  const text = eventText(event);
  const violated = notes.filter(({ what }) => what === 'violated');
  const said = notes.map((note) => noteText(note, node));
  const own = placeOf(node);
  const touched = new Set(notes.flatMap(nodesOf).map(placeOf));
  return {
    id,
    at,
    kind,
    node: own,
    from: placeOf(from),
    cause,
    text: violated.length > 0 ? violated.map((note) => noteText(note, node)).join(' ') : text,
    notes: said.filter((each) => each !== text || violated.length > 0).slice(0, MOST_NOTES),
    touched: [...touched].filter((place) => place >= 0 && place !== own),
    lost: notes.filter(({ what }) => what === 'lost').map(({ to }) => placeOf(String(to))),
  };
}

const MOST_NOTES = 40;

function nodesOf({ what, node, nodes }: Note): string[] {
  const struck = what === 'fault begins' || what === 'fault ends' ? (nodes as string[]) : [];
  return typeof node === 'string' ? [node, ...struck] : struck;
}

/** Limits as the file at the start has them. */
function levelsOf({ licenses }: Scenario, timeline: Timeline): LevelData[] {
  const limits = new Map<string, number>();
  for (const { feature, hardLimit } of licenses) limits.set(feature, (limits.get(feature) ?? 0) + hardLimit);
  return [...limits].map(([license, limit]) => ({
    license,
    limit,
    steps: (timeline.levels.get(license) ?? []).map(({ from, units }) => [from, units] as const),
  }));
}

/** From the first time on that something is known of its clocks; at a jump there are two points at one time. */
function clockOf(events: readonly RecordedEvent[], name: string, node: number, endsAt: number): ClockData[] {
  const points: [number, number, number][] = [];
  let wallPpm = 0;
  let monotonicPpm = 0;
  const goOn = (at: number): void => {
    const last = points.at(-1);
    if (last === undefined) return;
    const passed = (at - last[0]) / 1000;
    points.push([at, last[1] + (passed * wallPpm) / 1e6, last[2] + (passed * monotonicPpm) / 1e6]);
  };
  for (const { at, node: own, notes } of events) {
    for (const note of notes) {
      if (note.what !== 'clock changed' || (note.node ?? own) !== name) continue;
      goOn(at);
      const gained = points.at(-1)?.[2] ?? 0;
      points.push([at, (note.wall as number) - RUN_BEGINS - at / 1000, gained]);
      wallPpm = note.wallPpm as number;
      monotonicPpm = note.isSuspended === true ? -1e6 : (note.monotonicPpm as number);
    }
  }
  goOn(endsAt);
  const rounded = points.map(([at, wall, monotonic]) => [at, thirds(wall), thirds(monotonic)] as const);
  return points.length === 0 ? [] : [{ node, points: rounded }];
}

function thirds(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
