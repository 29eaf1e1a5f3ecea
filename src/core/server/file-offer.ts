// When a local license file is an edit, and as what it is offered [12.2–12.5]: by hashes and versions alone, never by the
// time of a change.

import type { FileOffer } from '../message.ts';
import { readPoolFile } from '../pool-file-text.ts';
import type { FileInForce, LocalFile, Meta } from '../state.ts';

/** So many versions back a file that is put back is known not to be an edit. */
const MOST_PAST = 64;

/** The greatest version that a file may have. */
export const MOST_VERSION = 2 ** 31 - 1;

/**
 * The offer of the file that was found at boot; null when it is no edit. A store that never installed a file never offers,
 * and neither does one whose file is an earlier version. The file in force is not excluded: at boot it may be uncommitted,
 * and the edit would be forgotten when that state is replaced.
 */
export function offerOf(
  localFile: LocalFile | null,
  lastFile: Meta['lastFile'],
  past: readonly string[],
): FileOffer | null {
  if (localFile === null || lastFile === null) return null;
  const { hash } = localFile;
  if (hash === lastFile.hash || past.includes(hash)) return null;
  const reading = readPoolFile(localFile.body);
  const written = reading.ok ? reading.file.version : 0;
  const isExplicit = written > lastFile.version;
  const version = isExplicit ? written : lastFile.version + 1;
  return version > MOST_VERSION ? null : { version, baseVersion: lastFile.version, isExplicit, hash };
}

/** True when the offer may follow the file in force: made from it, or of a version that was written into it. */
export function follows(offer: FileOffer, file: FileInForce): boolean {
  return offer.version > file.version && (offer.isExplicit || offer.baseVersion === file.version);
}

/** The past of the file that comes after `file`. */
export function pastWith(file: FileInForce): readonly string[] {
  return [...file.past, file.hash].slice(-MOST_PAST);
}
