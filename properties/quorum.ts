// Who is enough, once more and on its own: properties must not ask the code that they judge [§15].
// A plain majority of the members; of two the first; in the joint phase of a change, of the old members as well [§13].

import type { ServerIndex } from '../sim/pool/observer.ts';

/** Those whose votes and acknowledgements count in some state, the most preferred first. */
export interface Electorate {
  readonly members: readonly ServerIndex[];
  /** The previous members, while a change is in its joint phase. */
  readonly old: readonly ServerIndex[] | null;
}

function isMajority(members: readonly ServerIndex[], reached: readonly number[], least: number): boolean {
  if (members.length === 2) return reached[members[0]!]! >= least;
  let count = 0;
  for (let i = 0; i < members.length; i++) if (reached[members[i]!]! >= least) count++;
  return 2 * count > members.length;
}

/** True when those whose number is at least `least` are a quorum. */
export function isQuorum({ members, old }: Electorate, reached: readonly number[], least: number): boolean {
  return isMajority(members, reached, least) && (old === null || isMajority(old, reached, least));
}

/** True when that server needs nobody else. */
export function isAlone({ members, old }: Electorate, server: ServerIndex): boolean {
  return isEnough(members, server) && (old === null || isEnough(old, server));
}

function isEnough(members: readonly ServerIndex[], server: ServerIndex): boolean {
  return members.length <= 2 && members[0] === server;
}

/** In the pool as it was founded, if nobody came or went: how much a server's clock weighs … */
export function weightOf(servers: number, server: number): number {
  return servers === 2 && server === 0 ? 2 : 1;
}

/** … and what is enough. */
export function enoughOf(servers: number): number {
  return servers === 2 ? 2 : Math.floor(servers / 2) + 1;
}
