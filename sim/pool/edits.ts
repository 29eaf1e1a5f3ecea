// License files as people edit them: the file that the pool was founded with, with some of it changed. An edit is data, so
// that a saved scenario replays it.

import type { PoolFile } from '../../src/core/pool-file.ts';
import { encodeText, printPoolFile } from '../../src/core/pool-file-text.ts';
import { milliseconds } from '../../src/core/time.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { dateAfter, poolFileOf, serverHost } from './founding.ts';

/** What is other than in the file that the pool was founded with; whatever is absent is as it was. */
export interface FileEdit {
  /** The version in its text. Below the pool's own it says nothing: a file that is edited without touching it. */
  readonly version?: number;
  /** Hard limits of the licenses, in the order of the scenario; those beyond the list stay. */
  readonly limits?: readonly number[];
  /** The license strings are renewed for the so-manyth time: they have new serials. */
  readonly renewal?: number;
  /** End date of all strings, in civil ms after the run begins. */
  readonly endsAfterMs?: number;
  readonly keyLifetimeMs?: number;
  /** The servers, the most preferred first. */
  readonly servers?: readonly number[];
}

export function editedFile(scenario: Scenario, edit: FileEdit): PoolFile {
  const file = poolFileOf(scenario);
  const { version, limits, renewal, endsAfterMs, keyLifetimeMs, servers } = edit;
  return {
    ...file,
    version: version ?? file.version,
    servers:
      servers === undefined
        ? file.servers
        : servers.map((server) => ({ host: serverHost(server), address: null })),
    licenses: file.licenses.map((license, i) => ({
      ...license,
      hardLimit: limits?.[i] ?? license.hardLimit,
      serial: renewal === undefined ? license.serial : `${license.serial}-${renewal}`,
      endsAt: endsAfterMs === undefined ? license.endsAt : dateAfter(endsAfterMs),
      keyLifetime: keyLifetimeMs === undefined ? license.keyLifetime : milliseconds(keyLifetimeMs),
    })),
  };
}

/** The bytes that lie on the disk of the server where somebody made that edit. */
export function editedBody(scenario: Scenario, edit: FileEdit): Uint8Array {
  return encodeText(printPoolFile(editedFile(scenario, edit)));
}
