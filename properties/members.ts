// S21: only members are counted, and no healthy member gives its store up.

import type { ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import type { ServerView } from '../sim/pool/server-view.ts';
import type { Slot, StoreId, Term } from '../src/core/ids.ts';
import type { Answer, ServerMessage } from '../src/core/message.ts';
import type { DiscardReason, ServerEvent } from '../src/core/turn.ts';
import { needsRound } from './codes.ts';
import type { Ground } from './ground.ts';
import type { Arrival } from './ledger.ts';
import { EVERYWHERE, type Property, type Reporter } from './property.ts';
import { isQuorum } from './quorum.ts';
import type { Watch } from './watch.ts';
import { nameOf, termText, timeOf } from './words.ts';

/** Where the pool stood when it took a store up. */
interface Admission {
  readonly term: Term;
  readonly index: number;
}

/** What one server was told as candidate or Leader, by whom. */
class Desk {
  term: Term = 0;
  /** By server: the store whose vote for this term reached it; 0 = none did. */
  readonly votes: StoreId[];
  /** The stores that counted when it was elected. */
  adopted: ReadonlyMap<Slot, StoreId> = new Map();
  /** By server: the highest round of this reign that a store which counts has acknowledged. */
  readonly acknowledged: number[];

  constructor(servers: number) {
    this.votes = new Array<StoreId>(servers).fill(0);
    this.acknowledged = new Array<number>(servers).fill(0);
  }

  turnTo(term: Term): void {
    this.term = term;
    this.votes.fill(0);
    this.acknowledged.fill(0);
  }
}

/**
 * S21. (a) Votes, and acknowledgements as a member, come only from stores that a founding state or an admission names, and a
 * store becomes a member only when its admission is committed. (b) Whoever is elected has votes of a quorum of the stores that
 * count in what it adopted, and an answer that needs a round leaves when a quorum of the stores that count has acknowledged a
 * round begun after the call. Old stores are counted for rounds before their successor was admitted: both are accepted
 * here. A store that was set back counts for nothing, where its loss was witnessed. (c) A server gives its store up
 * only when another one was admitted in its place, when it was given another slot, or when its disk was set back.
 */
class MembersOnly implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  private readonly members = new Set<StoreId>();
  private readonly admissions = new Map<StoreId, Admission>();
  /** By slot: some store other than the first was admitted. */
  private readonly hasSuccessor: boolean[] = [];
  private readonly desks: Desk[] = [];

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
    for (let i = 0; i < ground.servers; i++) {
      this.desks.push(new Desk(ground.servers));
      this.hasSuccessor.push(false);
    }
  }

  serverBooted(at: TrueTime, server: ServerIndex, view: ServerView): void {
    const { meta } = view.server;
    // A pool that is there from the beginning was founded with these.
    if (at === 0 && meta.isMember) this.members.add(meta.store);
    this.desks[server]!.turnTo(0);
  }

  messageSent(at: TrueTime, from: ServerIndex, to: ServerIndex, message: ServerMessage): void {
    const speaksAsMember =
      message.kind === 'vote' || (message.kind === 'append-reply' && message.isMember && message.ok);
    if (!speaksAsMember) return;
    if (this.members.has(message.header.store)) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(from)} sends ${message.kind} to ${nameOf(to)} ${timeOf(at)} as a member, with a store that was never admitted`,
      'a store that was never admitted speaks as a member',
    );
  }

  messageArrived(_at: TrueTime, from: ServerIndex, to: ServerIndex, message: ServerMessage): void {
    const { setBacks } = this.ground;
    if (!setBacks.hasHidden && setBacks.isOfImage(from, message.header.incarnation)) return;
    if (message.kind === 'vote') {
      const desk = this.desks[to]!;
      if (message.term > desk.term) desk.turnTo(message.term);
      if (message.term === desk.term) desk.votes[from] = message.header.store;
    } else if (message.kind === 'append-reply' && message.ok && message.isMember) {
      const desk = this.desks[to]!;
      if (message.term !== desk.term || message.round <= desk.acknowledged[from]!) return;
      const { store } = message.header;
      const counting = this.ground.views[to]?.server.register?.charter.stores;
      const isCounted =
        (counting !== undefined && this.counts(counting, from, store)) ||
        this.counts(desk.adopted, from, store);
      if (isCounted) desk.acknowledged[from] = message.round;
    }
  }

  serverNoted(at: TrueTime, server: ServerIndex, event: ServerEvent, view: ServerView): void {
    switch (event.kind) {
      case 'founds':
        for (const store of view.server.register!.charter.stores.values()) this.members.add(store);
        return;
      case 'elected':
        // Who founds a pool has no votes, but everybody's promise.
        if (!view.server.register!.charter.isForming) this.checkElection(at, server, event.term, view);
        return;
      case 'admitted': {
        const store = view.server.register!.charter.stores.get(event.slot)!;
        this.admissions.set(store, event.position);
        this.hasSuccessor[this.ground.serverOf(event.slot)] = true;
        return;
      }
      case 'joined':
        this.checkJoining(at, server, view);
        return;
      case 'discarded': {
        if (this.isDue(server, event.because)) this.reporter.held();
        else
          this.reporter.violated(
            at,
            `${nameOf(server)}, a healthy member, discards its store ${timeOf(at)}: ${event.because}`,
            'a healthy member discards its store',
          );
        return;
      }
    }
  }

  answered(at: TrueTime, server: ServerIndex, arrival: Arrival | null, answer: Answer): void {
    // Alone, a server has nobody to ask, and no rounds that could be seen.
    if (arrival === null || !needsRound(answer, arrival.moved) || this.ground.isQuorumAlone(server)) return;
    const reign = this.ground.reigns[server]!;
    const desk = this.desks[server]!;
    if (reign === null || reign.term !== answer.term || desk.term !== answer.term) return;
    const round = arrival.term === answer.term ? arrival.round : 0;
    if (this.ground.hasConfirmedAfter(reign, round, desk.acknowledged)) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} answers ${answer.code.name} ${timeOf(at)} in ${termText(answer.term)} without a round that a quorum of the stores that count has acknowledged`,
      'an answer rests on acknowledgements of stores that do not count',
    );
  }

  private isDue(server: ServerIndex, because: DiscardReason): boolean {
    if (because === 'another store counts') return this.hasSuccessor[server]!;
    if (because === 'it has another slot') return this.ground.hasLaterSlot(server);
    return this.ground.setBacks.wasSetBack(server);
  }

  /** That store of that server is one of these. */
  private counts(stores: ReadonlyMap<Slot, StoreId>, server: ServerIndex, store: StoreId): boolean {
    // A server has the slot of its own number unless it came later.
    if (stores.get(server) === store && this.ground.serverOf(server) === server) return true;
    for (const [slot, counting] of stores)
      if (counting === store && this.ground.serverOf(slot) === server) return true;
    return false;
  }

  private checkElection(at: TrueTime, server: ServerIndex, term: Term, view: ServerView): void {
    const desk = this.desks[server]!;
    if (desk.term !== term) desk.turnTo(term);
    const { stores, file, oldMembers } = view.server.register!.charter;
    desk.adopted = stores;
    const votes: number[] = [];
    for (const [slot, store] of stores) {
      const voter = this.ground.serverOf(slot);
      votes[slot] = store === (voter === server ? view.server.meta.store : desk.votes[voter]) ? 1 : 0;
    }
    if (isQuorum({ members: file.members, old: oldMembers }, votes, 1)) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} is elected ${timeOf(at)} in ${termText(term)} without votes of a quorum of the stores that count in what it adopts`,
      'an election rests on votes of stores that do not count',
    );
  }

  private checkJoining(at: TrueTime, server: ServerIndex, view: ServerView): void {
    const { store } = view.server.meta;
    const admission = this.admissions.get(store);
    const { committedTerm, committedIndex } = this.ground;
    const isCommitted =
      admission !== undefined &&
      (committedTerm > admission.term ||
        (committedTerm === admission.term && committedIndex >= admission.index));
    this.members.add(store);
    if (isCommitted) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} becomes a member ${timeOf(at)} although no admission of its store is committed`,
      'a store becomes a member before its admission is committed',
    );
  }
}

export const membersOnly: Property = {
  id: 'S21',
  name: 'MembersOnly',
  statement: 'A store that is not admitted is never counted, and no healthy member gives its store up.',
  environments: EVERYWHERE,
  holdsForAnyImage: true,
  watch: (ground, reporter) => new MembersOnly(ground, reporter),
};
