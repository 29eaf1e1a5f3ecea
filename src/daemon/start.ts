// A server from its data folder: everything that can be wrong with the folder, the license file or the address is told as
// one line that says what to do, before anything of the store is written.

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Host, isSameHost } from '../core/ids.ts';
import { listeningAddress, readPoolFile } from '../core/pool-file-text.ts';
import { USUAL_FOUNDING } from '../core/server/state.ts';
import { isLoopback, parseAddress } from '../node/address.ts';
import { readFolder } from '../node/disk.ts';
import { lockFolder } from '../node/folder-lock.ts';
import { uriOf } from '../node/identity.ts';
import type { Keys } from '../node/keys.ts';
import type { Vendor } from '../node/vendor.ts';
import { putWhole } from '../node/whole-file.ts';
import { LICENSE_FILE, META } from '../storage/file-names.ts';
import { Daemon, type DaemonWatcher } from './daemon.ts';

export interface StartOptions {
  readonly host: Host;
  readonly folder: string;
  /** A license file for a folder that has none yet. */
  readonly licenseFile: string | null;
  /** Where to listen instead of where the license file says. */
  readonly listen: string | null;
  readonly isFirstInstallation: boolean;
  /** Null: in plain text, on loopback. */
  readonly keys: Keys | null;
  /** Null: licenses need no signature. */
  readonly vendor: Vendor | null;
}

export interface Started {
  readonly daemon: Daemon;
  readonly address: string;
  /** Why the file on its disk, which is not the one in force, will not come into force [12.11]; null = it may. */
  readonly objection: string | null;
}

/** The server, or why there is none. */
export async function startDaemon(options: StartOptions, watcher: DaemonWatcher): Promise<Started | string> {
  const { host, folder, licenseFile, isFirstInstallation, keys, vendor } = options;
  let files: ReturnType<typeof readFolder>;
  /** For a folder that has none. It is put there when nothing is wrong with it. */
  let given: Uint8Array | null = null;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!(await lockFolder(folder)))
      return `another server runs on ${folder}: stop it first, or give another folder`;
    files = readFolder(folder);
    if (licenseFile !== null) {
      const body = readFileSync(licenseFile);
      const present = files.get(LICENSE_FILE);
      if (present !== undefined && !body.equals(present)) {
        return `${join(folder, LICENSE_FILE)} is there already and differs from ${licenseFile}: edit the one in the folder`;
      }
      if (present === undefined) given = body;
    }
  } catch (error) {
    return `cannot use ${folder}: ${(error as Error).message}`;
  }

  const body = files.get(LICENSE_FILE) ?? given;
  const reading = body === null ? null : readPoolFile(body);
  const hasStore = files.has(META);
  if (reading === null && !hasStore)
    return `${folder} has no license file: give one with --file, for the first start`;
  // A server with a store goes on by the file in force; what people did to the one on its disk is judged by the Leader.
  if (reading?.ok === false && !hasStore) {
    return `${licenseFile ?? join(folder, LICENSE_FILE)} is no pool file: 'regency rlf check' says where`;
  }
  // What is in force is judged when the store is read; an edit beside it comes to nothing, and stops no server.
  const objection = (body && vendor?.objectionTo(body)) ?? null;
  if (objection !== null && !hasStore) return `${licenseFile ?? join(folder, LICENSE_FILE)}: ${objection}`;
  const servers = reading?.ok === true ? reading.file.servers : [];
  const self = servers.find((server) => server.host === host);
  if (self === undefined && !hasStore) {
    return `the license file does not name ${host}, but ${servers.map((each) => each.host).join(', ')}: say which one this is with --host`;
  }
  const text = options.listen ?? (self === undefined ? `${host}:5093` : listeningAddress(self));
  const address = parseAddress(text);
  if (address === null) return `${text} is no address: expected HOST:PORT`;
  if (keys === null && !isLoopback(address.host)) {
    return `without keys a server listens on loopback only, and ${text} is not: give --listen 127.0.0.1:PORT`;
  }
  const wrong =
    keys === null ? null : wrongKeys(keys, host, reading?.ok === true ? reading.file.poolName : null);
  if (wrong !== null) return wrong;

  try {
    if (given !== null) {
      putWhole(join(folder, LICENSE_FILE), given, 0o644);
      files = readFolder(folder);
    }
  } catch (error) {
    return `cannot use ${folder}: ${(error as Error).message}`;
  }

  const founding = { ...USUAL_FOUNDING, isFirstInstallation };
  try {
    const daemon = new Daemon({ host, folder, files, founding, keys, vendor }, watcher);
    const refused = daemon.objectionToFileInForce();
    if (refused !== null) return `the license file in force: ${refused}`;
    await daemon.start(address);
    return { daemon, address: text, objection };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') return `${text} is in use: stop what listens there, or give another --listen`;
    return `cannot listen on ${text}: ${message}`;
  }
}

/** Why these are not the keys of that server; `pool` is null where nothing says which one it is of. */
export function wrongKeys({ identity }: Keys, host: Host, pool: string | null): string | null {
  if (
    identity.role === 'server' &&
    isSameHost(identity.name, host) &&
    (pool === null || identity.pool === pool)
  )
    return null;
  const expected = uriOf({ pool: pool ?? identity.pool, role: 'server', name: host });
  return `the keys are those of ${uriOf(identity)}: give those of ${expected}`;
}
