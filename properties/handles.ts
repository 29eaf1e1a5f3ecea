// S7, S8, S9, S10: a handle is granted once, for one call, ends once, and never comes back.

import type { ApplicationCall, ClientIndex, ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import type { ServerView } from '../sim/pool/server-view.ts';
import { settingsOf } from '../sim/scenario/settings.ts';
import { LS_SUCCESS } from '../src/core/codes.ts';
import type { HandleId, Position, Term } from '../src/core/ids.ts';
import type { Answer, Call } from '../src/core/message.ts';
import type { Operation } from '../src/core/state.ts';
import type { CallOutcome } from '../src/core/turn.ts';
import type { Ground } from './ground.ts';
import type { Arrival, HandleRecord, Reign } from './ledger.ts';
import { EVERYWHERE, type Property, type Reporter, WITH_BOUNDED_DRIFT } from './property.ts';
import type { Watch } from './watch.ts';
import { handleText, nameOf, positionText, seconds, termText, timeOf } from './words.ts';

/**
 * S7. (a) No leader adds a handle that is live in its own state. (b) On the committed history a handle is added once.
 * Adds that are never committed do not count: a handle lost with its leader is rightly granted again by the next. Sound:
 * the committed history is one line, and whoever adds on it has all that was committed before (live or tombstone).
 */
class HandleUniqueness implements Watch {
  private readonly reporter: Reporter;

  constructor(reporter: Reporter) {
    this.reporter = reporter;
  }

  operationMade(
    at: TrueTime,
    server: ServerIndex,
    reign: Reign,
    operation: Operation,
    record: HandleRecord,
  ): void {
    if (operation.kind !== 'add' || !reign.isExact) return;
    if (!reign.live.has(record.handle)) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} grants ${handleText(record.handle)} ${timeOf(at)} in ${termText(reign.term)} although it is live in its own table`,
      'a live handle is granted again',
    );
  }

  grantCommitted(at: TrueTime, record: HandleRecord, term: Term, index: number): void {
    if (record.committedGrants === 0) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${handleText(record.handle)} was granted at ${positionText({ term: record.grantedTerm, index: record.grantedIndex })} and again at ${positionText({ term, index })}, committed ${timeOf(at)}`,
      'a handle is granted twice',
    );
  }
}

/**
 * S8. For one LSRequest the library uses one handle, until a server answers STALE for it. A handle belongs to the call
 * of the application that is open at its client when the handle first reaches a server, unless an earlier call ended
 * with it. Sound: a library draws a handle when a call begins or at STALE; the last handle of a call is in its outcome,
 * the others have reached a server (STALE came from one). After the crash of a client with an open request, and while
 * a client has several open, it cannot be told whose a handle is, and nothing is judged.
 */
class Idempotency implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  /** To which call of the application each handle belongs; -1 = cannot be told. */
  private readonly callOf = new Map<HandleId, number>();
  /** By client: the request that is open (-1: none), its handle so far, how many are open, and whether all can be told. */
  private readonly openCall: number[] = [];
  private readonly openHandle: (HandleId | null)[] = [];
  private readonly openCount: number[] = [];
  private readonly isUnclear: boolean[] = [];

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
    for (let i = 0; i < ground.scenario.clients.length; i++) {
      this.openCall.push(-1);
      this.openHandle.push(null);
      this.openCount.push(0);
      this.isUnclear.push(false);
    }
  }

  callBegan(_at: TrueTime, client: ClientIndex, call: ApplicationCall): void {
    if (call.call !== 'request') return;
    this.openCount[client]!++;
    if (this.openCount[client] === 1) {
      this.openCall[client] = call.id;
      this.openHandle[client] = null;
    } else this.isUnclear[client] = true;
  }

  callEnded(_at: TrueTime, client: ClientIndex, call: ApplicationCall, outcome: CallOutcome): void {
    if (call.call !== 'request') return;
    this.callOf.set(outcome.handle, call.id);
    if (this.openCount[client]! > 0) this.openCount[client]!--;
    this.openCall[client] = -1;
  }

  clientCrashed(_at: TrueTime, client: ClientIndex): void {
    if (this.openCount[client]! > 0) this.isUnclear[client] = true;
    this.openCount[client] = 0;
    this.openCall[client] = -1;
  }

  callArrived(at: TrueTime, server: ServerIndex, client: ClientIndex, call: Call): void {
    if (call.call !== 'request' || this.callOf.has(call.handle)) return;
    const open = this.openCall[client]!;
    const isClear = open >= 0 && !this.isUnclear[client];
    this.callOf.set(call.handle, isClear ? open : -1);
    if (!isClear) return;
    const before = this.openHandle[client]!;
    this.openHandle[client] = call.handle;
    if (before === null || this.ground.handles.get(before)?.isStale === true) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `client ${client} asks ${nameOf(server)} ${timeOf(at)} for ${handleText(call.handle)} in the same LSRequest for which it asked for ${handleText(before)}, which no server called ended: it may be granted two`,
      'a retry uses another handle',
    );
  }
}

/**
 * S9. (a) A leader ends a handle as released only if a release call for that handle has reached a server. (b) After its
 * deltas, the units in use are what they were, plus what was added, minus the units of the handles that were live and
 * ended: so a release frees its own units, once. Sound: both are what `release` is; reigns whose deltas were not all
 * seen are left out.
 */
class ReleaseExactness implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  private hasEnded = false;

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
  }

  operationMade(
    at: TrueTime,
    server: ServerIndex,
    _reign: Reign,
    operation: Operation,
    record: HandleRecord,
    position: Position,
  ): void {
    if (operation.kind !== 'end') return;
    this.hasEnded = true;
    if (operation.reason !== 'released' || record.releaseArrived) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} releases ${handleText(record.handle)} of client ${record.client} ${timeOf(at)} at ${positionText(position)}, but nobody asked for its release`,
      "another holder's handle is released",
    );
  }

  deltasMade(at: TrueTime, server: ServerIndex, reign: Reign, view: ServerView): void {
    if (!this.hasEnded) return;
    this.hasEnded = false;
    if (!reign.isExact || view.server.role.kind !== 'leader') return;
    const { usage } = view.server.register!.table;
    for (let i = 0; i < reign.units.length; i++) {
      const key = this.ground.keys[i]!.key;
      const units = usage.get(key)?.units ?? 0;
      if (units === reign.units[i]) continue;
      this.reporter.violated(
        at,
        `${nameOf(server)} has ${timeOf(at)} after the end of handles ${units} units of ${key} in use; exactly the units of those that were live would leave ${reign.units[i]}`,
        'an end does not free exactly its own units',
      );
      return;
    }
    this.reporter.held();
  }
}

/** Ends of which a leader has made tombstones and that it has not purged, oldest first from `from`. */
class Tombs {
  term: Term = 0;
  readonly indexes: number[] = [];
  /** Before these instants no purge may reach them. */
  readonly keptUntil: TrueTime[] = [];
  from = 0;
}

/**
 * S10. Once the end of a handle is committed, or its release acknowledged though nobody knew it: (a) it is never granted on the
 * committed history afterwards. Once its end is committed: (b) no update
 * or request of it that arrives later is answered LS_SUCCESS. (c) A leader purges no tombstone while a request for its
 * handle may still be taken: after a release for strayAge, after another end for callTimeout of the slowest client more,
 * and what was inherited for as long after the leader became active; all by its own clock, at its fastest. Sound: any
 * answer to a later call has a round of a leader whose state contains the end; its tombstone outlives every stray request
 * (PROTOCOL.md 5.7, of which (c) is the bound), and an update needs no tombstone. (c) where clocks drift within ρ.
 */
class NoResurrection implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  private readonly hasBoundedDrift: boolean;
  /** In true time, by the fastest clock: how long a request may still be taken after a release, and after another end. */
  private readonly afterRelease: number;
  private readonly afterEnd: number;
  private readonly tombs: Tombs[] = [];

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
    const { scenario } = ground;
    const { strayAge, callTimeout } = settingsOf(scenario);
    const rho = scenario.driftPpm / 1e6;
    this.hasBoundedDrift = WITH_BOUNDED_DRIFT.includes(scenario.environment);
    this.afterRelease = Math.floor(strayAge / (1 + rho));
    this.afterEnd = Math.floor((strayAge + (callTimeout * (1 + rho)) / (1 - rho)) / (1 + rho));
    for (let i = 0; i < ground.servers; i++) this.tombs.push(new Tombs());
  }

  operationMade(
    at: TrueTime,
    server: ServerIndex,
    reign: Reign,
    operation: Operation,
    _record: HandleRecord,
    position: Position,
  ): void {
    if (operation.kind !== 'end' || !this.hasBoundedDrift) return;
    const tombs = this.tombsOf(server, reign.term);
    tombs.indexes.push(position.index);
    tombs.keptUntil.push(at + (operation.reason === 'released' ? this.afterRelease : this.afterEnd));
  }

  purgeMade(at: TrueTime, server: ServerIndex, reign: Reign, before: Position): void {
    if (!this.hasBoundedDrift) return;
    const tombs = this.tombsOf(server, reign.term);
    const { indexes, keptUntil } = tombs;
    let earliest = reign.activeAt < 0 ? at : reign.activeAt + this.afterEnd;
    while (before.term === reign.term && tombs.from < indexes.length && indexes[tombs.from]! < before.index) {
      earliest = Math.max(earliest, keptUntil[tombs.from]!);
      tombs.from++;
    }
    if (tombs.from === indexes.length) {
      indexes.length = 0;
      keptUntil.length = 0;
      tombs.from = 0;
    }
    if (at >= earliest) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} purges ${timeOf(at)} all tombstones from before ${positionText(before)}, but until ${seconds(earliest)} a request for one of their handles may still be taken`,
      'a tombstone is purged too early',
    );
  }

  private tombsOf(server: ServerIndex, term: Term): Tombs {
    let tombs = this.tombs[server]!;
    if (tombs.term !== term) {
      tombs = new Tombs();
      tombs.term = term;
      this.tombs[server] = tombs;
    }
    return tombs;
  }

  grantCommitted(at: TrueTime, record: HandleRecord, term: Term, index: number): void {
    if (record.endedAt < 0 && record.releasedAt < 0) {
      this.reporter.held();
      return;
    }
    if (record.endedAt < 0) {
      this.reporter.violated(
        at,
        `${handleText(record.handle)}, whose release was acknowledged at ${seconds(record.releasedAt)}, is granted at ${positionText({ term, index })}, committed ${timeOf(at)}`,
        'a released handle is granted',
      );
      return;
    }
    this.reporter.violated(
      at,
      `${handleText(record.handle)}, ended at ${seconds(record.endedAt)}, is granted at ${positionText({ term, index })}, committed ${timeOf(at)}`,
      'an ended handle is granted',
    );
  }

  answered(at: TrueTime, server: ServerIndex, arrival: Arrival | null, answer: Answer): void {
    if (arrival === null || answer.code.number !== LS_SUCCESS.number) return;
    if (answer.call !== 'update' && answer.call !== 'request') return;
    const record = this.ground.handles.get(answer.handle);
    if (record === undefined || record.endedAt < 0 || record.endedAt >= arrival.at) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} answers LS_SUCCESS ${timeOf(at)} to a ${answer.call} of ${handleText(answer.handle)} that arrived at ${seconds(arrival.at)}, although the handle had ended at ${seconds(record.endedAt)}`,
      'an ended handle is renewed',
    );
  }
}

export const handleUniqueness: Property = {
  id: 'S7',
  name: 'HandleUniqueness',
  statement: 'A handle is granted at most once, over all terms and boots.',
  environments: EVERYWHERE,
  watch: (_ground, reporter) => new HandleUniqueness(reporter),
};

export const idempotency: Property = {
  id: 'S8',
  name: 'Idempotency',
  statement:
    'For one request of an application there is at most one live handle; a retry gives the same one.',
  environments: EVERYWHERE,
  watch: (ground, reporter) => new Idempotency(ground, reporter),
};

export const releaseExactness: Property = {
  id: 'S9',
  name: 'ReleaseExactness',
  statement:
    "A release changes the table at most once and frees exactly its own units, never another holder's.",
  environments: EVERYWHERE,
  watch: (ground, reporter) => new ReleaseExactness(ground, reporter),
};

export const noResurrection: Property = {
  id: 'S10',
  name: 'NoResurrection',
  statement: 'After a handle has ended, no renewal of it succeeds and it is never granted again.',
  environments: EVERYWHERE,
  watch: (ground, reporter) => new NoResurrection(ground, reporter),
};
