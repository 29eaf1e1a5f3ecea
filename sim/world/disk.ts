// One node's disk: what a running system shows (everything written), and what would be left of it if the power failed
// now (what was synced, and of the rest whatever chance leaves). Contents are kept once, in place; for every change
// that is not yet synced the bytes that it replaced are remembered. So a commit costs little more than copying its bytes.

import { assert } from '../../src/core/assert.ts';
import type { DiskBatch, DiskCommand, Files } from '../../src/storage/disk-command.ts';
import type { Chance } from '../kernel/chance.ts';
import { type Fingerprint, PRINT } from '../kernel/fingerprint.ts';
import type { CrashOptions, DiskImage, DiskModel } from './disk-model.ts';

const FIRST_CAPACITY = 1024;

/** What a disk holds that nobody fills. */
export const UNBOUNDED = Number.MAX_SAFE_INTEGER;

/** One write or truncation that is not synced, and how to undo it. */
interface Change {
  readonly isWrite: boolean;
  readonly offset: number;
  /** End of a write; of a truncation, the same as `offset`. */
  readonly end: number;
  readonly lengthBefore: number;
  readonly lengthAfter: number;
  /** What stood from `offset` on; null = nothing. */
  readonly replaced: Uint8Array | null;
}

/** A file apart from its name. Beyond `length`, `bytes` are zeros. */
class Body {
  bytes: Uint8Array = new Uint8Array(FIRST_CAPACITY);
  length = 0;
  unsynced: Change[] = [];

  [PRINT](print: Fingerprint): void {
    print.bytes(this.bytes, this.length);
    print.add(this.unsynced);
  }

  write(offset: number, bytes: Uint8Array): void {
    const { length } = this;
    const end = offset + bytes.length;
    if (end > this.bytes.length) this.grow(end);
    this.unsynced.push({
      isWrite: true,
      offset,
      end,
      lengthBefore: length,
      lengthAfter: Math.max(end, length),
      replaced: offset < length ? this.bytes.slice(offset, Math.min(end, length)) : null,
    });
    this.bytes.set(bytes, offset);
    if (end > length) this.length = end;
  }

  truncate(to: number): void {
    const { length } = this;
    if (to > this.bytes.length) this.grow(to);
    const replaced = to < length ? this.bytes.slice(to, length) : null;
    this.unsynced.push({
      isWrite: false,
      offset: to,
      end: to,
      lengthBefore: length,
      lengthAfter: to,
      replaced,
    });
    if (to < length) this.bytes.fill(0, to, length);
    this.length = to;
  }

  private grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    larger.set(this.bytes);
    this.bytes = larger;
  }

  private undo(change: Change): void {
    const { offset, end, lengthBefore, replaced } = change;
    if (lengthBefore > this.bytes.length) this.grow(lengthBefore);
    if (change.isWrite) this.bytes.fill(0, offset, end);
    if (replaced !== null) this.bytes.set(replaced, offset);
    this.length = lengthBefore;
  }

  /** The power failed: each change that was not synced is on the medium or not, each for itself. */
  settle(chance: Chance, options: CrashOptions): void {
    const changes = this.unsynced;
    if (changes.length === 0) return;
    this.unsynced = [];
    const written: Uint8Array[] = [];
    for (let i = changes.length - 1; i >= 0; i--) {
      written[i] = this.bytes.slice(changes[i]!.offset, changes[i]!.end);
      this.undo(changes[i]!);
    }
    for (let i = 0; i < changes.length; i++) {
      if (!chance.happens(options.survivePpm)) continue;
      if (changes[i]!.isWrite)
        this.write(changes[i]!.offset, options.torn ? tear(written[i]!, chance) : written[i]!);
      else this.truncate(changes[i]!.lengthAfter);
    }
    this.unsynced = [];
  }
}

/** Wholly; or cut short; or as long as it was but with zeros at the end, as file systems leave it that note lengths first. */
function tear(bytes: Uint8Array, chance: Chance): Uint8Array {
  const way = chance.below(3);
  const kept = chance.below(bytes.length + 1);
  if (way === 0) return bytes;
  return way === 1 ? bytes.slice(0, kept) : bytes.slice().fill(0, kept);
}

function bodyOf(bytes: Uint8Array): Body {
  const body = new Body();
  body.write(0, bytes);
  body.unsynced = [];
  return body;
}

/** A change of the directory that is not synced: `body` bears `to` from now on, and `from` is nobody's name. */
interface Renaming {
  readonly from: string | null;
  readonly to: string | null;
  readonly body: Body;
}

export class Disk implements DiskModel {
  private capacity: number = UNBOUNDED;
  private copiesOnWrite = false;
  private names = new Map<string, Body>();
  /** The directory on the medium; null = the same as `names`. */
  private durableNames: Map<string, Body> | null = null;
  private unsyncedNames: Renaming[] = [];
  private underWay: DiskBatch | null = null;

  issue(batch: DiskBatch): void {
    assert(this.underWay === null, 'one batch is under way at a time');
    this.underWay = batch;
  }

  complete(): boolean {
    const batch = this.underWay;
    assert(batch !== null, 'a batch that is done was under way');
    this.underWay = null;
    return this.carryOutFirst(batch, batch.length);
  }

  /** What a running system shows. The arrays are views, valid until the next call that changes the disk. */
  files(): Files {
    const files = new Map<string, Uint8Array>();
    for (const [name, body] of this.names) files.set(name, body.bytes.subarray(0, body.length));
    return files;
  }

  /** The batch under way got as far as some command; of what was not synced by then, chance leaves what it leaves. */
  crash(chance: Chance, options: CrashOptions): void {
    this.stopUnderWay(chance, options.reached);
    const bodies = new Set(this.names.values());
    for (const body of this.durableNames?.values() ?? []) bodies.add(body);
    for (const body of bodies) body.settle(chance, options);
    if (this.durableNames === null) return;
    this.names = this.durableNames;
    for (const renaming of this.unsyncedNames) {
      if (!chance.happens(options.survivePpm)) continue;
      if (renaming.from !== null) this.names.delete(renaming.from);
      if (renaming.to !== null) this.names.set(renaming.to, renaming.body);
    }
    this.syncNames();
  }

  /** The process dies, the machine goes on: what the batch had written by then stays, synced or not. */
  stopUnderWay(chance: Chance, reached?: CrashOptions['reached']): void {
    const batch = this.underWay;
    this.underWay = null;
    if (batch === null) return;
    const drawn = chance.below(batch.length + 1);
    this.carryOutFirst(batch, reached === undefined ? drawn : reached === 'nothing' ? 0 : batch.length);
  }

  // ---- what faults do

  /** Every bit of that range of a file is turned over, where the file has bytes; returns how many bytes those are. */
  rot(name: string, offset: number, length: number): number {
    const body = this.names.get(name);
    if (body === undefined) return 0;
    const end = Math.min(offset + length, body.length);
    for (let i = offset; i < end; i++) body.bytes[i] = body.bytes[i]! ^ 0xff;
    return Math.max(0, end - offset);
  }

  /** A new, empty disk. */
  wipe(): void {
    this.names.clear();
    this.syncNames();
    this.underWay = null;
  }

  put(name: string, bytes: Uint8Array): void {
    const body = bodyOf(bytes);
    this.names.set(name, body);
    this.durableNames?.set(name, body);
  }

  image(): DiskImage {
    const image = new Map<string, Uint8Array>();
    for (const [name, bytes] of this.files()) image.set(name, bytes.slice());
    return image;
  }

  /** The disk is as it was when the image was taken, all of it on the medium. */
  restore(image: DiskImage): void {
    this.wipe();
    for (const [name, bytes] of image) this.names.set(name, bodyOf(bytes));
  }

  usedBytes(): number {
    let used = 0;
    for (const body of this.names.values()) used += body.length;
    return used;
  }

  setCapacity(bytes: number, copiesOnWrite: boolean): void {
    this.capacity = bytes;
    this.copiesOnWrite = copiesOnWrite;
  }

  // ---- inside

  /** False: it came to a write for which there is no room; as much of it as fits is written, nothing after it. */
  private carryOutFirst(batch: DiskBatch, count: number): boolean {
    for (let i = 0; i < count; i++) {
      const command = batch[i]!;
      if (this.capacity < UNBOUNDED && command.kind === 'write') {
        const fitting = this.fittingBytes(command.file, command.offset, command.bytes.length);
        if (fitting < command.bytes.length) {
          if (fitting > 0) this.open(command.file).write(command.offset, command.bytes.subarray(0, fitting));
          return false;
        }
      }
      this.carryOut(command);
    }
    return true;
  }

  /** How many bytes of a write there is room for. */
  private fittingBytes(name: string, offset: number, length: number): number {
    const room = Math.max(0, this.capacity - this.usedBytes());
    const present = this.names.get(name)?.length ?? 0;
    const inPlace = this.copiesOnWrite ? 0 : Math.max(0, present - offset);
    // A gap before the write takes room, too.
    const gap = Math.max(0, offset - present);
    return Math.max(0, Math.min(length, inPlace + room - gap));
  }

  private carryOut(command: DiskCommand): void {
    switch (command.kind) {
      case 'write':
        this.open(command.file).write(command.offset, command.bytes);
        break;
      case 'sync':
        this.sync(command.file);
        break;
      case 'truncate':
        this.open(command.file).truncate(command.length);
        break;
      case 'rename':
        this.rename(command.from, command.to);
        break;
      case 'unlink':
        this.unlink(command.file);
        break;
      case 'sync-directory':
        this.syncNames();
        break;
      default:
        command satisfies never;
    }
  }

  private open(name: string): Body {
    const known = this.names.get(name);
    if (known !== undefined) return known;
    const body = new Body();
    this.noteRenaming({ from: null, to: name, body });
    this.names.set(name, body);
    return body;
  }

  private sync(name: string): void {
    const body = this.names.get(name);
    assert(body !== undefined, `a file that is synced exists: ${name}`);
    if (body.unsynced.length > 0) body.unsynced.length = 0;
  }

  private rename(from: string, to: string): void {
    const body = this.names.get(from);
    assert(body !== undefined, `a file that is renamed exists: ${from}`);
    this.noteRenaming({ from, to, body });
    this.names.delete(from);
    this.names.set(to, body);
  }

  private unlink(name: string): void {
    const body = this.names.get(name);
    if (body === undefined) return;
    this.noteRenaming({ from: name, to: null, body });
    this.names.delete(name);
  }

  private noteRenaming(renaming: Renaming): void {
    this.durableNames ??= new Map(this.names);
    this.unsyncedNames.push(renaming);
  }

  private syncNames(): void {
    this.durableNames = null;
    this.unsyncedNames.length = 0;
  }
}
