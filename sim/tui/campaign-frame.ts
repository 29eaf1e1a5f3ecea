// A campaign under way as lines: how far it is, how fast, how many states of the pool it has come by, and a card for each kind of
// failure. Pure, as the replay's frame is; what is drawn is handed in as plain numbers and texts.

import { grouped, spanOf } from '../campaign/numbers.ts';
import { type Screen, tooSmallFor } from './frame.ts';
import { fitted, type Line, line, piece, spread } from './lines.ts';

/** The sums at a moment, in seconds since it began. */
export interface Sample {
  readonly at: number;
  readonly events: number;
  readonly states: number;
}

export interface FailureCard {
  readonly signature: string;
  readonly seeds: number;
  readonly smallestSeed: number;
  readonly reason: string;
  /** What is left of it; '' = it was not shrunk yet. */
  readonly shrunk: string;
}

export interface CampaignView {
  readonly title: string;
  /** Since it began. */
  readonly seconds: number;
  readonly seeds: number;
  readonly failed: number;
  /** From 0 to 1. */
  readonly part: number;
  readonly labels: number;
  readonly allLabels: number;
  readonly samples: readonly Sample[];
  readonly cards: readonly FailureCard[];
  /** The chosen card's place. */
  readonly choice: number;
  readonly message: string;
}

const LABEL = 9;
const SAYS = 28;
const BARS = '▁▂▃▄▅▆▇█';
const LINES_OF_CARD = 2;

export function campaignFrame(view: CampaignView, screen: Screen): Line[] {
  const tooSmall = tooSmallFor(screen);
  if (tooSmall !== null) return tooSmall;
  const { columns, rows } = screen;
  const rule = line('─'.repeat(columns), 'dim');
  const head = [...headOf(view, columns), rule, ...curvesOf(view, columns), rule];
  const foot = [rule, fitted(footOf(view), columns)];
  const room = rows - head.length - foot.length;
  const blank = fitted(line(''), columns);
  const cards = cardLines(view, columns, room);
  const body = Array.from({ length: Math.max(0, room) }, (_, at) => cards[at] ?? blank);
  return [...head, ...body, ...foot].slice(0, rows);
}

function headOf({ title, part, seeds, failed }: CampaignView, width: number): Line[] {
  const verdict =
    failed === 0 ? piece('✓ none failed ', 'good') : piece(`✗ ${grouped(failed)} failed `, 'bad');
  const far = piece(`${Math.floor(part * 100)} %  ${grouped(seeds)} seeds  `);
  return [spread([piece(` ${title}`, 'bold')], [far, verdict], width)];
}

function curvesOf({ samples, seconds, part, labels, allLabels }: CampaignView, width: number): Line[] {
  const room = width - LABEL - SAYS;
  const last = samples.at(-1) ?? { at: 0, events: 0, states: 0 };
  const left = part <= 0 || part >= 1 ? '' : `, ${spanOf((seconds * (1 - part)) / part)} left`;
  const done = Math.round(part * room);
  const reached = Math.round((room * labels) / Math.max(1, allLabels));
  const speeds = resampled(samples, room, (from, to) =>
    to.at > from.at ? (to.events - from.events) / (to.at - from.at) : 0,
  );
  const states = resampled(samples, room, (_, to) => to.states);
  const speed = last.at === 0 ? 0 : Math.round(last.events / last.at);
  const row = (name: string, bars: string, says: string): Line =>
    fitted(
      [piece(` ${name}`.padEnd(LABEL), 'bold'), piece(bars.padEnd(room), 'accent'), piece(` ${says}`)],
      width,
    );
  return [
    row('time', `${'█'.repeat(done)}${'░'.repeat(room - done)}`, `${spanOf(seconds)}${left}`),
    row('speed', sparkline(speeds), `${grouped(speed)} events/s`),
    row('states', sparkline(states), `${grouped(last.states)} of the pool`),
    row('labels', '█'.repeat(reached) + '░'.repeat(room - reached), `${labels} of ${allLabels} reached`),
  ];
}

/** The chosen one is always among them. */
function cardLines({ cards, choice }: CampaignView, width: number, room: number): Line[] {
  if (cards.length === 0) return [fitted(line(' no property was violated so far', 'dim'), width)];
  const most = Math.max(1, Math.floor(room / LINES_OF_CARD));
  const first = Math.max(0, Math.min(choice - (most >> 1), cards.length - most));
  return cards.slice(first, first + most).flatMap((card, at) => {
    const { signature, seeds, smallestSeed, reason, shrunk } = card;
    const isChosen = first + at === choice;
    const many =
      seeds === 1 ? `seed ${smallestSeed}` : `${grouped(seeds)} seeds, the first is ${smallestSeed}`;
    const says = ` ${isChosen ? '▶' : ' '} ${signature}  ${many}${shrunk === '' ? '' : `; shrunk to ${shrunk}`}`;
    return [fitted(line(says, isChosen ? 'chosen' : 'bad'), width), fitted(line(`     ${reason}`), width)];
  });
}

function footOf({ message, cards }: CampaignView): Line {
  if (message !== '') return line(` ${message}`, 'warn');
  return line(` ${cards.length === 0 ? '' : '↑↓ failure  Enter replay  '}q Ctrl-C stop`, 'dim');
}

/** One number a column, over equal times. */
function resampled(
  samples: readonly Sample[],
  columns: number,
  numberOf: (from: Sample, to: Sample) => number,
): number[] {
  const numbers: number[] = [];
  const end = samples.at(-1)?.at ?? 0;
  const wanted = Math.min(columns, samples.length - 1);
  let from = 0;
  for (let column = 1; column <= wanted; column++) {
    let to = from + 1;
    while (to < samples.length - 1 && samples[to]!.at < (end * column) / wanted) to++;
    if (to >= samples.length) break;
    numbers.push(numberOf(samples[from]!, samples[to]!));
    from = to;
  }
  return numbers;
}

function sparkline(numbers: readonly number[]): string {
  const most = Math.max(0, ...numbers);
  const barOf = (number: number): string =>
    BARS[most === 0 ? 0 : Math.max(0, Math.ceil((number * BARS.length) / most) - 1)]!;
  return numbers.map(barOf).join('');
}
