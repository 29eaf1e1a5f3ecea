// What the signs of the diagram mean; only those that are in this one.

import type { RunData, StandingData } from './data.ts';
import { element } from './element.ts';

const STANDINGS: readonly (readonly [StandingData['standing'], string, string])[] = [
  ['leader', 'L', 'leads'],
  ['elected', 'E', 'elected, no round confirmed yet'],
  ['frozen', 'Z', 'frozen for a hand-over'],
  ['candidate', 'C', 'asks for votes'],
  ['follower', 'F', 'follows, or waits'],
  ['down', '✕', 'is down'],
];

export function legendOf(run: RunData): HTMLElement {
  const seen = new Set(run.standings.map(({ standing }) => standing));
  const entries: [string, string, string][] = STANDINGS.filter(([standing]) => seen.has(standing)).map(
    ([standing, letter, text]) => [standing, letter, text],
  );
  if (run.beliefs.length > 0) entries.push(['belief', '', 'a client believes to hold a token']);
  if (run.disturbances.length > 0) entries.push(['fault', '', 'a fault lasts']);
  if (run.accounting.length > 0) {
    entries.push(
      ['mine', '', 'accounts: its own grants'],
      ['previous', '', 'of earlier Leaders'],
      ['free', '', 'free'],
    );
  }
  const items = entries.map(([kind, letter, text]) =>
    element('li', {}, element('span', { class: `swatch ${kind}`, 'aria-hidden': 'true' }, letter), text),
  );
  const stars = run.servers > 1 ? [element('li', {}, '★ most preferred')] : [];
  return element(
    'ul',
    { class: 'legend', 'aria-label': 'signs' },
    ...items,
    ...stars,
    element('li', {}, 'numbers beside L, F …: the term’s round'),
  );
}
