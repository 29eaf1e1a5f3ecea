// Whether a license file may come into force [12.5]: it must be readable, and name servers that the pool can have.

import type { Slot } from '../ids.ts';
import { readPoolFile } from '../pool-file-text.ts';
import type { Register } from './state.ts';

export interface VerifiedFile {
  /** The slots of its servers, the best first. */
  readonly members: readonly Slot[];
}

/** Or why not. */
export function verifyFile(register: Register, body: Uint8Array): VerifiedFile | string {
  const reading = readPoolFile(body);
  if (!reading.ok) {
    const { line, column, expected, seen } = reading.complaints[0]!;
    return `${line}:${column}: expected ${expected}, saw ${seen}`;
  }
  const present = register.membership.members;
  const members: Slot[] = [];
  for (const { host } of reading.file.servers) {
    const slot = memberNamed(register, host);
    if (slot !== null) members.push(slot);
  }
  if (members.length !== present.length || members.length !== reading.file.servers.length)
    return 'it names other servers';
  if (members.length === 2 && members[0] !== present[0]) return 'it changes the order in a pool of two';
  return { members };
}

/** The present member of that name; host names are the same whatever their case. */
function memberNamed(register: Register, host: string): Slot | null {
  const name = host.toLowerCase();
  for (const slot of register.membership.members)
    if (register.charter.hosts.get(slot)!.toLowerCase() === name) return slot;
  return null;
}
