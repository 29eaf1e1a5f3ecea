// The events of the window as a table: what the diagram draws, for whoever reads it instead.

import type { EventData, RunData } from './data.ts';
import { button, element, unfolding } from './element.ts';
import { firstAbove } from './layout.ts';
import { tableOf } from './table.ts';
import { grouped, secondsText } from './words.ts';

const ROWS = 100;

export function eventsTable(
  run: RunData,
  select: (id: number) => void,
  windowNow: () => { readonly from: number; readonly to: number },
): HTMLElement {
  const place = element('div', {});
  let first = 0;

  function fill(): void {
    const shown = run.events.slice(first, first + ROWS);
    const columns = [
      { title: 'event', isNumber: true },
      { title: 'time', isNumber: true },
      { title: 'node' },
      { title: 'what' },
    ];
    const caption = `events ${grouped(shown[0]?.id ?? 0)} to ${grouped(shown.at(-1)?.id ?? 0)} of ${grouped(run.total)}`;
    place.replaceChildren(
      element(
        'div',
        { class: 'controls' },
        button('from the window', {}, () => go(firstAbove(run.events, windowNow().from - 1, ({ at }) => at))),
        button('earlier', { disabled: first === 0 }, () => go(first - ROWS)),
        button('later', { disabled: first + ROWS >= run.events.length }, () => go(first + ROWS)),
      ),
      tableOf(caption, columns, shown.map(rowOf)),
    );
  }
  function go(to: number): void {
    first = Math.max(0, Math.min(to, run.events.length - 1));
    fill();
  }
  function rowOf({ id, at, node, text }: EventData): (string | HTMLElement)[] {
    const chosen = button(String(id), { class: 'link', 'aria-label': `show event ${id}` }, () => select(id));
    return [chosen, secondsText(at), run.nodes[node] ?? '', text];
  }

  return unfolding('Events as a table', () => {
    fill();
    return [place];
  });
}
