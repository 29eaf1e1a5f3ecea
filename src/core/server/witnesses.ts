// What a server has seen of other stores [14.12]: a machine set back to an older image of its disk looks healthy, and only
// those who saw more of its store can tell. They act on nothing that it says and tell it; the verdict is its own, for a late
// message of an earlier boot of a healthy server looks the same from outside.

import { comparePositions, isAtOrAfter, type StoreId } from '../ids.ts';
import type { Header, Vote } from '../message.ts';
import { copyOf, type Meta, metaOf, type Witness } from '../state.ts';
import { type Instant, later } from '../time.ts';
import type { ServerTurn } from '../turn.ts';
import { headerOf, type Leader, type Register, type Seen, type Server } from './state.ts';

/** Of so many stores at most; those that count for nobody are forgotten first. */
const MOST_WITNESSED = 32;

const NO_WITNESSES: readonly Witness[] = Object.freeze([]);

/** Notes what a message shows of its sender's store. False: more was seen of it before, the message is not to be acted on. */
export function isCredible(server: Server, header: Header, turn: ServerTurn): boolean {
  const { store, incarnation, durable, booted } = header;
  // A blank server has seen too little to judge anybody.
  if (server.register === null || store === server.meta.store) return true;
  const known = server.witnesses.get(store);
  if (known === undefined) {
    if (durable !== null)
      remember(server, server.register, { store, incarnation, booted, position: durable });
    return true;
  }
  if (incarnation !== known.incarnation) {
    if (incarnation < known.incarnation || !isAtOrAfter(booted, known.position)) {
      accuse(server, server.register, header, known, turn);
      return false;
    }
    known.incarnation = incarnation;
    known.booted = booted;
  }
  if (durable !== null && comparePositions(durable, known.position) > 0) known.position = durable;
  return true;
}

function accuse(server: Server, register: Register, header: Header, known: Witness, turn: ServerTurn): void {
  const host = register.charter.hosts.get(header.from);
  if (host !== undefined) turn.send(host, { kind: 'lost', header: headerOf(server), witness: copyOf(known) });
}

/** What somebody else has seen counts as if it had been seen here. */
export function believe(server: Server, witness: Witness): void {
  if (server.register === null || witness.store === server.meta.store) return;
  const known = server.witnesses.get(witness.store);
  if (known === undefined) {
    remember(server, server.register, witness);
    return;
  }
  const [earlier, later] = witness.incarnation < known.incarnation ? [witness, known] : [known, witness];
  // Of a boot that began with less than an earlier one had, the earlier one is kept: it is what shows the loss.
  const isSameBoot = earlier.incarnation === later.incarnation;
  const kept = isSameBoot || isAtOrAfter(later.booted, earlier.position) ? later : earlier;
  const { incarnation, booted, position } = kept;
  if (!isSameBoot || comparePositions(position, known.position) > 0) known.position = position;
  known.incarnation = incarnation;
  known.booted = booted;
}

/** Copies: what is told or written does not change any more. */
export function witnessesOf(server: Server): readonly Witness[] {
  if (server.witnesses.size === 0) return NO_WITNESSES;
  const witnesses: Witness[] = [];
  for (const known of server.witnesses.values()) witnesses.push(copyOf(known));
  return witnesses;
}

/** Witness records are written whenever meta is; they are worth no sync of their own. */
export function metaToWrite(server: Server): Meta {
  return metaOf({ ...server.meta, witnesses: witnessesOf(server) });
}

/** What a Leader tells of what it has seen: seldom, since it matters only after days. */
export function witnessesToTell(server: Server, leader: Leader, now: Instant): readonly Witness[] {
  if (now < leader.witnessesDueAt) return NO_WITNESSES;
  leader.witnessesDueAt = later(now, server.settings.electionTimeout);
  return witnessesOf(server);
}

/** More was seen of the voter's store than its vote shows: its promise may be of a store that forgot others [7.33]. */
export function isOutdated(server: Server, vote: Vote): boolean {
  const { store, incarnation, booted } = vote.header;
  const known = server.witnesses.get(store);
  if (known === undefined) return false;
  if (comparePositions(vote.position, known.position) < 0) return true;
  return known.incarnation < incarnation && !isAtOrAfter(booted, known.position);
}

function remember(server: Server, register: Register, witness: Witness): void {
  if (server.witnesses.size >= MOST_WITNESSED) forgetOne(server.witnesses, register);
  server.witnesses.set(witness.store, copyOf(witness));
}

function forgetOne(witnesses: Map<StoreId, Seen>, register: Register): void {
  const counting = new Set(register.membership.stores.values());
  for (const store of witnesses.keys()) {
    if (counting.has(store)) continue;
    witnesses.delete(store);
    return;
  }
}
