// The selected event in full: when, where, what was done in it, what asked for it and what it asked for. Read out when it changes.

import type { EventData, RunData } from './data.ts';
import { button, element } from './element.ts';
import { counted, secondsText } from './words.ts';

export type ConeKind = 'none' | 'past' | 'future' | 'both';

export interface Inspector {
  readonly host: HTMLElement;
  show(event: EventData | null, cone: ConeKind): void;
}

const CONES: readonly (readonly [ConeKind, string])[] = [
  ['past', 'its causal past'],
  ['future', 'its causal future'],
  ['both', 'both'],
  ['none', 'everything'],
];

const MOST_EFFECTS = 6;

export function inspectorOf(
  run: RunData,
  select: (id: number) => void,
  turnTo: (kind: ConeKind) => void,
): Inspector {
  const told = element('div', { class: 'told', 'aria-live': 'polite' });
  const turns = CONES.map(([kind, label]) => ({
    kind,
    button: button(label, { 'aria-pressed': 'false' }, () => turnTo(kind)),
  }));
  const cones = element(
    'div',
    { class: 'cones', role: 'group', 'aria-label': 'what is lit' },
    element('span', { class: 'hint' }, 'lit:'),
    ...turns.map((turn) => turn.button),
  );
  const ways = element('div', { class: 'ways' });
  const host = element('div', { class: 'inspector' }, told, ways, cones);
  return {
    host,
    show(event, cone) {
      for (const turn of turns) turn.button.setAttribute('aria-pressed', String(turn.kind === cone));
      cones.hidden = event === null;
      ways.replaceChildren(...(event === null ? [] : waysFrom(run, event, select)));
      told.replaceChildren(
        ...(event === null
          ? [element('p', { class: 'hint' }, 'No event is selected: click one, or press → in the diagram.')]
          : textOf(run, event)),
      );
    },
  };
}

function textOf(run: RunData, { id, at, node, kind, text, notes }: EventData): HTMLElement[] {
  const where = node < 0 ? kind : `${run.nodes[node]}, ${kind}`;
  const head = element(
    'p',
    { class: 'when' },
    element('strong', {}, secondsText(at)),
    ` event ${id}, ${where}`,
  );
  const list = notes.length === 0 ? [] : [element('ul', {}, ...notes.map((note) => element('li', {}, note)))];
  return [head, element('p', { class: 'what' }, text), ...list];
}

function waysFrom(run: RunData, { id, cause }: EventData, select: (id: number) => void): HTMLElement[] {
  const ways: HTMLElement[] = [];
  const asked = run.events[cause - run.firstId];
  if (asked !== undefined)
    ways.push(button(`↖ asked for by ${nameOf(run, asked)}`, {}, () => select(asked.id)));
  const effects = run.events.filter((event) => event.cause === id);
  for (const effect of effects.slice(0, MOST_EFFECTS))
    ways.push(button(`↘ asked for ${nameOf(run, effect)}`, {}, () => select(effect.id)));
  if (effects.length > MOST_EFFECTS)
    ways.push(
      element('span', { class: 'hint' }, `and ${counted(effects.length - MOST_EFFECTS, 'more event')}`),
    );
  return ways;
}

function nameOf({ nodes }: RunData, { id, node, kind }: EventData): string {
  return `${id}: ${kind}${node < 0 ? '' : ` at ${nodes[node]}`}`;
}
