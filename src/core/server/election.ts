// Who leads [§7]: canvass, promise, adopt the newest state of a quorum. Preference decides who asks first; freshness is
// no condition, since the winner adopts whatever is newest among its voters.

import { assert } from '../assert.ts';
import { comparePositions, nextTerm, type Position, type Slot, samePosition, type Term } from '../ids.ts';
import type { CanvassKind, Prepare, PreVote, PreVoteReply, Reject, ServerMessage, Vote } from '../message.ts';
import type { Membership } from '../state.ts';
import { elapsed, type Instant } from '../time.ts';
import type { ServerTurn } from '../turn.ts';
import { takeOffice } from './accession.ts';
import { considerFormation, mayForm, putOffFormation } from './formation.ts';
import { becomeFollower, stableFor, stepDown } from './office.ts';
import { answerOutsider, askWhetherGone, isAhead } from './outsiders.ts';
import { isPromisedTo, promise, seeTerm } from './promises.ts';
import { everybody, isInSet, isQuorum, rankOf } from './quorum.ts';
import { evaluatePromises, giveUp, onRefusalToReForm } from './re-formation.ts';
import { heedWitnesses } from './restored-images.ts';
import { type Candidate, headerOf, hostOf, type Register, resetElectionTimer, type Server } from './state.ts';
import { isSticky } from './stickiness.ts';
import { beginFetch } from './transfer.ts';
import { isOutdated, witnessesOf } from './witnesses.ts';

/** Sends to every member and old member, itself included. */
function sendToEverybody(register: Register, message: ServerMessage, turn: ServerTurn): void {
  for (const slot of everybody(register.membership)) turn.send(hostOf(register, slot), message);
}

/**
 * That server left its last reigns too soon, and the others have not had their chance yet. Without this rule a preferred
 * server that dies every few seconds, and is up again before anybody's time-out, is elected again and again [8.17].
 */
function isHeldDown(server: Server, register: Register, from: Slot, now: Instant): boolean {
  if (from === server.meta.slot || (server.records.get(from)?.failures ?? 0) < 2) return false;
  const { electionTimeout, electionStagger } = server.settings;
  const untilAllHadAChance = electionTimeout + electionStagger * (register.membership.members.length + 1);
  return elapsed(server.leaderHeardAt, now) < untilAllHadAChance;
}

/**
 * A better server q keeps asking for votes although this server's Leader lives: the Leader and q do not reach each other,
 * so the Leader will never offer q the lead, while q and a quorum may see each other perfectly. After the time that a
 * reclaim would have taken, such a claim is granted; without this rule a half-connected Leader keeps the lead for ever [8.16].
 */
function isRipeClaim(server: Server, register: Register, from: Slot, now: Instant): boolean {
  const { reign, role, settings } = server;
  if (
    role.kind !== 'follower' ||
    !server.isLed ||
    reign === null ||
    !isPreferredTo(register, from, reign.leader)
  )
    return false;
  const claim = server.claims.get(from);
  return claim !== undefined && elapsed(claim.since, now) >= stableFor(server, from) + settings.handOverWait;
}

function noteClaim(server: Server, register: Register, message: PreVote, now: Instant): void {
  const { from } = message.header;
  // A server that is only deaf has nothing to claim: as soon as it hears, it hears the Leader.
  if (!message.seesMajority) {
    server.claims.delete(from);
    return;
  }
  const { electionTimeout, electionStagger } = server.settings;
  const claim = server.claims.get(from);
  // It asks once per time-out of its own; two in a row may be lost.
  const longestGap = 3 * (electionTimeout + electionStagger * register.membership.members.length);
  if (claim !== undefined && elapsed(claim.lastAt, now) <= longestGap) claim.lastAt = now;
  else server.claims.set(from, { since: now, lastAt: now });
}

/** The election timer ran out: nobody leads, as far as this server can see. */
export function onElectionTimeout(server: Server, turn: ServerTurn): void {
  server.isLed = false;
  server.lastAppend = null;
  // An election that made no progress for a whole time-out ends here too.
  if (server.role.kind === 'candidate') giveUp(server.role, turn);
  server.role = { kind: 'follower' };
  server.fetch = null;
  finishCanvass(server, turn);
  resetElectionTimer(server, turn.now);
  const { register, meta } = server;
  if (server.isUnfit) return;
  if (mayForm(server)) {
    considerFormation(server, turn);
    return;
  }
  if (register === null || register.charter.isForming) return;
  if (!isInSet(register.membership, meta.slot)) {
    askWhetherGone(server, register, turn);
    return;
  }
  if (!meta.isMember) return;
  canvass(server, register, 'timeout', 0, turn);
}

/** What the canvass that ran until now has shown: "sees a majority" [§10]. */
function finishCanvass(server: Server, turn: ServerTurn): void {
  if (server.canvass === null) return;
  if (server.canvass.kind === 'timeout' && server.register !== null) {
    server.sawMajority = isQuorum(server.register.membership, server.canvass.answered);
    turn.note({ kind: 'canvassed', quorumSeen: server.sawMajority });
  }
  server.canvass = null;
}

/** Asks everybody whether they would promise. `forTerm` = the consenting Leader's term for a hand-over, else 0. */
export function canvass(
  server: Server,
  register: Register,
  kind: CanvassKind,
  forTerm: Term,
  turn: ServerTurn,
): void {
  server.canvass = { kind, forTerm, answered: new Uint8Array(256), agreed: new Uint8Array(256) };
  sendToEverybody(
    register,
    {
      kind: 'pre-vote',
      header: headerOf(server),
      canvass: kind,
      forTerm,
      host: server.host,
      seesMajority: server.sawMajority === true,
    },
    turn,
  );
}

export function onPreVote(server: Server, message: PreVote, turn: ServerTurn): void {
  const { register, meta } = server;
  if (register === null) return;
  const { from } = message.header;
  const host = register.charter.hosts.get(from) ?? message.host;
  if (!isInSet(register.membership, from) && !isAhead(message.header, register)) {
    answerOutsider(server, register, message, turn);
    return;
  }
  const isSelf = from === meta.slot;
  if (message.canvass === 'timeout' && !isSelf) noteClaim(server, register, message, turn.now);
  const isRipe = isRipeClaim(server, register, from, turn.now);
  const sticky = isSticky(server, turn.now) && !isRipe;
  const heldDown = isHeldDown(server, register, from, turn.now) && !isRipe;
  let ok =
    meta.isMember &&
    ((message.canvass === 'hand-over' && server.reign?.term === message.forTerm) ||
      // Who hears no Leader would vote for it all the same: through it, it may hear one again [7.19].
      (message.canvass === 'timeout' && isSelf) ||
      (!sticky && !heldDown));
  let better = false;
  if (!isSelf && isPreferredTo(register, meta.slot, from)) {
    if (message.canvass === 'timeout' && canStandInstead(server, register, sticky)) {
      better = true;
      ok = false;
      canvass(server, register, 'timeout', 0, turn);
      resetElectionTimer(server, turn.now);
    }
    if (server.role.kind === 'candidate') ok = false;
  }
  turn.send(host, {
    kind: 'pre-vote-reply',
    header: headerOf(server),
    canvass: message.canvass,
    forTerm: message.forTerm,
    ok,
    better,
    promised: meta.promised,
  });
}

function isPreferredTo(register: Register, slot: Slot, other: Slot): boolean {
  const { members } = register.membership;
  return members.includes(slot) && rankOf(members, slot) < rankOf(members, other);
}

/** "I am preferred and free, let me": corrects a late starter [§7]. */
function canStandInstead(server: Server, register: Register, sticky: boolean): boolean {
  return (
    server.meta.isMember &&
    server.role.kind === 'follower' &&
    !server.standsBack &&
    !register.charter.isForming &&
    !sticky &&
    server.canvass === null
  );
}

export function onPreVoteReply(server: Server, message: PreVoteReply, turn: ServerTurn): void {
  const { canvass: running, register } = server;
  seeTerm(server, message.promised);
  if (running === null || register === null || server.role.kind !== 'follower') return;
  if (message.canvass !== running.kind || message.forTerm !== running.forTerm) return;
  const { from, store } = message.header;
  if (register.charter.stores.get(from) !== store) return;
  running.answered[from] = 1;
  const yieldsTo = message.better && !isHeldDown(server, register, from, turn.now);
  if (running.kind === 'timeout' && yieldsTo && !server.hasYielded) {
    // Once per silence only: a better server that is cut off from the rest could block for ever otherwise.
    server.hasYielded = true;
    server.canvass = null; // broken off: it shows nothing about a majority [7.24]
    resetElectionTimer(server, turn.now);
    return;
  }
  if (!message.ok) return;
  running.agreed[from] = 1;
  if (!isQuorum(register.membership, running.agreed)) return;
  finishCanvass(server, turn);
  if (running.kind === 'hand-over') {
    if (server.reign?.term !== running.forTerm) return;
    turn.send(hostOf(register, server.reign.leader), {
      kind: 'ready',
      header: headerOf(server),
      term: running.forTerm,
    });
  } else {
    stand(server, register, 0, turn);
  }
}

/** Begins an election with a term that only this boot can own. `handOver` = the term of the consenting Leader, or 0. */
export function stand(server: Server, register: Register, handOver: Term, turn: ServerTurn): void {
  const term = nextTerm(
    Math.max(server.meta.promised, server.highestTermSeen),
    server.meta.slot,
    server.nonce,
  );
  promise(server, term, { store: server.meta.store, incarnation: server.incarnation }, turn);
  const prepare: Prepare = {
    kind: 'prepare',
    header: headerOf(server),
    term,
    position: register.position,
    handOver,
    host: server.host,
  };
  server.fetch = null;
  server.canvass = null;
  server.role = {
    kind: 'candidate',
    term,
    prepare,
    asked: [...everybody(register.membership)],
    votes: new Map(),
    silentLenders: [],
    preparedAt: turn.now,
    reformation: null,
  };
  resetElectionTimer(server, turn.now);
  turn.note({ kind: 'stood', term });
  sendToEverybody(register, prepare, turn);
}

export function onPrepare(server: Server, message: Prepare, turn: ServerTurn): void {
  const { register, meta } = server;
  seeTerm(server, message.term);
  if (register === null || !meta.isMember) return;
  const { from, store, incarnation } = message.header;
  const host = register.charter.hosts.get(from) ?? message.host;
  const isSelf = from === meta.slot;
  if (!isPromisedTo(server, message.term, message.header)) {
    // A term that is known by hearsay only was promised to nobody, and nothing of it is stored here.
    const isHearsay =
      message.term === meta.promised && meta.promisedTo === null && register.position.term < message.term;
    if (message.term <= meta.promised && !isHearsay) {
      turn.send(host, { kind: 'reject', header: headerOf(server), promised: meta.promised, formed: false });
      return;
    }
    const consented = message.handOver !== 0 && message.handOver === server.reign?.term;
    const isRefused = isSticky(server, turn.now) || isHeldDown(server, register, from, turn.now);
    if (!isSelf && isRefused && !consented && !isRipeClaim(server, register, from, turn.now)) {
      turn.send(host, { kind: 'reject', header: headerOf(server), promised: 0, formed: false });
      return;
    }
    promise(server, message.term, { store, incarnation }, turn);
    if (!isSelf) {
      if (server.role.kind === 'leader')
        stepDown(server, consented ? 'handed over' : 'a higher promise', turn);
      else becomeFollower(server, turn.now);
    }
  } else if (!isSelf) {
    // Repeated: the candidate is alive and fetches a state; nobody else is to be voted for meanwhile.
    server.leaderHeardAt = turn.now;
    resetElectionTimer(server, turn.now);
  }
  turn.send(host, {
    kind: 'vote',
    header: headerOf(server),
    term: message.term,
    position: register.position,
    membership: register.membership,
    witnessed: witnessesOf(server),
  });
}

export function onReject(server: Server, message: Reject, turn: ServerTurn): void {
  seeTerm(server, message.promised);
  if (message.formed) putOffFormation(server, turn);
  const { role } = server;
  if (role.kind !== 'candidate') return;
  if (role.reformation !== null) onRefusalToReForm(server, role, message, turn);
  else if (message.promised > role.term) becomeFollower(server, turn.now);
}

export function onVote(server: Server, message: Vote, turn: ServerTurn): void {
  const { role } = server;
  if (role.kind !== 'candidate' || message.term !== role.term) return;
  if (heedWitnesses(server, message.witnessed, turn)) return;
  role.votes.set(message.header.from, message);
  evaluateVotes(server, role, turn);
}

/** Adopts and leads as soon as a quorum of the state that would be adopted has promised [§7]. */
export function evaluateVotes(server: Server, candidate: Candidate, turn: ServerTurn): void {
  if (candidate.reformation !== null) {
    evaluatePromises(server, candidate, candidate.reformation, turn);
    return;
  }
  const register = server.register!;
  let best: { readonly position: Position; readonly membership: Membership } = register;
  for (const vote of candidate.votes.values()) {
    if (comparePositions(vote.position, best.position) > 0) best = vote;
  }
  const { membership } = best;
  if (membership.isForming) return;
  if (!isInSet(membership, server.meta.slot)) {
    becomeFollower(server, turn.now);
    return;
  }
  askWhoWasNotAsked(candidate, register, membership, turn);
  const { tally } = server;
  tally.fill(0);
  for (const [slot, vote] of candidate.votes) {
    if (membership.stores.get(slot) === vote.header.store && !isOutdated(server, vote)) tally[slot] = 1;
  }
  if (!isQuorum(membership, tally)) return;
  if (samePosition(best.position, register.position)) {
    takeOffice(server, register, candidate.term, candidate.prepare.handOver !== 0, turn);
  } else if (server.fetch === null || !samePosition(server.fetch.position, best.position)) {
    const holder =
      voterAt(candidate, best.position, server.silentLender) ?? voterAt(candidate, best.position, null);
    assert(holder !== null, 'the newest state among the votes has a voter that holds it');
    // The election has made progress: what comes now is timed by the fetch.
    resetElectionTimer(server, turn.now);
    beginFetch(server, holder, candidate.term, best.position, turn);
  }
}

function askWhoWasNotAsked(
  candidate: Candidate,
  register: Register,
  membership: Membership,
  turn: ServerTurn,
): void {
  if (membership === register.membership) return;
  for (const slot of everybody(membership)) {
    const host = register.charter.hosts.get(slot);
    if (candidate.asked.includes(slot) || host === undefined) continue;
    candidate.asked.push(slot);
    turn.send(host, candidate.prepare);
  }
}

/** A voter whose vote says that it holds exactly `position`, other than `except` and those that fell silent; null = none. */
export function voterAt(candidate: Candidate, position: Position, except: Slot | null): Slot | null {
  for (const [slot, vote] of candidate.votes) {
    const isTried = slot === except || candidate.silentLenders.includes(slot);
    if (!isTried && samePosition(vote.position, position)) return slot;
  }
  return null;
}
