// The keys of a program that takes tokens, out of a folder as `regency rlf keys` makes it.

import { join } from 'node:path';
import { type Keys, readKeys } from '../node/keys.ts';

/** Throws an Error that says what is wrong with them and what to do. */
export function keysIn(folder: string): Keys {
  const [ca, cert, key] = [join(folder, 'ca.pem'), join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const keys = readKeys({ ca, cert, key }, new Date());
  if (typeof keys === 'string') throw new Error(keys);
  return keys;
}
