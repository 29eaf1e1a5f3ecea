// S12: what a status answer shows was so at an instant of the call.

import type { ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import type { Answer } from '../src/core/message.ts';
import type { Ground } from './ground.ts';
import type { Arrival, KeyLedger } from './ledger.ts';
import { EVERYWHERE, type Property, type Reporter } from './property.ts';
import type { Watch } from './watch.ts';
import { nameOf, seconds, termText, timeOf } from './words.ts';

/**
 * S12. The units that a status answer shows as out (mine + previous) lie, over the time from the call's arrival to the
 * answer, (a) between the fewest and the most that were out in the state of the leader that gives it, and (b) between the
 * two sweeps over all leaders: no fewer than surely were out (committed, no end made), no more than may have been. And no
 * more are mine than calls of that reign can have made so.
 *
 * Sound: the figures are taken from the leader's state at an instant between the two; (b) since the answer's round was
 * begun after the arrival and confirmed, so that state has every grant that was committed by then, and nothing whose end
 * was committed before the arrival (PROTOCOL.md 7.40, 7.43). What a deposed leader shows differs from (b) as soon as the
 * pool has gone on without it.
 */
class ReadFreshness implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
  }

  answered(at: TrueTime, server: ServerIndex, arrival: Arrival | null, answer: Answer): void {
    const { tokens } = answer;
    if (tokens === null || arrival === null || answer.term === 0) return;
    if (!this.ground.isConfigured(arrival.key)) return;
    const key = this.ground.keyOf(arrival.key);
    const fault = this.faultOf(server, arrival, answer.term, tokens.mine, tokens.mine + tokens.previous, key);
    if (fault === null) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} shows ${timeOf(at)} in ${termText(answer.term)} ${tokens.mine} + ${tokens.previous} units of ${arrival.key} out, asked at ${seconds(arrival.at)}: ${fault}`,
      'a status answer shows what was not so during the call',
    );
  }

  private faultOf(
    server: ServerIndex,
    { at, term: termThen }: Arrival,
    term: number,
    mine: number,
    out: number,
    key: KeyLedger,
  ): string | null {
    const surely = key.leastOut.since(at);
    if (out < surely) return `since then at least ${surely} surely were`;
    const most = key.mostOut.since(at);
    if (out > most) return `since then at most ${most} may have been`;
    const reign = this.ground.reigns[server];
    if (reign == null || !reign.isExact || reign.term !== term || termThen !== term) return null;
    const fewest = reign.troughs[key.place]!.since(at);
    const peak = reign.peaks[key.place]!.since(at);
    if (out < fewest || out > peak) return `its own state had from ${fewest} to ${peak}`;
    return mine > peak ? `no more than ${peak} can be its own` : null;
  }
}

export const readFreshness: Property = {
  id: 'S12',
  name: 'ReadFreshness',
  statement:
    'A status answer shows what was so at an instant between its call and itself: it never comes from a deposed leader.',
  environments: EVERYWHERE,
  watch: (ground, reporter) => new ReadFreshness(ground, reporter),
};
