// L12: a server that keeps losing the lead gets it back only after the others have had their chance.

import type { ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import { settingsOf } from '../sim/scenario/settings.ts';
import type { Term } from '../src/core/ids.ts';
import type { ServerMessage } from '../src/core/message.ts';
import type { ServerEvent } from '../src/core/turn.ts';
import type { Ground } from './ground.ts';
import { type Property, type Reporter, WITH_BOUNDED_DRIFT } from './property.ts';
import type { Watch } from './watch.ts';
import { nameOf, seconds, termText, timeOf } from './words.ts';

/** What a voter went through since its process began. */
class Voter {
  /** The reign that it follows or has, whose it is, and since when; 0 = none yet. */
  term: Term = 0;
  leader: ServerIndex = -1;
  since: TrueTime = 0;
  /** The last append that arrived, and whether its leader was handed the lead. */
  heardAt: TrueTime = -1;
  wasHandedOver = false;
  /** By server: reigns in a row that were short for certain and ended without a hand-over. */
  readonly failures: number[];
  /** By server: it has claimed the lead since the present reign began [8.16]. */
  readonly claims: boolean[];
  /** By candidate: the term for which it was last asked for a vote, and how long it had heard no leader if that was too early. */
  readonly askedFor: Term[];
  readonly tooEarly: (number | null)[];

  constructor(servers: number) {
    this.failures = new Array<number>(servers).fill(0);
    this.claims = new Array<boolean>(servers).fill(false);
    this.askedFor = new Array<Term>(servers).fill(0);
    this.tooEarly = new Array<number | null>(servers).fill(null);
  }
}

/**
 * L12. A voter that has seen two reigns of a server in a row end within `flapWindow` and without a hand-over gives it a vote, unless a
 * leader consents, only when `electionTimeout` and a stagger for each member and one more have passed since it heard a leader.
 *
 * Sound: 8.13 and 8.17 by what arrived and what was noted. Reigns are short by the slowest clock and the wait is over by the fastest;
 * what a voter has forgotten, a claim that may be ripe (8.16) and reigns of which it is not certain whether they were short count for
 * the server.
 */
class HeldDown implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  private readonly shortest: number;
  private readonly wait: number;
  private readonly stagger: number;
  private readonly voters: Voter[] = [];

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
    const { scenario } = ground;
    const { flapWindow, electionTimeout, electionStagger } = settingsOf(scenario);
    const rho = scenario.driftPpm / 1e6;
    this.shortest = Math.floor(flapWindow / (1 + rho)) - 2;
    this.wait = electionTimeout / (1 + rho);
    this.stagger = electionStagger / (1 + rho);
    for (let i = 0; i < ground.servers; i++) this.voters.push(new Voter(ground.servers));
  }

  serverBooted(_at: TrueTime, server: ServerIndex): void {
    this.voters[server] = new Voter(this.ground.servers);
  }

  messageArrived(at: TrueTime, from: ServerIndex, to: ServerIndex, message: ServerMessage): void {
    const voter = this.voters[to]!;
    switch (message.kind) {
      case 'append':
        // One that is not followed is no word of a leader.
        if (message.term < (this.ground.views[to]?.server.meta.promised ?? 0)) return;
        voter.heardAt = at;
        voter.wasHandedOver = message.viaHandOver;
        break;
      case 'pre-vote':
        if (message.seesMajority) voter.claims[from] = true;
        break;
      case 'prepare':
        // Decided when it is asked: the vote may leave late, and what is repeated was decided before.
        if (voter.askedFor[from] === message.term && voter.tooEarly[from] === null) return;
        voter.askedFor[from] = message.term;
        // Whom it follows already it only tells what it has promised.
        voter.tooEarly[from] =
          message.handOver === 0 && voter.term < message.term ? this.earlinessOf(at, from, to, voter) : null;
        break;
    }
  }

  serverNoted(at: TrueTime, server: ServerIndex, event: ServerEvent): void {
    const voter = this.voters[server]!;
    switch (event.kind) {
      case 'follows':
        this.begin(voter, event.term, at, voter.wasHandedOver);
        break;
      case 'elected':
        // Whether by consent is not asked: what is not certain counts for the one before.
        this.begin(voter, event.term, at, true);
        break;
      case 'discarded':
      case 'retired':
      case 'founds':
        this.voters[server] = new Voter(this.ground.servers);
        break;
    }
  }

  private begin(voter: Voter, term: Term, at: TrueTime, isHandedOver: boolean): void {
    if (voter.term === term) return;
    if (voter.term !== 0) {
      const lasted = at - voter.since;
      const { failures, leader } = voter;
      if (lasted >= this.shortest) failures[leader] = 0;
      else if (!isHandedOver) failures[leader]!++;
    }
    voter.term = term;
    voter.leader = this.ground.ownerOf(term);
    voter.since = at;
    voter.claims.fill(false);
  }

  /** How long that voter has heard no leader, if it may not vote for that server yet. */
  private earlinessOf(
    at: TrueTime,
    candidate: ServerIndex,
    server: ServerIndex,
    voter: Voter,
  ): number | null {
    if (voter.failures[candidate]! < 2 || voter.claims[candidate] || candidate === server) return null;
    const silence = at - voter.heardAt;
    return voter.heardAt >= 0 && silence < this.waitOf(server) ? silence : null;
  }

  private waitOf(server: ServerIndex): number {
    const members = this.ground.views[server]?.server.register?.charter.file.members.length ?? 0;
    return Math.floor(this.wait + this.stagger * (members + 1)) - 2;
  }

  messageSent(at: TrueTime, from: ServerIndex, to: ServerIndex, message: ServerMessage): void {
    if (message.kind !== 'vote') return;
    const { askedFor, tooEarly, failures } = this.voters[from]!;
    const silence = tooEarly[to]!;
    if (failures[to]! < 2) return;
    if (silence === null || askedFor[to] !== message.term) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(from)} votes for ${nameOf(to)} ${timeOf(at)} in ${termText(message.term)}, whose last ${failures[to]} reigns were short, and had heard no leader for ${seconds(silence)} when it was asked; it must wait for ${seconds(this.waitOf(from))}`,
      'a server that keeps losing the lead is voted for before others had their chance',
    );
  }
}

export const heldDown: Property = {
  id: 'L12',
  name: 'HeldDown',
  statement:
    'Who lost the lead twice within a short time is elected again only after others have had their chance.',
  environments: WITH_BOUNDED_DRIFT,
  watch: (ground, reporter) => new HeldDown(ground, reporter),
};
