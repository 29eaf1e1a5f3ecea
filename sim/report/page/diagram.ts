// The diagram of a run as one moves in it: a window on its time that is dragged, pinched and zoomed, a selected event with its causal
// past and future, and what is under the pointer in words. Whoever has no pointer has keys, and a table of the events.

import { futureOf, pastOf } from './causality.ts';
import type { EventData, RunData } from './data.ts';
import { button, element } from './element.ts';
import { eventsTable } from './events-table.ts';
import { followPointer } from './gestures.ts';
import { type ConeKind, inspectorOf } from './inspector.ts';
import { lanesTables } from './lanes-tables.ts';
import { firstAbove, laneOf, layoutOf, timeAt, type View, xOf } from './layout.ts';
import { legendOf } from './legend.ts';
import { paint, paletteOf } from './paint.ts';
import { stripOf } from './strip.ts';
import { wordsAt } from './under-pointer.ts';
import { grouped, secondsText } from './words.ts';

/** No closer than this, µs. */
const LEAST_SPAN = 200;
/** So many events before a violation are seen with it. */
const EVENTS_BEFORE = 100;
const LEFT = 74;
const LEFT_ON_PHONE = 58;
const KEYS = '← → event, ↑ ↓ node, + − zoom, 0 all, v violation, c its cause, p past, f future, Esc nothing';

export interface Diagram {
  readonly host: HTMLElement;
  /** Shows the event, and moves there. */
  select(id: number): void;
}

export function diagramOf(run: RunData, name: string): Diagram {
  const layout = layoutOf(run);
  const slowest = slowestOf(run);
  const whole = { from: 0, to: Math.max(run.endsAt, 1) };
  const start = run.firstId > 1 ? (run.events[0]?.at ?? 0) : 0;
  let window_ = { from: start, to: whole.to };
  let selected: number | null = null;
  let hovered: number | null = null;
  let pointer: number | null = null;
  let cone: ConeKind = 'past';
  let lit: ReadonlySet<number> | null = null;
  let view: View = { ...window_, left: LEFT, width: 800 };
  let isAsked = false;

  const canvas = element('canvas', { 'aria-hidden': 'true' });
  const tip = element('div', { class: 'tip', hidden: true });
  const stage = element(
    'div',
    {
      class: 'stage',
      tabindex: 0,
      role: 'application',
      'aria-roledescription': 'space-time diagram',
      'aria-label': `${name}: ${grouped(run.total)} events on ${run.nodes.length} nodes in ${secondsText(run.endsAt, 1)}. ${KEYS}`,
    },
    canvas,
    tip,
  );
  const strip = stripOf(run, (from, to) => show(from, to));
  const inspector = inspectorOf(run, select, (kind) => {
    cone = kind;
    light();
  });
  const table = eventsTable(run, select, () => window_);

  function eventOf(id: number): EventData | undefined {
    return run.events[id - run.firstId];
  }

  function redraw(): void {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      draw();
    });
  }

  function draw(): void {
    const width = stage.clientWidth;
    if (width === 0) return;
    const left = width < 560 ? LEFT_ON_PHONE : LEFT;
    const density = devicePixelRatio || 1;
    const [pixels, lines] = [Math.round(width * density), Math.round(layout.height * density)];
    if (canvas.width !== pixels || canvas.height !== lines) {
      canvas.width = pixels;
      canvas.height = lines;
      canvas.style.setProperty('height', `${layout.height}px`);
    }
    view = { ...window_, left, width: width - left };
    const context = canvas.getContext('2d')!;
    context.setTransform(density, 0, 0, density, 0, 0);
    const palette = paletteOf(stage);
    paint(context, { run, layout, view, cone: lit, selected, hovered, pointer, slowest }, palette);
    strip.draw(window_, palette);
    canvas.dataset.drawn = String(run.events.length);
  }

  function show(from: number, to: number): void {
    const span = Math.min(Math.max(to - from, LEAST_SPAN), whole.to);
    const begin = Math.min(Math.max(from, 0), whole.to - span);
    window_ = { from: begin, to: begin + span };
    redraw();
  }

  /** `factor` below 1: closer. */
  function zoom(factor: number, around = (window_.from + window_.to) / 2): void {
    show(around - (around - window_.from) * factor, around + (window_.to - around) * factor);
  }

  function light(): void {
    lit = null;
    if (selected !== null && cone !== 'none') {
      const past = cone === 'future' ? [] : pastOf(run, selected);
      const future = cone === 'past' ? [] : futureOf(run, selected);
      lit = new Set([...past, ...future]);
    }
    inspector.show(selected === null ? null : (eventOf(selected) ?? null), cone);
    redraw();
  }

  function select(id: number | null): void {
    selected = id;
    const event = id === null ? undefined : eventOf(id);
    if (event !== undefined && (event.at < window_.from || event.at > window_.to)) {
      const half = (window_.to - window_.from) / 2;
      show(event.at - half, event.at + half);
    }
    light();
  }

  /** The next event in that direction; on the same node when there is one selected. */
  function step(by: 1 | -1): void {
    if (selected === null) {
      select(nearestTo((window_.from + window_.to) / 2)?.id ?? null);
      return;
    }
    const { node } = eventOf(selected)!;
    let id = selected + by;
    while (eventOf(id) !== undefined && eventOf(id)!.node !== node) id += by;
    if (eventOf(id) !== undefined) select(id);
  }

  function changeNode(by: 1 | -1): void {
    const event = selected === null ? undefined : eventOf(selected);
    if (event === undefined) {
      step(1);
      return;
    }
    const node = event.node + by;
    if (node < 0 || node >= run.nodes.length) return;
    const near = run.events.filter((each) => each.node === node);
    const next = near[firstAbove(near, event.at - 1, ({ at }) => at)] ?? near.at(-1);
    if (next !== undefined) select(next.id);
  }

  function nearestTo(at: number): EventData | undefined {
    return run.events[
      Math.min(
        firstAbove(run.events, at, (event) => event.at),
        run.events.length - 1,
      )
    ];
  }

  function toViolation(): void {
    const found = run.violations[0];
    if (found === undefined) return;
    const first = eventOf(Math.max(run.firstId, found.id - EVENTS_BEFORE))?.at ?? found.at;
    const span = Math.max(found.at - first, LEAST_SPAN);
    show(first, found.at + span / 8);
    select(found.id);
  }

  /** The event whose end is nearest to there, or upon whose line it lies. */
  function eventNear(x: number, y: number): EventData | null {
    const first = firstAbove(run.events, timeAt(view, x - 60) - slowest, ({ at }) => at);
    const last = firstAbove(run.events, timeAt(view, x + 12) + slowest, ({ at }) => at);
    let nearest: EventData | null = null;
    let least = 9;
    for (let place = first; place < last; place++) {
      const event = run.events[place]!;
      if (event.node < 0) continue;
      const [endX, endY] = [xOf(view, event.at), laneOf(layout, event.node)];
      let distance = Math.hypot(endX - x, endY - y);
      if (event.from >= 0) {
        const sent = eventOf(event.cause)?.at ?? event.at;
        distance = Math.min(
          distance,
          1 + toLine(x, y, xOf(view, sent), laneOf(layout, event.from), endX, endY),
        );
      }
      if (distance < least) [nearest, least] = [event, distance];
    }
    return nearest;
  }

  function hover(x: number, y: number): void {
    pointer = x < view.left ? null : x;
    const event = eventNear(x, y);
    hovered = event?.id ?? null;
    const words = pointer === null ? [] : wordsAt(run, layout, timeAt(view, x), y, event);
    tip.hidden = words.length === 0;
    tip.replaceChildren(...words.map((text) => element('div', {}, text)));
    const isRight = x > stage.clientWidth / 2;
    tip.style.setProperty('left', isRight ? 'auto' : `${x + 14}px`);
    tip.style.setProperty('right', isRight ? `${stage.clientWidth - x + 14}px` : 'auto');
    tip.style.setProperty('top', `${Math.max(26, y + 14)}px`);
    redraw();
  }

  function leave(): void {
    pointer = null;
    hovered = null;
    tip.hidden = true;
    redraw();
  }

  followPointer(stage, {
    windowNow: () => window_,
    viewNow: () => view,
    show,
    zoom,
    hover,
    leave,
    pick: (x, y) => select(eventNear(x, y)?.id ?? null),
  });
  const keys = new Map<string, () => void>([
    ['ArrowLeft', () => step(-1)],
    ['ArrowRight', () => step(1)],
    ['ArrowUp', () => changeNode(-1)],
    ['ArrowDown', () => changeNode(1)],
    ['+', () => zoom(0.6)],
    ['=', () => zoom(0.6)],
    ['-', () => zoom(1 / 0.6)],
    ['0', () => show(start, whole.to)],
    ['Home', () => select(run.events[0]?.id ?? null)],
    ['End', () => select(run.events.at(-1)?.id ?? null)],
    ['v', toViolation],
    ['c', toCause],
    ['p', () => turnTo('past')],
    ['f', () => turnTo('future')],
    ['Escape', () => select(null)],
  ]);
  function toCause(): void {
    const cause = selected === null ? 0 : (eventOf(selected)?.cause ?? 0);
    if (eventOf(cause) !== undefined) select(cause);
  }
  function turnTo(kind: ConeKind): void {
    cone = cone === kind ? 'none' : kind;
    light();
  }
  stage.addEventListener('keydown', (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys.get(event.key);
    if (act === undefined) return;
    event.preventDefault();
    act();
  });

  const controls = element(
    'div',
    { class: 'controls', role: 'group', 'aria-label': 'window of the diagram' },
    button('−', { 'aria-label': 'zoom out', title: 'zoom out' }, () => zoom(1 / 0.6)),
    button('+', { 'aria-label': 'zoom in', title: 'zoom in' }, () => zoom(0.6)),
    button('all', { title: 'the whole run' }, () => show(start, whole.to)),
    run.violations.length === 0 ? null : button('✗ violation', { class: 'bad' }, toViolation),
    element('span', { class: 'hint' }, 'drag to move, Ctrl and wheel or pinch to zoom, click an event'),
  );
  const host = element(
    'div',
    { class: 'diagram' },
    controls,
    strip.host,
    stage,
    legendOf(run),
    inspector.host,
    table,
    lanesTables(run),
  );
  new ResizeObserver(redraw).observe(stage);
  for (const query of ['(prefers-color-scheme: dark)', '(prefers-contrast: more)'])
    matchMedia(query).addEventListener('change', redraw);
  const found = run.violations[0];
  if (found !== undefined) select(found.id);
  else light();
  return { host, select };
}

/** The longest that a message was under way. */
function slowestOf({ events, firstId }: RunData): number {
  let slowest = 0;
  for (const { at, from, cause } of events)
    if (from >= 0) slowest = Math.max(slowest, at - (events[cause - firstId]?.at ?? at));
  return slowest;
}

function toLine(x: number, y: number, x1: number, y1: number, x2: number, y2: number): number {
  const length = (x2 - x1) ** 2 + (y2 - y1) ** 2;
  const along = length === 0 ? 0 : ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length;
  const share = Math.min(1, Math.max(0, along));
  return Math.hypot(x - x1 - share * (x2 - x1), y - y1 - share * (y2 - y1));
}
