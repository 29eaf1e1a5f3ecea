// The license file on a server's disk, beside its store [§12]: people put it there and edit it, so it may be anything. It is
// read once, at boot, and handed to the protocol as it is.

import { hashOfPoolFile, MOST_BYTES } from '../core/pool-file-text.ts';
import type { LocalFile } from '../core/state.ts';
import type { Files } from './disk-command.ts';
import { LICENSE_FILE } from './file-names.ts';

/** Null when there is none. What is larger than any license file is taken for none. */
export function readLocalFile(files: Files): LocalFile | null {
  const bytes = files.get(LICENSE_FILE);
  if (bytes === undefined || bytes.length > MOST_BYTES) return null;
  const body = bytes.slice();
  return { body, hash: hashOfPoolFile(body) };
}
