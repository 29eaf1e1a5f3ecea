// License files as people edit them: the file that the pool was founded with, with some of it changed. An edit is data, so
// that a saved scenario replays it.

import type { PoolFile } from '../../src/core/pool-file.ts';
import { encodeText, printPoolFile } from '../../src/core/pool-file-text.ts';
import { milliseconds } from '../../src/core/time.ts';
import { LICENSE_FILE } from '../../src/storage/file-names.ts';
import { dateAfter, type FileEdit, type Scenario } from '../scenario/scenario.ts';
import type { Operator } from '../world/world.ts';
import { poolFileOf, serverHost } from './founding.ts';

/** The file that lies on the disk of the server where somebody made that edit. */
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
      softLimit:
        license.softLimit === null ? null : Math.min(license.softLimit, limits?.[i] ?? license.hardLimit),
      serial: renewal === undefined ? license.serial : `${license.serial}-${renewal}`,
      endsAt: endsAfterMs === undefined ? license.endsAt : dateAfter(endsAfterMs),
      keyLifetime: keyLifetimeMs === undefined ? license.keyLifetime : milliseconds(keyLifetimeMs),
    })),
  };
}

export function editedBody(scenario: Scenario, edit: FileEdit): Uint8Array {
  return encodeText(printPoolFile(editedFile(scenario, edit)));
}

/** Whoever edits license files in a run. */
export class PoolOperator implements Operator {
  readonly file = LICENSE_FILE;
  private readonly scenario: Scenario;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
  }

  edited(edit: FileEdit): Uint8Array {
    return editedBody(this.scenario, edit);
  }
}
