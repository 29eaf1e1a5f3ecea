// S18, S19: why a leader leaves office, and that a hand-over passes on exactly what the old leader had.

import type { ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import type { ServerView } from '../sim/pool/server-view.ts';
import { settingsOf } from '../sim/scenario/settings.ts';
import { isAtOrAfter, type Position, samePosition, type Term } from '../src/core/ids.ts';
import type { Answer, ServerMessage } from '../src/core/message.ts';
import type { Operation } from '../src/core/state.ts';
import type { ServerEvent } from '../src/core/turn.ts';
import { needsRound } from './codes.ts';
import type { Ground } from './ground.ts';
import type { Arrival, HandleRecord, Reign } from './ledger.ts';
import { EVERYWHERE, type Property, type Reporter, WITH_BOUNDED_DRIFT } from './property.ts';
import type { Watch } from './watch.ts';
import { handleText, nameOf, positionText, seconds, termText, timeOf } from './words.ts';

/** A leader's word that another server may stand in its place. */
class Consent {
  readonly term: Term;
  readonly to: ServerIndex;
  readonly position: Position;

  constructor(term: Term, to: ServerIndex, position: Position) {
    this.term = term;
    this.to = to;
    this.position = position;
  }
}

/**
 * S18. A leader leaves office only (a) for lack of a quorum: no round that it began within the last quorumTimeout of the
 * fastest clock is confirmed by what has arrived; (b) for a higher term, of which a message has arrived; (c) by hand-over
 * to a better server that asks for it, and that was sent take-over in this reign; (d) by a crash; or (e) for its own disk,
 * which was done with no batch in the last electionTimeout of the fastest clock. Take-over and
 * trial go to better servers only, take-over only when the other one's disk has exactly the leader's position; and who
 * stands with a leader's consent was sent it, at just the position at which it stands. Sound: these are the conditions of
 * 6.29, 6.32, 7.3, 7.8, 7.30, 8.8 and 8.9, by what left and what arrived. (a) and (e) are judged where clocks drift within
 * ρ, (a) in pools where nobody is a quorum alone; of the rounds only some are remembered, which is milder.
 */
class LegalHandover implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  private readonly hasBoundedDrift: boolean;
  /** quorumTimeout in true time, by the fastest clock. */
  private readonly window: number;
  /** electionTimeout in the same way. */
  private readonly diskWindow: number;
  /** By server: when its disk was last done with a batch, or its boot. */
  private readonly syncedAt: TrueTime[] = [];
  /** By server: the term in which it last said that it steps down. */
  private readonly left: Term[] = [];
  /** By leader and candidate: the last consent that was sent. A slow one may act on it after others were asked. */
  private readonly offers: (Consent | null)[][] = [];
  /** By candidate: the term by whose consent it last stood. */
  private readonly asked: Term[] = [];

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
    const { scenario } = ground;
    this.hasBoundedDrift = WITH_BOUNDED_DRIFT.includes(scenario.environment);
    const { quorumTimeout, electionTimeout } = settingsOf(scenario);
    const fastest = 1 + scenario.driftPpm / 1e6;
    this.window = Math.floor(quorumTimeout / fastest) - 2;
    this.diskWindow = Math.floor(electionTimeout / fastest) - 2;
    for (let i = 0; i < ground.servers; i++) {
      this.left.push(0);
      this.syncedAt.push(0);
      this.offers.push(new Array<Consent | null>(ground.servers).fill(null));
      this.asked.push(0);
    }
  }

  serverBooted(at: TrueTime, server: ServerIndex): void {
    this.syncedAt[server] = at;
  }

  serverCommitted(at: TrueTime, server: ServerIndex): void {
    this.syncedAt[server] = at;
  }

  leftOffice(at: TrueTime, server: ServerIndex, term: Term): void {
    if (this.left[server] === term) return;
    this.reporter.violated(
      at,
      `${nameOf(server)} led in ${termText(term)} until ${timeOf(at)}, and does so no more without having stepped down`,
      'a leader is gone without a reason',
    );
  }

  reclaimSent(
    at: TrueTime,
    from: ServerIndex,
    to: ServerIndex,
    message: ServerMessage,
    view: ServerView,
  ): void {
    if (message.kind === 'trial') {
      this.judge(at, from, to, message.kind, this.faultOfChoice(from, to, view));
    } else if (message.kind === 'take-over') {
      this.judge(at, from, to, message.kind, this.faultOfConsent(from, to, message, view));
      this.offers[from]![to] = new Consent(message.term, to, message.position);
    } else if (message.kind === 'prepare') {
      this.asked[from] = message.handOver;
      this.judge(
        at,
        from,
        to,
        'prepare by consent',
        this.faultOfClaim(from, message.handOver, message.position),
      );
    }
  }

  serverNoted(at: TrueTime, server: ServerIndex, event: ServerEvent): void {
    if (event.kind !== 'stepped down') return;
    this.left[server] = event.term;
    const fault = this.faultOfLeaving(at, server, event.term, event.reason);
    if (fault === null) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} steps down ${timeOf(at)} in ${termText(event.term)} (${event.reason}), but ${fault}`,
      `a leader steps down (${event.reason}) without cause`,
    );
  }

  private faultOfChoice(from: ServerIndex, to: ServerIndex, view: ServerView): string | null {
    return this.ground.isBetterIn(view, to, from) ? null : 'that server is no better';
  }

  private faultOfConsent(
    from: ServerIndex,
    to: ServerIndex,
    { term, position }: ServerMessage & { kind: 'take-over' },
    view: ServerView,
  ): string | null {
    const fault = this.faultOfChoice(from, to, view);
    if (fault !== null) return fault;
    const { role, register } = view.server;
    if (role.kind !== 'leader' || role.term !== term) return 'it does not lead in that term any more';
    if (!samePosition(register!.position, position)) return 'its own position is another one by now';
    return this.ground.hasOnDisk(to, position) ? null : "that position is not on the other one's disk";
  }

  private faultOfClaim(server: ServerIndex, consent: Term, position: Position | null): string | null {
    const offer = this.offers[this.ground.ownerOf(consent)]?.[server];
    if (offer == null || offer.term !== consent) return 'no leader of that term consented';
    return position !== null && samePosition(offer.position, position)
      ? null
      : 'the consent was for another position';
  }

  private faultOfLeaving(at: TrueTime, server: ServerIndex, term: Term, reason: string): string | null {
    if (reason === 'handed over') {
      const offers = this.offers[server]!;
      for (let to = 0; to < offers.length; to++) {
        if (offers[to]?.term === term && this.asked[to] === term) return null;
      }
      return 'nobody to whom it had offered the lead had asked for it';
    }
    if (reason === 'its own disk is too slow') {
      const synced = this.syncedAt[server]!;
      return this.hasBoundedDrift && synced > at - this.diskWindow
        ? `its disk was done with a batch at ${seconds(synced)}`
        : null;
    }
    if (reason === 'a store was lost while the pool formed') {
      const activeAt = this.ground.reigns[server]?.activeAt ?? -1;
      return this.ground.scenario.begins === undefined || activeAt >= 0
        ? 'the pool was formed already'
        : null;
    }
    if (reason !== 'no confirmed round')
      return this.ground.heardOf[server]! > term ? null : 'it had heard of no higher term';
    const reign = this.ground.reigns[server]!;
    if (!this.hasBoundedDrift || this.ground.isQuorumAlone(server) || reign === null || reign.term !== term)
      return null;
    const { markedRounds: rounds, markedAt: began } = reign;
    for (let i = 0; i < rounds.length; i++) {
      if (began[i]! < at - this.window) continue;
      if (rounds[i] === 0) return `it was elected at ${seconds(began[i]!)}`;
      if (!this.ground.hasConfirmedAfter(reign, rounds[i]! - 1)) return null;
      return `a quorum has confirmed round ${rounds[i]} or a later one, begun at or after ${seconds(began[i]!)}`;
    }
    return null;
  }

  private judge(at: TrueTime, from: ServerIndex, to: ServerIndex, what: string, fault: string | null): void {
    if (fault === null) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(from)} sends ${what} to ${nameOf(to)} ${timeOf(at)}, but ${fault}`,
      `${what} is sent, but ${fault}`,
    );
  }
}

/**
 * S19. When a leader's take-over leaves, its position is committed and on its own disk. From then until it gives the
 * hand-over up it makes no state and answers none of the calls that arrived in the freeze, and every grant that it
 * answers was made before: so its last grant comes before the first of the next leader. Whoever takes over with its
 * consent has adopted that position or one that contains it; if just that, its table has the same handles as the old
 * leader's. Sound by 8.8 and 8.9: the candidate stands at that position, and what it adopts is the newest of its quorum's.
 */
class HandoverAtomic implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  /** By leader: the consent that is out and not taken back. */
  private readonly sent: (Consent | null)[] = [];
  /** By candidate: its term, and the term and position by whose consent it stands. */
  private readonly stands: (Consent | null)[] = [];
  private readonly standsIn: Term[] = [];

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
    for (let i = 0; i < ground.servers; i++) {
      this.sent.push(null);
      this.stands.push(null);
      this.standsIn.push(0);
    }
  }

  serverBooted(_at: TrueTime, server: ServerIndex): void {
    this.sent[server] = null;
    this.stands[server] = null;
  }

  reclaimSent(
    at: TrueTime,
    from: ServerIndex,
    to: ServerIndex,
    message: ServerMessage,
    view: ServerView,
  ): void {
    if (message.kind === 'take-over') {
      const { term, position } = message;
      this.sent[from] = new Consent(term, to, position);
      const isSafe = this.ground.isCommitted(position) && isAtOrAfter(view.durable.position, position);
      if (isSafe) this.reporter.held();
      else
        this.reporter.violated(
          at,
          `${nameOf(from)} offers ${nameOf(to)} the lead ${timeOf(at)} at ${positionText(position)}, which is not committed yet, or not on its own disk`,
          'the lead is offered with a state that is not committed',
        );
    } else if (message.kind === 'prepare' && message.position !== null) {
      this.standsIn[from] = message.term;
      this.stands[from] = new Consent(message.handOver, from, message.position);
    }
  }

  operationMade(
    at: TrueTime,
    server: ServerIndex,
    reign: Reign,
    operation: Operation,
    record: HandleRecord,
    position: Position,
  ): void {
    const sent = this.sent[server]!;
    if (sent === null || sent.term !== reign.term) return;
    this.reporter.violated(
      at,
      `${nameOf(server)} makes ${positionText(position)} ${timeOf(at)} (${operation.kind} of ${handleText(record.handle)}) after it has offered ${nameOf(sent.to)} the lead with ${positionText(sent.position)}`,
      'a leader goes on making states after it has offered the lead',
    );
  }

  answered(at: TrueTime, server: ServerIndex, arrival: Arrival | null, answer: Answer): void {
    const sent = this.sent[server]!;
    if (sent === null || arrival === null || answer.term !== sent.term) return;
    if (!needsRound(answer, arrival.moved)) return;
    const record = this.ground.handles.get(answer.handle);
    const isLateGrant =
      answer.call === 'request' && record?.addedTerm === sent.term && record.addedIndex > sent.position.index;
    if (!arrival.isHeld && !isLateGrant) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} answers ${answer.code.name} ${timeOf(at)} to a ${answer.call} that arrived at ${seconds(arrival.at)}, although it is frozen and has offered ${nameOf(sent.to)} the lead`,
      'a leader serves on after it has offered the lead',
    );
  }

  serverNoted(at: TrueTime, server: ServerIndex, event: ServerEvent, view: ServerView): void {
    if (event.kind === 'hand-over aborted' || event.kind === 'stepped down') this.sent[server] = null;
    if (event.kind !== 'took over' || !event.viaHandOver) return;
    const consent = this.stands[server]!;
    // Who is left alone by the removal of the others asks nobody but itself, which is not seen.
    if (this.standsIn[server] !== event.term && this.ground.isQuorumAlone(server)) return;
    const fault =
      consent === null || this.standsIn[server] !== event.term
        ? 'nobody consented'
        : this.faultOfTakeOver(event.term, consent, view);
    if (fault === null) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} takes over ${timeOf(at)} in ${termText(event.term)} by a hand-over${consent === null ? '' : ` from ${termText(consent.term)} at ${positionText(consent.position)}`}, but ${fault}`,
      'the new leader has not what the old one handed over',
    );
  }

  private faultOfTakeOver(term: Term, consent: Consent, view: ServerView): string | null {
    const { position } = consent;
    const base = this.ground.baseOf(term);
    if (base === null) return null;
    if (!isAtOrAfter(base, position)) return `it adopted ${positionText(base)}`;
    const old = this.ground.reigns[this.ground.ownerOf(consent.term)];
    if (old == null || old.term !== consent.term || !old.isExact || !samePosition(base, position))
      return null;
    // It gave the hand-over up and went on by itself: what it has made since is nobody else's.
    if (old.seenIndex !== position.index) return null;
    const { live } = view.server.register!.table;
    for (const handle of old.live.keys()) {
      if (!live.has(handle)) return `it has not ${handleText(handle)}`;
    }
    return live.size === old.live.size
      ? null
      : `it has ${live.size} live handles instead of ${old.live.size}`;
  }
}

export const legalHandover: Property = {
  id: 'S18',
  name: 'LegalHandover',
  statement:
    'A leader leaves office only by a lost quorum, a crash, a higher term, or a hand-over to a better server that holds exactly its position.',
  environments: EVERYWHERE,
  watch: (ground, reporter) => new LegalHandover(ground, reporter),
};

export const handoverAtomic: Property = {
  id: 'S19',
  name: 'HandoverAtomic',
  statement:
    'The last grant of the old leader precedes the first of the new, and the new table contains the old one.',
  environments: EVERYWHERE,
  watch: (ground, reporter) => new HandoverAtomic(ground, reporter),
};
