// Paints the diagram of a run on a canvas: there may be ten thousand messages in it. What is seen depends on the picture that it is
// given and on nothing else. Nothing is told by colour alone: roles have letters, frozen and down are hatched, units above the limit
// are hatched too.

import type { RunData, StandingData } from './data.ts';
import {
  FAULT_ROW,
  firstAbove,
  type Layout,
  laneOf,
  largestOf,
  type Track,
  type View,
  xOf,
} from './layout.ts';
import { offsetText } from './words.ts';

export interface Picture {
  readonly run: RunData;
  readonly layout: Layout;
  readonly view: View;
  /** Ids; null = all of them count. */
  readonly cone: ReadonlySet<number> | null;
  readonly selected: number | null;
  readonly hovered: number | null;
  /** Where the pointer is, in px; null = outside. */
  readonly pointer: number | null;
  readonly slowest: number;
}

export type Palette = Readonly<Record<PaletteName, string>>;

const PALETTE_NAMES = [
  'ink',
  'soft',
  'faint',
  'paper',
  'panel',
  'leader',
  'elected',
  'candidate',
  'follower',
  'frozen',
  'down',
  'belief',
  'fault',
  'bad',
  'accent',
] as const;

type PaletteName = (typeof PALETTE_NAMES)[number];

export function paletteOf(host: Element): Palette {
  const style = getComputedStyle(host);
  return Object.fromEntries(
    PALETTE_NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]),
  ) as Palette;
}

const FONT = '11px system-ui, sans-serif';
const SMALL = '10px system-ui, sans-serif';
const LETTERS: Readonly<Record<StandingData['standing'], string>> = {
  down: '✕',
  follower: 'F',
  candidate: 'C',
  elected: 'E',
  leader: 'L',
  frozen: 'Z',
};

export function paint(context: CanvasRenderingContext2D, picture: Picture, palette: Palette): void {
  const { layout, view } = picture;
  context.clearRect(0, 0, view.left + view.width, layout.height);
  context.font = FONT;
  context.textBaseline = 'middle';
  paintLabels(context, picture, palette);
  context.save();
  context.beginPath();
  context.rect(view.left, 0, view.width, layout.height);
  context.clip();
  for (const track of layout.tracks) PAINTERS[track.kind](context, picture, palette, track);
  paintMessages(context, picture, palette);
  paintEvents(context, picture, palette);
  paintViolations(context, picture, palette);
  paintPointer(context, picture, palette);
  context.restore();
}

function paintLabels(
  context: CanvasRenderingContext2D,
  { layout, view, run }: Picture,
  palette: Palette,
): void {
  context.textAlign = 'right';
  for (const { kind, label, top, height, place } of layout.tracks) {
    const isNode = kind === 'node';
    context.fillStyle = isNode ? palette.ink : palette.soft;
    context.font = isNode ? `600 ${FONT}` : SMALL;
    const text = isNode && place === 0 && run.servers > 1 ? `★ ${label}` : label;
    if (isNode) context.fillText(text, view.left - 8, top + height / 2);
    else fitLabel(context, text, view.left - 8, top + (kind === 'faults' ? 9 : height / 2));
  }
  context.textAlign = 'left';
  context.font = FONT;
}

/** In two lines when there is a space in it. */
function fitLabel(context: CanvasRenderingContext2D, text: string, x: number, y: number): void {
  const words = text.split(' ');
  if (words.length === 1 || context.measureText(text).width < x) {
    context.fillText(text, x, y);
    return;
  }
  context.fillText(words[0]!, x, y - 6);
  context.fillText(words.slice(1).join(' '), x, y + 6);
}

const PAINTERS: Readonly<
  Record<
    Track['kind'],
    (context: CanvasRenderingContext2D, picture: Picture, palette: Palette, track: Track) => void
  >
> = {
  axis: paintAxis,
  faults: paintFaults,
  node: paintLane,
  level: paintLevel,
  accounting: paintAccounting,
  wall: (context, picture, palette, track) => paintClocks(context, picture, palette, track, 1),
  monotonic: (context, picture, palette, track) => paintClocks(context, picture, palette, track, 2),
};

function paintAxis(
  context: CanvasRenderingContext2D,
  { view, layout }: Picture,
  palette: Palette,
  { height }: Track,
): void {
  const step = niceStep(((view.to - view.from) / view.width) * 84);
  const digits = Math.max(0, Math.ceil(6 - Math.log10(step)));
  context.font = SMALL;
  for (let at = Math.ceil(view.from / step) * step; at <= view.to; at += step) {
    const x = Math.round(xOf(view, at)) + 0.5;
    context.strokeStyle = palette.faint;
    line(context, x, height - 4, x, layout.height);
    context.fillStyle = palette.soft;
    context.textAlign = x - view.left < 12 ? 'left' : 'center';
    context.fillText(`${(at / 1e6).toFixed(digits)} s`, x, height / 2 - 2);
  }
  context.textAlign = 'left';
  context.font = FONT;
}

function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least) ?? 10 * power;
}

function paintFaults(
  context: CanvasRenderingContext2D,
  { run, layout, view }: Picture,
  palette: Palette,
  { top }: Track,
): void {
  for (const each of run.disturbances) {
    const row = layout.rows.get(each);
    if (row === undefined || each.to < view.from || each.from > view.to) continue;
    const [x, width] = spanOn(view, each.from, Math.max(each.to, each.from), 3);
    const y = top + row * FAULT_ROW;
    context.globalAlpha = 0.22;
    context.fillStyle = palette.fault;
    context.fillRect(x, y, width, FAULT_ROW - 3);
    context.globalAlpha = 1;
    context.fillStyle = palette.fault;
    context.fillRect(x, y, 2, FAULT_ROW - 3);
    context.fillStyle = palette.ink;
    clippedText(context, each.label, x + 6, y + (FAULT_ROW - 3) / 2, width - 8);
  }
}

function paintLane(
  context: CanvasRenderingContext2D,
  picture: Picture,
  palette: Palette,
  { top, height, place }: Track,
): void {
  const { run, view } = picture;
  const y = top + height / 2;
  context.strokeStyle = palette.faint;
  line(context, view.left, y, view.left + view.width, y);
  if (place >= run.servers) {
    for (const { node, from, to, label } of run.beliefs) {
      if (node !== place || to < view.from || from > view.to) continue;
      const [x, width] = spanOn(view, from, to, 2);
      context.fillStyle = palette.belief;
      context.globalAlpha = 0.75;
      rounded(context, x, y - 6, width, 12, 3);
      context.globalAlpha = 1;
      context.fillStyle = palette.paper;
      if (width > 34) clippedText(context, label, x + 5, y + 0.5, width - 8);
    }
    return;
  }
  for (const { node, from, to, standing, label } of run.standings) {
    if (node !== place || to < view.from || from > view.to) continue;
    const [x, width] = spanOn(view, from, to, 1);
    const size = standing === 'follower' ? 7 : 9;
    context.fillStyle = palette[standing];
    rounded(context, x, y - size, width, 2 * size, 2);
    if (standing === 'frozen' || standing === 'down' || standing === 'elected')
      hatch(context, x, y - size, width, 2 * size, palette.paper);
    if (width < 12) continue;
    context.fillStyle = standing === 'leader' || standing === 'frozen' ? palette.paper : palette.ink;
    const text = standing === 'down' ? LETTERS.down : `${LETTERS[standing]} ${label}`;
    clippedText(context, text, x + 6, y + 0.5, width - 6);
  }
}

function paintLevel(
  context: CanvasRenderingContext2D,
  { run, view }: Picture,
  palette: Palette,
  { top, height, place }: Track,
): void {
  const { steps, limit } = run.levels[place]!;
  const most = largestOf(steps, limit, ([, units]) => units);
  const base = top + height;
  const yAt = (units: number): number => base - (units / (most * 1.12)) * height;
  frame(context, view, palette, top, height);
  steps.forEach(([at, units], step) => {
    const to = steps[step + 1]?.[0] ?? run.endsAt;
    if (to < view.from || at > view.to || units === 0) return;
    const [x, width] = spanOn(view, at, to, 1);
    context.fillStyle = palette.belief;
    context.globalAlpha = 0.55;
    const within = Math.min(units, limit);
    context.fillRect(x, yAt(within), width, base - yAt(within));
    context.globalAlpha = 1;
    if (units <= limit) return;
    context.fillStyle = palette.bad;
    context.fillRect(x, yAt(units), width, yAt(limit) - yAt(units));
    hatch(context, x, yAt(units), width, yAt(limit) - yAt(units), palette.paper);
  });
  context.strokeStyle = palette.bad;
  context.setLineDash([5, 4]);
  line(context, view.left, yAt(limit), view.left + view.width, yAt(limit));
  context.setLineDash([]);
  tag(context, palette, `limit ${limit}`, view.left + 4, yAt(limit) + 8);
}

function paintAccounting(
  context: CanvasRenderingContext2D,
  { run, view }: Picture,
  palette: Palette,
  { top, height, place }: Track,
): void {
  const { license } = run.levels[place]!;
  const reigns = run.accounting.filter((reign) => reign.license === license);
  const most = largestOf(reigns, 1, ({ steps }) =>
    largestOf(steps, 0, ([, mine, previous, free]) => mine + previous + free),
  );
  const base = top + height;
  const scale = height / (most * 1.12);
  frame(context, view, palette, top, height);
  for (const { steps, node, to } of reigns) {
    steps.forEach(([at, mine, previous, free], step) => {
      const until = steps[step + 1]?.[0] ?? to;
      if (until < view.from || at > view.to) return;
      const [x, width] = spanOn(view, at, until, 1);
      let y = base;
      const layer = (units: number, colour: string, isHatched: boolean): void => {
        if (units <= 0) return;
        y -= units * scale;
        context.fillStyle = colour;
        context.fillRect(x, y, width, units * scale);
        if (isHatched) hatch(context, x, y, width, units * scale, palette.panel);
      };
      layer(mine, palette.leader, false);
      layer(previous, palette.candidate, true);
      layer(free, palette.faint, false);
    });
    const [x, width] = spanOn(view, steps[0]![0], to, 1);
    context.strokeStyle = palette.soft;
    line(context, x + 0.5, top, x + 0.5, base);
    if (width > 16) tag(context, palette, run.nodes[node] ?? '', x + 4, top + 8);
  }
}

const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 2], [8, 3, 2, 3]];

function paintClocks(
  context: CanvasRenderingContext2D,
  { run, view }: Picture,
  palette: Palette,
  { top, height }: Track,
  field: 1 | 2,
): void {
  const most = largestOf(run.clocks, 0.001, ({ points }) =>
    largestOf(points, 0, (point) => Math.abs(point[field])),
  );
  // Jumps of years beside drifts of milliseconds: both are to be seen.
  const isBent = most > 100_000;
  const sizeOf = (ms: number): number => (isBent ? Math.log10(1 + Math.abs(ms)) : Math.abs(ms));
  const middle = top + height / 2;
  const scale = (height / 2 - 6) / sizeOf(most);
  const yAt = (ms: number): number => middle - Math.sign(ms) * sizeOf(ms) * scale;
  frame(context, view, palette, top, height);
  context.strokeStyle = palette.faint;
  line(context, view.left, middle, view.left + view.width, middle);
  const colours = [palette.leader, palette.candidate, palette.belief, palette.frozen, palette.bad];
  const ends: { readonly name: string; readonly y: number }[] = [];
  context.lineWidth = 1.5;
  run.clocks.forEach(({ node, points }) => {
    context.strokeStyle = colours[node % colours.length]!;
    context.setLineDash([...DASHES[Math.floor(node / colours.length) % DASHES.length]!]);
    context.beginPath();
    points.forEach((point, place) => {
      const [x, y] = [xOf(view, point[0]), yAt(point[field])];
      if (place === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    });
    context.stroke();
    const seen = points.findLast(([at]) => at <= view.to);
    if (seen !== undefined) ends.push({ name: run.nodes[node] ?? '', y: yAt(seen[field]) });
  });
  context.setLineDash([]);
  context.lineWidth = 1;
  tag(context, palette, offsetText(most), view.left + 4, top + 8);
  tag(context, palette, offsetText(-most), view.left + 4, top + height - 8);
  context.textAlign = 'right';
  for (const { names, y } of joined(ends)) {
    const at = Math.min(Math.max(y, top + 6), top + height - 6);
    tag(context, palette, names, view.left + view.width - 4, at);
  }
  context.textAlign = 'left';
}

/** Curves that end so near to each other that their names would lie over each other have them in one. */
function joined(
  ends: readonly { readonly name: string; readonly y: number }[],
): { names: string; y: number }[] {
  const groups: { names: string; y: number }[] = [];
  for (const { name, y } of ends.toSorted((a, b) => a.y - b.y)) {
    const last = groups.at(-1);
    if (last !== undefined && y - last.y < 11) last.names += ` ${name}`;
    else groups.push({ names: name, y });
  }
  return groups;
}

function paintMessages(context: CanvasRenderingContext2D, picture: Picture, palette: Palette): void {
  const { run, layout, view, cone, selected, hovered, slowest } = picture;
  const lanes = run.nodes.map((_, node) => laneOf(layout, node));
  const first = firstAbove(run.events, view.from - 1, ({ at }) => at);
  const last = firstAbove(run.events, view.to + slowest, ({ at }) => at);
  const isDense = last - first > view.width * 1.5;
  // The more there are, the fainter each: lanes stay to be read below ten thousand of them.
  const share = Math.min(1, (view.width * 1.5) / Math.max(last - first, 1));
  const [plain, dark] = [Math.max(0.04, 0.5 * share), Math.max(0.12, 0.85 * share)];
  for (let place = first; place < last; place++) {
    const event = run.events[place]!;
    const { id, at, node, from, cause, lost } = event;
    const isIn = cone?.has(id) ?? true;
    const isMarked = id === selected || id === hovered;
    for (const to of lost) paintLost(context, xOf(view, at), lanes[node]!, lanes[to] ?? 0, palette, isIn);
    if (from < 0 || node < 0) continue;
    const sent = run.events[cause - run.firstId]?.at ?? at;
    if (sent > view.to) continue;
    const isOfClient = node >= run.servers || from >= run.servers;
    context.strokeStyle = isMarked ? palette.bad : isOfClient ? palette.belief : palette.accent;
    context.lineWidth = isMarked ? 2 : cone !== null && isIn ? 1.25 : 1;
    context.globalAlpha = isMarked ? 1 : !isIn ? Math.min(0.07, plain) : cone === null ? plain : dark;
    const [x, y] = [xOf(view, at), lanes[node]!];
    line(context, xOf(view, sent), lanes[from]!, x, y);
    if (!isDense || isMarked) arrowHead(context, xOf(view, sent), lanes[from]!, x, y);
  }
  context.globalAlpha = 1;
  context.lineWidth = 1;
}

function paintLost(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  target: number,
  palette: Palette,
  isIn: boolean,
): void {
  const end = y + (target - y) * 0.4;
  context.globalAlpha = isIn ? 0.7 : 0.07;
  context.strokeStyle = palette.fault;
  context.setLineDash([3, 2]);
  line(context, x, y, x + 4, end);
  context.setLineDash([]);
  line(context, x + 1, end - 3, x + 7, end + 3);
  line(context, x + 7, end - 3, x + 1, end + 3);
  context.globalAlpha = 1;
}

function arrowHead(
  context: CanvasRenderingContext2D,
  fromX: number,
  fromY: number,
  x: number,
  y: number,
): void {
  const length = Math.hypot(x - fromX, y - fromY);
  if (length < 8) return;
  const [dx, dy] = [((x - fromX) / length) * 6, ((y - fromY) / length) * 6];
  context.fillStyle = context.strokeStyle;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x - dx - dy / 2.4, y - dy + dx / 2.4);
  context.lineTo(x - dx + dy / 2.4, y - dy - dx / 2.4);
  context.fill();
}

function paintEvents(context: CanvasRenderingContext2D, picture: Picture, palette: Palette): void {
  const { run, layout, view, cone, selected, hovered } = picture;
  const first = firstAbove(run.events, view.from - 1, ({ at }) => at);
  const last = firstAbove(run.events, view.to, ({ at }) => at);
  const isDense = last - first > view.width / 5;
  for (let place = first; place < last; place++) {
    const { id, at, node } = run.events[place]!;
    const isMarked = id === selected || id === hovered;
    if (node < 0 || (isDense && !isMarked && cone === null)) continue;
    if (cone !== null && !cone.has(id) && !isMarked) continue;
    const [x, y] = [xOf(view, at), laneOf(layout, node)];
    context.fillStyle = isMarked ? palette.bad : palette.ink;
    context.globalAlpha = isMarked ? 1 : 0.8;
    dot(context, x, y, isMarked ? 4.5 : isDense ? 1.5 : 2.2);
    if (id !== selected) continue;
    context.strokeStyle = palette.bad;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(x, y, 8, 0, 2 * Math.PI);
    context.stroke();
    context.lineWidth = 1;
  }
  context.globalAlpha = 1;
}

function paintViolations(
  context: CanvasRenderingContext2D,
  { run, view, layout }: Picture,
  palette: Palette,
): void {
  for (const { at, text } of run.violations) {
    if (at < view.from || at > view.to) continue;
    const x = xOf(view, at);
    context.strokeStyle = palette.bad;
    context.lineWidth = 1.5;
    line(context, x, 20, x, layout.height);
    context.lineWidth = 1;
    const label = `✗ ${text.split(':', 1)[0]}`;
    const width = context.measureText(label).width + 10;
    const left = Math.min(Math.max(x - width / 2, view.left), view.left + view.width - width);
    context.fillStyle = palette.bad;
    rounded(context, left, 3, width, 17, 4);
    context.fillStyle = palette.paper;
    context.fillText(label, left + 5, 12);
  }
}

function paintPointer(
  context: CanvasRenderingContext2D,
  { layout, pointer }: Picture,
  palette: Palette,
): void {
  if (pointer === null) return;
  context.strokeStyle = palette.soft;
  context.globalAlpha = 0.6;
  line(context, Math.round(pointer) + 0.5, 20, Math.round(pointer) + 0.5, layout.height);
  context.globalAlpha = 1;
}

// ── strokes ──

/** Cut off at both edges, so that labels begin where it is seen. */
function spanOn(view: View, from: number, to: number, least: number): [x: number, width: number] {
  const x = xOf(view, Math.max(from, view.from));
  return [x, Math.max(least, xOf(view, Math.min(to, view.to)) - x)];
}

function line(context: CanvasRenderingContext2D, x: number, y: number, toX: number, toY: number): void {
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(toX, toY);
  context.stroke();
}

function dot(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

function rounded(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  radius: number,
): void {
  context.beginPath();
  context.roundRect(x, y, width, height, Math.min(radius, width / 2));
  context.fill();
}

function hatch(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  colour: string,
): void {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.strokeStyle = colour;
  context.globalAlpha = 0.55;
  context.beginPath();
  for (let at = Math.floor((x - height) / 6) * 6; at < x + width; at += 6) {
    context.moveTo(at, y + height);
    context.lineTo(at + height, y);
  }
  context.stroke();
  context.restore();
}

function clippedText(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  room: number,
): void {
  if (room < 6) return;
  context.save();
  context.beginPath();
  context.rect(x, y - 10, room, 20);
  context.clip();
  context.fillText(text, x, y);
  context.restore();
}

/** A text that stays readable on whatever is behind it. */
function tag(context: CanvasRenderingContext2D, palette: Palette, text: string, x: number, y: number): void {
  context.font = SMALL;
  context.fillStyle = palette.panel;
  context.globalAlpha = 0.8;
  const { width } = context.measureText(text);
  context.fillRect(context.textAlign === 'right' ? x - width - 2 : x - 2, y - 6, width + 4, 12);
  context.globalAlpha = 1;
  context.fillStyle = palette.soft;
  context.fillText(text, x, y + 0.5);
  context.font = FONT;
}

function frame(
  context: CanvasRenderingContext2D,
  { left, width }: View,
  palette: Palette,
  top: number,
  height: number,
): void {
  context.strokeStyle = palette.faint;
  line(context, left, top + height + 0.5, left + width, top + height + 0.5);
}
