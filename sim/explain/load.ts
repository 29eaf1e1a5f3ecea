// The text of a `trace.ndjson` → a recorded run, or the reason why not. It may come from anywhere: every field that is put into
// words or drawn is of the kind that the recorder writes, and there is a bound to everything. Never throws.

import { z } from 'zod';
import { complaintOf } from '../scenario/complaint.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { type RecordedEvent, type Recording, TRACE_SCHEMA } from './recording.ts';

export type LoadedRecording =
  | { readonly ok: true; readonly recording: Recording }
  | { readonly ok: false; readonly reason: string };

export const MOST_TRACE_CHARACTERS = 256_000_000;
const MOST_EVENTS = 500_000;

const text = z.string().max(10_000);
const nodeName = z.string().regex(/^[sc]\d{1,5}$/);
const time = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const position = z.looseObject({ term: z.int().min(0), index: z.int().min(0) }).nullable();
const tokens = z.looseObject({ mine: z.number(), previous: z.number(), free: z.number() });

/** What views read; a note has those of its kind, and any others that nobody reads. */
const FIELDS = {
  node: nodeName,
  to: nodeName,
  from: nodeName,
  nodes: z.array(nodeName).max(2000),
  core: z.array(nodeName).max(100),
  handle: z.string().max(64).nullable(),
  key: z.string().max(200),
  units: z.number(),
  until: z.number(),
  term: z.number().min(0),
  position: position,
  adopted: position,
  before: position,
  fault: z.int(),
  kind: text,
  text: text,
  reason: text,
  property: text,
  call: text,
  code: text,
  owner: text,
  message: text,
  wall: z.number(),
  wallPpm: z.number(),
  monotonicPpm: z.number(),
  number: z.int(),
} as const;

type Field = keyof typeof FIELDS;

/** Without these a note of that kind says nothing. */
const NEEDED: Readonly<Record<string, readonly Field[]>> = {
  sent: ['to', 'message'],
  received: ['from', 'message'],
  lost: ['to'],
  asked: ['from', 'call', 'handle'],
  answered: ['to', 'call', 'handle', 'code'],
  learned: ['from', 'call', 'handle', 'code'],
  called: ['number', 'call', 'key', 'units', 'handle'],
  returned: ['number', 'call', 'handle', 'code'],
  believes: ['handle', 'key', 'units', 'until'],
  'believes no more': ['handle'],
  granted: ['handle', 'key', 'units', 'owner'],
  ended: ['handle', 'key', 'units', 'reason'],
  'took over': ['term'],
  'clock changed': ['wall', 'wallPpm', 'monotonicPpm'],
  'fault begins': ['fault', 'kind', 'text', 'nodes'],
  'fault ends': ['fault', 'kind', 'text', 'nodes'],
  'core begins': ['core'],
  violated: ['property', 'reason'],
};

/** Of some notes a field means something else. */
const note = z
  .looseObject({ what: z.string().min(1).max(64), node: nodeName.optional() })
  .superRefine((fields, context) => {
    const seen = fields as Readonly<Record<string, unknown>>;
    const check = (field: Field): void => {
      const parsed = FIELDS[field].safeParse(seen[field]);
      if (parsed.success) return;
      context.addIssue({ code: 'custom', path: [field], message: `what "${fields.what}" has there` });
    };
    for (const field of NEEDED[fields.what] ?? []) check(field);
    for (const field of ['handle', 'term', 'position', 'adopted', 'before'] as const)
      if (seen[field] !== undefined) check(field);
    if (fields.what === 'took over' && !z.record(z.string(), tokens).safeParse(seen.tokens ?? {}).success)
      context.addIssue({ code: 'custom', path: ['tokens'], message: 'what "took over" has there' });
  });

const event = z.object({
  id: z.int().min(1),
  at: time,
  kind: z.string().min(1).max(64),
  node: nodeName.optional(),
  from: nodeName.optional(),
  bytes: z.int().min(0).optional(),
  content: z.int().optional(),
  cause: z.int().min(0),
  notes: z.array(note).max(10_000),
});

const head = z.object({
  schema: z.literal(TRACE_SCHEMA),
  servers: z.int(),
  clients: z.int(),
  events: z.int().min(0),
  digest: z.string().max(64),
  violations: z
    .array(z.object({ property: text, reason: text, pattern: text, at: time, event: z.int().min(0) }))
    .max(100),
});

/** `scenario` is the one that was run. */
export function loadRecording(all: string, scenario: Scenario): LoadedRecording {
  if (all.length > MOST_TRACE_CHARACTERS) return no(`longer than ${MOST_TRACE_CHARACTERS} characters`);
  const lines = all.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (lines.length > MOST_EVENTS + 1) return no(`more than ${MOST_EVENTS} events`);
  const first = parsedLine(lines[0] ?? '', head);
  if (!first.ok) return no(`line 1: ${first.reason}`);
  const { servers, clients, digest, violations } = first.value;
  if (servers !== scenario.servers || clients !== scenario.clients.length)
    return no(
      `line 1: expected the run of the scenario beside it, ${scenario.servers} servers and ${scenario.clients.length} clients, saw ${servers} and ${clients}`,
    );
  const events: RecordedEvent[] = [];
  let before = 0;
  for (let id = 1; id < lines.length; id++) {
    const read = parsedLine(lines[id]!, event);
    if (!read.ok) return no(`line ${id + 1}: ${read.reason}`);
    const { value } = read;
    if (value.id !== id) return no(`line ${id + 1}: expected event ${id}, saw ${value.id}`);
    if (value.cause >= id)
      return no(`line ${id + 1}: expected a cause before event ${id}, saw ${value.cause}`);
    if (value.at < before) return no(`line ${id + 1}: expected a time from ${before} on, saw ${value.at}`);
    before = value.at;
    events.push(value as RecordedEvent);
  }
  if (events.length !== first.value.events)
    return no(`expected ${first.value.events} events, as its first line says, saw ${events.length}`);
  return { ok: true, recording: { scenario, events, digest, violations } };
}

type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: string };

function parsedLine<Value>(line: string, shape: z.ZodType<Value>): Parsed<Value> {
  let data: unknown;
  try {
    data = JSON.parse(line);
  } catch {
    return { ok: false, reason: 'not JSON' };
  }
  const parsed = shape.safeParse(data);
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, reason: complaintOf(parsed.error.issues[0]!, data) };
}

function no(reason: string): LoadedRecording {
  return { ok: false, reason };
}
