// Small charts: one line or one set of bars, with the numbers at their ends; the table behind them is the caller's.

import { drawing, element } from './element.ts';

const WIDTH = 320;
const HEIGHT = 132;
const EDGE = { left: 8, right: 8, top: 22, bottom: 22 };

export interface LinePoint {
  readonly x: number;
  readonly y: number;
  readonly label: string;
}

/** What it is, its last value in words, and its points from the left to the right. */
export function lineChart(title: string, last: string, points: readonly LinePoint[]): HTMLElement {
  const top = Math.max(...points.map(({ y }) => y), 1e-9);
  const from = points[0]?.x ?? 0;
  const to = points.at(-1)?.x ?? 1;
  const xOf = (x: number): number =>
    EDGE.left + ((x - from) / Math.max(to - from, 1e-9)) * (WIDTH - EDGE.left - EDGE.right);
  const yOf = (y: number): number => HEIGHT - EDGE.bottom - (y / top) * (HEIGHT - EDGE.top - EDGE.bottom);
  const path = points.map(({ x, y }, place) => `${place === 0 ? 'M' : 'L'}${xOf(x)} ${yOf(y)}`).join('');
  const base = HEIGHT - EDGE.bottom;
  const area = points.length === 0 ? '' : `${path}L${xOf(to)} ${base}L${xOf(from)} ${base}Z`;
  return figure(
    title,
    last,
    drawing('path', { class: 'area', d: area }),
    drawing('line', { class: 'base', x1: EDGE.left, x2: WIDTH - EDGE.right, y1: base, y2: base }),
    drawing('path', { class: 'line', d: path }),
    ...points.map(({ x, y, label }) =>
      drawing(
        'circle',
        { class: 'point', cx: xOf(x), cy: yOf(y), r: points.length > 30 ? 1.5 : 3 },
        drawing('title', {}, label),
      ),
    ),
    endLabel(points[0]?.label ?? '', 'start'),
    points.length > 1 ? endLabel(points.at(-1)!.label, 'end') : null,
  );
}

export interface Bar {
  readonly label: string;
  readonly count: number;
}

/** `marks`: lines between bars, by the place of the bar at whose right end they stand. */
export function barChart(
  title: string,
  last: string,
  bars: readonly Bar[],
  marks: readonly { readonly place: number; readonly label: string }[],
): HTMLElement {
  const top = Math.max(...bars.map(({ count }) => count), 1);
  const step = (WIDTH - EDGE.left - EDGE.right) / Math.max(bars.length, 1);
  const base = HEIGHT - EDGE.bottom;
  return figure(
    title,
    last,
    ...bars.map(({ label, count }, place) => {
      const height = (count / top) * (base - EDGE.top);
      return drawing(
        'rect',
        {
          class: 'bar',
          x: EDGE.left + place * step + 0.5,
          y: base - height,
          width: Math.max(step - 1, 0.5),
          height,
        },
        drawing('title', {}, `${label}: ${count}`),
      );
    }),
    drawing('line', { class: 'base', x1: EDGE.left, x2: WIDTH - EDGE.right, y1: base, y2: base }),
    ...marks.flatMap(({ place, label }) => {
      const x = EDGE.left + (place + 1) * step;
      const isRight = x > WIDTH / 2;
      return [
        drawing('line', { class: 'mark', x1: x, x2: x, y1: EDGE.top - 6, y2: base }),
        drawing(
          'text',
          { x: isRight ? x - 4 : x + 4, y: EDGE.top - 8, 'text-anchor': isRight ? 'end' : 'start' },
          label,
        ),
      ];
    }),
    endLabel(bars[0]?.label ?? '', 'start'),
    bars.length > 1 ? endLabel(bars.at(-1)!.label, 'end') : null,
  );
}

function endLabel(label: string, anchor: 'start' | 'end'): SVGTextElement {
  const x = anchor === 'start' ? EDGE.left : WIDTH - EDGE.right;
  return drawing('text', { class: 'end', x, y: HEIGHT - 6, 'text-anchor': anchor }, label);
}

function figure(title: string, last: string, ...shapes: readonly (SVGElement | null)[]): HTMLElement {
  return element(
    'figure',
    { class: 'chart' },
    element('figcaption', {}, element('span', {}, title), element('strong', {}, last)),
    drawing(
      'svg',
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': `${title}: ${last}` },
      ...shapes,
    ),
  );
}
