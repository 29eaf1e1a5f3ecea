// L10: nothing is denied that could have been given.

import type { ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import {
  LS_INSUFFICIENTUNITS,
  LS_NOLICENSESAVAILABLE,
  LS_SUCCESS,
  VLS_NO_SUCH_FEATURE,
} from '../src/core/codes.ts';
import type { Answer } from '../src/core/message.ts';
import { longestHold, longestTick } from './bounds.ts';
import type { Ground } from './ground.ts';
import type { Arrival, KeyLedger } from './ledger.ts';
import { EVERYWHERE, type Property, type Reporter, WITH_BOUNDED_DRIFT } from './property.ts';
import type { Watch } from './watch.ts';
import { handleText, nameOf, seconds, termText, timeOf } from './words.ts';

/**
 * L10. A request is refused for lack of tokens only if at some instant from its first arrival until the answer the units
 * that may have been out, and those asked for, exceeded the limit; and a feature is unknown only if the file has it not.
 * A handle may be out from when some leader adds it until its end is committed, its release acknowledged, or a history
 * without it committed (the sweep `mostOut`); and, where clocks drift within ρ, no longer than its hold and a tick after
 * the last that any server heard of it and the last take-over. Not so long ago: an end that a freeze put off, or a leader
 * that did not run.
 *
 * Sound: the refusal rests on the table that a leader of term T had at an instant after the arrival, and on a round of T
 * begun after that. Each live handle of that table was added in T or adopted. Had its end, its release or a history
 * without it been committed before the arrival in a term ≤ T, the table would show it (PROTOCOL.md 7.40); in a term above
 * T, the round could not be confirmed. That leader has heard of the handle no later than any server has, and became active no
 * later than the last take-over; by the slowest clock its hold was over after `longestHold`, and at the next tick it
 * made the end. A refusal that is repeated (6.31) is judged from the first arrival of its handle.
 */
class NoWrongfulDenial implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  private readonly tick: number;
  private readonly hasBoundedDrift: boolean;
  /** By place of a key: its tokens depend on dates, so its limit is not known here. */
  private readonly isDated: boolean[] = [];

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
    const { scenario } = ground;
    this.tick = longestTick(scenario);
    this.hasBoundedDrift = WITH_BOUNDED_DRIFT.includes(scenario.environment);
    for (const key of ground.keys) this.isDated.push(ground.isDated(key));
  }

  answered(at: TrueTime, server: ServerIndex, arrival: Arrival | null, answer: Answer): void {
    if (arrival === null || answer.code.number === LS_SUCCESS.number) return;
    const fault = this.faultOf(server, arrival, answer);
    if (fault === null) return;
    if (fault === '') {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} answers ${answer.code.name} ${timeOf(at)} in ${termText(answer.term)} to a ${answer.call} of ${handleText(answer.handle)} for ${arrival.units} of ${arrival.key} that arrived at ${seconds(arrival.at)}: ${fault}${this.outOf(arrival)}`,
      `${answer.code.name}, but ${fault}`,
    );
  }

  /** What is wrong with a denial; '' = nothing, null = it is none, or cannot be judged. */
  private faultOf(server: ServerIndex, arrival: Arrival, answer: Answer): string | null {
    const { number } = answer.code;
    const { ground } = this;
    if (number === VLS_NO_SUCH_FEATURE.number) {
      return ground.isConfigured(arrival.key) ? 'the license file has that feature' : '';
    }
    const isForNothing = number === LS_NOLICENSESAVAILABLE.number;
    if (answer.call !== 'request' || (!isForNothing && number !== LS_INSUFFICIENTUNITS.number)) return null;
    if (!ground.isConfigured(arrival.key)) return null;
    const key = ground.keyOf(arrival.key);
    if (this.isDated[key.place]) return null;
    // LS_NOLICENSESAVAILABLE says that nothing is free at all.
    const needed = isForNothing ? key.leastLimit : key.leastLimit - arrival.units + 1;
    const { askedAt } = ground.recordOf(answer.handle);
    const out = key.mostOut.since(askedAt);
    if (out < needed) return 'so many tokens were free all the time';
    if (!this.hasBoundedDrift) return '';
    const overdue = this.overdueBefore(askedAt, server, key);
    return out - overdue < needed ? 'the holds of those that are out were over' : '';
  }

  /** Units that are counted as out although their holds were over by then, and this leader must have noticed. */
  private overdueBefore(asked: TrueTime, server: ServerIndex, key: KeyLedger): number {
    const { ground } = this;
    const began = Math.max(ground.holdsBeganAt, ground.runsSince[server]!);
    let units = 0;
    for (const record of key.out) {
      const heard = Math.max(began, record.heardAt, record.addedAt);
      if (heard + longestHold(ground.scenario, record.life) + this.tick < asked) units += record.units;
    }
    return units;
  }

  private outOf(arrival: Arrival): string {
    if (!this.ground.isConfigured(arrival.key)) return '';
    const key = this.ground.keyOf(arrival.key);
    const out: string[] = [];
    for (const record of key.out) {
      out.push(
        `${record.units} as ${handleText(record.handle)}, heard of at ${seconds(Math.max(record.heardAt, record.addedAt))}`,
      );
    }
    return ` (of ${key.leastLimit} may be out: ${out.length === 0 ? 'none' : out.slice(0, 8).join('; ')})`;
  }
}

export const noWrongfulDenial: Property = {
  id: 'L10',
  name: 'NoWrongfulDenial',
  statement:
    'A request is refused only if at some instant of the call the units that may be out and those asked for exceed the limit.',
  environments: EVERYWHERE,
  watch: (ground, reporter) => new NoWrongfulDenial(ground, reporter),
};
