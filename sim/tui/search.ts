// What is searched for, or let through: a text that an event's words contain, and what is asked of single parts of it, such as
// `node:s2 kind:wake handle:77dc lost`.

import type { RecordedEvent } from '../explain/recording.ts';
import { eventText, noteText } from '../explain/words.ts';

export interface Wanted {
  /** Small letters; '' = any. */
  readonly text: string;
  readonly parts: readonly (readonly [Part, string])[];
}

const PARTS = {
  /** Who handles it, who sent it, or whom a fault strikes. */
  node: ({ node, from, notes }: RecordedEvent, value: string): boolean =>
    node === value ||
    from === value ||
    notes.some((note) => note.node === value || (Array.isArray(note.nodes) && note.nodes.includes(value))),
  /** Of the event, or of something that was done in it. */
  kind: ({ kind, notes }: RecordedEvent, value: string): boolean =>
    kind.toLowerCase().includes(value) || notes.some(({ what }) => what.toLowerCase().includes(value)),
  handle: ({ notes }: RecordedEvent, value: string): boolean =>
    notes.some(({ handle }) => typeof handle === 'string' && handle.startsWith(value)),
} as const;

type Part = keyof typeof PARTS;

const PART = /(?<!\S)(node|kind|handle):(\S+)\s*/g;

/** In whatever order; what names no part is one text, blanks included. */
export function wantedIn(typed: string): Wanted {
  const parts: [Part, string][] = [];
  const text = typed.toLowerCase().replace(PART, (_, part: Part, value: string) => {
    parts.push([part, value]);
    return '';
  });
  return { text: parts.length === 0 ? text : text.trim(), parts };
}

export function matches(event: RecordedEvent, { text, parts }: Wanted): boolean {
  return parts.every(([part, value]) => PARTS[part](event, value)) && (text === '' || hasText(event, text));
}

/** Its kind, its node, its notes' names, handles, codes: whatever the words of it contain. */
function hasText(event: RecordedEvent, text: string): boolean {
  if (`${event.kind} ${event.node ?? ''}`.toLowerCase().includes(text)) return true;
  if (eventText(event).toLowerCase().includes(text)) return true;
  return event.notes.some((note) =>
    noteText(note, event.node ?? '')
      .toLowerCase()
      .includes(text),
  );
}
