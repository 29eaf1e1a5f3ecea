// Stores that come anew [§14]: a server whose disk was lost or cannot be trusted begins with a new, blank store. It counts
// nowhere until the pool has admitted that store, without its help; then its Leader tells it, and it is a member again.

import type { Append, PlaceNotice } from '../message.ts';
import { metaOf } from '../state.ts';
import type { ServerTurn } from '../turn.ts';
import { discard } from './new-store.ts';
import { isInSet } from './quorum.ts';
import { kick, propose } from './rounds.ts';
import { isFrozen, type Leader, type Peer, type Register, type Server } from './state.ts';

/** A blank server learns from a Leader which pool it is in and which slot is its own; false: it does not know yet. */
export function knowsItsPlace(server: Server, message: Append, turn: ServerTurn): boolean {
  const { meta } = server;
  const { poolId } = message.header;
  if (meta.poolId === poolId) return true;
  if (message.notice === null || message.notice.host !== server.host) return false;
  server.meta = metaOf({ ...meta, poolId, slot: message.notice.slot, isMember: false });
  turn.metaChanged();
  return true;
}

/**
 * Its Leader speaks to another slot of this server's host: it was removed and is added again, and what it was before is over
 * [13.7]. Slots are given in ascending order, so a lower one is that of an earlier life, in a message that comes late: a
 * member must not discard its store for it. True: the message is not for the server that this is.
 */
export function isOfAnotherSlot(server: Server, notice: PlaceNotice, turn: ServerTurn): boolean {
  const { slot, isMember } = server.meta;
  if (notice.host !== server.host || notice.slot === slot) return false;
  if (notice.slot > slot || !isMember) discard(server, 'it has another slot', turn);
  return true;
}

/**
 * What the Leader says of this server's store, by a server that holds the state of the round. Both must name the same
 * store: the state alone may be uncommitted, the notice alone may be late [14.6]. True: the store was discarded.
 */
export function takeNotice(
  server: Server,
  register: Register,
  notice: PlaceNotice,
  turn: ServerTurn,
): boolean {
  const { meta } = server;
  const counting = register.charter.stores.get(meta.slot);
  if (notice.slot !== meta.slot || notice.admitted === 0 || notice.admitted !== counting) return false;
  if (counting === meta.store) {
    if (!meta.isMember) {
      server.meta = metaOf({ ...meta, isMember: true, isRetired: false });
      turn.metaChanged();
      turn.note({ kind: 'joined', slot: meta.slot });
    }
    return false;
  }
  if (!meta.isMember) return false; // its own admission is on the way
  discard(server, 'another store counts', turn);
  return true;
}

/** A Leader that hears a new store in a member's slot lets the pool admit it [14.3]. */
export function considerAdmission(
  server: Server,
  leader: Leader,
  register: Register,
  peer: Peer,
  turn: ServerTurn,
): void {
  if (peer.isMember || !leader.isActive || isFrozen(leader)) return;
  if (peer.slot === server.meta.slot || register.membership.stores.get(peer.slot) === peer.store) return;
  const { slot, store } = peer;
  // Not of one that has just left [13.5]; a newcomer is let in while its change is prepared [13.3].
  if (!isInSet(register.membership, slot) && !leader.change?.newcomers.includes(slot)) return;
  const position = propose(server, leader, [{ kind: 'admit', slot, store }], turn);
  turn.note({ kind: 'admitted', slot, position });
  kick(server, leader, turn);
}
