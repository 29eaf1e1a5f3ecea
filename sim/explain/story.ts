// What led to a violation: of everything in its causal past what changed who leads, who holds what, and who is cut off or down; and
// the chain of single events at whose end it stands.

import type { Violation } from '../outcome.ts';
import type { Note, NoteName, RecordedEvent, Recording } from './recording.ts';
import { eventText, noteText, secondsText } from './words.ts';

export interface StoryLine {
  readonly id: number;
  readonly at: number;
  readonly text: string;
}

/** Steps of the chain from the violation back. */
const MOST_STEPS = 16;

/** What a reader wants to know of; the rest is traffic. */
const WORTH_TELLING: ReadonlySet<NoteName> = new Set([
  'fault begins',
  'fault ends',
  'core begins',
  'booted',
  'crashed',
  'process gone',
  'took over',
  'stepped down',
  'granted',
  'ended',
  'expired',
  'soft limit exceeded',
  'soft limit kept',
  'mark lowered',
  'purged',
  'admitted',
  'store lost',
  'discarded',
  'joined',
  'file accepted',
  'file refused',
  'file installed',
  'edit lost',
  'change prepared',
  'change joint',
  'change done',
  'retired',
  'founds',
  'formed',
  'quarantine ended',
  'disk full',
  'disk has room',
  'froze',
  'hand-over sent',
  'hand-over aborted',
  'called',
  'returned',
  'believes',
  'believes no more',
  'violated',
]);

/** The event at which a violation was seen; of one that shows only at the end, the last. */
export function eventOf({ events }: Recording, { event }: Violation): RecordedEvent | undefined {
  return events[Math.min(event, events.length) - 1];
}

/** Ids of events. As a set of numbers, that of a long run took longer to make than a screen to draw. */
export interface Past {
  has(id: number): boolean;
}

/** All events that may have had to do with that one: what asked for it, what its node went through before, and so on. */
export function pastOf(events: readonly RecordedEvent[], last: RecordedEvent): Past {
  const isPast = new Uint8Array(last.id + 1);
  isPast[last.id] = 1;
  const nodes = nodesOf(last);
  // Backwards once: whatever is in the past pulls in its cause, and from there on all that its nodes went through.
  for (let id = last.id; id > 0; id--) {
    const event = events[id - 1]!;
    if (isPast[id] === 0 && !touchesAny(event, nodes)) continue;
    isPast[id] = 1;
    isPast[event.cause] = 1;
    addNodes(event, nodes);
  }
  return { has: (id) => isPast[id] === 1 && id > 0 };
}

export function storyOf(recording: Recording, violation: Violation): StoryLine[] {
  const last = eventOf(recording, violation);
  if (last === undefined) return [];
  const past = pastOf(recording.events, last);
  const handles = [...violation.reason.matchAll(/\bhandle ([0-9a-f]{8})\b/g)].map((match) => match[1]!);
  const believed = new Set<string>();
  const lines: StoryLine[] = [];
  for (const event of recording.events.slice(0, last.id)) {
    for (const note of event.notes) {
      if (!WORTH_TELLING.has(note.what) || !(past.has(event.id) || isOfFault(note))) continue;
      if (note.what === 'booted' && event.at === 0) continue;
      if (!isAbout(note, handles) || isProlonged(note, believed)) continue;
      if (note.what === 'violated' && note.reason !== violation.reason) continue;
      lines.push({ id: event.id, at: event.at, text: noteText(note, event.node ?? '') });
    }
  }
  return lines;
}

/** From the violation back: each event was asked for by the one below it. */
export function chainOf(recording: Recording, violation: Violation): StoryLine[] {
  const lines: StoryLine[] = [];
  let event = eventOf(recording, violation);
  while (event !== undefined && lines.length < MOST_STEPS) {
    lines.push({ id: event.id, at: event.at, text: eventText(event) });
    event = event.cause === 0 ? undefined : recording.events[event.cause - 1];
  }
  return lines;
}

export function lineText({ id, at, text }: StoryLine): string {
  return `${secondsText(at).padStart(14)}  #${String(id).padEnd(6)} ${text}`;
}

function nodesOf(event: RecordedEvent): Set<string> {
  const nodes = new Set<string>();
  addNodes(event, nodes);
  return nodes;
}

function addNodes({ node, notes }: RecordedEvent, nodes: Set<string>): void {
  if (node !== undefined) nodes.add(node);
  for (const note of notes) {
    if (typeof note.node === 'string') nodes.add(note.node);
    if (isOfFault(note)) for (const struck of note.nodes as string[]) nodes.add(struck);
  }
}

function touchesAny({ node, notes }: RecordedEvent, nodes: ReadonlySet<string>): boolean {
  if (node !== undefined && nodes.has(node)) return true;
  for (const note of notes) {
    if (typeof note.node === 'string' && nodes.has(note.node)) return true;
    if (isOfFault(note) && (note.nodes as string[]).some((struck) => nodes.has(struck))) return true;
  }
  return false;
}

function isOfFault({ what }: Note): boolean {
  return what === 'fault begins' || what === 'fault ends';
}

/** When the violation names handles, what befalls others is left out. */
function isAbout({ what, handle }: Note, handles: readonly string[]): boolean {
  if (typeof handle !== 'string') return what !== 'called' || handles.length === 0;
  return handles.length === 0 || handles.some((each) => handle.startsWith(each));
}

function isProlonged({ what, handle }: Note, believed: Set<string>): boolean {
  if (what !== 'believes') return false;
  const isKnown = believed.has(handle as string);
  believed.add(handle as string);
  return isKnown;
}
