// What a disk's files say, after any crash and any damage [§16]. It reads, judges and proposes repairs; it changes
// nothing and decides nothing about the protocol. Whatever was durable is found or its loss is told: 'corrupt'.

import type { Position } from '../core/ids.ts';
import { type Delta, type Meta, metaOf, type StateImage } from '../core/state.ts';
import type { DiskBatch, DiskCommand, Files } from './disk-command.ts';
import { isStoreFile, isTemporary, LOG_COPIES, logName, logNumberOf, META } from './file-names.ts';
import { readLog } from './log.ts';
import { findMeta } from './meta-file.ts';

/** A store as its disk has it: the state is `image` with `deltas` applied in order; `image` null = blank. */
export interface RecoveredStore {
  readonly meta: Meta;
  readonly image: StateImage | null;
  /** Each begins where the one before ended, the first where the image stands. */
  readonly deltas: readonly Delta[];
}

/** Where a journal goes on. */
export interface JournalPlace {
  readonly metaSequence: number;
  /** Number of the log in force, 0 = none. */
  readonly logNumber: number;
  readonly logBytes: number;
  readonly snapshotBytes: number;
}

export interface Recovered {
  readonly kind: 'recovered';
  readonly store: RecoveredStore;
  readonly place: JournalPlace;
  /** Makes durable what was found, in both copies, and removes what does not count. To be done before the store acts. */
  readonly repairs: DiskBatch;
  /** What was found damaged or unfinished, for people. */
  readonly notes: readonly string[];
}

export type Recovery =
  /** No store was ever completed here; an unfinished one may have left files. */
  | { readonly kind: 'empty' }
  | Recovered
  /** What was durable here is lost: the store must not be used [§14]. */
  | { readonly kind: 'corrupt'; readonly reason: string };

export function recover(files: Files): Recovery {
  const metaFile = files.get(META);
  const logNumber = highestLog(files);
  if (metaFile === undefined) {
    return logNumber === 0 ? { kind: 'empty' } : corrupt(`there is no meta file, but log ${logNumber}`);
  }
  const meta = findMeta(metaFile);
  if (meta === null) return corrupt('no copy in the meta file is good');

  const notes: string[] = [];
  const repairs: DiskCommand[] = [...meta.repairs];
  if (repairs.length > 0) notes.push('a copy of the meta record was mended');
  repairs.push({ kind: 'sync', file: META });

  let log: FoundState = NO_STATE;
  if (logNumber > 0) {
    const found = recoverLog(files, logNumber, meta.meta, repairs, notes);
    if (typeof found === 'string') return corrupt(found);
    log = found;
  }
  // The names found may be known to the running system only. Were the old log removed before they are on the medium,
  // a power failure could leave the removal and take the new log's name.
  repairs.push({ kind: 'sync-directory' });
  const unused = [...files.keys()].filter((file) => isTemporary(file) || isOldLog(file, log.number));
  for (const file of unused) repairs.push({ kind: 'unlink', file });
  if (unused.length > 0) repairs.push({ kind: 'sync-directory' });

  return {
    kind: 'recovered',
    store: { meta: raisePromise(meta.meta, log.position), image: log.image, deltas: log.deltas },
    place: {
      metaSequence: meta.sequence,
      logNumber: log.number,
      logBytes: log.bytes,
      snapshotBytes: log.snapshotBytes,
    },
    repairs,
    notes,
  };
}

/** Every file that a new store on this disk has to remove first. */
export function leftovers(files: Files): string[] {
  return [...files.keys()].filter((file) => isStoreFile(file) || isTemporary(file));
}

interface FoundState {
  readonly number: number;
  readonly image: StateImage | null;
  readonly deltas: readonly Delta[];
  readonly position: Position | null;
  readonly bytes: number;
  readonly snapshotBytes: number;
}

const NO_STATE: FoundState = {
  number: 0,
  image: null,
  deltas: [],
  position: null,
  bytes: 0,
  snapshotBytes: 0,
};

function corrupt(reason: string): Recovery {
  return { kind: 'corrupt', reason };
}

function highestLog(files: Files): number {
  let highest = 0;
  for (const file of files.keys()) highest = Math.max(highest, logNumberOf(file));
  return highest;
}

function isOldLog(file: string, current: number): boolean {
  const number = logNumberOf(file);
  return number > 0 && number !== current;
}

/**
 * Meta and state are separate files: a crash between their syncs may leave the promise behind the state. An Append of a
 * term between would then be acknowledged by a store that already follows a later one [§7, §16].
 */
function raisePromise(meta: Meta, position: Position | null): Meta {
  if (position === null || position.term <= meta.promised) return meta;
  return metaOf({ ...meta, promised: position.term, promisedTo: null });
}

/** The state in log `number`, or in what way it is lost. Adds the repairs of its two files. */
function recoverLog(
  files: Files,
  number: number,
  meta: Meta,
  repairs: DiskCommand[],
  notes: string[],
): FoundState | string {
  const names = LOG_COPIES.map((copy) => logName(number, copy));
  const copies = names.map((name) => files.get(name) ?? new Uint8Array(0));
  const log = readLog(copies[0]!, copies[1]!);
  if (log.reason !== '') return `log ${number}: ${log.reason}`;

  // Retiring writes a new store's meta first and removes the old store's log afterwards [§13].
  if (log.store !== meta.store) {
    notes.push(`log ${number} belongs to a store that retired`);
    return NO_STATE;
  }
  for (const [i, file] of names.entries()) {
    for (const range of log.bad[i]!) {
      notes.push(`${file}: bytes ${range.start} to ${range.end} were mended from the other copy`);
      repairs.push({
        kind: 'write',
        file,
        offset: range.start,
        bytes: copies[1 - i]!.slice(range.start, range.end),
      });
    }
    if (copies[i]!.length > log.end) {
      notes.push(`${file}: an unfinished tail was cut at ${log.end}`);
      repairs.push({ kind: 'truncate', file, length: log.end });
    }
    repairs.push({ kind: 'sync', file });
  }
  return {
    number,
    image: log.image,
    deltas: log.deltas,
    position: log.position,
    bytes: log.end,
    snapshotBytes: log.snapshotEnd,
  };
}
