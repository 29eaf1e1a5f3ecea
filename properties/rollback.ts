// S14: pool time follows a quorum of clocks: a few that are ahead end nothing, and none that is set back revives anything.

import type { ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import { RUN_BEGINS } from '../sim/scenario/scenario.ts';
import {
  LS_LICENSE_EXPIRED,
  MOVED,
  VLS_CLK_TAMP_FOUND,
  VLS_LICENSE_START_DATE_NOT_REACHED,
} from '../src/core/codes.ts';
import type { Answer } from '../src/core/message.ts';
import type { Ground } from './ground.ts';
import type { Arrival, KeyLedger, LicenseFacts, Reign } from './ledger.ts';
import { firstMark } from './licenses.ts';
import { type Property, type Reporter, WITH_BOUNDED_DRIFT } from './property.ts';
import { type Electorate, isQuorum } from './quorum.ts';
import type { PoolTimeOperation, Watch } from './watch.ts';
import { handleText, nameOf, seconds, termText, timeOf } from './words.ts';

/** Readings of other clocks count for so long [11.1]. */
const READING_LASTS_MS = 10_000;
/** Clocks further behind the mark than this were set back [11.6]. */
const TAMPER_GRACE_MS = 86_400_000;
/** How late a reading may be counted: as if it were of now, it then seems to be behind. Jumps that matter are of days. */
const READING_LATE_MS = 600_000;

/**
 * S14. (a) A mark is never below the one before it, in a leader's state and among what is committed, except where an
 * operator has set it back. (b) No mark, no end date
 * of a string that is declared or said to be expired, lies beyond what pool time can have been. (c) A client is told that
 * clocks were set back only if a quorum of them may have been. (d) No string is said not to have started that the committed
 * mark had reached when its handle was first asked for, and that cannot have ended: the leader's state contains that mark.
 *
 * What pool time P can have been: it starts from a committed mark, at first the time at which the run begins; it advances by
 * (1−ρ) of a monotonic clock that is at most (1+ρ) times too fast, hence no faster than true time; or it becomes W, what a
 * quorum of clocks have reached [11.2, 11.3]. A server's wall clock is read only in its own steps. So let o be its distance
 * from true time at each of them and f the largest o so far; with q the largest distance that the f of a quorum reach,
 * P ≤ begin + true time + max(0, q). For a reading is brought forward by at most 10 s of the leader's monotonic clock, which
 * adds 10 s · ρ at most, and one that travelled is counted too low; whatever was decided before was within the bound of then, which
 * has only risen. For (c) the same with the smallest distances, less the time that a reading may have been under way.
 */
class ClockRollback implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  /** By server, in ms against true time: the furthest ahead, and the furthest behind, that its wall clock was in a step. */
  private readonly ahead: number[] = [];
  private readonly fallen: number[] = [];
  private readonly slack: number;
  private committedMark: number;

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
    this.committedMark = firstMark(ground.scenario);
    this.slack = 2 + Math.ceil((2 * READING_LASTS_MS * ground.scenario.driftPpm) / 1_000_000);
    for (let i = 0; i < ground.servers; i++) {
      this.ahead.push(Number.NEGATIVE_INFINITY);
      this.fallen.push(Number.NEGATIVE_INFINITY);
    }
  }

  serverBooted(at: TrueTime, server: ServerIndex): void {
    this.read(at, server);
  }

  serverStepped(at: TrueTime, server: ServerIndex): void {
    this.read(at, server);
  }

  poolTimeMade(at: TrueTime, server: ServerIndex, reign: Reign, operation: PoolTimeOperation): void {
    this.read(at, server);
    if (operation.kind === 'expire') {
      const endsAt = this.ground.strings.get(operation.serial)?.license.endsAt ?? Number.POSITIVE_INFINITY;
      this.judge(
        at,
        server,
        reign.term,
        endsAt,
        `declares ${operation.serial} expired`,
        'a string is declared expired',
      );
      return;
    }
    if (operation.kind === 'lower-high-water') return;
    if (reign.isExact && operation.at < reign.highWater) {
      this.reporter.violated(
        at,
        `${nameOf(server)} sets the mark back by ${reign.highWater - operation.at} ms ${timeOf(at)} in ${termText(reign.term)}`,
        'a leader sets the mark back',
      );
      return;
    }
    this.judge(at, server, reign.term, operation.at, 'sets the mark', 'the mark is set');
  }

  poolTimeCommitted(at: TrueTime, operation: PoolTimeOperation): void {
    if (operation.kind === 'expire') return;
    if (operation.kind === 'lower-high-water') {
      this.committedMark = Math.min(this.committedMark, operation.at);
      return;
    }
    if (operation.at < this.committedMark) {
      this.reporter.violated(
        at,
        `the committed mark goes back by ${this.committedMark - operation.at} ms ${timeOf(at)}`,
        'the committed mark goes back',
      );
      return;
    }
    this.committedMark = operation.at;
    this.reporter.held();
  }

  answered(at: TrueTime, server: ServerIndex, arrival: Arrival | null, answer: Answer): void {
    if (arrival === null) return;
    const { number } = answer.code;
    if (number === VLS_CLK_TAMP_FOUND.number) {
      this.read(at, server);
      this.judgeTampering(at, server);
      return;
    }
    if (number === VLS_LICENSE_START_DATE_NOT_REACHED.number) {
      this.read(at, server);
      this.judgeStart(at, server, arrival, answer);
      return;
    }
    if (number !== LS_LICENSE_EXPIRED.number && number !== MOVED.number) return;
    this.read(at, server);
    const key = this.ground.handles.get(answer.handle)?.key ?? this.ground.keyOf(arrival.key);
    for (const license of this.licensesOf(server, answer, key)) {
      const endsAt = license.endsAt ?? Number.POSITIVE_INFINITY;
      this.judge(
        at,
        server,
        answer.term,
        endsAt,
        `says that ${key.key} has expired`,
        'a license is said to be expired',
      );
    }
  }

  /** The strings by which this leader answers; none if it had another file when the handle was first asked for. */
  private licensesOf(server: ServerIndex, answer: Answer, { place }: KeyLedger): readonly LicenseFacts[] {
    const reign = this.ground.reigns[server]!;
    if (reign === null || reign.term !== answer.term) return [];
    if (reign.fileMadeAt >= this.ground.recordOf(answer.handle).askedAt) return [];
    return reign.licenses[place] ?? [];
  }

  private read(at: TrueTime, server: ServerIndex): void {
    const distance = this.ground.wallOf(server) - RUN_BEGINS - Math.floor(at / 1000);
    if (distance > this.ahead[server]!) this.ahead[server] = distance;
    if (-distance > this.fallen[server]!) this.fallen[server] = -distance;
  }

  private judge(
    at: TrueTime,
    server: ServerIndex,
    term: number,
    time: number,
    doing: string,
    pattern: string,
  ): void {
    const latest = this.latestAt(at);
    if (time <= latest) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} ${doing} ${timeOf(at)} in ${termText(term)}, ${time - latest} ms before any quorum of clocks, or the mark, can have got there`,
      `${pattern} before a quorum of clocks got there`,
    );
  }

  /** A refusal that is repeated (6.31) is judged from the first arrival of its handle. */
  private judgeStart(at: TrueTime, server: ServerIndex, arrival: Arrival, answer: Answer): void {
    const { askedAt } = this.ground.recordOf(answer.handle);
    const latest = this.latestAt(at);
    for (const license of this.licensesOf(server, answer, this.ground.keyOf(arrival.key))) {
      const { startedAt } = this.ground.strings.get(license.serial)!;
      if (startedAt < 0 || startedAt >= askedAt) continue;
      if (license.endsAt !== null && license.endsAt <= latest) continue;
      this.reporter.violated(
        at,
        `${nameOf(server)} says ${timeOf(at)} in ${termText(answer.term)} that ${arrival.key} has not started, asked for ${handleText(answer.handle)} since ${seconds(askedAt)}, although the committed mark reached the start of ${license.serial} at ${seconds(startedAt)}`,
        'a license that has started is said not to have',
      );
      return;
    }
    this.reporter.held();
  }

  /** The latest that pool time can be. */
  private latestAt(at: TrueTime): number {
    return RUN_BEGINS + Math.ceil(at / 1000) + Math.max(0, this.reachedByQuorum()) + this.slack;
  }

  private judgeTampering(at: TrueTime, server: ServerIndex): void {
    const reign = this.ground.reigns[server]!;
    if (reign === null || !reign.isExact) return;
    const oldest = RUN_BEGINS + Math.floor(at / 1000) + this.behindByQuorum() - READING_LATE_MS;
    if (oldest < reign.highestMark - TAMPER_GRACE_MS) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} answers VLS_CLK_TAMP_FOUND ${timeOf(at)}, and no quorum of clocks was ever a day behind the mark`,
      'clocks are said to be set back and a quorum of them is not',
    );
  }

  /** The largest distance from true time that the clocks of a quorum have reached, whoever counted when. */
  private reachedByQuorum(): number {
    return furthest(this.ahead, this.ground.electorates);
  }

  /** The smallest distance from true time to which the clocks of a quorum have fallen. */
  private behindByQuorum(): number {
    return -furthest(this.fallen, this.ground.electorates);
  }
}

function furthest(distances: readonly number[], electorates: readonly Electorate[]): number {
  let best = Number.NEGATIVE_INFINITY;
  for (const distance of distances) {
    if (distance <= best) continue;
    for (let i = 0; i < electorates.length; i++)
      if (isQuorum(electorates[i]!, distances, distance)) best = distance;
  }
  return best;
}

export const clockRollback: Property = {
  id: 'S14',
  name: 'ClockRollback',
  statement:
    'The mark of pool time never goes back, and a license is expired, or refused for clocks set back, only by a quorum of clocks.',
  environments: WITH_BOUNDED_DRIFT,
  watch: (ground, reporter) => new ClockRollback(ground, reporter),
};
