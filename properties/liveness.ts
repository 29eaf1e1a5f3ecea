// L1, L2, L4, L6: once the core is whole, a leader serves, the best one leads, calls end, and tokens come back.
// Each bound comes from the timers (`bounds.ts`) and is named in the reason. A run whose core phase is too short for a
// bound does not count as a check of it.

import type { ApplicationCall, ClientIndex, ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import type { ServerView } from '../sim/pool/server-view.ts';
import type { Scenario } from '../sim/scenario/scenario.ts';
import { settingsOf } from '../sim/scenario/settings.ts';
import {
  VLS_LEADER_NOT_PRESENT,
  VLS_MAJORITY_RULE_FAILURE,
  VLS_NO_SERVER_RESPONSE,
  VLS_SERVER_SYNC_IN_PROGRESS,
} from '../src/core/codes.ts';
import type { Term } from '../src/core/ids.ts';
import type { Call } from '../src/core/message.ts';
import type { CallOutcome, ServerEvent } from '../src/core/turn.ts';
import { type LivenessBound, livenessBound, reclaimBound } from './bounds.ts';
import type { Ground } from './ground.ts';
import { AFTER_CHAOS, type Property, type Reporter, WITH_BOUNDED_DRIFT } from './property.ts';
import type { Watch } from './watch.ts';
import { nameOf, seconds, termText, timeOf } from './words.ts';

/** Where each server's rounds stood at an instant, so that a round begun later can be told. */
class RoundMarks {
  private readonly ground: Ground;
  private readonly terms: Term[] = [];
  private readonly rounds: number[] = [];

  constructor(ground: Ground) {
    this.ground = ground;
    for (const reign of ground.reigns) {
      this.terms.push(reign?.term ?? 0);
      this.rounds.push(reign?.lastRound ?? 0);
    }
  }

  /** The server is an active leader, and a quorum has confirmed a round that it began after the marks were set. */
  isServing(server: ServerIndex, view: ServerView): boolean {
    const { role } = view.server;
    if (role.kind !== 'leader' || !role.isActive) return false;
    const { ground } = this;
    if (ground.isQuorumAlone(server)) {
      return view.durable.position !== null && view.durable.position.term === role.term;
    }
    const reign = ground.reigns[server]!;
    if (reign === null || reign.term !== role.term) return false;
    return ground.hasConfirmedAfter(reign, this.terms[server] === role.term ? this.rounds[server]! : 0);
  }
}

/**
 * L1. Within the bound after the core became whole, some server, of the core or outside, serves: it is an active leader
 * and a quorum has acknowledged a round that it began since. Sound by the bound's derivation; a healthy leader outside
 * the core is as good.
 */
class SomeLeader implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  private readonly bound: LivenessBound;
  private beganAt: TrueTime = -1;
  private marks: RoundMarks | null = null;

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
    this.bound = livenessBound(ground.scenario);
  }

  coreBegan(at: TrueTime, core: readonly ServerIndex[]): void {
    if (!this.bound.isLively || core.length === 0) return;
    this.beganAt = at;
    this.marks = new RoundMarks(this.ground);
  }

  serverStepped(at: TrueTime, server: ServerIndex, view: ServerView): void {
    if (this.marks === null) return;
    if (at > this.beganAt + this.bound.leader) this.fail(at);
    else if (view.server.role.kind === 'leader' && this.marks.isServing(server, view)) {
      this.marks = null;
      this.reporter.measured('µs until a leader served, most', at - this.beganAt);
      this.reporter.held();
    }
  }

  ended(at: TrueTime): void {
    if (this.marks !== null && at > this.beganAt + this.bound.leader) this.fail(at);
  }

  private fail(at: TrueTime): void {
    this.marks = null;
    const roles = this.ground.views.map(
      (view, i) => `${nameOf(i)} ${view === null ? 'down' : view.server.role.kind}`,
    );
    this.reporter.violated(
      at,
      `no server has confirmed a round within ${seconds(this.bound.leader)} of ${seconds(this.beganAt)}, when the core became whole (${roles.join(', ')})`,
      'no leader serves after the faults have ended',
    );
  }
}

/**
 * L2. Within the bound after the core became whole, its most preferred server serves, and leads from then to the end.
 * The bound takes the longest back-off that the servers' records of failures allow when the core begins, and two failures
 * more. Not judged at all when a better server outside the core is up or comes up: half connected, it may rightly be
 * tried again and again. Nor when a server outside the core leads and something lasts that makes links or servers slow or
 * unsure: it may hear the core, and so keep a quorum, but too late for any trial. Clean cuts are no excuse: what the outside
 * leader does not hear, the core's followers do (8.16), unless the best server goes on hearing that leader and so has no
 * reason to ask for anything.
 */
class Reclaim implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  private readonly isLively: boolean;
  private best: ServerIndex = -1;
  private beganAt: TrueTime = 0;
  private bound = 0;
  private marks: RoundMarks | null = null;
  private hasServed = false;
  private isDue = false;
  private core: readonly ServerIndex[] = [];
  /** By server: when the best one last heard of it, and when it last heard of the best one. */
  private readonly heardByBest: TrueTime[] = [];
  private readonly heardOfBest: TrueTime[] = [];
  private readonly silence: number;

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
    this.isLively = livenessBound(ground.scenario).isLively;
    this.silence = 2 * settingsOf(ground.scenario).electionTimeout;
  }

  coreBegan(at: TrueTime, core: readonly ServerIndex[]): void {
    if (!this.isLively || core.length === 0) return;
    this.core = core;
    this.begin(at);
  }

  /** Another order of preference is in force: from here on another server may be the best, and it needs its time. */
  fileCommitted(at: TrueTime): void {
    if (this.core.length > 0) this.begin(at);
  }

  private begin(at: TrueTime): void {
    this.marks = null;
    this.hasServed = false;
    this.isDue = false;
    const { views, order } = this.ground;
    const best = order.find((server) => this.core.includes(server));
    if (best === undefined) return;
    this.best = best;
    this.heardByBest.length = 0;
    this.heardOfBest.length = 0;
    if (order.some((server) => this.isBetter(server) && views[server] !== null)) return;
    let failures = 0;
    for (const view of views) {
      if (view === null) continue;
      for (const record of view.server.records.values()) failures = Math.max(failures, record.failures);
    }
    this.beganAt = at;
    this.bound = reclaimBound(this.ground.scenario, failures + 2);
    this.marks = new RoundMarks(this.ground);
  }

  serverBooted(_at: TrueTime, server: ServerIndex): void {
    if (this.best < 0 || !this.isBetter(server)) return;
    this.marks = null;
    this.isDue = false;
  }

  messageArrived(at: TrueTime, from: ServerIndex, to: ServerIndex): void {
    if (this.marks === null) return;
    if (to === this.best) this.heardByBest[from] = at;
    else if (from === this.best) this.heardOfBest[to] = at;
  }

  private isBetter(server: ServerIndex): boolean {
    const { order } = this.ground;
    return order.indexOf(server) < order.indexOf(this.best);
  }

  serverStepped(at: TrueTime, server: ServerIndex, view: ServerView): void {
    if (this.marks === null) return;
    if (at > this.beganAt + this.bound) {
      this.judge(at);
      return;
    }
    if (this.hasServed || server !== this.best || view.server.role.kind !== 'leader') return;
    if (!this.marks.isServing(server, view)) return;
    this.hasServed = true;
    this.reporter.measured('µs until the best server served, most', at - this.beganAt);
  }

  serverNoted(at: TrueTime, server: ServerIndex, event: ServerEvent): void {
    if (!this.isDue || server !== this.best || event.kind !== 'stepped down') return;
    this.isDue = false;
    this.reporter.violated(
      at,
      `${nameOf(server)}, the most preferred server of the core, stepped down ${timeOf(at)} (${event.reason}) although the core is whole since ${seconds(this.beganAt)}`,
      'the preferred leader does not stay',
    );
  }

  ended(at: TrueTime): void {
    if (this.marks !== null && at > this.beganAt + this.bound) this.judge(at);
  }

  /** That leader outside the core may rightly stay. */
  private isExcused(at: TrueTime, leader: ServerIndex): boolean {
    const isHeard = at - (this.heardByBest[leader] ?? 0) <= this.silence;
    const hears = at - (this.heardOfBest[leader] ?? 0) <= this.silence;
    return hasUncleanFaults(this.ground.scenario) || (isHeard && !hears);
  }

  private judge(at: TrueTime): void {
    this.marks = null;
    const view = this.ground.views[this.best]!;
    const isLeader = view !== null && view.server.role.kind === 'leader' && view.server.role.isActive;
    if (this.hasServed && isLeader) {
      this.isDue = true;
      this.reporter.held();
      return;
    }
    const leaders: string[] = [];
    for (let i = 0; i < this.ground.servers; i++) {
      const role = this.ground.views[i]?.server.role;
      if (role?.kind === 'leader' && role.isActive && !this.core.includes(i) && this.isExcused(at, i)) return;
      if (role?.kind === 'leader') leaders.push(`${nameOf(i)} leads in ${termText(role.term)}`);
    }
    this.reporter.violated(
      at,
      `${nameOf(this.best)}, the most preferred server of the core, does not serve ${seconds(this.bound)} after the core became whole at ${seconds(this.beganAt)} (${leaders.length === 0 ? 'nobody leads' : leaders.join(', ')})`,
      'the preferred server does not reclaim leadership',
    );
  }
}

/** Faults of clocks keep within ρ and hurt nobody's liveness; a link that is cut, or a server that is down, is sure not to be there. */
const CLEAN_FAULTS: ReadonlySet<string> = new Set([
  'monotonic-drift',
  'wall-jump',
  'one-way-cut',
  'partition',
  'crash',
]);

/** Something outside the core stays impaired after the chaos that makes links or servers late, or come and go. */
function hasUncleanFaults(scenario: Scenario): boolean {
  return scenario.faults.some((fault) => fault.until > scenario.chaosUntil && !CLEAN_FAULTS.has(fault.kind));
}

interface OpenCall {
  readonly client: ClientIndex;
  readonly call: ApplicationCall;
  readonly beganAt: TrueTime;
}

/**
 * L4. (a) Wherever clocks drift within ρ: a call that has reached a server is answered there within `served`, by a leader
 * however frozen, unless the server does not run or crashes, or its disk is full. Sound: a leader that gets no round confirmed leaves office and
 * answers all that wait, and a freeze is given up after two phases. (b) A call that begins in the core phase ends within
 * the call's time and one attempt. A request that begins later than L1's bound is moreover answered by a server: it does
 * not end with VLS_NO_SERVER_RESPONSE, nor, unless a slow server outside may be given the lead, with
 * VLS_SERVER_SYNC_IN_PROGRESS, and, when the core is the whole pool, not with VLS_LEADER_NOT_PRESENT or
 * VLS_MAJORITY_RULE_FAILURE either. Sound if clients are linked with the core in that phase, since a hand-over takes far
 * less than a call; calls of clients that crash are left out.
 */
class Answered implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  private readonly bound: LivenessBound;
  private readonly open = new Map<number, OpenCall>();
  private beganAt: TrueTime = -1;
  private isWhole = false;
  private readonly hasSlowServers: boolean;
  /** By server: since when its disk has had room, as far as it knows. */
  private readonly roomSince: TrueTime[] = [];

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
    this.bound = livenessBound(ground.scenario);
    const { faults, chaosUntil } = ground.scenario;
    this.hasSlowServers = faults.some((fault) => fault.kind === 'slow-node' && fault.until > chaosUntil);
  }

  looked(at: TrueTime): void {
    for (let server = 0; server < this.ground.servers; server++) this.look(at, server);
  }

  private look(at: TrueTime, server: ServerIndex): void {
    if (this.ground.views[server]?.server.isUnfit) return;
    const since = this.ground.waitingSince(server);
    // Asleep it answers nothing, and that is no fault of the protocol.
    if (since < 0 || !this.ground.isAwake(server, at)) return;
    if (
      at - Math.max(since, this.ground.runsSince[server]!, this.roomSince[server] ?? 0) <=
      this.bound.served
    ) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} has not answered ${timeOf(at)} a call that arrived at ${seconds(since)}, although it runs and answers are due after ${seconds(this.bound.served)}`,
      'a server keeps a call waiting',
    );
  }

  serverNoted(at: TrueTime, server: ServerIndex, event: ServerEvent): void {
    if (event.kind === 'disk has room') this.roomSince[server] = at;
  }

  coreBegan(at: TrueTime, core: readonly ServerIndex[]): void {
    if (!this.bound.isLively || core.length === 0) return;
    this.beganAt = at;
    this.isWhole = core.length === this.ground.servers;
  }

  callBegan(at: TrueTime, client: ClientIndex, call: ApplicationCall): void {
    if (this.beganAt >= 0) this.open.set(call.id, { client, call, beganAt: at });
  }

  clientCrashed(_at: TrueTime, client: ClientIndex): void {
    for (const [id, open] of this.open) if (open.client === client) this.open.delete(id);
  }

  callEnded(at: TrueTime, _client: ClientIndex, call: ApplicationCall, outcome: CallOutcome): void {
    const open = this.open.get(call.id);
    if (open === undefined) return;
    this.open.delete(call.id);
    if (at - open.beganAt > this.bound.call) {
      this.late(at, open);
      return;
    }
    if (
      call.call !== 'request' ||
      open.beganAt < this.beganAt + this.bound.leader ||
      this.isHelpful(outcome)
    ) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `the request ${call.id} of client ${open.client}, begun at ${seconds(open.beganAt)}, ended ${timeOf(at)} with ${outcome.code.name}, although the core is whole since ${seconds(this.beganAt)} and a leader is due after ${seconds(this.bound.leader)}`,
      `a request ends with ${outcome.code.name} after the faults have ended`,
    );
  }

  ended(at: TrueTime): void {
    for (const open of this.open.values()) {
      if (at - open.beganAt <= this.bound.call) continue;
      this.late(at, open);
      return;
    }
  }

  private isHelpful(outcome: CallOutcome): boolean {
    const { number } = outcome.code;
    if (number === VLS_NO_SERVER_RESPONSE.number) return false;
    // A hand-over to a server that does everything late holds up service for many times that.
    if (number === VLS_SERVER_SYNC_IN_PROGRESS.number) return this.hasSlowServers;
    return (
      !this.isWhole ||
      (number !== VLS_LEADER_NOT_PRESENT.number && number !== VLS_MAJORITY_RULE_FAILURE.number)
    );
  }

  private late(at: TrueTime, open: OpenCall): void {
    this.reporter.violated(
      at,
      `the ${open.call.call} ${open.call.id} of client ${open.client}, begun at ${seconds(open.beganAt)}, has not ended within ${seconds(this.bound.call)} (${timeOf(at)})`,
      `a ${open.call.call} does not end in time`,
    );
  }
}

/**
 * L6. At the end of the run, if no client believes in anything and the last request or update that reached a server, the
 * last take-over and the begin of the core phase are longer ago than a hold (and L1's bound after the latter): on the
 * serving leader no handle is live, no unit in use, none mine. Sound: each live handle lapses D after the last call for
 * it or the last take-over, by the leader's clock, which is within ρ.
 */
class NoLeak implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  private readonly bound: LivenessBound;
  private quietSince: TrueTime = -1;
  private hasCore = false;

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
    this.bound = livenessBound(ground.scenario);
  }

  coreBegan(at: TrueTime, core: readonly ServerIndex[]): void {
    this.hasCore = this.bound.isLively && core.length > 0;
    this.quietSince = Math.max(this.quietSince, at + this.bound.leader);
  }

  callArrived(at: TrueTime, _server: ServerIndex, _client: ClientIndex, call: Call): void {
    if ((call.call === 'request' || call.call === 'update') && at > this.quietSince) this.quietSince = at;
  }

  serverNoted(at: TrueTime, _server: ServerIndex, event: ServerEvent): void {
    if ((event.kind === 'took over' || event.kind === 'hand-over aborted') && at > this.quietSince)
      this.quietSince = at;
  }

  ended(at: TrueTime): void {
    if (!this.hasCore || at - this.quietSince <= this.bound.freed) return;
    this.ground.settle(at);
    if (this.ground.believed.size > 0) return;
    const server = this.ground.servingLeader();
    if (server < 0) return;
    const view = this.ground.views[server]!;
    const { live, usage } = view.server.register!.table;
    let units = 0;
    let mine = 0;
    for (const used of usage.values()) {
      units += Math.abs(used.units);
      mine += Math.abs(used.mine);
    }
    if (live.size === 0 && units === 0 && mine === 0) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} still has ${live.size} live handles, ${units} units in use, ${mine} mine, although all clients are gone and nothing has been asked since ${seconds(this.quietSince)}; each should be free after ${seconds(this.bound.freed)}`,
      'tokens of clients that are gone are not free again',
    );
  }
}

export const someLeader: Property = {
  id: 'L1',
  name: 'SomeLeader',
  statement: 'Once a quorum is linked again, a server serves within the bound.',
  environments: AFTER_CHAOS,
  watch: (ground, reporter) => new SomeLeader(ground, reporter),
};

export const reclaim: Property = {
  id: 'L2',
  name: 'Reclaim',
  statement: 'The most preferred server of the core serves within the reclaim bound, and stays.',
  environments: AFTER_CHAOS,
  watch: (ground, reporter) => new Reclaim(ground, reporter),
};

export const answered: Property = {
  id: 'L4',
  name: 'Answered',
  statement:
    'A server that runs answers each call within its bound, and every call of a client that is linked with the core ends.',
  environments: WITH_BOUNDED_DRIFT,
  watch: (ground, reporter) => new Answered(ground, reporter),
};

export const noLeak: Property = {
  id: 'L6',
  name: 'NoLeak',
  statement: 'When all clients are gone and their holds have passed, everything is free again.',
  environments: AFTER_CHAOS,
  watch: (ground, reporter) => new NoLeak(ground, reporter),
};
