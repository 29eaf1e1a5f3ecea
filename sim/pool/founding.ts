// How a scenario's pool begins: the pool file it is founded with, and what lies on each server's disk at the start.

import { NONE_ENDED } from '../../src/core/ended.ts';
import { type Host, nextTerm, type StoreId } from '../../src/core/ids.ts';
import type { PoolFile } from '../../src/core/pool-file.ts';
import { encodeText, hashOfPoolFile, printPoolFile } from '../../src/core/pool-file-text.ts';
import type { FoundingTerms } from '../../src/core/server/state.ts';
import type { Charter, Meta, StateImage } from '../../src/core/state.ts';
import { type Duration, milliseconds } from '../../src/core/time.ts';
import { LICENSE_FILE } from '../../src/storage/file-names.ts';
import { Journal } from '../../src/storage/journal.ts';
import { stream } from '../kernel/chance.ts';
import { dateAfter, foundersOf, RUN_BEGINS, type Scenario, serialAt } from '../scenario/scenario.ts';
import { Disk } from '../world/disk.ts';

export function serverHost(server: number): Host {
  return `s${server + 1}`;
}

export function clientName(client: number): string {
  return `c${client + 1}`;
}

export function poolFileOf(scenario: Scenario): PoolFile {
  return {
    poolName: 'simulated',
    version: 1,
    servers: Array.from({ length: foundersOf(scenario) }, (_, server) => ({
      host: serverHost(server),
      address: null,
    })),
    licenses: scenario.licenses.map((license, i) => ({
      serial: serialAt(i),
      feature: license.feature,
      version: license.version,
      hardLimit: license.hardLimit,
      softLimit: license.softLimit === undefined ? null : Math.min(license.softLimit, license.hardLimit),
      startsAt: dateAfter(license.startsAfterMs),
      endsAt: dateAfter(license.endsAfterMs),
      keyLifetime: milliseconds(license.keyLifetimeMs),
      isTamperChecked: license.isTamperChecked ?? false,
      signature: null,
    })),
  };
}

/** The state with which a pool is founded: everybody has it, nothing is out. */
function foundingImage(scenario: Scenario, stores: readonly StoreId[]): StateImage {
  const file = poolFileOf(scenario);
  const body = encodeText(printPoolFile(file));
  const slots = stores.map((_, slot) => slot);
  const lives = file.licenses.map((license) => license.keyLifetime);
  const charter: Charter = {
    file: { version: file.version, hash: hashOfPoolFile(body), body, members: slots, past: [] },
    oldMembers: null,
    stores: new Map(stores.map((store, slot) => [slot, store])),
    hosts: new Map(slots.map((slot) => [slot, serverHost(slot)])),
    isForming: false,
    isInQuarantine: false,
    highWater: RUN_BEGINS,
    expired: new Set(),
    driftPpm: scenario.driftPpm,
    longestLife: Math.max(...lives) as Duration,
  };
  return { position: { term: nextTerm(0, 0, 0), index: 1 }, charter, live: [], ended: NONE_ENDED };
}

/** What whoever starts the servers says, should they found a pool: no holder was ever told a longer life than the licenses'. */
export function foundingTermsOf(scenario: Scenario): FoundingTerms {
  const lives = scenario.licenses.map(({ keyLifetimeMs }) => milliseconds(keyLifetimeMs));
  return Object.freeze({
    isFirstInstallation: scenario.begins === 'first installation',
    driftPpm: scenario.driftPpm,
    longestLife: Math.max(...lives) as Duration,
  });
}

/** Disks with nothing on them but the license file, and that only where it names the server. */
function blankDisks(scenario: Scenario): Disk[] {
  const body = encodeText(printPoolFile(poolFileOf(scenario)));
  return Array.from({ length: scenario.servers }, (_, server) => {
    const disk = new Disk();
    if (server < foundersOf(scenario)) putLicenseFile(disk, body);
    return disk;
  });
}

function putLicenseFile(disk: Disk, bytes: Uint8Array): void {
  disk.issue([
    { kind: 'write', file: LICENSE_FILE, offset: 0, bytes },
    { kind: 'sync', file: LICENSE_FILE },
    { kind: 'sync-directory' },
  ]);
  disk.complete();
}

/** One disk a server, as a finished formation would have left it, with the license file beside the store. */
export function foundingDisks(scenario: Scenario): Disk[] {
  if (scenario.begins !== undefined) return blankDisks(scenario);
  const chance = stream(scenario.seed, 'founding');
  const poolId = 1 + chance.below(2 ** 52 - 1);
  const stores = Array.from({ length: foundersOf(scenario) }, () => 1 + chance.below(2 ** 52 - 1));
  const image = foundingImage(scenario, stores);
  const founded = stores.map((store, slot) => {
    const meta: Meta = {
      poolId,
      store,
      slot,
      isMember: true,
      isRetired: false,
      bootSequence: 0,
      promised: image.position.term,
      promisedTo: null,
      lastFile: { version: image.charter.file.version, hash: image.charter.file.hash },
      witnesses: [],
    };
    const journal = Journal.create(meta, image, [], scenario.logLimitBytes);
    const disk = new Disk();
    disk.issue(journal.takeBatch()!);
    disk.complete();
    putLicenseFile(disk, image.charter.file.body);
    return disk;
  });
  const later = Array.from({ length: scenario.servers - founded.length }, () => new Disk());
  return [...founded, ...later];
}
