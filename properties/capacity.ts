// S4, S5: what the leader counts, and what clients hold, never exceed what the license allows.

import type { ClientIndex, ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import type { ServerView } from '../sim/pool/server-view.ts';
import type { HandleId, LicenseKey } from '../src/core/ids.ts';
import type { Answer, Tokens } from '../src/core/message.ts';
import type { Operation } from '../src/core/state.ts';
import type { ServerEvent } from '../src/core/turn.ts';
import type { Ground } from './ground.ts';
import type { Arrival, HandleRecord, KeyLedger, Reign } from './ledger.ts';
import { limitInForce } from './licenses.ts';
import { EVERYWHERE, type Property, type Reporter, WITH_BOUNDED_DRIFT } from './property.ts';
import type { Watch } from './watch.ts';
import { handleText, nameOf, seconds, timeOf } from './words.ts';

/** A recount of a table of n handles is due after n/4 + this many commits: O(1) amortised. */
const COMMITS_PER_RECOUNT = 32;

/**
 * S4. In each state of each server, at its commits: 0 ≤ units ≤ limit for each key, and on a leader 0 ≤ mine ≤ units, so
 * that mine + previous + free = limit. The counters agree with the live table (recounted at take-overs, at the end, and
 * after so many commits that it costs O(1) each) and with the sum over the leader's own deltas. The figures of a status
 * answer add up. The limit is that of all strings of the key, whenever they count: it may fall below what is out. No grant
 * makes more be out than the strings in force allow, as the leader's own operations decided which those are. Sound: what a
 * leader counts beyond its mark, it marks with the same delta [11.4]; a table is consistent between two steps.
 */
class Conservation implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  private readonly credit: number[] = [];

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
    for (let i = 0; i < ground.servers; i++) this.credit.push(0);
  }

  serverCommitted(at: TrueTime, server: ServerIndex, view: ServerView): void {
    const { register, role } = view.server;
    if (register === null) return;
    const { usage, live } = register.table;
    const { keys } = this.ground;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      const used = usage.get(key.key);
      if (used === undefined) continue;
      if (
        used.units < 0 ||
        used.units > key.limit ||
        (role.kind === 'leader' && (used.mine < 0 || used.mine > used.units))
      ) {
        this.reporter.violated(
          at,
          `${nameOf(server)}, a ${role.kind}, counts ${timeOf(at)} ${used.units} of ${key.limit} units of ${key.key} in use, ${used.mine} of them mine`,
          used.units > key.limit ? 'more units in use than the limit' : 'a negative number of units',
        );
        return;
      }
    }
    this.reporter.held();
    this.credit[server]!++;
    if (this.credit[server]! > COMMITS_PER_RECOUNT + live.size / 4) {
      this.credit[server] = 0;
      this.recount(at, server, view);
    }
  }

  operationMade(
    at: TrueTime,
    server: ServerIndex,
    reign: Reign,
    operation: Operation,
    record: HandleRecord,
  ): void {
    if (operation.kind !== 'add' || !reign.isExact) return;
    const key = record.key ?? this.ground.keyOf(operation.key);
    const units = (reign.units[key.place] ?? 0) + operation.units;
    const limit = limitInForce(reign, key);
    if (units <= limit) return;
    this.reporter.violated(
      at,
      `${nameOf(server)} grants ${timeOf(at)} ${operation.units} units of ${key.key}, so that ${units} are out; the strings in force allow ${limit}`,
      'a grant goes beyond the strings in force',
    );
  }

  deltasMade(at: TrueTime, server: ServerIndex, reign: Reign, view: ServerView): void {
    if (!reign.isExact || view.server.role.kind !== 'leader') return;
    const { usage } = view.server.register!.table;
    const { keys } = this.ground;
    for (let i = 0; i < reign.units.length; i++) {
      const units = usage.get(keys[i]!.key)?.units ?? 0;
      if (units === reign.units[i]) continue;
      this.reporter.violated(
        at,
        `${nameOf(server)} counts ${timeOf(at)} ${units} units of ${keys[i]!.key} in use, its own deltas add up to ${reign.units[i]}`,
        'the counter of units in use differs from the sum of the deltas',
      );
      return;
    }
    this.reporter.held();
  }

  serverNoted(at: TrueTime, server: ServerIndex, event: ServerEvent, view: ServerView): void {
    if (event.kind === 'took over') this.recount(at, server, view);
  }

  answered(at: TrueTime, server: ServerIndex, arrival: Arrival | null, answer: Answer): void {
    if (answer.tokens === null || arrival === null) return;
    const key = this.ground.isConfigured(arrival.key) ? this.ground.keyOf(arrival.key) : null;
    if (this.addsUp(answer.tokens, answer.term === 0 ? null : key)) {
      this.reporter.held();
      return;
    }
    const { total, mine, previous, free } = answer.tokens;
    this.reporter.violated(
      at,
      `${nameOf(server)} shows ${timeOf(at)} for ${arrival.key}: total ${total}, mine ${mine}, previous ${previous}, free ${free}; the limit is ${key === null ? 0 : `${key.leastLimit} to ${key.limit}`}${answer.term === 0 ? ', and it is not an active leader' : ''}`,
      'the tokens shown do not add up',
    );
  }

  ended(at: TrueTime): void {
    for (let server = 0; server < this.ground.servers; server++) {
      const view = this.ground.views[server]!;
      if (view !== null) this.recount(at, server, view);
    }
  }

  private addsUp(tokens: Tokens, key: KeyLedger | null): boolean {
    const { total, mine, previous, free } = tokens;
    if (key === null) return total === 0 && mine === 0 && previous === 0 && free === 0;
    if (total < key.leastLimit || total > key.limit || mine < 0 || previous < 0) return false;
    return free === Math.max(0, total - mine - previous);
  }

  private recount(at: TrueTime, server: ServerIndex, view: ServerView): void {
    const { register, role } = view.server;
    if (register === null) return;
    const { table } = register;
    const units = new Map<LicenseKey, number>();
    const mine = new Map<LicenseKey, number>();
    for (const { token, heardIn } of table.live.values()) {
      units.set(token.key, (units.get(token.key) ?? 0) + token.units);
      if (heardIn === table.reign) mine.set(token.key, (mine.get(token.key) ?? 0) + token.units);
    }
    for (const [key, used] of table.usage) {
      const counted = units.get(key) ?? 0;
      const countedMine = mine.get(key) ?? 0;
      if (used.units === counted && (role.kind !== 'leader' || !role.isActive || used.mine === countedMine))
        continue;
      this.reporter.violated(
        at,
        `${nameOf(server)}, a ${role.kind}, counts ${timeOf(at)} ${used.units} units of ${key} in use, ${used.mine} mine; its live handles have ${counted}, ${countedMine} mine`,
        'the counters of units differ from the live table',
      );
      return;
    }
    this.reporter.held();
  }
}

/**
 * S5. At every instant of true time, the units in which clients believe are at most the limit. The sum rises only where
 * a belief begins or grows, so it is looked at there; lapsed beliefs are taken off only when the sum would exceed what
 * it has been before. The limit is the greatest that any file had in a leader's state: who holds a token is not thrown out
 * by a lower one, and that nobody is added then is S4's. Sound by the lease inequality of §9 wherever clocks drift within ρ.
 */
class GlobalCapacity implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  /** By key: the most units held at once. */
  private readonly most: number[] = [];

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
    for (let i = 0; i < ground.keys.length; i++) this.most.push(0);
  }

  beliefHeld(at: TrueTime, client: ClientIndex, handle: HandleId, key: LicenseKey): void {
    const ledger = this.ground.keyOf(key);
    while (this.most.length <= ledger.place) this.most.push(0);
    if (ledger.held <= this.most[ledger.place]!) {
      this.reporter.held();
      return;
    }
    this.ground.settle(at);
    if (ledger.held > this.most[ledger.place]!) {
      this.most[ledger.place] = ledger.held;
      this.reporter.measured(`held of ${key}, most`, ledger.held);
      this.reporter.measured('held - limit, most', ledger.held - ledger.limit);
    }
    if (ledger.held <= ledger.limit) {
      this.reporter.held();
      return;
    }
    const others: string[] = [];
    for (const record of this.ground.believed.values()) {
      if (record.key !== ledger || record.handle === handle) continue;
      others.push(`client ${record.client} until ${seconds(record.believedUntil)}`);
    }
    this.reporter.violated(
      at,
      `${ledger.held} of ${ledger.limit} units of ${key} are in use ${timeOf(at)}: client ${client} holds ${handleText(handle)} while ${others.slice(0, 8).join(', ')} still hold theirs`,
      'more units are held than the limit',
    );
  }
}

export const conservation: Property = {
  id: 'S4',
  name: 'Conservation',
  statement:
    'On the leader mine + previous + free = limit for each key, each at least 0; a follower shows 0.',
  environments: EVERYWHERE,
  watch: (ground, reporter) => new Conservation(ground, reporter),
};

export const globalCapacity: Property = {
  id: 'S5',
  name: 'GlobalCapacity',
  statement: 'At every instant the units that clients believe they hold are at most the limit.',
  environments: WITH_BOUNDED_DRIFT,
  watch: (ground, reporter) => new GlobalCapacity(ground, reporter),
};
