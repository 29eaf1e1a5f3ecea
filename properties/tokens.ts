// S11, S20, S22: lifetimes restart and tokens move at a take-over, and nothing is taken from a holder too early.

import type { ClientIndex, ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import type { ServerView } from '../sim/pool/server-view.ts';
import { LS_LICENSETERMINATED, LS_SUCCESS } from '../src/core/codes.ts';
import type { HandleId, Term } from '../src/core/ids.ts';
import type { Answer } from '../src/core/message.ts';
import type { EndReason, Operation } from '../src/core/state.ts';
import type { ServerEvent } from '../src/core/turn.ts';
import type { Ground } from './ground.ts';
import type { Arrival, HandleRecord, Reign } from './ledger.ts';
import { EVERYWHERE, type Property, type Reporter, WITH_BOUNDED_DRIFT } from './property.ts';
import type { Watch } from './watch.ts';
import { handleText, nameOf, positionText, seconds, termText, timeOf } from './words.ts';

/** Microseconds: readings are whole ones, and lives and deadlines are rounded. */
const ROUNDING = 4;

/**
 * S11. (a) When an end by lapse is committed (from then on, and not before, its units can be given out and acknowledged),
 * no client believes in the handle; nor when a leader takes over with a state in which it has lapsed. A deposed leader's
 * lapses do not count. (b) and (c) are the two halves of the margin, each by itself, so that it need not be used up to be
 * seen missing: with m = life/(1−ρ), (b) a belief ends no later than m after some call for its handle last arrived, (c) a
 * lapse is made no sooner than m after its leader became active, and is committed no sooner than m after the last call
 * arrived that was answered as a grant or renewal. Sound by the derivation of §9: a client counts life from the sending,
 * by a clock no slower than 1−ρ; a leader counts D(h) ≥ life · (1+ρ)/(1−ρ), by a clock no faster than 1+ρ, from after the
 * arrival, and every new leader from its activation, which is after the arrival of all that was acknowledged before.
 */
class ClientMargin implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  /** 1/(1−ρ). */
  private readonly dilation: number;

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
    this.dilation = 1 / (1 - ground.scenario.driftPpm / 1e6);
  }

  beliefHeld(at: TrueTime, client: ClientIndex, handle: HandleId): void {
    const record = this.ground.handles.get(handle)!;
    // A belief that is over is told of once more when its client's clock changes.
    if (record.life === 0 || record.heardAt < 0 || record.believedUntil <= at) return;
    const latest = record.heardAt + record.life * this.dilation + ROUNDING;
    if (record.believedUntil <= latest) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `client ${client} believes ${timeOf(at)} in ${handleText(handle)} until ${seconds(record.believedUntil)}, but no call for it arrived after ${seconds(record.heardAt)}, and even by the slowest clock ${seconds(record.life)} from there end at ${seconds(latest)}`,
      'a client believes for longer than a life after its call',
    );
  }

  operationMade(
    at: TrueTime,
    server: ServerIndex,
    reign: Reign,
    operation: Operation,
    record: HandleRecord,
  ): void {
    if (operation.kind !== 'end' || operation.reason !== 'lapsed' || reign.activeAt < 0) return;
    const earliest = reign.activeAt + record.life * this.dilation - ROUNDING;
    if (at >= earliest) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} lets ${handleText(record.handle)} lapse ${timeOf(at)}, before ${seconds(earliest)}: it became active at ${seconds(reign.activeAt)}`,
      'a handle lapses too soon after a take-over',
    );
  }

  endCommitted(at: TrueTime, record: HandleRecord, reason: EndReason, term: Term, index: number): void {
    if (reason !== 'lapsed') return;
    const isBelieved = this.ground.isBelievedAt(record, at);
    const life = record.life * this.dilation;
    if (!isBelieved && (record.renewedAt < 0 || at >= record.renewedAt + life - ROUNDING)) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${handleText(record.handle)} lapsed at ${positionText({ term, index })} of ${termText(term)}, committed ${timeOf(at)}, but ${isBelieved ? `client ${record.client} may use it until ${seconds(record.believedUntil)}` : `a call that was answered as a grant or renewal had arrived at ${seconds(record.renewedAt)}: a client with the slowest clock may use it for ${seconds(life)}`}`,
      isBelieved
        ? 'a handle lapses while its client still believes in it'
        : 'a handle lapses too soon after its renewal',
    );
  }

  serverNoted(at: TrueTime, server: ServerIndex, event: ServerEvent, view: ServerView): void {
    if (event.kind !== 'took over' || event.term < this.ground.blockedBelow) return;
    const { live } = view.server.register!.table;
    for (const record of this.ground.believed.values()) {
      if (!record.hasLapsedSomewhere || record.believedUntil <= at || record.isBeingReleased) continue;
      if (live.has(record.handle)) continue;
      this.reporter.violated(
        at,
        `${nameOf(server)} took over ${timeOf(at)} in ${termText(event.term)} with a state in which ${handleText(record.handle)} has lapsed, but client ${record.client} may use it until ${seconds(record.believedUntil)}`,
        'a leader takes over a lapse of a handle that is still believed in',
      );
      return;
    }
  }
}

/**
 * S20. No update of a client that believes in the handle when the answer leaves is answered LS_LICENSETERMINATED; each
 * answer to such an update is a check, and so is each LS_LICENSETERMINATED. Sound: the answer had a round, so the end is
 * committed; then S11's argument, and a release ends the belief before it is sent.
 */
class LiveHolderKept implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
  }

  answered(at: TrueTime, server: ServerIndex, arrival: Arrival | null, answer: Answer): void {
    if (arrival === null || answer.call !== 'update') return;
    const record = this.ground.handles.get(answer.handle);
    const isHeld = record !== undefined && !record.isBeingReleased && this.ground.isBelievedAt(record, at);
    if (answer.code.number !== LS_LICENSETERMINATED.number) {
      if (isHeld) this.reporter.held();
      return;
    }
    if (!isHeld) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} answers LS_LICENSETERMINATED ${timeOf(at)} in ${termText(answer.term)} to client ${arrival.client}, which may use ${handleText(answer.handle)} until ${seconds(record.believedUntil)}`,
      'a live holder is told that its token was taken back',
    );
  }
}

/**
 * S22. (a) At a take-over, for each key: mine = 0, previous = the units of the live handles, free = the rest. (b) In a
 * reign, mine lies between the units of the live handles of which a grant or renewal was answered in it, and those of
 * which a call arrived in it; both are kept exactly from calls, answers and deltas, and are equal when nothing is under
 * way: so an update moves exactly its own units, once. Sound: a call makes its handle mine when it is processed, after
 * its arrival and before its answer.
 */
class TokensMove implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
  }

  serverNoted(at: TrueTime, server: ServerIndex, event: ServerEvent, view: ServerView): void {
    if (event.kind !== 'took over') return;
    const { table } = view.server.register!;
    const issued: number[] = this.ground.keys.map(() => 0);
    for (const { token } of table.live.values()) {
      const { place } = this.ground.keyOf(token.key);
      issued[place] = (issued[place] ?? 0) + token.units;
    }
    for (let i = 0; i < this.ground.configuredKeys; i++) {
      const key = this.ground.keys[i]!;
      const shown = event.tokens.get(key.key);
      const mine = table.usage.get(key.key)?.mine ?? 0;
      if (
        shown !== undefined &&
        mine === 0 &&
        shown.mine === 0 &&
        shown.previous === issued[i] &&
        shown.total >= key.leastLimit &&
        shown.total <= key.limit &&
        shown.free === Math.max(0, shown.total - issued[i]!)
      ) {
        this.reporter.held();
        continue;
      }
      this.reporter.violated(
        at,
        `${nameOf(server)} took over ${timeOf(at)} in ${termText(event.term)} with ${shown === undefined ? 'no figures' : `total ${shown.total}, mine ${shown.mine}, previous ${shown.previous}, free ${shown.free}`} for ${key.key}; issued are ${issued[i]} of ${key.limit}`,
        'the figures at a take-over are wrong',
      );
      return;
    }
  }

  answered(
    at: TrueTime,
    server: ServerIndex,
    arrival: Arrival | null,
    answer: Answer,
    view: ServerView,
  ): void {
    if (arrival === null || answer.code.number !== LS_SUCCESS.number) return;
    if (answer.call !== 'update' && answer.call !== 'request') return;
    const reign = this.ground.reigns[server]!;
    const { role, register } = view.server;
    if (reign === null || !reign.isExact || reign.term !== answer.term) return;
    if (role.kind !== 'leader' || role.term !== reign.term) return;
    const key = this.ground.handles.get(answer.handle)?.key ?? null;
    if (key === null) return;
    const mine = register!.table.usage.get(key.key)?.mine ?? 0;
    if (mine >= reign.leastMine[key.place]! && mine <= reign.mostMine[key.place]!) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} counts ${mine} units of ${key.key} as issued or renewed in ${termText(reign.term)} ${timeOf(at)}; by its answers it is at least ${reign.leastMine[key.place]}, by the calls at most ${reign.mostMine[key.place]}`,
      mine < reign.leastMine[key.place]!
        ? 'a renewal does not move its units to mine'
        : 'units moved to mine without a call',
    );
  }
}

export const clientMargin: Property = {
  id: 'S11',
  name: 'ClientMargin',
  statement: 'A client stops believing in its handle before any serving leader reuses its units.',
  environments: WITH_BOUNDED_DRIFT,
  watch: (ground, reporter) => new ClientMargin(ground, reporter),
};

export const liveHolderKept: Property = {
  id: 'S20',
  name: 'LiveHolderKept',
  statement: 'An update by a holder whose deadline has not passed is never answered LS_LICENSETERMINATED.',
  environments: WITH_BOUNDED_DRIFT,
  watch: (ground, reporter) => new LiveHolderKept(ground, reporter),
};

export const tokensMove: Property = {
  id: 'S22',
  name: 'TokensMove',
  statement:
    'A new leader starts with mine = 0 and previous = issued, and an update moves exactly its own units.',
  environments: EVERYWHERE,
  watch: (ground, reporter) => new TokensMove(ground, reporter),
};
