// What is wrong with a text, and where: one complaint per place, up to twenty, so that a file is mended in one go.

/** A place in a text. Both count from 1; columns count UTF-16 units, and the end of a line is a place too. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface Complaint extends Place {
  readonly expected: string;
  readonly seen: string;
}

/** < 0, 0, > 0 as `a` stands before, at or behind `b`. */
export function comparePlaces(a: Place, b: Place): number {
  return a.line - b.line || a.column - b.column;
}

export const MOST_COMPLAINTS = 20;

export class Complaints {
  readonly list: Complaint[] = [];

  get isFull(): boolean {
    return this.list.length >= MOST_COMPLAINTS;
  }

  add({ line, column }: Place, expected: string, seen: string): void {
    if (!this.isFull) this.list.push({ line, column, expected, seen });
  }
}

const LONGEST_SHOWN = 40;

/** A piece of the text inside a complaint: in quotes, shortened, and safe to print on a terminal. */
export function quoted(seen: string): string {
  const isLong = seen.length > LONGEST_SHOWN;
  const shown = isLong ? `${seen.slice(0, LONGEST_SHOWN - 1)}…` : seen;
  return `"${shown.replace(/\p{C}/gu, escaped)}"`;
}

/** A character that cannot be seen, by its number: `U+0000`. */
export function escaped(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}
