// A data folder as the disk of a store [§16]: carries out one batch after the other with real syncs, and reads what is
// there at boot. It decides nothing: a full disk and a failed sync are told, and mean something to others.

import {
  closeSync,
  constants,
  fstatSync,
  fsync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { MOST_BYTES } from '../core/pool-file-text.ts';
import type { DiskBatch, DiskCommand, Files } from '../storage/disk-command.ts';
import { isStoreFile, isTemporary, LICENSE_FILE } from '../storage/file-names.ts';

export interface DiskOwner {
  /** All of the batch is on the medium. */
  batchDone(): void;
  batchFoundNoRoom(): void;
  /** What is on the medium nobody knows any more: the process has to end [16.14]. */
  diskFailed(error: NodeJS.ErrnoException): void;
}

type ByCommand<Kind extends DiskCommand['kind']> = Extract<DiskCommand, { kind: Kind }>;

export class Disk {
  private readonly folder: string;
  private readonly owner: DiskOwner;
  private readonly folderHandle: number;
  private readonly handles = new Map<string, number>();
  private batch: DiskBatch = [];
  private next = 0;
  private syncsUnderWay = 0;
  private hasFailed = false;

  /** Throws what the operating system says when the folder cannot be opened. */
  constructor(folder: string, owner: DiskOwner) {
    this.folder = folder;
    this.owner = owner;
    this.folderHandle = openSync(folder, constants.O_RDONLY);
  }

  /** The owner is told after this call has returned, never within it. */
  carryOut(batch: DiskBatch): void {
    this.batch = batch;
    this.next = 0;
    this.goOn();
  }

  private goOn(): void {
    const { batch } = this;
    try {
      while (this.next < batch.length) {
        const command = batch[this.next]!;
        if (command.kind === 'sync' || command.kind === 'sync-directory') {
          this.beginSyncs();
          return;
        }
        this.next++;
        this.carryOutOne(command);
      }
    } catch (error) {
      this.tell(error as NodeJS.ErrnoException);
      return;
    }
    setImmediate(() => this.owner.batchDone());
  }

  private carryOutOne(command: ByCommand<'write' | 'truncate' | 'rename' | 'unlink'>): void {
    switch (command.kind) {
      case 'write':
        this.write(command);
        break;
      case 'truncate':
        ftruncateSync(this.open(command.file), command.length);
        break;
      case 'rename': {
        // The handle goes with the file, not with the name.
        const handle = this.handles.get(command.from);
        renameSync(join(this.folder, command.from), join(this.folder, command.to));
        this.close(command.to);
        this.handles.delete(command.from);
        if (handle !== undefined) this.handles.set(command.to, handle);
        break;
      }
      case 'unlink':
        this.close(command.file);
        try {
          unlinkSync(join(this.folder, command.file));
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        }
        break;
    }
  }

  private write({ file, offset, bytes }: ByCommand<'write'>): void {
    const handle = this.open(file);
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(handle, bytes, done, bytes.length - done, offset + done);
    }
  }

  /** Syncs that stand side by side wait for the medium together: both copies of the log cost the time of one. */
  private beginSyncs(): void {
    const handles: number[] = [];
    for (; this.next < this.batch.length; this.next++) {
      const command = this.batch[this.next]!;
      if (command.kind === 'sync') handles.push(this.open(command.file));
      else if (command.kind === 'sync-directory') handles.push(this.folderHandle);
      else break;
    }
    this.syncsUnderWay = handles.length;
    for (const handle of handles) fsync(handle, this.onSynced);
  }

  private readonly onSynced = (error: NodeJS.ErrnoException | null): void => {
    if (error !== null) this.fail(error);
    this.syncsUnderWay--;
    if (this.syncsUnderWay === 0 && !this.hasFailed) this.goOn();
  };

  private open(file: string): number {
    const known = this.handles.get(file);
    if (known !== undefined) return known;
    const handle = openSync(join(this.folder, file), constants.O_RDWR | constants.O_CREAT, 0o644);
    this.handles.set(file, handle);
    return handle;
  }

  private close(file: string): void {
    const handle = this.handles.get(file);
    if (handle === undefined) return;
    this.handles.delete(file);
    closeSync(handle);
  }

  private tell(error: NodeJS.ErrnoException): void {
    if (error.code === 'ENOSPC' || error.code === 'EDQUOT') setImmediate(() => this.owner.batchFoundNoRoom());
    else this.fail(error);
  }

  private fail(error: NodeJS.ErrnoException): void {
    if (this.hasFailed) return;
    this.hasFailed = true;
    setImmediate(() => this.owner.diskFailed(error));
  }
}

/** Every file that a store in that folder may have written, and the license file. Throws what the system says. */
export function readFolder(folder: string): Files {
  const files = new Map<string, Uint8Array>();
  for (const name of readdirSync(folder)) {
    if (!isStoreFile(name) && !isTemporary(name) && name !== LICENSE_FILE) continue;
    // One byte more than a license file may have shows that it has too many.
    const most = name === LICENSE_FILE ? MOST_BYTES + 1 : Number.MAX_SAFE_INTEGER;
    files.set(name, readFile(join(folder, name), most));
  }
  return files;
}

function readFile(path: string, most: number): Uint8Array {
  const handle = openSync(path, constants.O_RDONLY);
  try {
    const bytes = new Uint8Array(Math.min(fstatSync(handle).size, most));
    let length = 0;
    while (length < bytes.length) {
      const read = readSync(handle, bytes, length, bytes.length - length, length);
      if (read === 0) break;
      length += read;
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(handle);
  }
}
