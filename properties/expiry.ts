// S13: a license that is over stays over, and one that has not started is not granted.

import type { ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import type { ServerView } from '../sim/pool/server-view.ts';
import { LS_LICENSE_EXPIRED, LS_SUCCESS, MOVED } from '../src/core/codes.ts';
import type { Answer } from '../src/core/message.ts';
import type { Operation } from '../src/core/state.ts';
import type { CivilTime } from '../src/core/time.ts';
import type { ServerEvent } from '../src/core/turn.ts';
import type { Ground } from './ground.ts';
import type { Arrival, HandleRecord, KeyLedger, Reign } from './ledger.ts';
import { endOf, expiredSince, firstMark, limitInForce, overSince } from './licenses.ts';
import { LeastPoolTime, leastRate } from './pool-time.ts';
import { EVERYWHERE, type Property, type Reporter } from './property.ts';
import type { PoolTimeOperation, Watch } from './watch.ts';
import { handleText, nameOf, seconds, termText, timeOf } from './words.ts';

/**
 * S13. (a) No leader grants a key of which no string is in force after its own operations: each is declared expired, or
 * starts after its mark. (b) A string is declared expired once in a history, with or after a mark at or beyond its end. (c) No
 * grant is committed after the last string of its key was, by the license file committed before it. (d) Once all strings that
 * a leader's file gives a key were committed as expired, or a client was told so, that leader grants or renews no call that
 * arrives later. Sound: the answer that told it had a round begun after the `expire` was made, so a quorum has it; every later
 * answer is of a leader whose state contains it [11.4, 11.5, 11.7].
 * (e) A leader that can still confirm a round when it takes over has every `expire` that was committed before, and no
 * lower mark. (f) None grants or renews what ends before its own pool time can be: see `LeastPoolTime`. What it answers
 * was decided after the call arrived, and pool time has not gone back since.
 *
 * A renewal by file gives a key other strings. An answer whose call met two files may go by the earlier one, though it leaves
 * after the later one was made; so may one that is repeated (6.31). Those neither count nor are judged.
 */
class ExpirySafety implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  private readonly rate: number;
  /** By server. */
  private readonly poolTimes: LeastPoolTime[] = [];
  private committedMark: number;

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
    this.committedMark = firstMark(ground.scenario);
    this.rate = leastRate(ground.scenario);
    for (let i = 0; i < ground.servers; i++) this.poolTimes.push(new LeastPoolTime());
  }

  serverNoted(at: TrueTime, server: ServerIndex, event: ServerEvent, view: ServerView): void {
    if (event.kind !== 'took over' || event.term < this.ground.blockedBelow) return;
    const { highWater, expired } = view.server.register!.charter;
    if (highWater < this.committedMark) {
      this.reporter.violated(
        at,
        `${nameOf(server)} takes over ${timeOf(at)} in ${termText(event.term)} with a mark that lies ${this.committedMark - highWater} ms before the committed one`,
        'a leader takes over without the committed mark',
      );
      return;
    }
    for (const [serial, { expiredAt }] of this.ground.strings) {
      if (expiredAt < 0) continue;
      if (expired.has(serial)) this.reporter.held();
      else {
        this.reporter.violated(
          at,
          `${nameOf(server)} takes over ${timeOf(at)} in ${termText(event.term)} and does not know that ${serial} is over since ${seconds(expiredAt)}`,
          'a leader takes over without a committed expiry',
        );
      }
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
    const key = this.ground.keyOf(operation.key);
    if (limitInForce(reign, key) > 0) {
      this.judgeByPoolTime(at, at, server, reign, key, `grants ${handleText(record.handle)}`);
      return;
    }
    const isOver = (reign.licenses[key.place] ?? []).every(({ serial }) => reign.expired.has(serial));
    this.reporter.violated(
      at,
      `${nameOf(server)} grants ${handleText(record.handle)} of ${key.key} ${timeOf(at)} in ${termText(reign.term)}, ${isOver ? 'all of whose strings it has declared expired' : 'none of whose strings has started by its mark'}`,
      isOver ? 'a grant of an expired license' : 'a grant before the start date',
    );
  }

  poolTimeMade(at: TrueTime, server: ServerIndex, reign: Reign, operation: PoolTimeOperation): void {
    if (operation.kind !== 'expire') {
      const poolTime = this.poolTimeOf(at, server, reign);
      if (operation.kind === 'high-water') poolTime.add(at, operation.at);
      else poolTime.begin(at, reign.term, Math.min(reign.highWater, operation.at));
      return;
    }
    if (!reign.isExact) return;
    const endsAt = endIn(reign, operation.serial);
    if (!reign.expired.has(operation.serial) && endsAt !== null && reign.highWater >= endsAt) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} declares ${operation.serial} expired ${timeOf(at)} in ${termText(reign.term)}, ${reign.expired.has(operation.serial) ? 'which was so already' : 'and its mark has not reached the end date'}`,
      'a string is declared expired without a mark at its end',
    );
  }

  poolTimeCommitted(_at: TrueTime, operation: PoolTimeOperation): void {
    if (operation.kind === 'expire') return;
    const isHigher = operation.at > this.committedMark;
    if (isHigher === (operation.kind === 'high-water')) this.committedMark = operation.at;
  }

  grantCommitted(at: TrueTime, record: HandleRecord): void {
    const key = record.key;
    if (key === null) return;
    const since = expiredSince(this.ground.licenses[key.place] ?? [], this.ground.strings);
    if (since < 0) return;
    this.reporter.violated(
      at,
      `${handleText(record.handle)} of ${key.key} is granted ${timeOf(at)}, although its last string has expired at ${seconds(since)}`,
      'a grant is committed after the expiry',
    );
  }

  answered(at: TrueTime, server: ServerIndex, arrival: Arrival | null, answer: Answer): void {
    if (arrival === null || (answer.call !== 'request' && answer.call !== 'update')) return;
    const { number } = answer.code;
    const key = this.ground.handles.get(answer.handle)?.key ?? this.ground.keyOf(arrival.key);
    const isDenied = number === LS_LICENSE_EXPIRED.number || number === MOVED.number;
    if (!isDenied && number !== LS_SUCCESS.number) return;
    const reign = this.ground.reigns[server]!;
    if (reign === null || reign.term !== answer.term || !reign.isExact) return;
    const askedAt = this.ground.handles.get(answer.handle)?.askedAt ?? -1;
    const since = answer.call === 'request' && askedAt >= 0 ? askedAt : arrival.at;
    if (reign.fileMadeAt >= since) return;
    const licenses = reign.licenses[key.place] ?? [];
    const { strings } = this.ground;
    if (isDenied) {
      for (const { serial } of licenses) {
        const string = strings.get(serial)!;
        if (string.deniedAt < 0) string.deniedAt = at;
      }
      return;
    }
    const over = overSince(licenses, strings);
    if (over < 0 || arrival.at <= over) {
      if (over >= 0) this.reporter.held();
      if (arrival.term !== answer.term) return;
      const doing = `answers LS_SUCCESS to a ${answer.call} of ${handleText(answer.handle)}`;
      this.judgeByPoolTime(at, arrival.at, server, reign, key, doing);
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} answers LS_SUCCESS ${timeOf(at)} in ${termText(answer.term)} to a ${answer.call} of ${handleText(answer.handle)} that arrived at ${seconds(arrival.at)}, although ${key.key} was over at ${seconds(over)}`,
      `an expired license is ${answer.call === 'request' ? 'granted' : 'renewed'}`,
    );
  }

  /** `doing` was decided at `since` or later. */
  private judgeByPoolTime(
    at: TrueTime,
    since: TrueTime,
    server: ServerIndex,
    reign: Reign,
    key: KeyLedger,
    doing: string,
  ): void {
    const end = endOf(reign, key);
    if (end === Number.POSITIVE_INFINITY) {
      this.reporter.held();
      return;
    }
    const reached = this.poolTimeOf(at, server, reign).reachedAt(since, this.rate);
    if (reached < end) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} ${doing} ${timeOf(at)} in ${termText(reign.term)}, although its pool time was ${reached - end} ms or more past the end of ${key.key}`,
      'a license is granted or renewed past its end',
    );
  }

  private poolTimeOf(at: TrueTime, server: ServerIndex, reign: Reign): LeastPoolTime {
    const poolTime = this.poolTimes[server]!;
    if (poolTime.term !== reign.term) poolTime.begin(at, reign.term, reign.highWater);
    return poolTime;
  }
}

/** The end date that the file in this leader's state gives a string: another file may give the same serial another one. */
function endIn(reign: Reign, serial: string): CivilTime | null {
  for (const ofKey of reign.licenses) {
    for (const license of ofKey) if (license.serial === serial) return license.endsAt;
  }
  return null;
}

export const expirySafety: Property = {
  id: 'S13',
  name: 'ExpirySafety',
  statement:
    'A license that was declared or said to be expired is never granted or renewed again; none is granted before it starts.',
  environments: EVERYWHERE,
  watch: (ground, reporter) => new ExpirySafety(ground, reporter),
};
