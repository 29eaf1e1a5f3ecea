// L11: what a client gives back, and what it asked for in vain, is free soon, and not only when its hold is over.

import type { ApplicationCall, ClientIndex, ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import { settingsOf } from '../sim/scenario/settings.ts';
import { LS_SUCCESS } from '../src/core/codes.ts';
import type { HandleId } from '../src/core/ids.ts';
import type { CallOutcome, ServerEvent } from '../src/core/turn.ts';
import { givenBackBound, livenessBound } from './bounds.ts';
import type { Ground } from './ground.ts';
import { AFTER_CHAOS, type Property, type Reporter } from './property.ts';
import type { Watch } from './watch.ts';
import { handleText, nameOf, seconds, timeOf } from './words.ts';

/** A handle that its client is done with. */
interface Done {
  readonly client: ClientIndex;
  readonly because: 'was given back' | 'was asked for in vain';
  readonly at: TrueTime;
  /** So long its library goes on asking for its release, by the fastest clock [10.4]. */
  readonly until: TrueTime;
}

/**
 * L11. In the core phase, once a leader of the core has served for `givenBackBound` without a take-over, a hand-over or a stepping down, no
 * handle is live in its table that its client gave back, or asked for in vain, before that time. Judged only while the client
 * lives, and while its library still asks for the release. Sound: clients are linked with the core then, and the library asks
 * along its whole list again and again; a release that a leader answers is in its table.
 */
class GivenBack implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  private readonly isLively: boolean;
  private readonly callTimeout: number;
  private readonly done = new Map<HandleId, Done>();
  /** Since when nothing has happened to the lead; -1: the core phase has not begun. */
  private calmSince: TrueTime = -1;
  private bound = 0;
  private core: readonly ServerIndex[] = [];

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
    this.isLively = livenessBound(ground.scenario).isLively;
    this.callTimeout = settingsOf(ground.scenario).callTimeout;
  }

  coreBegan(at: TrueTime, core: readonly ServerIndex[]): void {
    if (!this.isLively || core.length === 0) return;
    this.calmSince = at;
    this.core = core;
    this.bound = givenBackBound(this.ground.scenario, core.length);
  }

  serverNoted(at: TrueTime, _server: ServerIndex, { kind }: ServerEvent): void {
    if (this.calmSince < 0) return;
    if (
      kind === 'took over' ||
      kind === 'froze' ||
      kind === 'hand-over aborted' ||
      kind === 'stepped down' ||
      kind === 'disk full'
    )
      this.calmSince = at;
  }

  callBegan(at: TrueTime, client: ClientIndex, { call, handle }: ApplicationCall): void {
    if (call !== 'release' || handle === null) return;
    const life = this.ground.handles.get(handle)?.life ?? 0;
    if (life > 0) this.done.set(handle, { client, because: 'was given back', at, until: at + life });
  }

  callEnded(at: TrueTime, client: ClientIndex, { call }: ApplicationCall, outcome: CallOutcome): void {
    if (call !== 'request' || outcome.code === LS_SUCCESS || outcome.definite) return;
    const until = at + this.callTimeout;
    this.done.set(outcome.handle, { client, because: 'was asked for in vain', at, until });
  }

  clientCrashed(_at: TrueTime, client: ClientIndex): void {
    for (const [handle, done] of this.done) if (done.client === client) this.done.delete(handle);
  }

  looked(at: TrueTime): void {
    if (this.calmSince >= 0) this.look(at);
  }

  ended(at: TrueTime): void {
    if (this.calmSince >= 0) this.look(at);
  }

  private look(at: TrueTime): void {
    const server = this.ground.servingLeader();
    // Clients are linked with the core; another leader they need not reach.
    if (!this.core.includes(server)) return;
    const { live } = this.ground.views[server]!.server.register!.table;
    for (const [handle, done] of this.done) {
      const dueAt = Math.max(this.calmSince, done.at) + this.bound;
      if (at <= dueAt) continue;
      this.done.delete(handle);
      if (dueAt > done.until) continue;
      if (!live.has(handle)) {
        this.reporter.held();
        continue;
      }
      this.reporter.violated(
        at,
        `${nameOf(server)} still has ${handleText(handle)} ${timeOf(at)}, which ${done.because} by client ${done.client} at ${seconds(done.at)}, although nothing has happened to the lead since ${seconds(this.calmSince)}; it should be free ${seconds(this.bound)} later`,
        `a token that ${done.because} is not free soon`,
      );
    }
  }
}

export const givenBack: Property = {
  id: 'L11',
  name: 'GivenBack',
  statement:
    'The units that a client gives back, or asked for in vain, are free as soon as a leader can be asked.',
  environments: AFTER_CHAOS,
  watch: (ground, reporter) => new GivenBack(ground, reporter),
};
