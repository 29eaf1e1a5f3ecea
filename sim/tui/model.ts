// What the screen is about: which run, which event, which node, what is searched for, what is asked. A pure reducer: a key goes in, the
// next model comes out, and what the world outside must do about it (end, save, run something else) is a wish in it.

import type { RecordedEvent } from '../explain/recording.ts';
import { type Past, pastOf } from '../explain/story.ts';
import { type Disturbance, firstAfter, type Jump, type Timeline } from '../explain/timeline.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { matches, wantedIn } from './search.ts';
import { type WhatIf, whatIfs } from './what-if.ts';

/** A run as far as it is on tape. */
export interface Film {
  readonly scenario: Scenario;
  readonly events: readonly RecordedEvent[];
  readonly timeline: Timeline;
  readonly isOver: boolean;
}

/** Another run beside it: what would have happened, or what it is compared with. */
export interface Branch {
  /** `what if …`, `against …`. */
  readonly text: string;
  /** Of its column. */
  readonly heading: string;
  readonly film: Film;
  /** True time of the first event that is not the same in both, µs; null: not known yet, or there is none. */
  readonly partsAt: number | null;
}

export type Prompt = { readonly kind: 'find' | 'filter' | 'time'; readonly text: string };

export type Wish =
  | { readonly kind: 'quit' }
  | { readonly kind: 'run'; readonly whatIf: WhatIf }
  | { readonly kind: 'this run alone' }
  | { readonly kind: 'save'; readonly scenario: Scenario };

export interface Model {
  /** The id of the event at the cursor; 0 = before the first. */
  readonly cursor: number;
  /** The selected node's place, servers first. */
  readonly node: number;
  readonly panel: 'sequence' | 'node' | 'help' | 'legend';
  /** µs of true time in one column of the overview. */
  readonly scale: number;
  readonly prompt: Prompt | null;
  readonly find: string;
  /** Only events whose words contain it are shown; '' = all. */
  readonly filter: string;
  readonly mark: number | null;
  /** The causal past of the event from which `w` began. */
  readonly past: Past | null;
  readonly choices: readonly WhatIf[] | null;
  readonly choice: number;
  readonly message: string;
  readonly wish: Wish | null;
}

/** A key as a name (`left`, `shift+left`, `tab`, `enter`, `escape`, `backspace`) or what was typed. */
export type Key = string;

const SECOND = 1_000_000;
/** Of an overview on a terminal of 80. */
const COLUMNS = 72;
const SCALES = [
  1000,
  2000,
  5000,
  10_000,
  20_000,
  50_000,
  100_000,
  200_000,
  300_000,
  500_000,
  SECOND,
  2 * SECOND,
  5 * SECOND,
  20 * SECOND,
  60 * SECOND,
  300 * SECOND,
];

/** The overview begins with about the whole run. */
export function newModel({ endsAt }: Scenario): Model {
  return {
    cursor: 0,
    node: 0,
    panel: 'sequence',
    scale: SCALES.find((scale) => endsAt / scale <= COLUMNS) ?? SCALES.at(-1)!,
    prompt: null,
    find: '',
    filter: '',
    mark: null,
    past: null,
    choices: null,
    choice: 0,
    message: '',
    wish: null,
  };
}

export function reduce(model: Model, key: Key, film: Film, branch: Branch | null): Model {
  const before = { ...model, message: '', wish: null };
  if (before.prompt !== null) return onPrompt(before, before.prompt, key, film);
  if (before.choices !== null) return onChoices(before, before.choices, key);
  if (before.panel === 'help' || before.panel === 'legend') return onHelp(before, key);
  const move = MOVES[key];
  if (move !== undefined) return at(before, move(before, film), film);
  const jump = JUMP_KEYS[key];
  if (jump !== undefined) return onJump(before, jump, film);
  return onCommand(before, key, film, branch);
}

/** Where each key of movement leads from the cursor. */
const MOVES: Readonly<Record<Key, (model: Model, film: Film) => number>> = {
  right: (model, film) => shown(model, film, 1),
  l: (model, film) => shown(model, film, 1),
  left: (model, film) => shown(model, film, -1),
  h: (model, film) => shown(model, film, -1),
  down: (model, film) => ofNode(model, film, 1),
  j: (model, film) => ofNode(model, film, 1),
  up: (model, film) => ofNode(model, film, -1),
  k: (model, film) => ofNode(model, film, -1),
  'shift+right': (model, film) => idAt(film, timeOf(film, model.cursor) + SECOND),
  L: (model, film) => idAt(film, timeOf(film, model.cursor) + SECOND),
  'shift+left': (model, film) => idAt(film, timeOf(film, model.cursor) - SECOND),
  H: (model, film) => idAt(film, timeOf(film, model.cursor) - SECOND),
  g: () => 1,
  home: () => 1,
  G: (_, film) => film.events.length,
  end: (_, film) => film.events.length,
  "'": (model) => model.mark ?? model.cursor,
};

const JUMP_KEYS: Readonly<Record<Key, readonly [Jump, 1 | -1]>> = {
  f: ['fault', 1],
  F: ['fault', -1],
  e: ['leader', 1],
  E: ['leader', -1],
  t: ['grant', 1],
  T: ['grant', -1],
  r: ['label', 1],
  R: ['label', -1],
  d: ['move', 1],
  D: ['move', -1],
  v: ['violation', 1],
  V: ['violation', -1],
};

const NOTHING_TO_JUMP_TO: Readonly<Record<Jump, string>> = {
  fault: 'no fault',
  leader: 'no change of the leader',
  grant: 'no grant',
  label: 'no state that campaigns must reach',
  move: 'no move of a search',
  violation: 'no violation',
};

function onJump(model: Model, [jump, way]: readonly [Jump, 1 | -1], film: Film): Model {
  const ids = film.timeline.jumps[jump];
  const next = firstAfter(ids, way === 1 ? model.cursor : model.cursor - 1, (id) => id);
  const id = way === 1 ? ids[next] : ids[next - 1];
  if (id !== undefined) return at(model, id, film);
  const where = way === 1 ? 'after' : 'before';
  return { ...model, message: `${NOTHING_TO_JUMP_TO[jump]} ${where} this${film.isOver ? '' : ' yet'}` };
}

function onCommand(model: Model, key: Key, film: Film, branch: Branch | null): Model {
  const nodes = film.timeline.servers.length + film.timeline.clients.length;
  switch (key) {
    case 'q':
    case 'ctrl+c':
      return wish(model, { kind: 'quit' });
    case '?':
      return { ...model, panel: 'help' };
    case 'i':
      return { ...model, panel: model.panel === 'node' ? 'sequence' : 'node' };
    case 'tab':
      return { ...model, node: (model.node + 1) % nodes };
    case 'shift+tab':
      return { ...model, node: (model.node + nodes - 1) % nodes };
    case '+':
      return { ...model, scale: scaleBeside(model.scale, -1) };
    case '-':
      return { ...model, scale: scaleBeside(model.scale, 1) };
    case '/':
      return { ...model, prompt: { kind: 'find', text: '' } };
    case '&':
      return { ...model, prompt: { kind: 'filter', text: model.filter } };
    case ':':
      return { ...model, prompt: { kind: 'time', text: '' } };
    case 'n':
      return found(model, film, 1);
    case 'N':
      return found(model, film, -1);
    case 'enter':
      return follow(model, film);
    case 'escape':
      return wish({ ...model, filter: '', past: null }, { kind: 'this run alone' });
    case 'm':
      return { ...model, mark: model.cursor, message: "marked; ' comes back" };
    case 'w':
      return why(model, film);
    case 'W':
      return whatOf(model, film);
    case 'o':
      return besides(model, film, 1);
    case 'O':
      return besides(model, film, -1);
    case 'x':
      return asked(model, film);
    case 's':
      return branch === null
        ? { ...model, message: 'nothing to save: x asks what would have happened' }
        : wish(model, { kind: 'save', scenario: branch.film.scenario });
    default:
      return { ...model, message: '? lists the keys' };
  }
}

function onHelp(model: Model, key: Key): Model {
  if (key === 'q' || key === 'ctrl+c') return wish(model, { kind: 'quit' });
  return { ...model, panel: key === '?' && model.panel === 'help' ? 'legend' : 'sequence' };
}

function onPrompt(model: Model, prompt: Prompt, key: Key, film: Film): Model {
  if (key === 'escape' || key === 'ctrl+c') return { ...model, prompt: null };
  if (key === 'backspace') return { ...model, prompt: { ...prompt, text: prompt.text.slice(0, -1) } };
  if (key !== 'enter') {
    const isText = key.length === 1 || !/^[a-z+]+$/.test(key);
    return isText && prompt.text.length < 60
      ? { ...model, prompt: { ...prompt, text: prompt.text + key } }
      : model;
  }
  const done = { ...model, prompt: null };
  if (prompt.kind === 'find') return found({ ...done, find: prompt.text }, film, 1);
  if (prompt.kind === 'filter') return filtered(done, prompt.text, film);
  const seconds = Number(prompt.text.replace(/\s*s$/, '').replaceAll(' ', ''));
  return Number.isFinite(seconds) && prompt.text !== ''
    ? at(done, idAt(film, Math.round(seconds * SECOND)), film)
    : { ...done, message: `expected a time in seconds such as 41.2, saw ${prompt.text || 'nothing'}` };
}

function onChoices(model: Model, choices: readonly WhatIf[], key: Key): Model {
  const digit = /^[1-9]$/.test(key) ? Number(key) - 1 : -1;
  const chosen = key === 'enter' ? model.choice : digit;
  if (chosen >= 0 && chosen < choices.length) {
    const whatIf = choices[chosen]!;
    return wish(
      { ...model, choices: null, message: `running: what if ${whatIf.text}` },
      { kind: 'run', whatIf },
    );
  }
  if (key === 'down' || key === 'j') return { ...model, choice: (model.choice + 1) % choices.length };
  if (key === 'up' || key === 'k') {
    return { ...model, choice: (model.choice + choices.length - 1) % choices.length };
  }
  return { ...model, choices: null };
}

/** To what asked for the event: the sending of what arrives, the arming of a timer. */
function why(model: Model, film: Film): Model {
  const event = film.events[model.cursor - 1];
  if (event === undefined) return model;
  const past = model.past?.has(event.id) === true ? model.past : pastOf(film.events, event);
  if (event.cause === 0)
    return { ...model, past, message: 'nothing asked for it: it was there from the beginning' };
  return { ...at(model, event.cause, film), past };
}

/** To the first event that this one asked for. */
function whatOf(model: Model, film: Film): Model {
  const next = film.events.findIndex(({ cause }, place) => place >= model.cursor && cause === model.cursor);
  return next < 0 ? { ...model, message: 'nothing came of it' } : at(model, next + 1, film);
}

/** To another event that the same one asked for: a message to every server, say. */
function besides(model: Model, film: Film, way: 1 | -1): Model {
  const cause = film.events[model.cursor - 1]?.cause ?? 0;
  if (cause === 0) return { ...model, message: 'nothing asked for it: it was there from the beginning' };
  for (let id = model.cursor + way; id > cause && id <= film.events.length; id += way) {
    if (film.events[id - 1]!.cause === cause) return at(model, id, film);
  }
  return { ...model, message: `nothing else came of event ${cause} ${way === 1 ? 'after' : 'before'} this` };
}

function asked(model: Model, film: Film): Model {
  const event = film.events[model.cursor - 1];
  if (event === undefined) return { ...model, message: 'before the first event there is nothing to change' };
  const isFrame = event.from !== undefined && event.cause > 0;
  const sentAt = isFrame ? film.events[event.cause - 1]!.at : null;
  const choices = whatIfs(film.scenario, event, lastingAt(film, event.at), sentAt).slice(0, 9);
  return choices.length === 0
    ? { ...model, message: 'nothing to change here: go to a message, a fault, or an event of a server' }
    : { ...model, choices, choice: 0 };
}

/** Only what concerns the handle, or else the message, of the event at the cursor; once more: everything. */
function follow(model: Model, film: Film): Model {
  if (model.filter !== '') return { ...model, filter: '' };
  const event = film.events[model.cursor - 1];
  const handle = event?.notes.find(({ handle }) => typeof handle === 'string')?.handle as string | undefined;
  if (handle !== undefined) return filtered(model, handle.slice(0, 8), film);
  if (event?.from !== undefined && event.cause > 0) return at(model, event.cause, film);
  return { ...model, message: 'neither a handle nor a message is here to be followed' };
}

function filtered(model: Model, filter: string, film: Film): Model {
  if (filter === '') return { ...model, filter };
  const wanted = wantedIn(filter);
  const isAny = film.events.some((event) => matches(event, wanted));
  return isAny ? { ...model, filter } : { ...model, message: `no event has ${JSON.stringify(filter)}` };
}

function found(model: Model, film: Film, way: 1 | -1): Model {
  if (model.find === '') return { ...model, message: '/ searches' };
  const wanted = wantedIn(model.find);
  for (let id = model.cursor + way; id >= 1 && id <= film.events.length; id += way) {
    if (matches(film.events[id - 1]!, wanted)) return at(model, id, film);
  }
  return { ...model, message: `${JSON.stringify(model.find)} is not ${way === 1 ? 'after' : 'before'} this` };
}

function shown(model: Model, film: Film, way: 1 | -1): number {
  if (model.filter === '') return model.cursor + way;
  const wanted = wantedIn(model.filter);
  for (let id = model.cursor + way; id >= 1 && id <= film.events.length; id += way) {
    if (matches(film.events[id - 1]!, wanted)) return id;
  }
  return model.cursor;
}

function ofNode(model: Model, film: Film, way: 1 | -1): number {
  const ids = film.timeline.eventsOf.get(nameOf(film, model.node)) ?? [];
  const next = firstAfter(ids, way === 1 ? model.cursor : model.cursor - 1, (id) => id);
  return (way === 1 ? ids[next] : ids[next - 1]) ?? model.cursor;
}

/** Selects the node of the event that is gone to, or the first that its fault strikes. */
function at(model: Model, wanted: number, film: Film): Model {
  const cursor = Math.max(film.events.length === 0 ? 0 : 1, Math.min(wanted, film.events.length));
  const event = film.events[cursor - 1];
  const struck = event?.notes.find(({ nodes }) => Array.isArray(nodes))?.nodes as string[] | undefined;
  const name = event?.node ?? struck?.[0];
  const node = name === undefined ? model.node : placeOf(film, name);
  return { ...model, cursor, node: node < 0 ? model.node : node };
}

function wish(model: Model, wanted: Wish): Model {
  return { ...model, wish: wanted };
}

export function nameOf({ timeline: { servers, clients } }: Film, node: number): string {
  return (node < servers.length ? servers[node] : clients[node - servers.length]) ?? '';
}

function placeOf({ timeline: { servers, clients } }: Film, name: string): number {
  const server = servers.indexOf(name);
  if (server >= 0) return server;
  const client = clients.indexOf(name);
  return client < 0 ? -1 : servers.length + client;
}

/** True time of an event, µs; 0 before the first. */
export function timeOf({ events }: Film, id: number): number {
  return events[id - 1]?.at ?? 0;
}

/** The last event up to that time, at least the first. */
export function idAt({ events }: Film, time: number): number {
  return Math.max(
    1,
    firstAfter(events, time, ({ at: when }) => when),
  );
}

export function lastingAt({ timeline }: Film, time: number): Disturbance[] {
  return timeline.disturbances.filter(({ from, to }) => from <= time && time <= to);
}

function scaleBeside(scale: number, way: 1 | -1): number {
  const place = SCALES.indexOf(scale);
  return SCALES[Math.max(0, Math.min(SCALES.length - 1, place + way))]!;
}
