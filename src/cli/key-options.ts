// How a command is told by which keys it is known: a folder as `regency rlf keys` makes it, or three files of an
// administrator's own; or that it is to do without, on this machine.

import { join } from 'node:path';
import type { Command } from 'commander';
import { type KeyPaths, type Keys, readKeys } from '../node/keys.ts';
import { CannotGoOn } from './terminal.ts';

export interface KeyOptions {
  readonly keys?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly plaintext?: boolean;
}

export function withKeyOptions(command: Command): Command {
  return command
    .option('--keys <folder>', "its keys: ca.pem, cert.pem and key.pem, as 'regency rlf keys' makes them")
    .option('--ca <file>', 'the certificate of the authority, instead of that in the folder')
    .option('--cert <file>', 'its certificate, likewise')
    .option('--key <file>', 'the private key to it, likewise')
    .option('--plaintext', 'do without keys and encryption; on loopback addresses only');
}

/** Null = in plain text. Throws CannotGoOn. */
export function keysBy(options: KeyOptions): Keys | null {
  const paths = keyPaths(options);
  if (paths === null) return null;
  const keys = readKeys(paths, new Date());
  if (typeof keys === 'string') throw new CannotGoOn(keys);
  return keys;
}

/** Null = in plain text. */
export function keyPaths({ keys, ca, cert, key, plaintext }: KeyOptions): KeyPaths | null {
  if (plaintext) {
    if (keys ?? ca ?? cert ?? key) throw new CannotGoOn('either keys or --plaintext: not both');
    return null;
  }
  const paths = {
    ca: ca ?? (keys && join(keys, 'ca.pem')),
    cert: cert ?? (keys && join(keys, 'cert.pem')),
    key: key ?? (keys && join(keys, 'key.pem')),
  };
  if (!paths.ca || !paths.cert || !paths.key)
    throw new CannotGoOn(
      'give --keys FOLDER, or --ca, --cert and --key; or --plaintext, on loopback addresses only',
    );
  return paths as KeyPaths;
}
