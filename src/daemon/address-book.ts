// Where the servers of the pool listen: by the license file in force, else by the one on this server's disk, else at the
// usual port of the host.

import type { Host } from '../core/ids.ts';
import { DEFAULT_PORT, listeningAddress, readPoolFile } from '../core/pool-file-text.ts';
import type { Server } from '../core/server/state.ts';

export class AddressBook {
  private readonly server: Server;
  private hashes = '';
  private addresses: ReadonlyMap<Host, string> = new Map();

  constructor(server: Server) {
    this.server = server;
  }

  of(host: Host): string {
    return this.all().get(host) ?? `${host}:${DEFAULT_PORT}`;
  }

  /** By name; those of the file in force, and of the one on this server's disk. */
  all(): ReadonlyMap<Host, string> {
    const inForce = this.server.register?.charter.file;
    const { localFile } = this.server;
    // A file is replaced, never changed: it is read once.
    const hashes = `${inForce?.hash} ${localFile?.hash}`;
    if (hashes !== this.hashes) {
      const addresses = new Map<Host, string>();
      for (const file of [localFile, inForce]) {
        if (file === null || file === undefined) continue;
        const reading = readPoolFile(file.body);
        if (!reading.ok) continue;
        for (const each of reading.file.servers) addresses.set(each.host, listeningAddress(each));
      }
      this.addresses = addresses;
      this.hashes = hashes;
    }
    return this.addresses;
  }
}
