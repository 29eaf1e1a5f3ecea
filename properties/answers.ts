// S3, S16: what an answer rests on, and whether it is one that the protocol gives in that situation.

import type { ApplicationCall, ClientIndex, ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import type { ServerView } from '../sim/pool/server-view.ts';
import {
  type Code,
  HELLO,
  LS_BADHANDLE,
  LS_INSUFFICIENTUNITS,
  LS_LICENSE_EXPIRED,
  LS_LICENSETERMINATED,
  LS_NOLICENSESAVAILABLE,
  LS_SUCCESS,
  MOVED,
  STALE,
  VLS_CALLING_ERROR,
  VLS_CLK_TAMP_FOUND,
  VLS_CONTACT_FAILOVER_SERVER,
  VLS_LEADER_NOT_PRESENT,
  VLS_LICENSE_START_DATE_NOT_REACHED,
  VLS_MAJORITY_RULE_FAILURE,
  VLS_MSG_TO_LEADER,
  VLS_NO_SERVER_RESPONSE,
  VLS_NO_SUCH_FEATURE,
  VLS_NO_UPDATES_SO_FAR,
  VLS_REMOTE_UPDATE,
  VLS_SERVER_SYNC_IN_PROGRESS,
} from '../src/core/codes.ts';
import type { HandleId } from '../src/core/ids.ts';
import type { Answer, CallKind } from '../src/core/message.ts';
import type { CallOutcome } from '../src/core/turn.ts';
import { needsRound } from './codes.ts';
import type { Ground } from './ground.ts';
import type { Arrival, HandleRecord, KeyLedger } from './ledger.ts';
import { EVERYWHERE, type Property, type Reporter } from './property.ts';
import type { Watch } from './watch.ts';
import { handleText, nameOf, seconds, termText, timeOf } from './words.ts';

/**
 * S3. An answer that needs a round, given in term T by server s, is right only if a quorum of the configured pool has
 * acknowledged with ok, as members, a round of T whose first Append left after the call had arrived: acknowledgements
 * as they arrived at s, one count for each sender, and s itself by its own disk having that round's position. Where s is
 * a quorum alone its rounds need not be sent, so there: its disk has a position of T at or beyond the one it was at when
 * the call arrived. Sound: the protocol gives the answer with the first round begun after the arrival; acknowledging a
 * later round acknowledges that one. A duplicated call is judged as if it had arrived first (see Ground).
 */
class MajorityRule implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
  }

  answered(
    at: TrueTime,
    server: ServerIndex,
    arrival: Arrival | null,
    answer: Answer,
    view: ServerView,
  ): void {
    if (arrival === null || !needsRound(answer, arrival.moved)) return;
    if (this.isConfirmed(server, arrival, answer, view)) {
      this.reporter.held();
      return;
    }
    const reign = this.ground.reigns[server];
    const acknowledged =
      reign == null || reign.term !== answer.term
        ? 'it has begun no round in that term'
        : `last round then ${arrival.round}, acknowledged now: ${reign.acknowledged
            .map((round, i) => `${nameOf(i)} ${i === server ? reign.ownRound : round}`)
            .join(', ')}`;
    this.reporter.violated(
      at,
      `${nameOf(server)} answers ${answer.code.name} ${timeOf(at)} in ${termText(answer.term)} to a ${answer.call} that arrived at ${seconds(arrival.at)}, without a round begun since and confirmed by a quorum of ${this.ground.servers} (${acknowledged})`,
      `${answer.code.name} answers a ${answer.call} without a confirmed round`,
    );
  }

  private isConfirmed(server: ServerIndex, arrival: Arrival, answer: Answer, view: ServerView): boolean {
    const { ground } = this;
    if (answer.term === 0) return false;
    if (ground.isQuorumAlone(server)) {
      const { position } = view.durable;
      if (position === null || position.term !== answer.term) return false;
      return arrival.positionTerm !== answer.term || position.index >= arrival.positionIndex;
    }
    const reign = ground.reigns[server]!;
    if (reign === null || reign.term !== answer.term || arrival.term > answer.term) return false;
    return ground.hasConfirmedAfter(reign, arrival.term === answer.term ? arrival.round : 0);
  }
}

function numbers(codes: readonly Code[]): ReadonlySet<number> {
  return new Set(codes.map((code) => code.number));
}

const NOT_SERVING = [
  VLS_MSG_TO_LEADER,
  VLS_LEADER_NOT_PRESENT,
  VLS_MAJORITY_RULE_FAILURE,
  VLS_SERVER_SYNC_IN_PROGRESS,
];

/** What a license check may end with [11.6]. */
const BY_DATE = [
  VLS_NO_SUCH_FEATURE,
  VLS_CLK_TAMP_FOUND,
  LS_LICENSE_EXPIRED,
  VLS_LICENSE_START_DATE_NOT_REACHED,
];

// What a server may answer to each kind of call. The codes of §11 are right only for keys whose strings have such dates.
const ANSWERS: Readonly<Record<CallKind, ReadonlySet<number>>> = {
  request: numbers([
    LS_SUCCESS,
    LS_NOLICENSESAVAILABLE,
    LS_INSUFFICIENTUNITS,
    ...BY_DATE,
    VLS_CALLING_ERROR,
    STALE,
    HELLO,
    ...NOT_SERVING,
  ]),
  update: numbers([
    LS_SUCCESS,
    LS_LICENSETERMINATED,
    LS_INSUFFICIENTUNITS,
    LS_LICENSE_EXPIRED,
    MOVED,
    VLS_CALLING_ERROR,
    ...NOT_SERVING,
  ]),
  release: numbers([LS_SUCCESS, ...NOT_SERVING]),
  status: numbers([LS_SUCCESS, VLS_NO_SUCH_FEATURE, ...NOT_SERVING]),
};

const WITHOUT_HELP = [
  VLS_NO_SERVER_RESPONSE,
  VLS_LEADER_NOT_PRESENT,
  VLS_MAJORITY_RULE_FAILURE,
  VLS_SERVER_SYNC_IN_PROGRESS,
];

const WITHOUT_HELP_NUMBERS = numbers(WITHOUT_HELP);

// What an application may be told.
const OUTCOMES: Readonly<Record<CallKind, ReadonlySet<number>>> = {
  request: numbers([
    LS_SUCCESS,
    LS_NOLICENSESAVAILABLE,
    LS_INSUFFICIENTUNITS,
    ...BY_DATE,
    VLS_CALLING_ERROR,
    ...WITHOUT_HELP,
  ]),
  update: numbers([
    LS_SUCCESS,
    LS_LICENSETERMINATED,
    LS_INSUFFICIENTUNITS,
    LS_LICENSE_EXPIRED,
    LS_BADHANDLE,
    VLS_CALLING_ERROR,
    ...WITHOUT_HELP,
  ]),
  release: numbers([LS_SUCCESS, LS_BADHANDLE, VLS_CALLING_ERROR, ...WITHOUT_HELP]),
  status: numbers([LS_SUCCESS, VLS_NO_SUCH_FEATURE, VLS_CALLING_ERROR, ...WITHOUT_HELP]),
};

const STATUSES = numbers([VLS_REMOTE_UPDATE, VLS_NO_UPDATES_SO_FAR, VLS_CONTACT_FAILOVER_SERVER]);

/** Found by the library itself, before it asks anybody. */
const OWN_FINDINGS = numbers([VLS_CALLING_ERROR, LS_BADHANDLE]);

/**
 * S16. (a) Each answer answers a call that waits at that server. (b) Its code is one that §10 gives for that kind of
 * call. (c) Whoever is not the leader of a term of its own claims nothing about the table. (d) A refusal for lack of
 * tokens is right for some instant between the first arrival of a request with that handle and the answer, in that
 * leader's state, uncommitted operations included: the state of that instant decided it; a retry repeats the refusal.
 * (e) A grant or renewal tells the life that the table has for the handle. (f) An application is never shown a code of
 * the wire. (g) A request that ends with LS_SUCCESS was so answered during the call. One that fails and is called
 * definite was so answered, unless it says that no server helped and nothing of it has reached one; and its handle is
 * never granted, before or after: a leader remembers what it refused for as long as a copy of it may come.
 */
class Codes implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  private readonly openCalls: number[] = [];
  /** By client: numbers of the codes that it was answered to requests since it last had no open call. */
  private readonly met: Set<number>[] = [];
  /** Handles of requests that failed definitely, and their calls. */
  private readonly failed = new Map<HandleId, number>();

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
    for (let i = 0; i < ground.scenario.clients.length; i++) {
      this.openCalls.push(0);
      this.met.push(new Set());
    }
  }

  answered(at: TrueTime, server: ServerIndex, arrival: Arrival | null, answer: Answer): void {
    if (arrival !== null && answer.call === 'request') this.met[arrival.client]!.add(answer.code.number);
    const fault = this.faultOf(server, arrival, answer);
    if (fault === null) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} answers ${answer.code.name} ${timeOf(at)} in ${termText(answer.term)} to a ${answer.call} of ${handleText(answer.handle)}${arrival === null ? '' : ` that arrived at ${seconds(arrival.at)}`}: ${fault}`,
      `${answer.code.name} to a ${answer.call}: ${fault}`,
    );
  }

  private faultOf(server: ServerIndex, arrival: Arrival | null, answer: Answer): string | null {
    const { number } = answer.code;
    if (arrival === null) return 'no such call was waiting there';
    if (!ANSWERS[answer.call].has(number)) return 'no call of that kind has this answer';
    if (arrival.moved && answer.term === 0 && answer.call === 'update') {
      return number === LS_INSUFFICIENTUNITS.number ? null : 'a moved update ends at a server without tokens';
    }
    if (number === VLS_MSG_TO_LEADER.number) return answer.hint === null ? 'it names no leader' : null;
    if (number === VLS_CALLING_ERROR.number) return this.faultOfCallingError(arrival, answer);
    if (!needsRound(answer, arrival.moved)) return null;
    if (answer.term === 0 || this.ground.ownerOf(answer.term) !== server)
      return 'only an active leader says so';
    if (number === LS_SUCCESS.number) return this.faultOfSuccess(arrival, answer);
    if (number === VLS_NO_SUCH_FEATURE.number) {
      return this.ground.isConfigured(arrival.key) ? 'the license file has that feature' : null;
    }
    if (number === LS_LICENSE_EXPIRED.number || number === MOVED.number) {
      return this.keyOf(arrival, answer).strings.some(({ license }) => license.endsAt !== null)
        ? null
        : 'the license never ends';
    }
    if (number === VLS_LICENSE_START_DATE_NOT_REACHED.number) {
      return this.ground.keyOf(arrival.key).strings.some(({ license }) => license.startsAt !== null)
        ? null
        : 'the license has always started';
    }
    if (number === VLS_CLK_TAMP_FOUND.number) {
      return this.ground.keyOf(arrival.key).strings.some(({ license }) => license.isTamperChecked)
        ? null
        : 'the license is not checked for that';
    }
    if (number === LS_NOLICENSESAVAILABLE.number || number === LS_INSUFFICIENTUNITS.number) {
      return this.faultOfRefusal(server, arrival, answer);
    }
    return null;
  }

  /** An update is of the key that was granted, whatever the call says. */
  private keyOf(arrival: Arrival, answer: Answer): KeyLedger {
    return this.ground.handles.get(answer.handle)?.key ?? this.ground.keyOf(arrival.key);
  }

  private faultOfSuccess(arrival: Arrival, answer: Answer): string | null {
    if (answer.call === 'status' || answer.call === 'release') return null;
    if (answer.call === 'request' && !this.ground.isConfigured(arrival.key))
      return 'the license file has no such feature';
    const record = this.ground.handles.get(answer.handle);
    if (record === undefined || record.life === 0) return null;
    return record.life === answer.life ? null : 'it tells another key lifetime than the table has';
  }

  private faultOfCallingError(arrival: Arrival, answer: Answer): string | null {
    if (answer.call !== 'request' || !Number.isInteger(arrival.units) || arrival.units < 1) return null;
    const record = this.ground.handles.get(answer.handle);
    if (record === undefined || record.addedTerm === 0) return 'its arguments are right';
    return record.key!.key === arrival.key && record.units === arrival.units
      ? 'its arguments are right'
      : null;
  }

  private faultOfRefusal(server: ServerIndex, arrival: Arrival, answer: Answer): string | null {
    if (answer.call !== 'request')
      return 'only requests, and moved updates at a follower, are refused for lack of tokens';
    const reign = this.ground.reigns[server]!;
    if (reign === null || reign.term !== answer.term || !reign.isExact || arrival.term !== answer.term)
      return null;
    if (!this.ground.isConfigured(arrival.key)) return 'the license file has no such feature';
    const key = this.ground.keyOf(arrival.key);
    const asked = this.ground.recordOf(answer.handle).askedAt;
    const peak = reign.peaks[key.place]!.since(asked);
    if (answer.code.number === LS_NOLICENSESAVAILABLE.number) {
      return peak >= key.leastLimit ? null : 'a token was free all the time';
    }
    return peak + arrival.units > key.leastLimit ? null : 'enough tokens were free all the time';
  }

  grantCommitted(at: TrueTime, record: HandleRecord): void {
    if (this.failed.size === 0) return;
    const call = this.failed.get(record.handle);
    if (call === undefined) return;
    this.reporter.violated(
      at,
      `the request ${call} was said to have failed definitely, but its ${handleText(record.handle)} is granted ${timeOf(at)}`,
      'a token is taken after a definite failure',
    );
  }

  callBegan(_at: TrueTime, client: ClientIndex): void {
    if (this.openCalls[client] === 0) this.met[client]!.clear();
    this.openCalls[client]!++;
  }

  clientCrashed(_at: TrueTime, client: ClientIndex): void {
    this.openCalls[client] = 0;
  }

  callEnded(at: TrueTime, client: ClientIndex, call: ApplicationCall, outcome: CallOutcome): void {
    if (this.openCalls[client]! > 0) this.openCalls[client]!--;
    const fault = this.faultOfOutcome(client, call, outcome);
    if (fault === null) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `the ${call.call} ${call.id} of client ${client} ended ${timeOf(at)} with ${outcome.code.name}, status ${outcome.status.name}: ${fault}`,
      `a ${call.call} ends with ${outcome.code.name}: ${fault}`,
    );
  }

  private faultOfOutcome(client: ClientIndex, call: ApplicationCall, outcome: CallOutcome): string | null {
    const { number } = outcome.code;
    if (!OUTCOMES[call.call].has(number)) return 'an application is never shown this code for that call';
    if (!STATUSES.has(outcome.status.number)) return 'that is no status of a handle';
    if (call.call !== 'request') return null;
    const wasSaid = this.met[client]!.has(number);
    if (number === LS_SUCCESS.number) return wasSaid ? null : 'no server granted anything during the call';
    if (!outcome.definite || OWN_FINDINGS.has(number)) return null;
    const record = this.ground.handles.get(outcome.handle);
    if (record !== undefined && record.committedGrants > 0)
      return 'it is called definite, but its handle was granted';
    this.failed.set(outcome.handle, call.id);
    // Nothing was sent, or at least nothing has arrived: then nobody had to say so.
    if (WITHOUT_HELP_NUMBERS.has(number) && (record === undefined || record.askedAt < 0)) return null;
    return wasSaid ? null : 'it is called definite, but no server said so during the call';
  }
}

export const majorityRule: Property = {
  id: 'S3',
  name: 'MajorityRule',
  statement:
    'Every answer that grants, renews or denies was confirmed by a quorum of the configured pool, in its term, in a round begun after the call arrived.',
  environments: EVERYWHERE,
  watch: (ground, reporter) => new MajorityRule(ground, reporter),
};

export const codes: Property = {
  id: 'S16',
  name: 'Codes',
  statement:
    'Each answer is one that the protocol gives in some state within the call; what is called definite is.',
  environments: EVERYWHERE,
  watch: (ground, reporter) => new Codes(ground, reporter),
};
