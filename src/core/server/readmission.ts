// Stores that come anew [§14]: a server whose disk was lost or cannot be trusted begins with a new, blank store. It counts
// nowhere until the pool has admitted that store, without its help; then its Leader tells it, and it is a member again.

import type { Append, PlaceNotice } from '../message.ts';
import type { ServerTurn } from '../turn.ts';
import { discard } from './new-store.ts';
import { kick, propose } from './rounds.ts';
import { isFrozen, type Leader, type Peer, type Register, type Server } from './state.ts';

/** A blank server learns from a Leader which pool it is in and which slot is its own; false: it does not know yet. */
export function knowsItsPlace(server: Server, message: Append, turn: ServerTurn): boolean {
  const { meta } = server;
  const { poolId } = message.header;
  if (meta.poolId === poolId) return true;
  if (message.notice === null) return false;
  server.meta = { ...meta, poolId, slot: message.notice.slot, isMember: false };
  turn.metaChanged();
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
      server.meta = { ...meta, isMember: true };
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
  const position = propose(server, leader, [{ kind: 'admit', slot, store }], turn);
  turn.note({ kind: 'admitted', slot, position });
  kick(server, leader, turn);
}
