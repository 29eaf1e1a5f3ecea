// The overview: time to the right, a lane for each server and client, what is disturbed, and the units that are believed to be held
// against the limit. The cursor stands in the middle.

import { firstAfter, type Span, type Standing } from '../explain/timeline.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { cells, fitted, type Line, piece, type Style } from './lines.ts';
import { type Film, lastingAt, type Model, nameOf, timeOf } from './model.ts';

const SHADES: Readonly<Record<Standing, readonly [string, Style, string]>> = {
  down: ['╳', 'bad', ''],
  follower: ['░', 'dim', 'F'],
  candidate: ['▒', 'warn', 'C'],
  elected: ['▓', 'warn', 'E'],
  leader: ['█', 'good', 'L'],
  frozen: ['▚', 'accent', 'Z'],
};

export const LEGEND = [
  '█ L  leads, and the round of its term',
  '▓ E  is elected, no round is confirmed yet',
  '▚ Z  leads, and is frozen for a hand-over',
  '▒ C  asks for votes',
  '░ F  follows, or waits',
  '╳    is down',
  '━    a client believes to hold a token, named by its handle',
  '╱    a fault lasts',
  '▁▂▃▄▅▆▇  units believed to be held, of the limit; ! more than the limit',
  '★    most preferred    ▼  the cursor    ●  changed by this event',
] as const;

const LABEL = 7;
const BARS = '▁▂▃▄▅▆▇';
const MOST_FAULTS = 3;

interface Window {
  readonly columns: number;
  /** True time at the left edge, µs. */
  readonly from: number;
  readonly scale: number;
  readonly cursor: number;
  readonly end: number;
}

/** `lanes` = how many lanes there is room for, beside the axis, the faults and the levels. */
export function overviewOf(model: Model, film: Film, width: number, lanes: number): Line[] {
  const window = windowOf(model, film, width - LABEL);
  const { servers } = film.timeline;
  const selected = nameOf(film, model.node);
  const shownClients = chosenClients(film, window, selected, Math.max(0, lanes - servers.length));
  const rows: Line[] = [labelled('', axisOf(window), false)];
  const shownServers = fewest(servers, selected, lanes);
  for (const server of shownServers) {
    const label = `${server}${server === servers[0] ? ' ★' : ''}`;
    rows.push(labelled(label, standingsOf(film, server, window), server === selected));
  }
  for (const client of shownClients) {
    rows.push(labelled(client, beliefsOf(film, client, window), client === selected));
  }
  if (lanes === 0) {
    const lane = selected.startsWith('s')
      ? standingsOf(film, selected, window)
      : beliefsOf(film, selected, window);
    rows.push(labelled(selected, lane, true));
  }
  return rows.map((row) => fitted(row, width));
}

/** What is disturbed in the window, nearest to the cursor first. */
export function faultRows(model: Model, film: Film, width: number, most = MOST_FAULTS): Line[] {
  const window = windowOf(model, film, width - LABEL);
  const at = timeOf(film, model.cursor);
  const until = window.from + window.columns * window.scale;
  const near = film.timeline.disturbances
    .filter(({ from, to }) => from <= until && to >= window.from)
    .map((fault) => ({ fault, far: fault.from > at ? fault.from - at : Math.max(0, at - fault.to) }))
    .sort((a, b) => a.far - b.far)
    .slice(0, most);
  const lasting = new Set(lastingAt(film, at));
  return near.map(({ fault }) => {
    const row = drawn(window, [fault], () => ['╱', 'warn', fault.label]);
    return fitted(labelled(lasting.has(fault) ? 'fault' : '', row, false), width);
  });
}

/** Units believed to be held, one row a license. */
export function levelRows(model: Model, film: Film, width: number, most: number): Line[] {
  const window = windowOf(model, film, width - LABEL);
  const at = timeOf(film, model.cursor);
  return limitsOf(film.scenario)
    .filter(([license]) => film.timeline.levels.has(license))
    .slice(0, most)
    .map(([license, limit]) => {
      const now = film.timeline.levelAt(license, at);
      const says = ` ${license} ${now} of ${limit}${now > limit ? ' !' : ''}`;
      const characters: string[] = [];
      const styles: Style[] = [];
      for (let column = 0; column < window.columns - says.length; column++) {
        const from = window.from + column * window.scale;
        const units = from > window.end ? -1 : peakIn(film, license, from, from + window.scale);
        characters.push(barOf(units, limit));
        styles.push(units > limit ? 'bad' : 'accent');
      }
      const row = [...cells(characters, styles), piece(says, now > limit ? 'bad' : 'plain')];
      return fitted(labelled('held', row, false), width);
    });
}

/** Sum of the limits of all strings of a license, in the scenario's file as it is at the start. */
function limitsOf({ licenses }: Scenario): [string, number][] {
  const limits = new Map<string, number>();
  for (const { feature, hardLimit } of licenses) limits.set(feature, (limits.get(feature) ?? 0) + hardLimit);
  return [...limits];
}

function peakIn(film: Film, license: string, from: number, to: number): number {
  const levels = film.timeline.levels.get(license)!;
  let place = firstAfter(levels, from, (level) => level.from);
  let most = place === 0 ? 0 : levels[place - 1]!.units;
  for (; place < levels.length && levels[place]!.from < to; place++)
    most = Math.max(most, levels[place]!.units);
  return most;
}

function barOf(units: number, limit: number): string {
  if (units < 0) return ' ';
  if (units > limit) return '!';
  return units === 0 ? '·' : BARS[Math.min(BARS.length, Math.ceil((units * BARS.length) / limit)) - 1]!;
}

/** The cursor stands in the middle, but for the beginning and the end of the run. */
function windowOf(model: Model, film: Film, columns: number): Window {
  const at = timeOf(film, model.cursor);
  const { scale } = model;
  const end = film.isOver ? film.scenario.endsAt : Math.max(at, film.events.at(-1)?.at ?? 0);
  const latest = Math.max(0, end - (columns - 1) * scale);
  const from = Math.max(0, Math.min(latest, at - Math.floor(columns / 2) * scale));
  return { columns, from, scale, cursor: Math.floor((at - from) / scale), end };
}

/** The selected one, then those that hold something in the window. */
function chosenClients(
  { timeline }: Film,
  window: Window,
  selected: string,
  most: number,
): readonly string[] {
  const until = window.from + window.columns * window.scale;
  const holds = (client: string): boolean =>
    timeline.beliefs.get(client)!.some(({ from, to }) => from <= until && to >= window.from);
  const wanted = timeline.clients.filter((client) => client === selected || holds(client));
  return fewest(wanted, selected, most);
}

/** So many of them at most, in their order, the selected one among them. */
function fewest(nodes: readonly string[], selected: string, most: number): readonly string[] {
  if (nodes.length <= most) return nodes;
  const kept = new Set([...nodes.filter((node) => node === selected), ...nodes].slice(0, Math.max(0, most)));
  return nodes.filter((node) => kept.has(node));
}

function standingsOf({ timeline }: Film, server: string, window: Window): Line {
  return drawn(window, timeline.standings.get(server) ?? [], ({ kind, label }) => {
    const [shade, style, letter] = SHADES[kind];
    return [shade, style, letter === '' ? '' : letter + label];
  });
}

function beliefsOf({ timeline }: Film, client: string, window: Window): Line {
  return drawn(window, timeline.beliefs.get(client) ?? [], ({ label }) => ['━', 'accent', label]);
}

function drawn<Kind>(
  window: Window,
  spans: readonly Span<Kind>[],
  shadeOf: (span: Span<Kind>) => readonly [string, Style, string],
): Line {
  const characters = new Array<string>(window.columns).fill(' ');
  const styles = new Array<Style>(window.columns).fill('plain');
  const column = (time: number): number => Math.floor((time - window.from) / window.scale);
  for (let at = 0; at < window.columns; at++) {
    const time = window.from + at * window.scale;
    if (time >= 0 && time <= window.end) characters[at] = '·';
    styles[at] = 'dim';
  }
  for (const span of spans) {
    const first = Math.max(0, column(span.from));
    const last = Math.min(window.columns - 1, column(Math.min(span.to, window.end)));
    if (last < 0 || first >= window.columns) continue;
    const [shade, style, label] = shadeOf(span);
    for (let at = first; at <= last; at++) {
      characters[at] = shade;
      styles[at] = style;
    }
    const room = last - first - 1;
    if (label === '' || room < Math.min(label.length, 8) + 2) continue;
    const text = ` ${label} `.slice(0, room);
    for (let at = 0; at < text.length; at++) {
      characters[first + 1 + at] = text[at]!;
      styles[first + 1 + at] = style === 'dim' ? 'plain' : style;
    }
  }
  return cells(characters, styles);
}

/** Times every twelve columns, and the cursor. */
function axisOf(window: Window): Line {
  const characters = new Array<string>(window.columns).fill(' ');
  const step = Math.max(1, Math.ceil((12 * window.scale) / 100_000)) * 100_000;
  const first = Math.max(0, Math.ceil(window.from / step) * step);
  for (let time = first; time <= window.end; time += step) {
    const column = Math.floor((time - window.from) / window.scale);
    const text = `${(time / 1e6).toFixed(step < 1e6 ? 1 : 0)} s`;
    if (column + text.length >= window.columns) break;
    for (let at = 0; at < text.length; at++) characters[column + at] = text[at]!;
  }
  const styles = new Array<Style>(window.columns).fill('dim');
  characters[window.cursor] = '▼';
  styles[window.cursor] = 'bold';
  return cells(characters, styles);
}

function labelled(label: string, row: Line, isSelected: boolean): Line {
  return [piece(` ${label}`.padEnd(LABEL), isSelected ? 'chosen' : 'bold'), ...row];
}
