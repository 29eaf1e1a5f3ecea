// S6, S17: what was acknowledged stays, and what a message promises is on disk when it leaves.

import type { ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import type { DurableView, ServerView } from '../sim/pool/server-view.ts';
import { LS_SUCCESS } from '../src/core/codes.ts';
import { isAtOrAfter, type Position, type Term } from '../src/core/ids.ts';
import type { Answer, ServerMessage } from '../src/core/message.ts';
import type { EndReason } from '../src/core/state.ts';
import type { ServerEvent } from '../src/core/turn.ts';
import type { Ground } from './ground.ts';
import type { Arrival, HandleRecord } from './ledger.ts';
import { EVERYWHERE, type Property, type Reporter } from './property.ts';
import type { Watch } from './watch.ts';
import { handleText, nameOf, positionText, seconds, termText, timeOf } from './words.ts';

/** The nonce of a boot: the low 16 bits of its incarnation and of its terms [§3]. */
const NONCES = 2 ** 16;

/**
 * S6. (a) When a leader takes over, each handle in which a client believes, whose release nobody asked for and which no
 * leader has let lapse, is in its table. (A lapse that comes too early is S11's; in E1 clocks differ without bound, so a
 * belief may outlive its hold.) Not judged: a take-over in a term that a quorum had outbid already, which is a paused
 * leader's late notice. (b) When a grant's LS_SUCCESS leaves, a quorum has had it on disk, in its term or by adoption.
 * (c) No end other than by lapse is committed for a handle that is believed in and whose release nobody asked for.
 * (d) What a term adopts contains all that was committed before (see Ground). Sound: the intersection argument of §7.
 */
class GrantDurability implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
  }

  serverNoted(at: TrueTime, server: ServerIndex, event: ServerEvent, view: ServerView): void {
    if (event.kind !== 'took over' || event.term < this.ground.blockedBelow) return;
    const { live } = view.server.register!.table;
    for (const record of this.ground.believed.values()) {
      if (record.believedUntil <= at || record.isBeingReleased || record.hasLapsedSomewhere) continue;
      if (live.has(record.handle)) {
        this.reporter.held();
        continue;
      }
      this.reporter.violated(
        at,
        `${nameOf(server)} took over ${timeOf(at)} in ${termText(event.term)} without ${handleText(record.handle)}, which client ${record.client} was granted in ${termText(record.addedTerm)} and holds until ${seconds(record.believedUntil)}`,
        'a leader takes over without an acknowledged grant',
      );
      return;
    }
  }

  answered(at: TrueTime, server: ServerIndex, arrival: Arrival | null, answer: Answer): void {
    if (arrival === null || answer.call !== 'request' || answer.code.number !== LS_SUCCESS.number) return;
    const record = this.ground.handles.get(answer.handle);
    if (record === undefined || record.addedTerm === 0 || this.ground.hasGaps) return;
    if (record.committedGrants > 0) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} acknowledges ${handleText(answer.handle)} ${timeOf(at)} in ${termText(answer.term)}, but no quorum has had the grant (${positionText({ term: record.addedTerm, index: record.addedIndex })}) on disk`,
      'a grant is acknowledged before a quorum has it on disk',
    );
  }

  endCommitted(at: TrueTime, record: HandleRecord, reason: EndReason, term: Term, index: number): void {
    if (reason === 'lapsed' || record.isBeingReleased || !this.ground.isBelievedAt(record, at)) return;
    this.reporter.violated(
      at,
      `${handleText(record.handle)}, which client ${record.client} holds until ${seconds(record.believedUntil)}, is ended (${reason}) at ${positionText({ term, index })} ${timeOf(at)}; nobody asked for its release`,
      'a handle that is held is ended',
    );
  }

  historyLost(at: TrueTime, term: Term, adopted: Position, lostTerm: Term, lostIndex: number): void {
    this.reporter.violated(
      at,
      `${nameOf(this.ground.ownerOf(term))} leads in ${termText(term)} from ${positionText(adopted)}, and what was committed up to index ${lostIndex} of ${termText(lostTerm)} is not in it`,
      'a leader adopts a state without what was committed',
    );
  }

  historyTakenUp(): void {
    this.reporter.held();
  }
}

/**
 * S17. At each send, on the sender's disk: of a Vote and a Prepare the promise of that term to that candidate's boot (or
 * a higher promise) and the vote's position; of an AppendReply with ok its position, of any AppendReply its promise; of
 * an Append its term's promise (its position may leave before its own sync); of every header the position `durable`; of
 * a grant's LS_SUCCESS the grant. Sound: promises and positions on disk only rise within a boot, and an effect leaves
 * when what was changed before it is on disk; recovery raises the promise to the position's term, so does this. And recovery
 * is held to it: no server begins with a state of a term that it has not promised [16.12], nor, unless images are put back, with
 * less of its store than its disk ever had: what cannot be read any more makes it a new store [3.10, 16.10]. Of the last writes no
 * more is lost than one copy [16.13]: rot of both at once is not drawn.
 */
class PersistBeforeSend implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  /** The last append that was found right. */
  private lastRight: ServerMessage | null = null;

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
  }

  serverBooted(at: TrueTime, server: ServerIndex, view: ServerView): void {
    const fault = this.faultOfBoot(server, view);
    if (fault === null) {
      this.reporter.held();
      return;
    }
    const { promised, position } = view.durable;
    this.reporter.violated(
      at,
      `${nameOf(server)} boots ${timeOf(at)} with the promise ${termText(promised)} and ${positionText(position)}: ${fault}`,
      fault,
    );
  }

  private faultOfBoot(server: ServerIndex, { server: { meta, register } }: ServerView): string | null {
    const { setBacks } = this.ground;
    if (!setBacks.areImagesPlanned && setBacks.wasSetBack(server))
      return 'its store has less than was on its disk';
    if (register !== null && register.position.term > meta.promised)
      return 'its state is of a term that it has not promised';
    return null;
  }

  messageSent(
    at: TrueTime,
    from: ServerIndex,
    to: ServerIndex,
    message: ServerMessage,
    view: ServerView,
  ): void {
    // A round is one message for all that are to have the same, and what is on disk now is not less than before.
    if (message === this.lastRight) {
      this.reporter.held();
      return;
    }
    const { durable } = view;
    const fault = faultOf(from, to, message, durable, this.ground);
    if (fault === null) {
      this.lastRight = message.kind === 'append' ? message : null;
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(from)} sends ${message.kind} to ${nameOf(to)} ${timeOf(at)}, but ${fault}: on its disk are promise ${termText(durable.promised)} and ${positionText(durable.position)}`,
      `${message.kind} leaves, but ${fault}`,
    );
  }

  answered(
    at: TrueTime,
    server: ServerIndex,
    arrival: Arrival | null,
    answer: Answer,
    view: ServerView,
  ): void {
    if (arrival === null || answer.call !== 'request' || answer.code.number !== LS_SUCCESS.number) return;
    const record = this.ground.handles.get(answer.handle);
    if (record === undefined || record.addedTerm !== answer.term || record.addedTerm === 0) return;
    const { position } = view.durable;
    if (
      position !== null &&
      (position.term > record.addedTerm ||
        (position.term === record.addedTerm && position.index >= record.addedIndex))
    ) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} acknowledges ${handleText(answer.handle)} ${timeOf(at)} before the grant (${positionText({ term: record.addedTerm, index: record.addedIndex })}) is on its own disk, which has ${positionText(position)}`,
      "a grant is acknowledged before it is on the leader's own disk",
    );
  }
}

function faultOf(
  from: ServerIndex,
  to: ServerIndex,
  message: ServerMessage,
  durable: DurableView,
  ground: Ground,
): string | null {
  const { header } = message;
  if (!isAtOrAfter(durable.position, header.durable)) return 'the position in its header is not on disk';
  switch (message.kind) {
    case 'append-reply':
      if (message.ok && !isAtOrAfter(durable.position, message.position))
        return 'the position that it acknowledges is not on disk';
      if (message.promised > promisedOn(durable)) return 'the promise that it tells is not on disk';
      return null;
    case 'append':
      return message.term > promisedOn(durable) ? 'the promise of its term is not on disk' : null;
    case 'vote':
      if (!isPromisedTo(message.term, to, durable, ground))
        return 'the promise that it is, to this candidate, is not on disk';
      return isAtOrAfter(durable.position, message.position)
        ? null
        : 'the position that it tells is not on disk';
    case 'prepare':
      return isPromisedTo(message.term, from, durable, ground) ? null : 'its own promise is not on disk';
    default:
      return null;
  }
}

function promisedOn(durable: DurableView): Term {
  const { position, promised } = durable;
  return position !== null && position.term > promised ? position.term : promised;
}

/** The disk has the promise of `term` to its owner's boot, or has gone further since. */
function isPromisedTo(term: Term, candidate: ServerIndex, durable: DurableView, ground: Ground): boolean {
  const promised = promisedOn(durable);
  if (promised !== term) return promised > term;
  const { promisedTo } = durable;
  return (
    promisedTo !== null &&
    ground.ownerOf(term) === candidate &&
    promisedTo.incarnation % NONCES === term % NONCES
  );
}

export const grantDurability: Property = {
  id: 'S6',
  name: 'GrantDurability',
  statement:
    'A grant that was acknowledged and is neither released nor past its deadline is in the table of every server that serves later.',
  environments: EVERYWHERE,
  watch: (ground, reporter) => new GrantDurability(ground, reporter),
};

export const persistBeforeSend: Property = {
  id: 'S17',
  name: 'PersistBeforeSend',
  statement: "At each send, the state that the message promises is on the sender's disk.",
  environments: EVERYWHERE,
  watch: (ground, reporter) => new PersistBeforeSend(ground, reporter),
};
