// Which failures are one and the same: the property, and its reason without what differs from seed to seed. What led there
// is no part of it: of a run that is not shrunk it would be mostly noise, and would make a card of every seed.

import { createHash } from 'node:crypto';
import type { Violation } from './outcome.ts';

/** Names a group of violations: `S5-1f3a9c02`. */
export function signatureOf({ property, pattern }: Pick<Violation, 'property' | 'pattern'>): string {
  return `${property}-${hashOf(`${property} ${pattern}`).slice(0, 8)}`;
}

/** 16 hexadecimal digits. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
