// The calls of applications in a recorded run, as checkers of histories want them: when each began and ended, what is known of it,
// and on which process. A process makes one call at a time and none after one whose effect is not known; a client makes several at
// once, so it is as many processes as it needs.

import type { Note, Recording } from '../explain/recording.ts';

export interface CallOfRun {
  readonly process: number;
  /** `c1` … */
  readonly client: string;
  readonly call: string;
  readonly key: string;
  readonly units: number;
  /** Of an update or a release; of a request null until it is answered. */
  readonly handle: string | null;
  /** True time, µs. */
  readonly from: number;
  /** `ok`: it had its effect; `fail`: it certainly had and will have none; `info`: nobody knows. */
  readonly end: 'ok' | 'fail' | 'info';
  /** Null: it never ended; its process was gone, or the run was. */
  readonly to: number | null;
  readonly code: string | null;
  readonly givenHandle: string | null;
}

export type Moment =
  | { readonly kind: 'begins'; readonly at: number; readonly call: CallOfRun }
  | { readonly kind: 'ends'; readonly at: number; readonly call: CallOfRun };

interface Open {
  readonly place: number;
  readonly client: string;
}

/** In the order in which they began. */
export function callsOf(recording: Recording): CallOfRun[] {
  const { scenario } = recording;
  const calls: CallOfRun[] = [];
  const open = new Map<number, Open>();
  const processes = new Processes(scenario.clients.length);

  const begin = (client: string, at: number, note: Note): void => {
    open.set(note.number as number, { place: calls.length, client });
    calls.push({
      process: processes.take(client),
      client,
      call: String(note.call),
      key: String(note.key),
      units: Number(note.units),
      handle: (note.handle as string | null) ?? null,
      from: at,
      ...{ end: 'info', to: null, code: null, givenHandle: null },
    });
  };
  const end = (at: number, note: Note): void => {
    const begun = open.get(note.number as number);
    if (begun === undefined) return;
    open.delete(note.number as number);
    const code = String(note.code);
    const result = code === 'LS_SUCCESS' ? 'ok' : note.definite === true ? 'fail' : 'info';
    const call = calls[begun.place]!;
    calls[begun.place] = { ...call, end: result, to: at, code, givenHandle: String(note.handle) };
    if (result !== 'info') processes.giveBack(begun.client, call.process);
  };
  /** Nobody will hear how its calls end. */
  const forget = (client: string): void => {
    for (const [number, begun] of open) if (begun.client === client) open.delete(number);
  };

  for (const { at, node = '', notes } of recording.events) {
    for (const note of notes) {
      const who = (note.node as string | undefined) ?? node;
      if (note.what === 'called') begin(who, at, note);
      else if (note.what === 'returned') end(at, note);
      else if (note.what === 'process gone') forget(who);
    }
  }
  return calls;
}

/** Beginnings and ends in the order of time; of those at one time ends come first, as long as they began before. */
export function momentsOf(calls: readonly CallOfRun[]): Moment[] {
  const moments: Moment[] = calls.flatMap((call): Moment[] => [
    { kind: 'begins', at: call.from, call },
    ...(call.to === null ? [] : [{ kind: 'ends' as const, at: call.to, call }]),
  ]);
  const rank = ({ kind, call }: Moment): number => (kind === 'ends' && call.from < call.to! ? 0 : 1);
  return moments
    .map((moment, place) => ({ moment, place }))
    .sort((a, b) => a.moment.at - b.moment.at || rank(a.moment) - rank(b.moment) || a.place - b.place)
    .map(({ moment }) => moment);
}

/** c1 is 0, and, of n clients, n, 2n … when it needs more. */
class Processes {
  private readonly clients: number;
  private readonly free = new Map<string, number[]>();
  private readonly made = new Map<string, number>();

  constructor(clients: number) {
    this.clients = clients;
  }

  take(client: string): number {
    const free = this.free.get(client)?.shift();
    if (free !== undefined) return free;
    const made = this.made.get(client) ?? 0;
    this.made.set(client, made + 1);
    return Number(client.slice(1)) - 1 + made * this.clients;
  }

  giveBack(client: string, process: number): void {
    const free = this.free.get(client) ?? [];
    free.push(process);
    free.sort((a, b) => a - b);
    this.free.set(client, free);
  }
}
