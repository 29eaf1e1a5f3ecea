// How each Leader accounts for its tokens while it leads: its own grants and renewals, what earlier Leaders granted and nobody has
// renewed yet, and what is free. Read from what Leaders say of themselves; each reign begins with the counts that it was begun with.

import type { Note, RecordedEvent } from '../explain/recording.ts';
import type { AccountingData } from './page/data.ts';

interface Reign {
  readonly server: string;
  readonly license: string;
  to: number;
  readonly steps: [at: number, mine: number, previous: number, free: number][];
}

interface Counts {
  readonly mine: number;
  readonly previous: number;
  readonly free: number;
}

/** One for each reign and license. */
export function accountingOf(
  events: readonly RecordedEvent[],
  endsAt: number,
): (Omit<AccountingData, 'node'> & { readonly server: string })[] {
  const reigns: Reign[] = [];
  /** By server, then by key. */
  const open = new Map<string, Map<string, Reign>>();
  const granted = new Map<string, { readonly key: string; readonly units: number }>();
  const mine = new Map<string, Set<string>>();

  const endReign = (server: string, at: number): void => {
    for (const reign of open.get(server)?.values() ?? []) reign.to = at;
    open.delete(server);
  };
  const beginReign = (server: string, at: number, tokens: Readonly<Record<string, Counts>>): void => {
    endReign(server, at);
    mine.set(server, new Set());
    const keys = new Map<string, Reign>();
    for (const [key, counts] of Object.entries(tokens)) {
      const reign: Reign = { server, license: key.split('|')[0]!, to: endsAt, steps: [] };
      reign.steps.push([at, counts.mine, counts.previous, counts.free]);
      reigns.push(reign);
      keys.set(key, reign);
    }
    open.set(server, keys);
  };
  const move = (server: string, at: number, key: string, by: Counts): void => {
    const steps = open.get(server)?.get(key)?.steps;
    const last = steps?.at(-1);
    if (steps === undefined || last === undefined) return;
    // Strings that come into force meanwhile are not told: what was granted of them was never free.
    steps.push([at, last[1] + by.mine, last[2] + by.previous, Math.max(0, last[3] + by.free)]);
  };
  const grant = (server: string, at: number, handle: string, key: string, units: number): void => {
    granted.set(handle, { key, units });
    mine.get(server)?.add(handle);
    move(server, at, key, { mine: units, previous: 0, free: -units });
  };
  const renew = (server: string, at: number, handle: string): void => {
    const token = granted.get(handle);
    if (token === undefined) return;
    mine.get(server)?.add(handle);
    move(server, at, token.key, { mine: token.units, previous: -token.units, free: 0 });
  };
  const end = (server: string, at: number, handle: string, key: string, units: number): void => {
    const previous = open.get(server)?.get(key)?.steps.at(-1)?.[2] ?? 0;
    // A lead that was handed over brings tokens that are its own from the beginning.
    const wasMine = mine.get(server)?.delete(handle) === true || previous < units;
    move(server, at, key, {
      mine: wasMine ? -units : 0,
      previous: wasMine ? 0 : -units,
      free: units,
    });
  };
  const take = (server: string, at: number, note: Note): void => {
    const [handle, key, units] = [String(note.handle), String(note.key), Number(note.units)];
    switch (note.what) {
      case 'took over':
        beginReign(server, at, (note.tokens ?? {}) as Readonly<Record<string, Counts>>);
        break;
      case 'granted':
        grant(server, at, handle, key, units);
        break;
      case 'renewed':
        if (note.wasPrevious === true) renew(server, at, handle);
        break;
      case 'ended':
        end(server, at, handle, key, units);
        break;
      case 'stepped down':
      case 'follows':
      case 'crashed':
      case 'discarded':
        endReign(server, at);
        break;
    }
  };

  for (const { at, node = '', notes } of events) {
    for (const note of notes) take((note.node as string | undefined) ?? node, at, note);
  }
  return reigns;
}
