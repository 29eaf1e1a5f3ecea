// S23: a pool is formed once, by all of its servers, and grants nothing before that, nor in quarantine [I12].

import type { ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import type { ServerView } from '../sim/pool/server-view.ts';
import { foundersOf } from '../sim/scenario/scenario.ts';
import type { PoolId, Position, Term } from '../src/core/ids.ts';
import type { Operation } from '../src/core/state.ts';
import type { ServerEvent } from '../src/core/turn.ts';
import type { Ground } from './ground.ts';
import type { HandleRecord, Reign } from './ledger.ts';
import { EVERYWHERE, type Property, type Reporter, WITH_BOUNDED_DRIFT } from './property.ts';
import type { Watch } from './watch.ts';
import { nameOf, positionText, termText, timeOf } from './words.ts';

/** Microseconds: readings are whole ones, and the hold is rounded. */
const ROUNDING = 4;

/** No position of a term: nothing may be granted in it. */
const NEVER = Number.POSITIVE_INFINITY;

/**
 * S23. (a) All reigns that become active are of one pool. (b) A pool is formed when every server of its file has had the
 * forming state on its disk, as a member, with that very file beside it. (c) A quarantine ends when its leader has been active for longer than any
 * holder may go on by the slowest clock; where no clock is bounded that is not asked. (d) A grant follows, in the history of its leader, the end of the quarantine; without
 * one, the formation. Whether there is one is the scenario's to say, not the state's. Sound: histories are followed by what a
 * leader says that it adopted, and by the position at which it made the operation; what is not in a history was never confirmed.
 */
class Formation implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  private readonly founders: number;
  private readonly isQuarantined: boolean;
  private readonly areClocksBounded: boolean;
  /** True time: for how long nobody who was told the longest life can be sure to have stopped. */
  private readonly longestUse: number;
  /** By term: from which position on it may grant; absent: nothing is known of it, and it is not judged. */
  private readonly grantsFrom = new Map<Term, number>();
  /** The pool that was active first; 0 = none yet. */
  private pool: PoolId = 0;

  constructor(ground: Ground, reporter: Reporter) {
    const { scenario } = ground;
    this.ground = ground;
    this.reporter = reporter;
    this.founders = foundersOf(scenario);
    this.areClocksBounded = WITH_BOUNDED_DRIFT.includes(scenario.environment);
    this.isQuarantined = scenario.begins === 'blank';
    const longest = scenario.licenses.reduce((most, { keyLifetimeMs }) => Math.max(most, keyLifetimeMs), 0);
    this.longestUse = (longest * 1000) / (1 - scenario.driftPpm / 1e6);
  }

  serverNoted(at: TrueTime, server: ServerIndex, event: ServerEvent, view: ServerView): void {
    switch (event.kind) {
      case 'took over':
        this.checkPool(at, server, view);
        return;
      case 'elected':
        if (this.ground.scenario.begins !== undefined)
          this.grantsFrom.set(event.term, this.isOpenAt(event.adopted) ? 0 : NEVER);
        return;
      case 'formed':
        this.checkStores(at, server, view);
        if (!this.isQuarantined) this.open(view);
        return;
      case 'quarantine ended':
        this.checkQuarantine(at, server);
        this.open(view);
        return;
      default:
        return;
    }
  }

  operationMade(
    at: TrueTime,
    server: ServerIndex,
    reign: Reign,
    operation: Operation,
    _record: HandleRecord,
    position: Position,
  ): void {
    if (operation.kind !== 'add' || this.ground.scenario.begins === undefined) return;
    const from = this.grantsFrom.get(reign.term) ?? 0;
    if (position.index >= from) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} grants ${timeOf(at)} at ${positionText(position)} of ${termText(position.term)}, which ${this.isQuarantined ? 'no end of the quarantine' : 'no formation'} precedes`,
      this.isQuarantined ? 'a grant in quarantine' : 'a grant before the pool is formed',
    );
  }

  /** The register already stands where the operation was made. */
  private open(view: ServerView): void {
    const { term, index } = view.server.register!.position;
    this.grantsFrom.set(term, Math.min(index, this.grantsFrom.get(term) ?? NEVER));
  }

  private isOpenAt({ term, index }: Position): boolean {
    return (this.grantsFrom.get(term) ?? NEVER) <= index;
  }

  private checkPool(at: TrueTime, server: ServerIndex, view: ServerView): void {
    const { poolId } = view.server.meta;
    if (this.pool === 0) this.pool = poolId;
    if (this.pool === poolId) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} becomes active ${timeOf(at)} in another pool than was active before`,
      'a pool is formed twice',
    );
  }

  private checkStores(at: TrueTime, server: ServerIndex, view: ServerView): void {
    const { position, charter } = view.server.register!;
    const forming = { term: position.term, index: 1 };
    for (let other = 0; other < this.founders; other++) {
      const file = this.ground.views[other]?.server.localFile;
      const hasOtherFile = file != null && file.hash !== charter.file.hash;
      if (this.ground.hasOnDisk(other, forming) && !hasOtherFile) continue;
      this.reporter.violated(
        at,
        hasOtherFile
          ? `${nameOf(server)} forms the pool ${timeOf(at)}, although ${nameOf(other)} has another license file`
          : `${nameOf(server)} forms the pool ${timeOf(at)}, although ${nameOf(other)} never had its first state on disk`,
        hasOtherFile ? 'a pool is formed of different files' : 'a pool is formed without one of its servers',
      );
      return;
    }
    this.reporter.held();
  }

  private checkQuarantine(at: TrueTime, server: ServerIndex): void {
    const reign = this.ground.reigns[server]!;
    if (!this.areClocksBounded || reign === null || reign.activeAt < 0) return;
    if (at >= reign.activeAt + this.longestUse - ROUNDING) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} ends the quarantine ${timeOf(at)}, ${(at - reign.activeAt) / 1e6} s after it became active; a holder may go on for ${this.longestUse / 1e6} s`,
      'a quarantine ends too soon',
    );
  }
}

export const formation: Property = {
  id: 'S23',
  name: 'Formation',
  statement: 'A pool is formed once, by all its servers, and grants nothing before that nor in quarantine.',
  environments: EVERYWHERE,
  watch: (ground, reporter) => new Formation(ground, reporter),
};
