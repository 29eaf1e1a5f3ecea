// L3: the lead does not flap.

import type { ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import type { ServerView } from '../sim/pool/server-view.ts';
import { settingsOf } from '../sim/scenario/settings.ts';
import type { Incarnation, StoreId, Term } from '../src/core/ids.ts';
import type { ServerMessage } from '../src/core/message.ts';
import type { ServerEvent } from '../src/core/turn.ts';
import { livenessBound } from './bounds.ts';
import type { Ground } from './ground.ts';
import { type Property, type Reporter, WITH_BOUNDED_DRIFT } from './property.ts';
import type { Watch } from './watch.ts';
import { nameOf, seconds, termText, timeOf } from './words.ts';

/** What one leader has seen of the others, in one reign. */
class Attendance {
  term: Term = 0;
  readonly presentSince: TrueTime[] = [];
  readonly store: StoreId[] = [];
  readonly heardAt: TrueTime[] = [];
  readonly incarnation: Incarnation[] = [];
  readonly triedAt: TrueTime[] = [];

  begin(at: TrueTime, term: Term, servers: number): void {
    this.term = term;
    for (let i = 0; i < servers; i++) {
      this.presentSince[i] = at;
      this.store[i] = 0;
      this.heardAt[i] = at;
      this.incarnation[i] = 0;
      this.triedAt[i] = -1;
    }
  }
}

/**
 * L3. (a) A leader asks a better server to take over only after that one has been present for stableFor: since the leader
 * was elected, since the first word of its present boot, and since the last silence of an election timeout; so there is at
 * most one reclaim for each server and hold-down. It asks the same one again in one reign only after a trial's time and
 * its pause. (b) When every server outside the core is down, there are after the chaos at most two elections, and at most
 * so many hand-overs as the core has better servers to go through.
 *
 * Sound: (a) is 8.4 and 8.10 by what arrived, with the timers of the fastest clock, and silences by the slowest; a silence
 * that the leader itself slept through is none. Back-off after failures is volatile and not judged. (b) A leader of the
 * core that can confirm rounds keeps its office; the first election may be lost to a server that was about to lose its own
 * (a stale promise), and each hand-over goes to a better server.
 */
class NoFlap implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  private readonly stable: number;
  private readonly pause: number;
  private readonly silence: number;
  private readonly isLively: boolean;
  private readonly attendance: Attendance[] = [];
  private isJudged = false;
  private elections = 0;
  private handOvers = 0;
  private mostHandOvers = 0;
  private beganAt: TrueTime = -1;

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
    const { scenario } = ground;
    const settings = settingsOf(scenario);
    const rho = scenario.driftPpm / 1e6;
    const { stableFor, longestStableFor, trialPause, handOverTimeout } = settings;
    this.stable = Math.floor(Math.min(stableFor, longestStableFor) / (1 + rho)) - 2;
    this.pause = Math.floor((handOverTimeout + Math.min(trialPause, stableFor)) / (1 + rho)) - 2;
    this.silence = Math.ceil(settings.electionTimeout / (1 - rho)) + 2;
    this.isLively = livenessBound(scenario).isLively;
    for (let i = 0; i < ground.servers; i++) this.attendance.push(new Attendance());
  }

  serverBooted(_at: TrueTime, server: ServerIndex): void {
    this.attendance[server]!.term = 0;
    this.isJudged = false;
  }

  messageArrived(at: TrueTime, from: ServerIndex, to: ServerIndex, message: ServerMessage): void {
    if (message.kind !== 'append-reply') return;
    const attendance = this.attendance[to]!;
    if (attendance.term !== message.term) return;
    const { incarnation, store } = message.header;
    // A late word of an earlier boot is no word [14.12].
    if (store === attendance.store[from] && incarnation < attendance.incarnation[from]!) return;
    attendance.store[from] = store;
    const heard = attendance.heardAt[from]!;
    const wasSilent = at - heard > this.silence && this.ground.runsSince[to]! <= heard;
    if (wasSilent || incarnation !== attendance.incarnation[from]) {
      attendance.presentSince[from] = at;
      attendance.incarnation[from] = incarnation;
    }
    attendance.heardAt[from] = at;
  }

  messageSent(at: TrueTime, from: ServerIndex, to: ServerIndex, message: ServerMessage): void {
    if (message.kind !== 'trial') return;
    const attendance = this.attendance[from]!;
    if (attendance.term !== message.term) return;
    const since = attendance.presentSince[to]!;
    const tried = attendance.triedAt[to]!;
    attendance.triedAt[to] = at;
    if (at - since < this.stable) {
      this.reporter.violated(
        at,
        `${nameOf(from)} tries ${nameOf(to)} ${timeOf(at)} in ${termText(message.term)}, present since ${seconds(since)} only; it must be for ${seconds(this.stable)}`,
        'a better server is tried before it was present for long enough',
      );
    } else if (tried >= 0 && at - tried < this.pause) {
      this.reporter.violated(
        at,
        `${nameOf(from)} tries ${nameOf(to)} ${timeOf(at)} in ${termText(message.term)}, and had tried it at ${seconds(tried)}; the next try comes ${seconds(this.pause)} later at the earliest`,
        'a better server is tried again too soon',
      );
    } else this.reporter.held();
  }

  serverNoted(at: TrueTime, server: ServerIndex, event: ServerEvent, _view: ServerView): void {
    if (event.kind === 'elected') this.attendance[server]!.begin(at, event.term, this.ground.servers);
    if (event.kind !== 'took over' || this.beganAt < 0) return;
    if (event.viaHandOver) this.handOvers++;
    else this.elections++;
  }

  coreBegan(at: TrueTime, core: readonly ServerIndex[]): void {
    if (!this.isLively || core.length === 0) return;
    this.beganAt = at;
    this.isJudged = this.ground.views.every((view, i) => view === null || core.includes(i));
    this.mostHandOvers = core.length - 1;
  }

  ended(at: TrueTime): void {
    if (this.beganAt < 0) return;
    const which = this.isJudged ? 'with nobody outside' : 'with others outside';
    this.reporter.measured(`elections after the chaos ${which}, most`, this.elections);
    this.reporter.measured(`hand-overs after the chaos ${which}, most`, this.handOvers);
    if (!this.isJudged) return;
    if (this.elections <= MOST_ELECTIONS && this.handOvers <= this.mostHandOvers) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `since the core became whole at ${seconds(this.beganAt)} there were ${this.elections} elections (at most ${MOST_ELECTIONS}) and ${this.handOvers} hand-overs (at most ${this.mostHandOvers}) until ${seconds(at)}`,
      'the lead flaps after the faults have ended',
    );
  }
}

const MOST_ELECTIONS = 2;

export const noFlap: Property = {
  id: 'L3',
  name: 'NoFlap',
  statement:
    'A better server is given the lead only after it was present for stableFor; once the core is whole the lead soon stays.',
  environments: WITH_BOUNDED_DRIFT,
  watch: (ground, reporter) => new NoFlap(ground, reporter),
};
