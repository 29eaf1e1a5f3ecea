// S13: a license that is over stays over, and one that has not started is not granted.

import type { ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import { LS_LICENSE_EXPIRED, LS_SUCCESS, MOVED } from '../src/core/codes.ts';
import type { Answer } from '../src/core/message.ts';
import type { Operation } from '../src/core/state.ts';
import type { CivilTime } from '../src/core/time.ts';
import type { Ground } from './ground.ts';
import type { Arrival, HandleRecord, Reign } from './ledger.ts';
import { expiredSince, limitInForce, overSince } from './licenses.ts';
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
 *
 * A renewal by file gives a key other strings. An answer whose call met two files may go by the earlier one, though it leaves
 * after the later one was made; so may one that is repeated (6.31). Those neither count nor are judged.
 */
class ExpirySafety implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
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
    const key = this.ground.keyOf(operation.key);
    if (limitInForce(reign, key) > 0) {
      this.reporter.held();
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
    if (operation.kind !== 'expire' || !reign.isExact) return;
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
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} answers LS_SUCCESS ${timeOf(at)} in ${termText(answer.term)} to a ${answer.call} of ${handleText(answer.handle)} that arrived at ${seconds(arrival.at)}, although ${key.key} was over at ${seconds(over)}`,
      `an expired license is ${answer.call === 'request' ? 'granted' : 'renewed'}`,
    );
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
