// How a command is told where the pool is: by its license file, or server by server.

import type { Command } from 'commander';
import type { Host } from '../core/ids.ts';
import { DEFAULT_PORT, listeningAddress, MOST_BYTES, readPoolFile } from '../core/pool-file-text.ts';
import { parseAddress } from '../node/address.ts';
import { type KeyOptions, withKeyOptions } from './key-options.ts';
import { readInput } from './read-input.ts';
import { CannotGoOn } from './terminal.ts';

export interface PoolOptions extends KeyOptions {
  readonly file?: string;
  readonly server: readonly string[];
}

export function withPoolOptions(command: Command): Command {
  const repeated = (text: string, former: readonly string[]): string[] => [...former, text];
  return withKeyOptions(
    command
      .option('--file <lservrlf>', "the pool's license file, which says where its servers are")
      .option('--server <name[=address]>', 'a server of the pool, instead; may be repeated', repeated, []),
  );
}

/** Where each server listens, in order of preference. Throws CannotGoOn. */
export async function serversBy({ file, server }: PoolOptions): Promise<ReadonlyMap<Host, string>> {
  const servers = new Map<Host, string>();
  for (const text of server) {
    const [name = '', address = `${name}:${DEFAULT_PORT}`] = text.split('=', 2);
    if (name === '' || parseAddress(address) === null)
      throw new CannotGoOn(`--server ${text}: expected NAME or NAME=HOST:PORT`);
    servers.set(name, address);
  }
  if (file !== undefined) {
    const reading = readPoolFile(await readInput(file, MOST_BYTES));
    if (!reading.ok) throw new CannotGoOn(`${file} is no pool file: 'regency rlf check' says where`);
    for (const each of reading.file.servers) {
      if (!servers.has(each.host)) servers.set(each.host, listeningAddress(each));
    }
  }
  if (servers.size === 0) throw new CannotGoOn('say where the pool is: with --file, or with --server');
  return servers;
}
