// A line of a text cut into words. Spaces and tabs part words, but not inside "…"; a word that begins with # begins
// a comment. What the words mean is not known here.

import type { Complaints, Place } from './complaint.ts';
import { escaped, quoted } from './complaint.ts';

export interface Word extends Place {
  readonly text: string;
}

export interface Line {
  readonly words: readonly Word[];
  /** Just behind the last word: where a missing word would have stood. */
  readonly end: Place;
}

/** `name=value`, the value without its quotes. */
export interface Pair {
  readonly name: Word;
  readonly value: Word;
}

export const LONGEST_LINE = 1000;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this looks for
const UNWELCOME = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\ufeff]|\p{Surrogate}/u;

/** Null, and one complaint, when the line cannot be cut into words. */
export function cutIntoWords(text: string, line: number, complaints: Complaints): Line | null {
  if (text.length > LONGEST_LINE) {
    const end = { line, column: LONGEST_LINE + 1 };
    complaints.add(end, `a line of at most ${LONGEST_LINE} characters`, `${text.length} characters`);
    return null;
  }
  const unwelcome = UNWELCOME.exec(text);
  if (unwelcome !== null) {
    const place = { line, column: unwelcome.index + 1 };
    complaints.add(place, 'only characters that can be seen, spaces and tabs', escaped(unwelcome[0]));
    return null;
  }
  const words: Word[] = [];
  let at = 0;
  for (;;) {
    while (isBlank(text[at])) at++;
    if (at >= text.length || text[at] === '#') break;
    const end = endOfWord(text, at);
    if (end === null) {
      complaints.add({ line, column: at + 1 }, 'a closing quotation mark', quoted(text.slice(at)));
      return null;
    }
    words.push({ text: text.slice(at, end), line, column: at + 1 });
    at = end;
  }
  const last = words.at(-1);
  return { words, end: { line, column: last === undefined ? 1 : last.column + last.text.length } };
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

/** Null when a quotation mark is not closed. */
function endOfWord(text: string, from: number): number | null {
  let isQuoted = false;
  let at = from;
  for (; at < text.length && (isQuoted || !isBlank(text[at])); at++) {
    if (text[at] === '"') isQuoted = !isQuoted;
  }
  return isQuoted ? null : at;
}

/** Null when the word is no `name=value`. */
export function pairOf(word: Word): Pair | null {
  const equals = word.text.indexOf('=');
  if (equals < 1) return null;
  const raw = word.text.slice(equals + 1);
  const inQuotes = /^"([^"]*)"$/.exec(raw);
  const column = word.column + equals + 1;
  return {
    name: { text: word.text.slice(0, equals), line: word.line, column: word.column },
    value:
      inQuotes === null
        ? { text: raw, line: word.line, column }
        : { text: inQuotes[1]!, line: word.line, column },
  };
}
