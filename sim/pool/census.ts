// Which states a pool comes by, seen from far away: for each server its role and what it lacks of the best of the others, and
// of the pool how full its table is. Names, times, terms and positions are left out but for how they compare, and several
// servers in the same state are as many as two. What is counted is a hash of that, so a run leaves a list of numbers.
//
// Every step of a server is looked at, since a state may last for one step; but only at a few of its fields, and the whole is
// made only when one of those has changed.

import { comparePositions } from '../../src/core/ids.ts';
import { isFrozen, type Leader, type Register, type Server } from '../../src/core/server/state.ts';

/** What a change of which makes it worth looking at the whole. */
interface Glance {
  role: Server['role'] | null;
  bits: number;
  promised: number;
  charter: Register['charter'] | null;
}

const NOBODY = 0;

export class Census {
  private readonly servers: (Readonly<Server> | null)[] = [];
  private readonly glances: Glance[] = [];
  /** Words of the servers, and how many there are of each; filled anew each time. */
  private readonly words: number[] = [];
  private readonly seen = new Set<number>();

  constructor(servers: number) {
    for (let i = 0; i < servers; i++) {
      this.servers.push(null);
      this.glances.push({ role: null, bits: -1, promised: -1, charter: null });
      this.words.push(NOBODY);
    }
  }

  /** Hashes of the states that the run came by, in that order; integers below 2^52. */
  states(): number[] {
    return [...this.seen];
  }

  stepped(index: number, server: Readonly<Server>): void {
    const glance = this.glances[index]!;
    const bits = glanceOf(server);
    const charter = server.register === null ? null : server.register.charter;
    if (
      bits === glance.bits &&
      server.role === glance.role &&
      server.meta.promised === glance.promised &&
      charter === glance.charter
    )
      return;
    glance.bits = bits;
    glance.role = server.role;
    glance.promised = server.meta.promised;
    glance.charter = charter;
    this.servers[index] = server;
    this.count();
  }

  crashed(index: number): void {
    this.servers[index] = null;
    this.glances[index]!.bits = -1;
    this.count();
  }

  private count(): void {
    const { servers, words } = this;
    const best = bestOf(servers);
    for (let i = 0; i < servers.length; i++) {
      const server = servers[i]!;
      words[i] = server === null ? NOBODY : wordOf(server, i, best);
    }
    words.sort(ascending);
    // Two hashes of 26 bits, of the pool's size and of each word with whether it is there more than once.
    let low = hashed(0x2545f491, servers.length);
    let high = hashed(0x9e3779b9 | 0, servers.length);
    for (let i = 0; i < words.length; ) {
      const word = words[i]!;
      let next = i + 1;
      while (next < words.length && words[next] === word) next++;
      const entry = Math.imul(word, 2) + (next - i > 1 ? 1 : 0);
      low = hashed(low, entry);
      high = hashed(high, Math.imul(entry, 0x85ebca77));
      i = next;
    }
    this.seen.add((mixed(high) >>> 6) * 2 ** 26 + (mixed(low) >>> 6));
  }
}

/** The Leader of the highest term, and the most that any running server has. */
interface Best {
  leader: number;
  term: number;
  promised: number;
  position: Register['position'] | null;
  fileVersion: number;
}

function bestOf(servers: readonly (Readonly<Server> | null)[]): Best {
  const best: Best = { leader: -1, term: 0, promised: 0, position: null, fileVersion: 0 };
  for (let i = 0; i < servers.length; i++) {
    const server = servers[i]!;
    if (server === null) continue;
    const { role, meta, register } = server;
    if (role.kind === 'leader' && role.term > best.term) {
      best.leader = i;
      best.term = role.term;
    }
    if (meta.promised > best.promised) best.promised = meta.promised;
    if (register === null) continue;
    const { position, charter } = register;
    if (best.position === null || comparePositions(position, best.position) > 0) best.position = position;
    if (charter.file.version > best.fileVersion) best.fileVersion = charter.file.version;
  }
  return best;
}

/** Fields of one server that are worth a look at all servers when they change; 17 bits. */
function glanceOf({
  role,
  canvass,
  fetch,
  isLed,
  isUnfit,
  meta,
  register,
  fileOffer,
}: Readonly<Server>): number {
  let bits = flag(canvass !== null, 0) | flag(fetch !== null, 1) | flag(isLed, 2) | flag(isUnfit, 3);
  bits |= flag(meta.isMember, 4) | flag(fileOffer !== null, 5);
  if (role.kind !== 'leader') return bits;
  return bits | (fullnessOf(register!) << 6) | (leaderBits(role) << 8);
}

/** One server in a pool of which `best` is known; 31 bits, never 0. */
function wordOf(server: Readonly<Server>, index: number, best: Best): number {
  const { role, meta, register, durablePosition } = server;
  let word = roleOf(server);
  // Better or worse than who leads: preference is what names stand for.
  word |= (best.leader < 0 ? 0 : index < best.leader ? 1 : index > best.leader ? 2 : 3) << 3;
  word |= flag(meta.promised < best.promised, 5);
  word |= flag(role.kind === 'leader' && role.term < best.promised, 6);
  word |= flag(server.fetch !== null, 7) | flag(server.isUnfit, 8) | flag(meta.isMember, 9);
  word |= flag(server.fileOffer !== null, 10);
  word |= flag(server.syncingSince !== null, 11);
  if (register === null) return word;
  const { position, charter } = register;
  const behind =
    best.position === null || position.term !== best.position.term
      ? 3
      : position.index < best.position.index
        ? 2
        : 1;
  word |= behind << 12;
  word |= flag(durablePosition !== null && comparePositions(durablePosition, position) < 0, 14);
  word |= flag(charter.file.version < best.fileVersion, 15);
  word |= flag(meta.lastFile?.version !== charter.file.version, 16);
  if (role.kind !== 'leader') return word;
  word |= leaderBits(role) << 17;
  word |= flag(charter.expired.size > 0, 28);
  return word | (fullnessOf(register) << 26);
}

/** 1 … 7 */
function roleOf({ role, canvass, isLed }: Readonly<Server>): number {
  switch (role.kind) {
    case 'follower':
      return canvass !== null ? 3 : isLed ? 1 : 2;
    case 'candidate':
      return role.reformation === null ? 4 : 5;
    case 'founder':
      return 6;
    case 'leader':
      return 7;
  }
}

/** Nine bits. */
function leaderBits(leader: Leader): number {
  const { handOver, change, fileFetch, poolClock } = leader;
  const phase = handOver === null ? 0 : handOver.phase === 'trial' ? 1 : handOver.phase === 'freeze' ? 2 : 3;
  return (
    phase |
    flag(leader.isActive, 2) |
    flag(change !== null, 3) |
    flag(fileFetch !== null, 4) |
    flag(poolClock.isTampered, 5) |
    flag(poolClock.leapSince !== null, 6) |
    flag(leader.pending.length > leader.pendingFrom, 7) |
    flag(isFrozen(leader) && leader.held.length > 0, 8)
  );
}

/** The fullest key: 0 nothing is out, 1 something, 2 all, 3 more than there is. */
function fullnessOf({ table, catalog }: Register): number {
  let fullness = 0;
  for (const [key, { units }] of table.usage) {
    if (units === 0) continue;
    let limit = 0;
    for (const { hardLimit } of catalog.stringsOf(key)) limit += hardLimit;
    const its = units > limit ? 3 : units === limit ? 2 : 1;
    if (its > fullness) fullness = its;
  }
  return fullness;
}

function flag(isSet: boolean, place: number): number {
  return isSet ? 1 << place : 0;
}

function ascending(a: number, b: number): number {
  return a - b;
}

function hashed(hash: number, entry: number): number {
  const turned = Math.imul(hash ^ entry, 0x5bd1e995);
  return (turned ^ (turned >>> 15) ^ Math.imul(hash, 0x27d4eb2f)) | 0;
}

function mixed(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
