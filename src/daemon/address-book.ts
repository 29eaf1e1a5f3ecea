// Where the servers of the pool listen: by the license file in force, else by the one on this server's disk, else at the
// usual port of the host. Servers that a change brings in are known by its file before it is in force, and those that it
// removed as they were known: nobody else can let the ones in, and tell the others that they are gone.

import type { Host } from '../core/ids.ts';
import { DEFAULT_PORT, listeningAddress, readPoolFile } from '../core/pool-file-text.ts';
import type { Server } from '../core/server/state.ts';

export class AddressBook {
  private readonly server: Server;
  private hashes = '';
  private addresses: ReadonlyMap<Host, string> = new Map();
  /** Of everybody who was ever in one of these files while this process ran; the present ones win. */
  private readonly known = new Map<Host, string>();

  constructor(server: Server) {
    this.server = server;
  }

  of(host: Host): string {
    this.readFiles();
    return this.known.get(host) ?? `${host}:${DEFAULT_PORT}`;
  }

  /** By name; those of the file in force, and of the one on this server's disk. */
  all(): ReadonlyMap<Host, string> {
    this.readFiles();
    return this.addresses;
  }

  private readFiles(): void {
    const { localFile, role, register } = this.server;
    const inForce = register?.charter.file ?? null;
    const change = role.kind === 'leader' ? role.change : null;
    // A file is replaced, never changed: it is read once.
    const hashes = `${inForce?.hash} ${localFile?.hash} ${change?.hash}`;
    if (hashes === this.hashes) return;
    this.hashes = hashes;
    if (change !== null) learn(change.body, this.known);
    const addresses = new Map<Host, string>();
    for (const file of [localFile, inForce]) if (file !== null) learn(file.body, addresses);
    for (const [host, address] of addresses) this.known.set(host, address);
    this.addresses = addresses;
  }
}

function learn(body: Uint8Array, addresses: Map<Host, string>): void {
  const reading = readPoolFile(body);
  if (!reading.ok) return;
  for (const each of reading.file.servers) addresses.set(each.host, listeningAddress(each));
}
