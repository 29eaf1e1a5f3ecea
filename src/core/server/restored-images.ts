// Whether this server itself was set back to an older image of its disk or its memory [14.13, 14.14]: the verdict is its own,
// and when it is true the store is discarded.

import { isAtOrAfter } from '../ids.ts';
import type { AppendReply } from '../message.ts';
import type { Witness } from '../state.ts';
import type { ServerTurn } from '../turn.ts';
import { discard } from './new-store.ts';
import type { Leader, Register, Server } from './state.ts';
import { believe } from './witnesses.ts';

/**
 * A charge against this server's own store, judged by what it alone knows: with which position it booted. True: the store is
 * an older image and was discarded [14.13].
 */
export function admitsLoss(
  server: Server,
  { store, incarnation, position }: Witness,
  turn: ServerTurn,
): boolean {
  if (store !== server.meta.store) return false;
  const had = incarnation < server.incarnation ? server.bootPosition : (server.register?.position ?? null);
  if (incarnation <= server.incarnation && isAtOrAfter(had, position)) return false;
  discard(server, 'it is an older image', turn);
  return true;
}

/** Takes over what others have seen. True: it showed this server's own store to be an older image. */
export function heedWitnesses(server: Server, told: readonly Witness[], turn: ServerTurn): boolean {
  for (const witness of told) {
    if (admitsLoss(server, witness, turn)) return true;
    believe(server, witness);
  }
  return false;
}

/** A round that this Leader did not begin, or a position of its term that it did not make: it was rolled back [14.14]. */
export function wasRolledBack(leader: Leader, register: Register, { round, position }: AppendReply): boolean {
  if (round > leader.round) return true;
  return position !== null && position.term === leader.term && position.index > register.position.index;
}
