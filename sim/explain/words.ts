// Recorded events in words, for people who know the pool but not this run.

import { electionRoundOf, ownerOf } from '../../src/core/ids.ts';
import type { Note, NoteName, RecordedEvent } from './recording.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What happens often and says little. */
const PLAIN: Readonly<Partial<Record<NoteName, (note: Fields) => string>>> = {
  sent: (note) => `sends ${messageText(note)} to ${note.to}`,
  lost: (note) => `… which is lost on its way to ${note.to}`,
  received: (note) => `receives ${messageText(note)} from ${note.from}`,
  asked: (note) => `is asked by ${note.from}: ${note.call} of ${handleText(note)}`,
  answered: (note) => `answers ${note.to}: ${note.code} to ${note.call} of ${handleText(note)}`,
  learned: (note) => `is answered by ${note.from}: ${note.code} to ${note.call} of ${handleText(note)}`,
  called: (note) =>
    `calls ${note.call}${note.handle === null ? ` for ${unitsText(note)}` : ` of ${handleText(note)}`}`,
  returned: (note) => `its ${note.call} of ${handleText(note)} returns ${note.code}`,
  believes: (note) =>
    `believes to hold ${handleText(note)}, ${unitsText(note)}, until ${secondsText(note.until as number)}`,
  'believes no more': (note) => `does not believe any more to hold ${handleText(note)}`,
  'process gone': () => 'its process is gone',
  booted: () => 'starts',
  crashed: () => 'dies',
  synced: (note) => `has ${positionText(note.position)} on its disk`,
  'clock changed': (note) =>
    `its clocks: monotonic ${note.monotonicPpm} ppm, wall ${note.wallPpm} ppm${note.isSuspended === true ? ', asleep' : ''}`,
  'fault begins': (note) => `fault: ${note.text}`,
  'fault ends': (note) => `over: ${note.text}`,
  'core begins': (note) => `from now on the core is whole: ${(note.core as string[]).join(' ')}`,
  granted: (note) => `grants ${handleText(note)}, ${unitsText(note)}, to ${note.owner}`,
  ended: (note) => `ends ${handleText(note)}: ${note.reason}`,
  'took over': (note) =>
    `leads in ${termText(note.term)}${note.viaHandOver === true ? ', which was handed over' : ''}`,
  'stepped down': (note) => `steps down in ${termText(note.term)}: ${note.reason}`,
  elected: (note) => `is elected in ${termText(note.term)}, from ${positionText(note.adopted)}`,
  reached: (note) => `reached: ${note.label}`,
  violated: (note) => String(note.reason),
};

/** What judges say. */
const OF_NOBODY: ReadonlySet<NoteName> = new Set(['reached', 'violated']);

/** `s1 grants handle …`; notes of the protocol by their kind and fields. */
export function noteText(note: Note, node: string): string {
  const who = (note.node as string | undefined) ?? node;
  const said = PLAIN[note.what]?.(note) ?? `${note.what}${fieldsText(note)}`;
  return who === '' || OF_NOBODY.has(note.what) ? said : `${who} ${said}`;
}

/** What an event is, in a few words. */
export function eventText(event: RecordedEvent): string {
  const first =
    event.notes.find(({ what }) => !['sent', 'lost', 'clock changed', 'reached'].includes(what)) ??
    event.notes[0];
  if (first !== undefined && !OF_NOBODY.has(first.what)) return noteText(first, event.node ?? '');
  const from = event.from === undefined ? '' : ` from ${event.from}`;
  return `${event.node === undefined ? '' : `${event.node} `}${event.kind}${from}`;
}

export function secondsText(at: number): string {
  return `${(at / 1e6).toFixed(6)} s`;
}

function termText(term: unknown): string {
  return typeof term !== 'number' || term === 0
    ? 'no term'
    : `term ${electionRoundOf(term)} of s${ownerOf(term) + 1}`;
}

function positionText(position: unknown): string {
  if (typeof position !== 'object' || position === null) return 'nothing';
  const { term, index } = position as { readonly term: number; readonly index: number };
  return `position (${electionRoundOf(term)}, ${index})`;
}

function messageText({ message, term, round }: Fields): string {
  const of = typeof term === 'number' && term > 0 ? ` of ${termText(term)}` : '';
  return `${message}${round === undefined ? '' : ` ${round}`}${of}`;
}

function handleText({ handle }: Fields): string {
  return typeof handle === 'string' ? `handle ${handle.slice(0, 8)}` : 'no handle';
}

function unitsText({ units, key }: Fields): string {
  return `${units} unit${units === 1 ? '' : 's'} of ${String(key).split('|')[0]}`;
}

function fieldsText(note: Note): string {
  const texts = Object.entries(note).flatMap(([name, value]) => {
    if (['what', 'node', 'tokens', 'hash'].includes(name) || value === undefined) return [];
    if (name === 'handle') return [handleText(note)];
    if (name === 'term') return [termText(value)];
    if (['position', 'adopted', 'before'].includes(name)) return [positionText(value)];
    return [`${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`];
  });
  return texts.length === 0 ? '' : `: ${texts.join(', ')}`;
}
