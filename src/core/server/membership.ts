// A change of members [§13], run by the Leader in three steps: prepare (newcomers get a slot, the state, and admission, and
// count nowhere), joint (a quorum is one of the old members and one of the new), done. One that cannot be made joint in time
// is refused, and nothing that counts has happened.

import { type Host, isAtOrAfter, isSameHost, type Slot } from '../ids.ts';
import type { Operation } from '../state.ts';
import { type Duration, earlier, elapsed, type Instant } from '../time.ts';
import type { ServerTurn } from '../turn.ts';
import { GREATEST_SLOT } from './new-store.ts';
import { isQuorum } from './quorum.ts';
import { kick, newPeer, propose } from './rounds.ts';
import { type Change, isFrozen, type Leader, type Register, type Server } from './state.ts';

/** The present member of that name. */
function memberNamed(register: Register, host: Host): Slot | null {
  for (const slot of register.membership.members)
    if (isSameHost(register.charter.hosts.get(slot)!, host)) return slot;
  return null;
}

/** The slots of these hosts, or null when some of them are no members yet. */
export function membersNamed(register: Register, hosts: readonly Host[]): Slot[] | null {
  const members: Slot[] = [];
  for (const host of hosts) {
    const slot = memberNamed(register, host);
    if (slot === null) return null;
    members.push(slot);
  }
  return members;
}

/**
 * True when the new members and the present ones may have quorums that do not meet: another set, or another order in a pool
 * of two, where the order carries the weights [13.2].
 */
export function isJoint(register: Register, members: readonly Slot[]): boolean {
  const present = register.membership.members;
  return members.length !== present.length || (present.length === 2 && members[0] !== present[0]);
}

/** A file that changes the set, or the order in a pool of two. */
export function prepareChange(
  server: Server,
  leader: Leader,
  register: Register,
  file: Pick<Change, 'from' | 'version' | 'hash' | 'body'> & { readonly hosts: readonly Host[] },
  turn: ServerTurn,
): void {
  const { from, version, hash, body } = file;
  const operations: Operation[] = [];
  const members: Slot[] = [];
  const newcomers: Slot[] = [];
  let next = Math.max(...register.charter.hosts.keys()) + 1;
  for (const host of file.hosts) {
    const member = memberNamed(register, host);
    if (member !== null) {
      members.push(member);
      continue;
    }
    const slot = slotInPreparation(register, host) ?? next++;
    if (slot > GREATEST_SLOT) {
      refuse(leader, file, 'the pool has given all its slots', turn);
      return;
    }
    if (!register.charter.hosts.has(slot)) operations.push({ kind: 'slot', slot, host });
    members.push(slot);
    newcomers.push(slot);
    leader.peers.set(slot, newPeer(slot, host, 0, turn.now));
  }
  if (operations.length > 0) propose(server, leader, operations, turn);
  leader.change = { from, version, hash, body, members, newcomers, beganAt: turn.now };
  const nameOf = (slot: Slot): Host => register.charter.hosts.get(slot)!;
  const going = register.membership.members.filter((slot) => !members.includes(slot));
  turn.note({
    kind: 'change prepared',
    version,
    coming: newcomers.map(nameOf),
    going: going.map(nameOf),
  });
  kick(server, leader, turn);
}

/** A slot that an earlier Leader gave this host for the same purpose: its store is admitted already, and it is no member. */
function slotInPreparation(register: Register, host: Host): Slot | null {
  const { hosts, stores } = register.charter;
  for (const slot of stores.keys())
    if (hosts.get(slot) === host && !register.membership.members.includes(slot)) return slot;
  return null;
}

function refuse(
  leader: Leader,
  { from, hash }: Pick<Change, 'from' | 'hash'>,
  because: string,
  turn: ServerTurn,
): void {
  leader.refusedFiles.add(hash);
  turn.note({ kind: 'file refused', from, hash, because });
}

/** On each tick of an active Leader and on each confirmed round: the next step that is due. */
export function continueChange(server: Server, leader: Leader, register: Register, turn: ServerTurn): void {
  if (isFrozen(leader)) return;
  if (leader.change !== null) {
    const waitsFor = whoIsNotReady(server, leader, register, leader.change, turn.now);
    if (waitsFor === null) goJoint(server, leader, register, leader.change, turn);
    else if (elapsed(leader.change.beganAt, turn.now) >= server.settings.changeTimeout)
      giveUpChange(server, leader, register, leader.change, waitsFor, turn);
    return;
  }
  const confirmed = leader.rounds[0]!.membership;
  if (register.membership.oldMembers !== null) {
    if (confirmed.oldMembers !== null) finishChange(server, leader, register, turn);
  } else if (leader.leavers.length > 0 && confirmed.oldMembers === null) {
    for (const slot of leader.leavers) if (slot !== server.meta.slot) leader.peers.delete(slot);
    leader.leavers = [];
  } else if (register.charter.stores.size > register.membership.members.length) {
    clearRemnants(server, leader, register, turn);
  }
}

/**
 * Null when every newcomer is ready, and together with the present members that are ready they are a quorum of the new set;
 * else why not. Of the newcomers a quorum would leave no slack for a disk that is lost in that moment; and to admit them
 * afterwards could stop the pool for ever [13.4].
 */
function whoIsNotReady(
  server: Server,
  leader: Leader,
  register: Register,
  { members, newcomers }: Change,
  now: Instant,
): string | null {
  const confirmed = leader.rounds[0]!;
  const heardSince = earlier(now, (3 * server.settings.heartbeatInterval) as Duration);
  const { tally } = server;
  for (const slot of members) {
    const peer = leader.peers.get(slot);
    const isReady =
      peer?.isMember === true &&
      peer.heardAt > heardSince &&
      isAtOrAfter(peer.position, confirmed.position) &&
      peer.store === confirmed.membership.stores.get(slot) &&
      peer.store === register.membership.stores.get(slot);
    if (!isReady && newcomers.includes(slot))
      return `${register.charter.hosts.get(slot)} is not ready to be a member`;
    tally[slot] = isReady ? 1 : 0;
  }
  const coming = { ...register.membership, members, oldMembers: null };
  return isQuorum(coming, tally) ? null : 'too few of the new members are here';
}

function goJoint(
  server: Server,
  leader: Leader,
  register: Register,
  { from, version, hash, body, members }: Change,
  turn: ServerTurn,
): void {
  leader.change = null;
  const oldMembers = register.membership.members;
  const position = propose(
    server,
    leader,
    [{ kind: 'file', version, hash, body, members, oldMembers }],
    turn,
  );
  turn.note({ kind: 'file accepted', from, version, position });
  turn.note({ kind: 'change joint', version, position });
  kick(server, leader, turn);
}

/** A quorum of both sets has the joint state: the new one alone is enough from here on [13.5]. */
function finishChange(server: Server, leader: Leader, register: Register, turn: ServerTurn): void {
  const { members, oldMembers, fileVersion } = register.membership;
  leader.leavers = oldMembers!.filter((slot) => !members.includes(slot));
  const position = propose(server, leader, [{ kind: 'file-done' }], turn);
  turn.note({ kind: 'change done', version: fileVersion, position });
  kick(server, leader, turn);
}

function giveUpChange(
  server: Server,
  leader: Leader,
  register: Register,
  change: Change,
  because: string,
  turn: ServerTurn,
): void {
  leader.change = null;
  refuse(leader, change, because, turn);
  for (const slot of change.newcomers) leader.peers.delete(slot);
  strikeOut(server, leader, register, change.newcomers, turn);
}

/** What an earlier Leader prepared and did not finish, if nobody has taken it up again for as long as a change may take. */
function clearRemnants(server: Server, leader: Leader, register: Register, turn: ServerTurn): void {
  if (elapsed(leader.activeAt, turn.now) < server.settings.changeTimeout || leader.fileFetch !== null) return;
  const { members } = register.membership;
  const remnants = [...register.charter.stores.keys()].filter((slot) => !members.includes(slot));
  strikeOut(server, leader, register, remnants, turn);
}

/** Their stores count nowhere, so they need not stay in the list of those that do [13.6]. */
function strikeOut(
  server: Server,
  leader: Leader,
  register: Register,
  slots: readonly Slot[],
  turn: ServerTurn,
): void {
  const admitted = slots.filter((slot) => register.charter.stores.has(slot));
  if (admitted.length === 0) return;
  propose(
    server,
    leader,
    admitted.map((slot): Operation => ({ kind: 'admit', slot, store: null })),
    turn,
  );
  kick(server, leader, turn);
}
