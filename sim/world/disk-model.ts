// What the world needs of a disk, whatever it is made of.

import type { DiskBatch, Files } from '../../src/storage/disk-command.ts';
import type { Chance } from '../kernel/chance.ts';

export interface CrashOptions {
  /** Probability in ppm that a write that was never synced survives the crash. */
  readonly survivePpm: number;
  /** Whether a surviving write may be cut short. */
  readonly torn: boolean;
  /** How far the batch under way had got; absent: as far as chance says. */
  readonly reached?: 'nothing' | 'everything';
}

/** The contents of a disk at one moment, to be put back later. */
export type DiskImage = ReadonlyMap<string, Uint8Array>;

export interface DiskModel {
  /** Begins a batch. */
  issue(batch: DiskBatch): void;
  /** The batch under way is done: all of it is on the medium. False: it came to a write for which there was no room. */
  complete(): boolean;
  files(): Files;
  /** The machine loses power: what was not synced is lost, wholly or in part. */
  crash(chance: Chance, options: CrashOptions): void;
  /** Every bit of that range of a file is turned over, where the file has bytes; returns how many bytes those are. */
  rot(name: string, offset: number, length: number): number;
  usedBytes(): number;
  /** Bytes that all files together may have. `copiesOnWrite`: to write in place needs room as well, for the while. */
  setCapacity(bytes: number, copiesOnWrite: boolean): void;
  /** From now on it is empty. */
  wipe(): void;
  /** Somebody puts a whole file there: it is on the medium. */
  put(name: string, bytes: Uint8Array): void;
  image(): DiskImage;
  restore(image: DiskImage): void;
}
