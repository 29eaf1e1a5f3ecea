// The whole screen as lines: header, overview, sequence, the selected node, and what the keys do. Pure: the same model and the same
// runs give the same lines.

import { grouped } from '../campaign/numbers.ts';
import type { Violation } from '../outcome.ts';
import { HELP } from './help.ts';
import { fitted, type Line, line, piece, spread, textOf } from './lines.ts';
import { type Branch, type Film, idAt, type Model, timeOf } from './model.ts';
import { changedFields, type NodeView } from './node-view.ts';
import { faultRows, LEGEND, levelRows, overviewOf } from './overview.ts';
import { sequenceOf, timeText } from './sequence.ts';

export interface Screen {
  readonly columns: number;
  readonly rows: number;
}

/** The run on the screen, with its verdict as far as it is known. */
export interface Shown {
  readonly film: Film;
  readonly violations: readonly Violation[];
  readonly names: Readonly<Record<string, string>>;
  /** The selected node after the event at the cursor, and before it. */
  readonly node: NodeView | null;
  readonly nodeBefore: NodeView | null;
  readonly branch: (Branch & { readonly violations: readonly Violation[] }) | null;
}

export const LEAST: Screen = { columns: 60, rows: 18 };

const KEYS = '←→ event ⇥ node  f fault e leader v violation  w why x what if  i ? q';
const MORE_KEYS =
  '←→ event  ↑↓ of this node  ⇧←→ second  ⇥ node  f fault  e leader  t grant  v violation  w why  x what if  / find  ? q';

const SIDE = 36;
const WIDE = 104;
const NARROW = 72;

export function frameOf(model: Model, shown: Shown, screen: Screen): Line[] {
  const { columns, rows } = screen;
  const tooSmall = tooSmallFor(screen);
  if (tooSmall !== null) return tooSmall;
  const head = headOf(model, shown, columns);
  const foot = footOf(model, columns);
  const height = rows - head.length - foot.length;
  const body =
    model.panel === 'help' || model.panel === 'legend'
      ? padded(helpLines(model.panel, columns), columns, height)
      : bodyOf(model, shown, columns, height);
  return [...head, ...body, ...foot].slice(0, rows);
}

/** Null: there is room. */
export function tooSmallFor({ columns, rows }: Screen): Line[] | null {
  if (columns >= LEAST.columns && rows >= LEAST.rows) return null;
  const text = `The window is ${columns}×${rows}; ${LEAST.columns}×${LEAST.rows} are needed.`;
  return [line(text.slice(0, columns))];
}

/** For tests and pictures. */
export function plainText(lines: readonly Line[]): string {
  return lines.map((each) => textOf(each).trimEnd()).join('\n');
}

function headOf(model: Model, { film, violations, names, branch }: Shown, width: number): Line[] {
  const { scenario, events, isOver } = film;
  const size = `${scenario.servers} servers · ${scenario.clients.length} clients · `;
  const what = ` seed ${scenario.seed} · ${width < NARROW ? '' : size}${scenario.environment}`;
  const where = `event ${grouped(model.cursor)} / ${grouped(events.length)}${isOver ? '' : '…'}  ${timeText(timeOf(film, model.cursor))} s  `;
  const [first] = violations;
  const verdict =
    first !== undefined
      ? piece(`✗ ${first.property} ${names[first.property] ?? ''} `.replace('  ', ' '), 'bad')
      : isOver
        ? piece('✓ passed ', 'good')
        : piece('… running ', 'dim');
  const said =
    branch !== null
      ? line(` ${branch.text}: ${branchVerdict(branch)}`, 'accent')
      : first !== undefined
        ? line(` ${first.reason}`, 'bad')
        : line(isOver ? ' no property was violated' : ' the run goes on while you look', 'dim');
  return [spread([piece(what, 'bold')], [piece(where), verdict], width), fitted(said, width), rule(width)];
}

function branchVerdict({ film, partsAt, violations }: NonNullable<Shown['branch']>): string {
  const [first] = violations;
  const verdict = first !== undefined ? `✗ ${first.property}` : film.isOver ? '✓ it passes' : '… running';
  if (partsAt !== null) return `${verdict}; they part at ${timeText(partsAt)} s`;
  return film.isOver ? `${verdict}; nothing else is different` : verdict;
}

function bodyOf(model: Model, shown: Shown, columns: number, height: number): Line[] {
  const isWide = columns >= WIDE;
  const width = isWide ? columns - SIDE - 1 : columns;
  const upper = upperOf(model, shown.film, width, height);
  const below = height - upper.length - 1;
  const main = [...upper, rule(width), ...padded(lowerOf(model, shown, width, below, isWide), width, below)];
  if (!isWide) return padded(main, width, height);
  const side = padded(nodeLines(shown, SIDE), SIDE, height);
  return padded(main, width, height).map((each, at) => [...each, piece('│', 'dim'), ...side[at]!]);
}

/** The sequence keeps two fifths of the height. */
function upperOf(model: Model, film: Film, width: number, height: number): Line[] {
  if (width < NARROW) return [...overviewOf(model, film, width, 0), ...levelRows(model, film, width, 1)];
  const faults = faultRows(model, film, width, height > 24 ? 3 : 1);
  const levels = levelRows(model, film, width, height > 24 ? 2 : 1);
  const lanes = Math.floor(height * 0.6) - faults.length - levels.length - 2;
  return [...overviewOf(model, film, width, lanes), ...faults, ...levels];
}

function lowerOf(model: Model, shown: Shown, width: number, height: number, isWide: boolean): Line[] {
  if (model.choices !== null) return choiceLines(model, width);
  if (model.panel === 'node' && !isWide) return nodeLines(shown, width);
  const { film, branch } = shown;
  if (branch === null) return sequenceOf(model, film, model.cursor, width, height, width >= NARROW);
  const left = Math.floor((width - 1) / 2);
  const right = width - 1 - left;
  const there = idAt(branch.film, timeOf(film, model.cursor));
  const isOverThere = branch.film.events.length === 0;
  const apart = { ...model, past: null };
  const a = padded(sequenceOf(model, film, model.cursor, left, height - 1, false), left, height - 1);
  const b = isOverThere
    ? padded([], right, height - 1)
    : padded(sequenceOf(apart, branch.film, there, right, height - 1, false), right, height - 1);
  return [
    [
      ...fitted(line('  this run', 'bold'), left),
      piece('│', 'dim'),
      ...fitted(line(`  ${branch.heading}`, 'accent'), right),
    ],
    ...a.map((each, at) => [...each, piece('│', 'dim'), ...b[at]!]),
  ];
}

function choiceLines({ choices, choice }: Model, width: number): Line[] {
  const rows = choices!.map(({ text }, at) =>
    fitted(
      line(` ${at === choice ? '▶' : ' '} ${at + 1}  ${text}`, at === choice ? 'chosen' : 'plain'),
      width,
    ),
  );
  return [
    line(' What if …', 'bold'),
    ...rows,
    line(''),
    line(' ↑↓ Enter or a digit; anything else goes back', 'dim'),
  ];
}

/** ● marks what the event at the cursor changed. */
function nodeLines({ node, nodeBefore }: Shown, width: number): Line[] {
  if (node === null) return [line(' nothing yet', 'dim')];
  const before = nodeBefore ?? node;
  const changed = changedFields(before.fields, node.fields);
  const moved = changedFields(before.handles, node.handles);
  const mark = node.title === before.title ? ' ' : '●';
  const row = ({ name, value }: { name: string; value: string }, isChanged: boolean): Line => [
    piece(isChanged ? '●' : ' ', 'accent'),
    piece(`${name.padEnd(9)} `, 'dim'),
    piece(value, isChanged ? 'bold' : 'plain'),
  ];
  const rows: Line[] = [
    [piece(mark, 'accent'), piece(node.title, 'bold')],
    ...node.fields.map((field) => row(field, changed.has(field.name))),
  ];
  if (node.handles.length > 0)
    rows.push(line(''), ...node.handles.map((each) => row(each, moved.has(each.name))));
  return rows.map((each) => fitted(each, width));
}

function footOf(model: Model, width: number): Line[] {
  return [rule(width), fitted(footText(model, width), width)];
}

function footText({ prompt, message, filter, panel }: Model, width: number): Line {
  if (prompt !== null) {
    const asks = { find: '/', filter: 'only events with: ', time: 'time in s: ' }[prompt.kind];
    return [piece(` ${asks}`, 'bold'), piece(prompt.text), piece('▏', 'accent')];
  }
  if (message !== '') return line(` ${message}`, 'warn');
  if (panel === 'help') return line(' ? the signs, any other key goes back', 'dim');
  if (panel === 'legend') return line(' any key goes back', 'dim');
  const only = filter === '' ? '' : `only "${filter}" (Esc: all)  `;
  const keys = width < WIDE ? KEYS : MORE_KEYS;
  return line(` ${only}${keys}`, 'dim');
}

/** Both side by side where there is room. */
function helpLines(panel: 'help' | 'legend', width: number): Line[] {
  const keys = HELP.flatMap(({ question, keys }) => [
    line(` ${question}`, 'bold'),
    ...keys.map(([key, does]): Line => [piece(`   ${key.padEnd(14)}`, 'accent'), piece(does)]),
  ]);
  const legend = [line(' What the signs mean', 'bold'), ...LEGEND.map((text) => line(`   ${text}`))];
  if (width < WIDE) return panel === 'help' ? keys : legend;
  const half = Math.floor(width / 2);
  return Array.from({ length: Math.max(keys.length, legend.length) }, (_, at) => [
    ...fitted(keys[at] ?? line(''), half),
    ...fitted(legend[at] ?? line(''), width - half),
  ]);
}

function padded(lines: readonly Line[], width: number, height: number): Line[] {
  const blank = line(' '.repeat(width));
  return Array.from({ length: Math.max(0, height) }, (_, at) => fitted(lines[at] ?? blank, width));
}

function rule(width: number): Line {
  return line('─'.repeat(width), 'dim');
}
