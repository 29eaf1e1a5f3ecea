// L5, L9: the tokens of a dead client come back in time, and a living client keeps its own.

import type { ClientIndex, ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import type { HandleId, LicenseKey } from '../src/core/ids.ts';
import { type LivenessBound, livenessBound } from './bounds.ts';
import type { Ground } from './ground.ts';
import type { HandleRecord } from './ledger.ts';
import { overSince } from './licenses.ts';
import { AFTER_CHAOS, type Property, type Reporter } from './property.ts';
import type { Watch } from './watch.ts';
import { handleText, nameOf, seconds, timeOf } from './words.ts';

/**
 * L5. In the core phase, from L1's bound on, no handle is live on the serving leader for longer than `freed` after the
 * last that any server heard of it, the last take-over and the last hand-over that was given up. Other clients may go on
 * meanwhile; this is judged handle by handle. Sound: the leader began the hold no later than any of these, and `freed` is
 * the hold by the slowest clock and the time until it looks again.
 */
class Freed implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  private readonly bound: LivenessBound;
  private dueAt: TrueTime = Number.POSITIVE_INFINITY;
  private quietSince: TrueTime = 0;

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
    this.bound = livenessBound(ground.scenario);
  }

  coreBegan(at: TrueTime, core: readonly ServerIndex[]): void {
    if (!this.bound.isLively || core.length === 0) return;
    this.quietSince = at + this.bound.leader;
    this.dueAt = this.quietSince + this.bound.freed;
  }

  looked(at: TrueTime): void {
    if (at >= this.dueAt) this.look(at);
  }

  ended(at: TrueTime): void {
    if (at >= this.dueAt) this.look(at);
  }

  private look(at: TrueTime): void {
    const { ground } = this;
    const server = ground.servingLeader();
    if (server < 0) return;
    const { live } = ground.views[server]!.server.register!.table;
    const began = Math.max(this.quietSince, ground.holdsBeganAt);
    for (const { token } of live.values()) {
      const record = ground.recordOf(token.handle);
      const since = Math.max(began, record.heardAt, record.addedAt);
      if (at - since <= this.bound.freed) continue;
      this.reporter.violated(
        at,
        `${nameOf(server)} still has ${handleText(token.handle)} of client ${record.client} ${timeOf(at)}, of which nobody has heard since ${seconds(since)}; it should be free ${seconds(this.bound.freed)} later`,
        'a token of a dead client is not free again',
      );
      return;
    }
    this.reporter.held();
  }
}

/** Rounding of clocks, µs. */
const NOTHING = 2000;

/**
 * L9. In the core phase a client that runs does not lose a handle that it holds: no belief runs out whose renewal was due
 * after L1's bound, provided that what is left of the key's life when the library renews is longer than
 * `renewal`, and that its license has not ended. Sound: clients are whole and linked with the core then; a server serves; and an
 * update that meets a silent server, a fail-over or a hand-over that fails is repeated along the whole list within that bound.
 */
class SteadyClientKeeps implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  private readonly bound: LivenessBound;
  private settledAt: TrueTime = Number.POSITIVE_INFINITY;
  /** Until when each handle was to be believed in at most: a client that sleeps stops earlier. */
  private readonly longest = new Map<HandleId, TrueTime>();

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
    this.bound = livenessBound(ground.scenario);
  }

  coreBegan(at: TrueTime, core: readonly ServerIndex[]): void {
    if (this.bound.isLively && core.length > 0) this.settledAt = at + this.bound.leader;
  }

  /** A renewal in the core phase that came in time. Told again when a clock of the client changes. */
  beliefHeld(
    at: TrueTime,
    _client: ClientIndex,
    handle: HandleId,
    _key: LicenseKey,
    _units: number,
    until: TrueTime,
  ): void {
    const record = this.ground.handles.get(handle)!;
    this.longest.set(handle, Math.max(until, this.longest.get(handle) ?? 0));
    if (at >= this.settledAt && record.believedUntil > at && this.isJudged(record)) this.reporter.held();
  }

  beliefEnded(at: TrueTime, client: ClientIndex, handle: HandleId): void {
    const record = this.ground.handles.get(handle);
    const longest = this.longest.get(handle) ?? 0;
    this.longest.delete(handle);
    if (record === undefined || !record.hasRunOut || this.isOver(record)) return;
    const window = this.windowOf(record, record.believedUntil + NOTHING < longest);
    if (window < this.bound.renewal || record.believedUntil - window < this.settledAt) return;
    this.reporter.violated(
      at,
      `client ${client} lost ${handleText(handle)} at ${seconds(record.believedUntil)} because nobody renewed it, although it had ${seconds(window)} for that, a leader was due at ${seconds(this.settledAt)}, and ${seconds(this.bound.renewal)} are enough`,
      'a client that renews in time loses its token',
    );
  }

  /** Its license has ended: every server that answers sends the update on, and of the others none need be there to end it [11]. */
  private isOver({ key }: HandleRecord): boolean {
    const { licenses, strings } = this.ground;
    return key !== null && overSince(licenses[key.place] ?? [], strings) >= 0;
  }

  /** The last fifth of its life by the fastest clock; of one that slept less the twentieth within which that is noticed [9.10]. */
  private windowOf({ life }: HandleRecord, hasSlept: boolean): number {
    return Math.floor(((hasSlept ? 0.15 : 0.2) * life) / (1 + this.ground.scenario.driftPpm / 1e6));
  }

  private isJudged(record: HandleRecord): boolean {
    return this.windowOf(record, false) >= this.bound.renewal;
  }
}

export const freed: Property = {
  id: 'L5',
  name: 'Freed',
  statement: 'The units of a client that is gone are free again within a hold after the last take-over.',
  environments: AFTER_CHAOS,
  watch: (ground, reporter) => new Freed(ground, reporter),
};

export const steadyClientKeeps: Property = {
  id: 'L9',
  name: 'SteadyClientKeeps',
  statement: 'A client that renews in time keeps its handle through any fail-over within the bound.',
  environments: AFTER_CHAOS,
  watch: (ground, reporter) => new SteadyClientKeeps(ground, reporter),
};
