// What of a run is drawn over time: what each server was, what each client believed to hold, what was disturbed, how many units
// were believed to be held of each license, and the events to which one jumps. It grows with the tape, event by event.

import { electionRoundOf } from '../../src/core/ids.ts';
import type { Move, Scenario } from '../scenario/scenario.ts';
import type { Note, RecordedEvent } from './recording.ts';

/** What a server is: each has a letter and a shade, never a colour alone. */
export type Standing = 'down' | 'follower' | 'candidate' | 'elected' | 'leader' | 'frozen';

export interface Span<Kind> {
  /** True time, µs; `to` is Infinity while it lasts. */
  readonly from: number;
  to: number;
  readonly kind: Kind;
  /** A term's round for a server, a handle's first letters for a client, a fault in words. */
  readonly label: string;
}

export interface Disturbance extends Span<string> {
  /** Its place in the plan. */
  readonly fault: number;
  readonly nodes: readonly string[];
}

/** Units believed to be held of one license from a moment on. */
export interface Level {
  readonly from: number;
  readonly units: number;
}

export type Jump = 'fault' | 'leader' | 'grant' | 'label' | 'move' | 'violation';

const JUMPS_OF: Readonly<Record<string, Jump>> = {
  'fault begins': 'fault',
  'fault ends': 'fault',
  'took over': 'leader',
  'stepped down': 'leader',
  granted: 'grant',
  reached: 'label',
  violated: 'violation',
};

const LETTERS = 4;

export class Timeline {
  readonly servers: readonly string[];
  readonly clients: readonly string[];
  readonly standings = new Map<string, Span<Standing>[]>();
  readonly beliefs = new Map<string, Span<'held'>[]>();
  readonly disturbances: Disturbance[] = [];
  /** By license, as `cad`. */
  readonly levels = new Map<string, Level[]>();
  /** The ids of the events to jump to, in order. */
  readonly jumps: Readonly<Record<Jump, number[]>> = {
    fault: [],
    leader: [],
    grant: [],
    label: [],
    move: [],
    violation: [],
  };
  /** The moves of a hand that steers the run, by the event before which each is made. */
  readonly moves: ReadonlyMap<number, readonly Move[]>;
  /** Events of each node, by its name. */
  readonly eventsOf = new Map<string, number[]>();
  private readonly rounds = new Map<string, string>();
  private readonly held = new Map<string, Held>();
  private read = 0;

  constructor({ servers, clients, moves = [] }: Scenario) {
    const byEvent = new Map<number, Move[]>();
    for (const move of moves) byEvent.set(move.before, [...(byEvent.get(move.before) ?? []), move]);
    this.moves = byEvent;
    this.servers = Array.from({ length: servers }, (_, server) => `s${server + 1}`);
    this.clients = clients.map((_, client) => `c${client + 1}`);
    for (const server of this.servers) this.standings.set(server, []);
    for (const client of this.clients) this.beliefs.set(client, []);
    for (const node of [...this.servers, ...this.clients]) this.eventsOf.set(node, []);
  }

  /** Takes in the events that it has not seen, and the violations, which are marked last. */
  extend(events: readonly RecordedEvent[], isOver: boolean): void {
    for (; this.read < events.length; this.read++) this.take(events[this.read]!);
    if (isOver && this.jumps.violation.length === 0) {
      for (const { id, notes } of events) {
        if (notes.some(({ what }) => what === 'violated')) this.jumps.violation.push(id);
      }
    }
  }

  /** Units believed to be held of that license at that time. */
  levelAt(license: string, at: number): number {
    const levels = this.levels.get(license) ?? [];
    const next = firstAfter(levels, at, ({ from }) => from);
    return next === 0 ? 0 : levels[next - 1]!.units;
  }

  private take(event: RecordedEvent): void {
    this.expire(event.at);
    if (event.node !== undefined) this.eventsOf.get(event.node)?.push(event.id);
    const jumps = new Set<Jump>(this.moves.has(event.id) ? ['move'] : []);
    for (const note of event.notes) {
      const node = (note.node as string | undefined) ?? event.node ?? '';
      const jump = JUMPS_OF[note.what];
      if (jump !== undefined && jump !== 'violation') jumps.add(jump);
      if (this.standings.has(node)) this.takeStanding(node, event.at, note);
      else if (this.beliefs.has(node)) this.takeBelief(node, event.at, note);
      this.takeFault(event.at, note);
    }
    for (const jump of jumps) this.jumps[jump].push(event.id);
  }

  private takeStanding(server: string, at: number, note: Note): void {
    if (typeof note.term === 'number' && note.term > 0 && note.what !== 'sent' && note.what !== 'received') {
      this.rounds.set(server, String(electionRoundOf(note.term)));
    }
    const standing = standingAfter(note);
    if (standing === null) return;
    const spans = this.standings.get(server)!;
    const label = standing === 'down' ? '' : (this.rounds.get(server) ?? '');
    const last = spans.at(-1);
    if (last?.kind === standing && last.label === label) return;
    endLast(spans, at);
    spans.push({ from: at, to: Number.POSITIVE_INFINITY, kind: standing, label });
  }

  private takeBelief(client: string, at: number, note: Note): void {
    const { what } = note;
    if (what === 'believes') {
      const handle = note.handle as string;
      const license = licenseOf(note.key as string);
      const known = this.held.get(handle);
      if (known !== undefined) {
        known.until = note.until as number;
        return;
      }
      const span = {
        from: at,
        to: Number.POSITIVE_INFINITY,
        kind: 'held' as const,
        label: handle.slice(0, LETTERS),
      };
      this.beliefs.get(client)!.push(span);
      const units = note.units as number;
      this.held.set(handle, { client, license, units, until: note.until as number, span });
      this.raise(license, at, units);
    } else if (what === 'believes no more') this.letGo(note.handle as string, at);
    else if (what === 'process gone' || what === 'crashed') {
      for (const [handle, { client: holder }] of this.held) if (holder === client) this.letGo(handle, at);
    }
  }

  private takeFault(at: number, note: Note): void {
    if (note.what === 'fault begins') {
      this.disturbances.push({
        from: at,
        to: Number.POSITIVE_INFINITY,
        kind: note.kind as string,
        label: note.text as string,
        fault: note.fault as number,
        nodes: note.nodes as string[],
      });
    } else if (note.what === 'fault ends') {
      const begun = this.disturbances.findLast(({ fault }) => fault === note.fault);
      if (begun !== undefined) begun.to = at;
    }
  }

  /** A client that sleeps does not say that its time is over. */
  private expire(at: number): void {
    for (const [handle, { until }] of this.held) if (until <= at) this.letGo(handle, until);
  }

  private letGo(handle: string, at: number): void {
    const held = this.held.get(handle);
    if (held === undefined) return;
    this.held.delete(handle);
    held.span.to = at;
    this.raise(held.license, at, -held.units);
  }

  private raise(license: string, at: number, by: number): void {
    let levels = this.levels.get(license);
    if (levels === undefined) {
      levels = [];
      this.levels.set(license, levels);
    }
    levels.push({ from: at, units: (levels.at(-1)?.units ?? 0) + by });
  }
}

interface Held {
  readonly client: string;
  readonly license: string;
  readonly units: number;
  until: number;
  readonly span: Span<'held'>;
}

/** The first place whose value is above `limit`; the length when there is none. */
export function firstAfter<T>(list: readonly T[], limit: number, numberOf: (each: T) => number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numberOf(list[middle]!) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

function standingAfter({ what }: Note): Standing | null {
  switch (what) {
    case 'booted':
    case 'follows':
    case 'stepped down':
    case 'discarded':
    case 'retired':
      return 'follower';
    case 'stood':
    case 'founds':
      return 'candidate';
    case 'elected':
      return 'elected';
    case 'took over':
    case 'hand-over aborted':
      return 'leader';
    case 'froze':
      return 'frozen';
    case 'crashed':
      return 'down';
    default:
      return null;
  }
}

function endLast(spans: Span<unknown>[], at: number): void {
  const last = spans.at(-1);
  if (last !== undefined) last.to = at;
}

export function licenseOf(key: string): string {
  return key.split('|')[0]!;
}
