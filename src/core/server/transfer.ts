// Whole states on the wire [§7]: pulled part by part by whoever is too far behind, lent by a Leader or by a voter. The
// image is cut once, when it is asked for; tokens are immutable, so that costs an array of references.

import { type Position, type Slot, samePosition, type Term } from '../ids.ts';
import { countParts, imageOfParts, partOf } from '../image-parts.ts';
import type { StatePart, StateRequest } from '../message.ts';
import type { StateImage } from '../state.ts';
import { elapsed, type Instant } from '../time.ts';
import type { ServerTurn } from '../turn.ts';
import { isPromisedTo } from './promises.ts';
import { headerOf, hostKnownAs, imageOf, type Loan, type Register, type Server } from './state.ts';

/** Begins to pull a state: the Leader's present one (null), or exactly the position that a voter holds. */
export function beginFetch(
  server: Server,
  from: Slot,
  term: Term,
  position: Position | null,
  turn: ServerTurn,
): void {
  server.fetch = { from, term, position, parts: [], askedAt: turn.now, answeredAt: turn.now };
  askForPart(server, turn);
}

export function askForPart(server: Server, turn: ServerTurn): void {
  const fetch = server.fetch!;
  fetch.askedAt = turn.now;
  const host = hostKnownAs(server, fetch.from);
  if (host === null) return;
  turn.send(host, {
    kind: 'state-request',
    header: headerOf(server),
    term: fetch.term,
    position: fetch.position,
    part: fetch.parts.length,
  });
}

export function onStateRequest(server: Server, message: StateRequest, turn: ServerTurn): void {
  const { register, role } = server;
  if (register === null) return;
  const { from } = message.header;
  const host = register.charter.hosts.get(from);
  if (host === undefined) return;
  const leads = role.kind === 'leader' && role.term === message.term;
  // A voter lends exactly what it voted with, and only while that is still its state and its promise.
  const lends =
    isPromisedTo(server, message.term, message.header) && samePosition(message.position, register.position);
  if (!leads && !lends) return;
  let loan = server.loans.get(from);
  if (
    loan === undefined ||
    (message.part === 0 && message.position === null) ||
    !isLoanOf(loan, message.position)
  ) {
    if (message.part !== 0 && !samePosition(message.position, register.position)) return;
    loan = lendOut(server, register);
    server.loans.set(from, loan);
  }
  if (message.part >= loan.parts) return;
  // Pulling a large table must not cost a new Leader its office [§7].
  if (leads && !role.isActive) role.lastQuorumAt = turn.now;
  turn.send(host, statePartOf(server, loan, message));
}

function isLoanOf(loan: Loan, position: Position | null): boolean {
  return position !== null && samePosition(loan.image.position, position);
}

/** A position names one state, so peers that lag at once share one image. */
function lendOut(server: Server, register: Register): Loan {
  for (const loan of server.loans.values()) {
    if (samePosition(loan.image.position, register.position)) return loan;
  }
  const image = imageOf(register);
  return { image, parts: countParts(image, server.settings.handlesPerPart) };
}

function statePartOf(server: Server, loan: Loan, request: StateRequest): StatePart {
  const { image, parts } = loan;
  const { live, ended } = partOf(image, server.settings.handlesPerPart, request.part);
  return {
    kind: 'state-part',
    header: headerOf(server),
    term: request.term,
    position: image.position,
    part: request.part,
    parts,
    charter: request.part === 0 ? image.charter : null,
    live,
    ended,
  };
}

/** Null when the parts are no state. */
export function imageFrom(parts: readonly StatePart[]): StateImage | null {
  const first = parts[0]!;
  return imageOfParts(first.position, first.charter!, parts);
}

/** For how long nothing may come from a voter that lends its state before another one is asked. */
export function isFetchStale(server: Server, now: Instant): boolean {
  return server.fetch !== null && elapsed(server.fetch.answeredAt, now) >= server.settings.electionTimeout;
}
