// A run as a trace in the Informal Trace Format of Apalache, for viewers and for checks against a specification: a state after each
// event that changed what a server is or what a client believes to hold. Whole numbers are written as #bigint, maps as #map.

import type { Note, RecordedEvent, Recording } from '../explain/recording.ts';
import { type Standing, Timeline } from '../explain/timeline.ts';
import { eventText } from '../explain/words.ts';

const VARS = ['event', 'time', 'action', 'standing', 'round', 'believed', 'violated'] as const;

export function itfOf(recording: Recording): string {
  const { scenario, events, digest } = recording;
  const timeline = new Timeline(scenario);
  const believed = new Map<string, readonly [client: string, units: number, until: number]>();
  const violated = new Set<string>();
  const states: object[] = [];
  const told: RecordedEvent[] = [];
  let before = '';
  const add = (event: number, at: number, action: string): void => {
    const standing: [string, Standing][] = [];
    const round: [string, object][] = [];
    for (const [server, spans] of timeline.standings) {
      const last = spans.at(-1);
      standing.push([server, last?.kind ?? 'down']);
      round.push([server, whole(Number(last?.label || 0))]);
    }
    const seen = {
      standing: { '#map': standing },
      round: { '#map': round },
      believed: {
        '#map': [...believed].map(([handle, [client, units, until]]) => [
          handle,
          { client, units: whole(units), until: whole(until) },
        ]),
      },
      violated: { '#set': [...violated] },
    };
    const now = JSON.stringify(seen);
    if (now === before) return;
    before = now;
    const index = states.length;
    states.push({ '#meta': { index }, event: whole(event), time: whole(at), action, ...seen });
  };

  add(0, 0, 'init');
  for (const event of events) {
    told.push(event);
    timeline.extend(told, false);
    for (const note of event.notes) take(note, (note.node as string | undefined) ?? event.node ?? '');
    for (const [handle, [, , until]] of believed) if (until <= event.at) believed.delete(handle);
    add(event.id, event.at, eventText(event));
  }
  const meta = {
    format: 'ITF',
    'format-description': 'https://apalache-mc.org/docs/adr/015adr-trace.html',
    description: `regency run of seed ${scenario.seed} in ${scenario.environment}, digest ${digest}; time and until in microseconds`,
  };
  return `${JSON.stringify({ '#meta': meta, vars: VARS, states })}\n`;

  function take(note: Note, node: string): void {
    if (note.what === 'believes')
      believed.set(String(note.handle), [node, Number(note.units), Math.trunc(Number(note.until))]);
    else if (note.what === 'believes no more') believed.delete(String(note.handle));
    else if (note.what === 'process gone') {
      for (const [handle, [client]] of believed) if (client === node) believed.delete(handle);
    } else if (note.what === 'violated') violated.add(String(note.property));
  }
}

function whole(value: number): { readonly '#bigint': string } {
  return { '#bigint': String(value) };
}
