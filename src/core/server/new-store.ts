// A store that begins: blank, with a name of its own [14.2]; and how a server gives up the one that it has. It says what a new
// store is, not when there is to be one.

import { incarnationOf, NO_TERM, type StoreId } from '../ids.ts';
import { type Meta, metaOf } from '../state.ts';
import type { DiscardReason, ServerTurn } from '../turn.ts';
import { becomeFollower, stepDown } from './office.ts';
import type { Server } from './state.ts';

/** The slot of a server that was not told its own yet [§13]. */
export const NO_SLOT = 255;

export const GREATEST_SLOT = NO_SLOT - 1;

/** Meta of a new store that holds nothing, belongs to no pool yet and has promised nobody anything [14.2]. */
export function blankMeta(store: StoreId, bootSequence: number): Meta {
  return {
    poolId: 0,
    store,
    slot: NO_SLOT,
    isMember: false,
    isRetired: false,
    bootSequence,
    promised: NO_TERM,
    promisedTo: null,
    lastFile: null,
    witnesses: [],
  };
}

/** A random name for a store, 1 … 2^52-1. */
export function newStoreId(random: () => number): StoreId {
  return Math.max(1, (random() & 0xf_ffff) * 2 ** 32 + random());
}

/** Begins anew with a blank store, as another boot would: what this one did with the old store is no part of it. */
export function discard(server: Server, because: DiscardReason, turn: ServerTurn): void {
  beginAnew(server, false, turn);
  turn.note({ kind: 'discarded', because });
}

/** The same for a server that its pool has sent away: the mark keeps it out of formations [13.10]. */
export function retire(server: Server, fileVersion: number, turn: ServerTurn): void {
  beginAnew(server, true, turn);
  turn.note({ kind: 'retired', fileVersion });
}

function beginAnew(server: Server, isRetired: boolean, turn: ServerTurn): void {
  if (server.role.kind === 'leader') stepDown(server, 'its store was discarded', turn);
  const store = newStoreId(() => turn.random());
  const bootSequence = server.meta.bootSequence + 1;
  server.nonce = turn.random() & 0xffff;
  server.incarnation = incarnationOf(bootSequence, server.nonce);
  server.bootPosition = null;
  server.durablePosition = null;
  server.meta = metaOf({ ...blankMeta(store, bootSequence), isRetired });
  server.register = null;
  server.fileOffer = null;
  server.settledFile = 0;
  server.loans.clear();
  server.claims.clear();
  server.records.clear();
  server.witnesses.clear();
  server.canvass = null;
  server.reign = null;
  server.leaderHost = null;
  server.highestTermSeen = NO_TERM;
  becomeFollower(server, turn.now);
  turn.metaChanged();
  turn.blanked();
}
