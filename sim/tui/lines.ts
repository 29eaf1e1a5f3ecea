// Lines of styled text, and how they are cut and put together. A style is a meaning; colours come last, and none carries it alone.

export type Style = 'plain' | 'dim' | 'bold' | 'chosen' | 'good' | 'bad' | 'warn' | 'accent';

export interface Piece {
  readonly text: string;
  readonly style: Style;
}

export type Line = readonly Piece[];

export function piece(text: string, style: Style = 'plain'): Piece {
  return { text, style };
}

export function line(text: string, style: Style = 'plain'): Line {
  return [piece(text, style)];
}

export function widthOf(pieces: Line): number {
  return pieces.reduce((sum, { text }) => sum + text.length, 0);
}

/** Exactly that wide: cut with an ellipsis, or filled with blanks. */
export function fitted(pieces: Line, width: number): Line {
  const length = widthOf(pieces);
  if (length === width) return pieces;
  if (length < width) return [...pieces, piece(' '.repeat(width - length))];
  const kept: Piece[] = [];
  let left = width - 1;
  for (const { text, style } of pieces) {
    if (left <= 0) break;
    kept.push(piece(text.slice(0, left), style));
    left -= text.length;
  }
  return width <= 0 ? [] : [...kept, piece('…', 'dim')];
}

/** One at the left edge, one at the right; the left one is cut. */
export function spread(left: Line, right: Line, width: number): Line {
  const room = width - widthOf(right);
  return room < 1 ? fitted(right, width) : [...fitted(left, room), ...right];
}

/** Neighbours of one style become one piece. */
export function cells(characters: readonly string[], styles: readonly Style[]): Line {
  const pieces: Piece[] = [];
  let text = '';
  for (let at = 0; at < characters.length; at++) {
    text += characters[at]!;
    if (at + 1 === characters.length || styles[at + 1] !== styles[at]) {
      pieces.push(piece(text, styles[at]!));
      text = '';
    }
  }
  return pieces;
}

export function textOf(pieces: Line): string {
  return pieces.map(({ text }) => text).join('');
}
