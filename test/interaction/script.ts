// An interaction script as text: a title (`# A sentence. [§6, §7]`), then blocks of commands, a line `----`, and what
// running them printed; lines of prose begin with `#`. Reading and writing keep everything but the expectations as it is.

/** Where a line of expectations was not printed, one stands all the same: silence is an observation too. */
export const SILENCE = '(nothing)';

const DIVIDER = '----';

export interface Block {
  readonly commands: readonly string[];
  readonly expected: readonly string[];
  /** Number of the first command's line, from 1. */
  readonly line: number;
}

/** Prose and blank lines between blocks are kept as they are. */
export type Piece =
  | { readonly kind: 'prose'; readonly line: string }
  | { readonly kind: 'block'; readonly block: Block };

export interface Script {
  /** The sentence that the script shows. */
  readonly title: string;
  /** The sections of PROTOCOL.md that the title cites. */
  readonly sections: readonly number[];
  readonly pieces: readonly Piece[];
}

/** Throws when the text is no script: that is a mistake of whoever wrote it. */
export function parseScript(text: string): Script {
  const lines = text.replace(/\n$/, '').split('\n');
  const heading = headingOf(lines);
  const cited = /^(.*\.) \[(§\d+(?:, §\d+)*)\]$/.exec(heading);
  if (cited === null)
    throw new Error(`a script begins with "# A sentence. [§6, §7]", this one with "${heading}"`);
  return {
    title: cited[1]!,
    sections: cited[2]!.split(', ').map((section) => Number(section.slice(1))),
    pieces: piecesOf(lines),
  };
}

/** The title may go over several lines, up to the first line that does not begin with `#`, or to the citation. */
function headingOf(lines: readonly string[]): string {
  const heading: string[] = [];
  for (const line of lines) {
    if (!line.startsWith('#')) break;
    heading.push(line.slice(1).trim());
    if (line.endsWith(']')) break;
  }
  return heading.join(' ');
}

function piecesOf(lines: readonly string[]): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at]!;
    if (line === '' || line.startsWith('#')) {
      pieces.push({ kind: 'prose', line });
      at++;
      continue;
    }
    const commands = untilLine(lines, at, DIVIDER);
    if (at + commands.length >= lines.length) throw new Error(`line ${at + 1}: the block has no ${DIVIDER}`);
    const expected = untilLine(lines, at + commands.length + 1, '');
    pieces.push({ kind: 'block', block: { commands, expected, line: at + 1 } });
    at += commands.length + 1 + expected.length;
  }
  return pieces;
}

function untilLine(lines: readonly string[], from: number, end: string): string[] {
  const found = lines.indexOf(end, from);
  return lines.slice(from, found < 0 ? lines.length : found);
}

/** The script's text with `outputs` in place of its expectations, one list for each block. */
export function printScript(script: Script, outputs: readonly (readonly string[])[]): string {
  const lines: string[] = [];
  let next = 0;
  for (const piece of script.pieces) {
    if (piece.kind === 'prose') lines.push(piece.line);
    else lines.push(...piece.block.commands, DIVIDER, ...outputs[next++]!);
  }
  return `${lines.join('\n')}\n`;
}
