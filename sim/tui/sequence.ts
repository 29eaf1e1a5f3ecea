// The sequence around the cursor: time downwards, a column for each node, an arrow for each message, and what happened in words.

import type { RecordedEvent } from '../explain/recording.ts';
import { eventText, noteText } from '../explain/words.ts';
import { describeMove } from '../scenario/moves.ts';
import { cells, fitted, type Line, line, piece, type Style } from './lines.ts';
import type { Film, Model } from './model.ts';
import { matches, wantedIn } from './search.ts';

const COLUMN = 4;
const TIME = 13;
/** What the event at the cursor did is listed below it, up to so many lines. */
const MOST_NOTES = 5;
const LEAST_TEXT = 34;

/** `cursor` = the id around which it is drawn, which need not be the model's own: another run has other ids. */
export function sequenceOf(
  model: Model,
  film: Film,
  cursor: number,
  width: number,
  height: number,
  hasColumns: boolean,
): Line[] {
  const nodes = hasColumns ? nodesFor(film, cursor, width) : [];
  const head = nodes.length > 0 ? [headOf(nodes)] : [];
  const indent = nodes.length * COLUMN;
  const notes = notesOf(film.events[cursor - 1], indent, Math.min(MOST_NOTES, height >> 2));
  const rows: Line[] = [];
  let cursorRow = 0;
  for (const id of idsAround(model, film, cursor, height - head.length - notes.length)) {
    const event = film.events[id - 1]!;
    const isAt = id === cursor;
    const isPale = model.past !== null && !model.past.has(id);
    rows.push(...movesBefore(film, id, indent));
    if (isAt) cursorRow = rows.length;
    rows.push(rowOf(event, nodes, isAt, isPale));
    if (isAt) rows.push(...notes);
  }
  if (rows.length === 0) rows.push(line('  nothing has happened yet', 'dim'));
  // Moves take room that the events were promised: the earliest make it.
  const tooMany = Math.max(0, rows.length + head.length - height);
  const shown = rows.slice(Math.min(tooMany, Math.max(0, cursorRow - 1)));
  return [...head, ...shown].slice(0, height).map((row) => fitted(row, width));
}

export function timeText(at: number): string {
  const micros = String(at % 1000).padStart(3, '0');
  const millis = String(Math.floor(at / 1000) % 1000).padStart(3, '0');
  return `${Math.floor(at / 1e6)}.${millis} ${micros}`;
}

function rowOf(event: RecordedEvent, nodes: readonly string[], isAt: boolean, isPale: boolean): Line {
  const isViolation = event.notes.some(({ what }) => what === 'violated');
  const isFault = event.node === undefined;
  const style: Style = isPale ? 'dim' : isViolation ? 'bad' : isFault ? 'warn' : isAt ? 'bold' : 'plain';
  const mark = isViolation ? '✗' : isAt ? '▶' : ' ';
  return [
    piece(mark, isViolation ? 'bad' : 'bold'),
    piece(timeText(event.at).padStart(TIME - 1), isAt ? 'bold' : 'dim'),
    piece(' '),
    ...diagramOf(event, nodes, style),
    piece(` ${eventText(event)}`, style),
  ];
}

/** Lifelines, and upon them the message that arrives or what a node does by itself. */
function diagramOf({ node, from }: RecordedEvent, nodes: readonly string[], style: Style): Line {
  if (nodes.length === 0) return [];
  const characters: string[] = [];
  const styles: Style[] = [];
  for (let at = 0; at < nodes.length * COLUMN; at++) {
    characters.push(at % COLUMN === 1 ? '│' : ' ');
    styles.push('dim');
  }
  const put = (at: number, character: string): void => {
    characters[at] = character;
    styles[at] = style;
  };
  const end = node === undefined ? -1 : nodes.indexOf(node) * COLUMN + 1;
  const begin = from === undefined ? -1 : nodes.indexOf(from) * COLUMN + 1;
  if (end > 0 && begin > 0 && begin !== end) {
    const step = begin < end ? 1 : -1;
    for (let at = begin + step; at !== end; at += step) put(at, '─');
    put(begin, step === 1 ? '├' : '┤');
    put(end, step === 1 ? '▶' : '◀');
  } else if (end > 0) put(end, from === undefined ? '●' : '▶');
  return cells(characters, styles);
}

function notesOf(event: RecordedEvent | undefined, indent: number, most: number): Line[] {
  if (event === undefined) return [];
  const first = eventText(event);
  const texts = event.notes.map((note) => noteText(note, event.node ?? '')).filter((text) => text !== first);
  const shown = texts.length > most ? texts.slice(0, most - 1) : texts;
  const rows = shown.map((text) => line(`${' '.repeat(TIME + 1 + indent)}  ${text}`, 'accent'));
  if (texts.length > shown.length && most > 0) {
    rows.push(line(`${' '.repeat(TIME + 1 + indent)}  … and ${texts.length - shown.length} more`, 'dim'));
  }
  return rows;
}

/** What a hand that steers the run did between the event before and this one. */
function movesBefore({ timeline, scenario }: Film, id: number, indent: number): Line[] {
  const moves = timeline.moves.get(id) ?? [];
  return moves.map((move) =>
    line(
      `${'move '.padStart(TIME + 1)}${' '.repeat(indent)} ${describeMove(move, scenario.servers)}`,
      'warn',
    ),
  );
}

function headOf(nodes: readonly string[]): Line {
  return line(' '.repeat(TIME + 1) + nodes.map((node) => ` ${node}`.padEnd(COLUMN)).join(''), 'bold');
}

/** All of them if there is room, else the servers, else the two of the event. */
function nodesFor(film: Film, cursor: number, width: number): readonly string[] {
  const { servers, clients } = film.timeline;
  const room = Math.floor((width - TIME - LEAST_TEXT) / COLUMN);
  if (servers.length + clients.length <= room) return [...servers, ...clients];
  const event = film.events[cursor - 1];
  const touched = [event?.from, event?.node].filter((node) => node !== undefined);
  const wanted = new Set([...(servers.length <= room ? servers : []), ...touched]);
  const near = clients.filter((client) => wanted.has(client));
  const shown = [...servers.filter((server) => wanted.has(server)), ...near];
  return shown.length <= room ? shown : [];
}

/** Those that the filter lets through, the cursor about in the middle. */
function idsAround(model: Model, film: Film, cursor: number, rows: number): number[] {
  const before: number[] = [];
  const after: number[] = [];
  const wanted = wantedIn(model.filter);
  const isShown = (id: number): boolean =>
    model.filter === '' || id === cursor || matches(film.events[id - 1]!, wanted);
  for (let id = cursor; id >= 1 && before.length < rows; id--) if (isShown(id)) before.push(id);
  for (let id = cursor + 1; id <= film.events.length && after.length < rows; id++) {
    if (isShown(id)) after.push(id);
  }
  const below = Math.max(Math.floor(rows / 3), rows - before.length);
  const kept = after.slice(0, below);
  return [...before.slice(0, rows - kept.length).reverse(), ...kept];
}
