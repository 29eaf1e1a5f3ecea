// How long the pool may take, once its core is whole, by formula over the timers of a scenario [§5, §7, §8, §9].
// Each bound is the sum of the longest waits that the protocol's rules allow, plus a stated slack; never a round number.

import type { Scenario } from '../sim/scenario/scenario.ts';
import { settingsOf } from '../sim/scenario/settings.ts';
import type { Settings } from '../src/core/settings.ts';

/** True time in µs, each from the begin of the core phase unless it says otherwise. */
export interface LivenessBound {
  /** L1: a server serves. */
  readonly leader: number;
  /** L2: the most preferred server of the core serves, whatever its history. */
  readonly reclaim: number;
  /** L4: a call ends, from its own begin. */
  readonly call: number;
  /** L6: a token is free again, from the last call for it and the last take-over. */
  readonly freed: number;
  /** L4: a call that has reached a server which runs is answered there, from its arrival. */
  readonly served: number;
  /** L9: an update that begins when a leader is due has been answered, whatever server it met first. */
  readonly renewal: number;
  /** L8: a file that lies on a server of the core is in force, from the last that may have stood against it. */
  readonly file: number;
  /** The timers leave room for the link's delays and the disk's syncs: else liveness is not asserted. */
  readonly isLively: boolean;
}

/** How much later than its own time a node may act, slowed down by faults. */
function lateness(scenario: Scenario): number {
  let late = 0;
  for (const fault of scenario.faults) if (fault.kind === 'slow-node') late += fault.by as number;
  return late;
}

/** A sync on the slowest disk. */
function slowestSync(scenario: Scenario): number {
  let factor = 1;
  for (const fault of scenario.faults) if (fault.kind === 'slow-sync') factor *= fault.factor as number;
  return scenario.syncTo * factor;
}

/** True time from the last that a Leader heard of a handle until its hold is over by the slowest clock [9.4]. */
export function longestHold(scenario: Scenario, life: number): number {
  const rho = scenario.driftPpm / 1e6;
  return Math.ceil((life * (1 + rho)) / (1 - rho) / (1 - rho)) + 2;
}

/** True time between two ticks of a Leader that runs [6.28]. Slack: one heartbeat, since a tick is also put off by a step under way. */
export function longestTick(scenario: Scenario): number {
  const { heartbeatInterval } = settingsOf(scenario);
  return Math.ceil((2 * heartbeatInterval) / (1 - scenario.driftPpm / 1e6)) + lateness(scenario);
}

/** So many hints the library follows before it asks the next server of its list [10]. */
const MOST_REDIRECTS = 3;

interface Pace {
  readonly settings: Settings;
  /** A message there and its answer back, each made durable behind a sync that is already under way. */
  readonly roundTrip: number;
  /** True time for one µs of the slowest clock. */
  readonly dilation: number;
  /** All parts of the largest state. */
  readonly fetch: number;
  /** From a reset of the election timer to the end of the canvass or election that it starts, for the worst rank. */
  readonly attempt: number;
}

function paceOf(scenario: Scenario): Pace {
  const settings = settingsOf(scenario);
  const roundTrip = 2 * scenario.link.delayTo + 4 * scenario.syncTo;
  const handles = scenario.clients.reduce((sum, client) => sum + client.sessions, 0);
  return {
    settings,
    roundTrip,
    dilation: 1 / (1 - scenario.driftPpm / 1e6),
    fetch: (1 + Math.ceil((2 * handles) / settings.handlesPerPart)) * roundTrip,
    attempt: settings.electionTimeout + settings.electionStagger * scenario.servers + 2 * roundTrip,
  };
}

/**
 * The longest time without a serving leader: a stale leader notices that it has no quorum (quorumTimeout, looked at each
 * heartbeat) and its followers stop hearing it; then canvasses one after the other, each after a whole election timeout of
 * the worst rank: one that still meets voters who heard the stale leader, one given up for a better server that does not
 * stand, one lost to another candidate, one that wins; a fetch for the winner and for a quorum of followers; the first
 * round. Slack: two election timeouts.
 */
function leaderBound(pace: Pace): number {
  const { settings, roundTrip, dilation, fetch, attempt } = pace;
  const stale = settings.quorumTimeout + 2 * settings.heartbeatInterval + roundTrip;
  const slack = 2 * settings.electionTimeout;
  return Math.ceil(
    dilation * (stale + 4 * attempt + 2 * fetch + 3 * roundTrip + settings.heartbeatInterval + slack),
  );
}

/**
 * From a serving leader to the best server of the core. Each leader on the way waits until a better one was present for
 * `stable`, at most handOverWait longer for one that is nearly ready, through one missed trial, and hands over; at most
 * one such stage for each better server. Slack: one handOverTimeout a phase and one election, should a hand-over that
 * was under way fail.
 */
function reclaimStages(pace: Pace, stages: number, stable: number): number {
  const { settings, roundTrip, dilation, fetch, attempt } = pace;
  const stage =
    stable +
    settings.handOverWait +
    4 * settings.trialPause +
    3 * settings.handOverTimeout +
    fetch +
    4 * roundTrip +
    2 * settings.heartbeatInterval;
  return Math.ceil(dilation * (stages * stage + attempt + 2 * settings.handOverTimeout));
}

/** The reclaim bound when no server is remembered with more than `failures` recent failures. */
export function reclaimBound(scenario: Scenario, failures: number): number {
  const pace = paceOf(scenario);
  const { stableFor, longestStableFor } = pace.settings;
  const stable = Math.min(longestStableFor, stableFor * 2 ** failures);
  const stages = Math.max(1, scenario.servers - 1);
  return leaderBound(pace) + reclaimStages(pace, stages, stable);
}

/**
 * L11: from the last change of the lead, or from when a client is done with a handle, until its release is in the leader's table.
 * An attempt that is under way, to whoever it may be; what is left of its pass; the pause; and a whole pass. In a pass each server
 * outside the core costs an attempt, and so does each hint to one. Slack: the time in which a leader in office confirms a round.
 */
export function givenBackBound(scenario: Scenario, core: number): number {
  const { settings, roundTrip, dilation } = paceOf(scenario);
  const outside = scenario.servers - core;
  const pass = settings.attemptTimeout * (outside === 0 ? 1 : outside * (1 + MOST_REDIRECTS));
  return Math.ceil(
    dilation * (settings.attemptTimeout + 2 * pass + settings.retryInterval + settings.quorumTimeout) +
      2 * longestTick(scenario) +
      2 * roundTrip,
  );
}

export function livenessBound(scenario: Scenario): LivenessBound {
  const pace = paceOf(scenario);
  const { settings, roundTrip, dilation } = pace;
  const longestLife = scenario.licenses.reduce(
    (most, license) => Math.max(most, license.keyLifetimeMs * 1000),
    0,
  );
  const rho = scenario.driftPpm / 1e6;
  const hold = (longestLife * (1 + rho)) / (1 - rho);
  const tick = longestTick(scenario);
  const office = dilation * settings.quorumTimeout + 2 * tick;
  return {
    leader: leaderBound(pace),
    reclaim: reclaimBound(scenario, 20),
    // The library's own clock ends the call; one attempt may be under way, and a retry pause begun.
    call: Math.ceil(
      dilation * (settings.callTimeout + settings.attemptTimeout + settings.retryInterval) + roundTrip,
    ),
    // The hold by the slowest clock, a tick, however late, and the round that commits the end. Slack: one quorumTimeout.
    freed: Math.ceil(
      dilation * (hold + 2 * settings.heartbeatInterval + settings.quorumTimeout) +
        4 * roundTrip +
        lateness(scenario),
    ),
    // A Leader in office confirms a round within `office`; a freeze has two phases, each of handOverTimeout and two round
    // trips; then the call waits for the round under way and for one of its own, and the answer for two syncs.
    served: Math.ceil(
      2 * dilation * settings.handOverTimeout + 6 * office + 4 * tick + 2 * slowestSync(scenario),
    ),
    // A silent server first, the retry, and one pass along the list with a time-out each: a hand-over that fails takes two
    // phases. By the client's clock.
    renewal: Math.ceil(
      dilation *
        (settings.attemptTimeout * (scenario.servers + 1) +
          settings.retryInterval +
          2 * settings.handOverTimeout) +
        roundTrip,
    ),
    // A leader, and a hand-over that is given up; then the fetch from a server that falls silent, and the one that counts, each
    // offered with a reply to a heartbeat; and two rounds, for what was not confirmed, and for the file itself.
    file: Math.ceil(
      leaderBound(pace) +
        dilation *
          (2 * settings.handOverTimeout +
            settings.electionTimeout +
            4 * settings.heartbeatInterval +
            6 * roundTrip),
    ),
    isLively:
      settings.electionTimeout >= 4 * roundTrip &&
      settings.quorumTimeout >= 2 * settings.heartbeatInterval + 2 * roundTrip &&
      settings.handOverTimeout >= 3 * roundTrip &&
      // A Leader keeps its office with rounds of nearly quorumTimeout, and an answer waits for one that begins a heartbeat later.
      settings.attemptTimeout >= settings.quorumTimeout + settings.heartbeatInterval + roundTrip,
  };
}

/**
 * How long after `chaosUntil` a run must go on for every liveness property to be judged, when its workload stops at the
 * begin of the core phase; a workload that goes on needs `freed` after its last call.
 */
export function corePhaseNeeded(scenario: Scenario): number {
  const bound = livenessBound(scenario);
  return Math.max(bound.reclaim, bound.leader + bound.call, bound.reclaim + bound.freed) + 1_000_000;
}
