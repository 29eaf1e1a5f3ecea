// Tables: behind each chart there is one with the same numbers, and some things are best told by one.

import { type Child, element } from './element.ts';

export interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
}

export type Cell = string | HTMLElement;

/** The first cell of each row is its head. It scrolls by itself when it is wider than the page. */
export function tableOf(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
): HTMLElement {
  const head = columns.map(({ title, isNumber }) =>
    element('th', { scope: 'col', class: isNumber ? 'number' : undefined }, title),
  );
  const body = rows.map((row) =>
    element('tr', {}, ...row.map((cell, place) => cellOf(cell, place, columns[place]?.isNumber === true))),
  );
  return scrolling(
    caption,
    element(
      'table',
      {},
      element('caption', {}, caption),
      element('thead', {}, element('tr', {}, ...head)),
      element('tbody', {}, ...body),
    ),
  );
}

/** Whoever has no pointer scrolls it with the keyboard. */
export function scrolling(label: string, content: Child): HTMLElement {
  return element('div', { class: 'scrolling', tabindex: 0, role: 'region', 'aria-label': label }, content);
}

function cellOf(cell: Cell, place: number, isNumber: boolean): HTMLElement {
  const kind = isNumber ? 'number' : undefined;
  return place === 0
    ? element('th', { scope: 'row', class: kind }, cell)
    : element('td', { class: kind }, cell);
}
