// What a pool is in the middle of: the phases in which a fault may strike it. A pool is in the union of what its running
// servers and its clients are in, since most faults strike more than one node, and what strikes one is felt by all. Asked for
// when a fault begins or strikes again, never for each event.

import { poolTimeAt } from '../../src/core/server/pool-clock.ts';
import type { Leader, Register, Server } from '../../src/core/server/state.ts';
import type { PhaseReader, World } from '../world/world.ts';
import { ClientMachine } from './client-machine.ts';
import { leaderOf, serverAt } from './roles.ts';

export const PHASES = [
  /** A Leader serves, and nothing of the rest down to the joint change goes on. */
  'steady',
  /** No server runs. */
  'all down',
  /** Servers run, and none leads or asks to. */
  'leaderless',
  'electing',
  /** Elected, and none of its rounds is confirmed. */
  'activating',
  'trial',
  'freeze',
  'hand-over sent',
  /** A whole state is being pulled. */
  'state fetch',
  /** The store that counts for a running server's slot is another one, or the server does not know yet that it is its own. */
  'readmission',
  'formation',
  're-formation',
  /** A new license file is being pulled, or is not yet installed everywhere. */
  'file sync',
  'change prepared',
  'joint change',
  // What may go on beside all that.
  'quarantine',
  /** Pool time is within a tick of a license's end. */
  'expiry edge',
  /** A quorum of clocks is far behind pool time. */
  'tamper',
  /** More is out of a key than its license strings allow: its limit was lowered. */
  'over-committed',
  'renewal in flight',
  'release in flight',
] as const;

export type Phase = (typeof PHASES)[number];

const BITS = Object.fromEntries(PHASES.map((phase, place) => [phase, 1 << place])) as Record<Phase, number>;

/** Phases during which a pool is not steady. */
const UNSTEADY = BITS.quarantine - 1;

/** The names of the phases in a set of bits, in their order. */
export function phasesIn(bits: number): Phase[] {
  return PHASES.filter((phase) => (bits & BITS[phase]) !== 0);
}

/** Without fields: it reads the world that it is given. */
export class PoolPhases implements PhaseReader {
  phases(world: World): number {
    let bits = 0;
    let isUp = false;
    const leading = leaderOf(world);
    const leader = leading < 0 ? undefined : serverAt(world, leading);
    for (let node = 0; node < world.servers; node++) {
      const server = serverAt(world, node);
      if (server === undefined) continue;
      isUp = true;
      bits |= ofServer(server);
      if (leader?.register != null) bits |= beside(server, leader.register);
    }
    if (!isUp) bits |= BITS['all down'];
    else if (leader === undefined) {
      if ((bits & (BITS.electing | BITS.formation | BITS['re-formation'])) === 0) bits |= BITS.leaderless;
    } else if (leader.role.kind === 'leader') {
      const clock = world.hosts[leading]!.clock;
      bits |= ofLeader(leader, leader.role, leader.register!, clock.local(world.now));
      if (leader.role.isActive && (bits & UNSTEADY) === 0) bits |= BITS.steady;
    }
    return bits | ofClients(world);
  }
}

function ofServer({ role, canvass, fetch, register }: Readonly<Server>): number {
  let bits = 0;
  if (role.kind === 'candidate') bits |= BITS[role.reformation === null ? 'electing' : 're-formation'];
  else if (role.kind === 'founder') bits |= BITS.formation;
  if (canvass !== null) bits |= BITS.electing;
  if (fetch !== null) bits |= BITS['state fetch'];
  if (register?.charter.isForming) bits |= BITS.formation;
  return bits;
}

/** What another server, or the Leader itself, lacks of what the Leader's register says. */
function beside({ host, meta }: Readonly<Server>, { charter }: Readonly<Register>): number {
  if (charter.isForming) return 0;
  let slot = -1;
  for (const member of charter.file.members) if (charter.hosts.get(member) === host) slot = member;
  if (slot < 0) return 0;
  let bits = 0;
  if (!meta.isMember || charter.stores.get(slot) !== meta.store) bits |= BITS.readmission;
  if (meta.isMember && meta.lastFile?.version !== charter.file.version) bits |= BITS['file sync'];
  return bits;
}

function ofLeader(
  { settings }: Readonly<Server>,
  leader: Leader,
  register: Register,
  now: Parameters<typeof poolTimeAt>[2],
): number {
  const { handOver, poolClock, change, fileFetch } = leader;
  const { charter, catalog, table } = register;
  let bits = 0;
  if (!leader.isActive && !charter.isForming) bits |= BITS.activating;
  if (handOver !== null) bits |= BITS[HAND_OVER[handOver.phase]];
  if (fileFetch !== null) bits |= BITS['file sync'];
  if (change !== null) bits |= BITS['change prepared'];
  if (charter.oldMembers !== null) bits |= BITS['joint change'];
  if (charter.isInQuarantine) bits |= BITS.quarantine;
  if (poolClock.isTampered) bits |= BITS.tamper;
  const tickMs = settings.heartbeatInterval / 1000;
  const poolTime = poolTimeAt(register, poolClock, now);
  for (const { endsAt } of catalog.ending)
    if (Math.abs(endsAt! - poolTime) <= tickMs) bits |= BITS['expiry edge'];
  for (const key of table.usage.keys()) {
    let limit = 0;
    for (const { hardLimit } of catalog.stringsOf(key)) limit += hardLimit;
    if (table.unitsInUse(key) > limit) bits |= BITS['over-committed'];
  }
  return bits;
}

const HAND_OVER = { trial: 'trial', freeze: 'freeze', sent: 'hand-over sent' } as const;

function ofClients(world: World): number {
  let bits = 0;
  for (let node = world.servers; node < world.hosts.length; node++) {
    const machine = world.machine(node);
    if (!(machine instanceof ClientMachine)) continue;
    if (machine.isAsking('update')) bits |= BITS['renewal in flight'];
    if (machine.isAsking('release')) bits |= BITS['release in flight'];
  }
  return bits;
}
