// What storage asks of a disk, and how a disk's files are handed to recovery. The interpreters (the daemon's disk, the
// simulator's disk) carry these out and decide nothing.

export type DiskCommand =
  /** Writes bytes at an offset; the file is created when it does not exist, a gap reads as zeros. */
  | { readonly kind: 'write'; readonly file: string; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly file: string; readonly length: number }
  /** Everything written to the file so far is on the medium afterwards. */
  | { readonly kind: 'sync'; readonly file: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  /** A file that is missing is removed already. */
  | { readonly kind: 'unlink'; readonly file: string }
  /** Creations, renames and unlinks so far are on the medium afterwards. */
  | { readonly kind: 'sync-directory' };

/**
 * Commands to carry out in order; those up to the next `sync` or `sync-directory` may reach the medium in any order,
 * wholly or in part, if the machine crashes. The batch is durable when all of it is done. One that found no room is carried
 * out again from its first command [16.16].
 */
export type DiskBatch = readonly DiskCommand[];

/** A disk's files as recovery reads them. */
export type Files = ReadonlyMap<string, Uint8Array>;
