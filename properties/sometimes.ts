// States that a healthy campaign must reach: a harness that never gets there proves nothing about them.

import type { ClientIndex, ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import type { ServerView } from '../sim/pool/server-view.ts';
import {
  LS_INSUFFICIENTUNITS,
  LS_SUCCESS,
  STALE,
  VLS_CLK_TAMP_FOUND,
  VLS_LICENSE_START_DATE_NOT_REACHED,
} from '../src/core/codes.ts';
import type { LicenseKey } from '../src/core/ids.ts';
import type { Answer } from '../src/core/message.ts';
import type { EndReason, Operation } from '../src/core/state.ts';
import type { ServerEvent } from '../src/core/turn.ts';
import { needsRound } from './codes.ts';
import type { Ground } from './ground.ts';
import type { Arrival, HandleRecord, Reign } from './ledger.ts';
import { EVERYWHERE, type Property, type Reporter } from './property.ts';
import type { Watch } from './watch.ts';

export const LABELS = [
  'take-over two or more ranks down',
  'reclaim while a grant is in flight',
  'retry answered from the table',
  'freeze aborted',
  'trial missed',
  'state fetched',
  'tombstone blocked a late request',
  'lapse after a client crash',
  'lapse after a holder ran out of time',
  'leader stepped down for lack of quorum',
  'leader stepped down for its own disk',
  'full disk of a follower',
  'call held through a freeze',
  'update moved units from previous to mine',
  'uncommitted operation taken up by a later leader',
  'uncommitted operation dropped by a later leader',
  'every unit of a key held at once',
  'release reached the table before its request',
  'expiry declared by a leader of a hand-over',
  'expiry declared by a leader of a fail-over',
  'refused for clocks that were set back',
  'refused before the start date, granted later',
  'update of an expired license moved',
  'lost store replaced',
  'restored image seen through',
  'restored image that nobody could notice',
  'leap of the clocks doubted',
  'mark of pool time set back',
  'pool formed from license files',
  'pool formed after a formation that failed',
  'quarantine ended',
  'soft limit exceeded',
  'use back within its soft limit',
  'soft limit exceeded when a leader took over',
] as const;

type Label = (typeof LABELS)[number];

class Sometimes implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  /** The server that last took over; -1 = none yet. */
  private lastLeader: ServerIndex = -1;
  /** By server: requests that arrived and are not answered. */
  private readonly requests: number[] = [];
  private wasGrantInFlight = false;
  private cameByHandOver = false;
  private takeOvers = 0;
  private tookOverAt: TrueTime = -1;
  private foundings = 0;
  /** Keys that were refused since their strings had not started. */
  private readonly notStarted = new Set<LicenseKey>();
  private readonly crashedAt: TrueTime[] = [];

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
    for (let i = 0; i < ground.servers; i++) {
      this.requests.push(0);
    }
    for (let i = 0; i < ground.scenario.clients.length; i++) this.crashedAt.push(-1);
  }

  private reached(label: Label): void {
    this.reporter.reached(label);
  }

  serverBooted(_at: TrueTime, server: ServerIndex): void {
    this.requests[server] = 0;
    if (this.ground.setBacks.hasHidden) this.reached('restored image that nobody could notice');
  }

  callArrived(
    _at: TrueTime,
    server: ServerIndex,
    _client: ClientIndex,
    call: { readonly call: string },
  ): void {
    if (call.call === 'request') this.requests[server]!++;
  }

  clientCrashed(at: TrueTime, client: ClientIndex): void {
    this.crashedAt[client] = at;
  }

  serverNoted(at: TrueTime, server: ServerIndex, event: ServerEvent, view: ServerView): void {
    switch (event.kind) {
      case 'took over':
        if (event.viaHandOver) {
          if (this.wasGrantInFlight) this.reached('reclaim while a grant is in flight');
        } else if (this.lastLeader >= 0 && server >= this.lastLeader + 2) {
          this.reached('take-over two or more ranks down');
        }
        this.lastLeader = server;
        this.cameByHandOver = event.viaHandOver;
        this.takeOvers++;
        this.tookOverAt = at;
        this.wasGrantInFlight = false;
        return;
      case 'hand-over sent':
        this.wasGrantInFlight = this.requests[server]! > 0;
        return;
      case 'hand-over aborted':
        this.wasGrantInFlight = false;
        this.reached('freeze aborted');
        return;
      case 'trial missed':
        this.reached('trial missed');
        return;
      case 'state fetched':
        this.reached('state fetched');
        return;
      case 'stepped down':
        if (event.reason === 'no confirmed round') this.reached('leader stepped down for lack of quorum');
        else if (event.reason === 'its own disk is too slow')
          this.reached('leader stepped down for its own disk');
        return;
      case 'disk full':
        if (view.server.role.kind === 'follower') this.reached('full disk of a follower');
        return;
      case 'joined':
        this.reached('lost store replaced');
        return;
      case 'discarded':
        if (event.because === 'it is an older image') this.reached('restored image seen through');
        return;
      case 'expired':
        if (this.cameByHandOver) this.reached('expiry declared by a leader of a hand-over');
        else if (this.takeOvers > 1) this.reached('expiry declared by a leader of a fail-over');
        return;
      case 'founds':
        this.foundings++;
        return;
      case 'formed':
        this.reached('pool formed from license files');
        if (this.foundings > 1) this.reached('pool formed after a formation that failed');
        return;
      case 'quarantine ended':
        this.reached('quarantine ended');
        return;
      case 'soft limit exceeded':
        this.reached('soft limit exceeded');
        if (at === this.tookOverAt) this.reached('soft limit exceeded when a leader took over');
        return;
      case 'soft limit kept':
        this.reached('use back within its soft limit');
        return;
      case 'mark lowered':
        this.reached('mark of pool time set back');
        return;
      case 'renewed':
        if (event.wasPrevious) this.reached('update moved units from previous to mine');
        return;
      default:
        return;
    }
  }

  /** A doubt lasts for an hour, so a look now and then finds it. */
  looked(): void {
    for (const view of this.ground.views) {
      const role = view?.server.role;
      if (role?.kind === 'leader' && role.poolClock.leapSince !== null)
        this.reached('leap of the clocks doubted');
    }
  }

  answered(
    _at: TrueTime,
    server: ServerIndex,
    arrival: Arrival | null,
    answer: Answer,
    _view: ServerView,
  ): void {
    if (arrival === null) return;
    const { number } = answer.code;
    this.lookAtDates(arrival, answer);
    if (arrival.isHeld && needsRound(answer, arrival.moved)) this.reached('call held through a freeze');
    if (answer.call !== 'request') return;
    if (this.requests[server]! > 0) this.requests[server]!--;
    if (number === STALE.number) this.reached('tombstone blocked a late request');
    else if (number === LS_SUCCESS.number) {
      const record = this.ground.handles.get(answer.handle);
      if (record !== undefined && record.addedAt >= 0 && record.addedAt < arrival.at) {
        this.reached('retry answered from the table');
      }
    }
  }

  private lookAtDates(arrival: Arrival, answer: Answer): void {
    const { number } = answer.code;
    if (number === LS_INSUFFICIENTUNITS.number && answer.call === 'update')
      this.reached('update of an expired license moved');
    if (answer.call !== 'request') return;
    if (number === VLS_CLK_TAMP_FOUND.number) this.reached('refused for clocks that were set back');
    else if (number === VLS_LICENSE_START_DATE_NOT_REACHED.number) this.notStarted.add(arrival.key);
    else if (number === LS_SUCCESS.number && this.notStarted.delete(arrival.key))
      this.reached('refused before the start date, granted later');
  }

  operationMade(
    _at: TrueTime,
    _server: ServerIndex,
    _reign: Reign,
    operation: Operation,
    record: HandleRecord,
  ): void {
    if (operation.kind !== 'end' || operation.reason !== 'lapsed') return;
    if (record.client >= 0 && (this.crashedAt[record.client] ?? -1) > record.addedAt) {
      this.reached('lapse after a client crash');
    }
  }

  endCommitted(_at: TrueTime, record: HandleRecord, reason: EndReason): void {
    if (reason === 'lapsed' && (record.isBelieved || record.hasRunOut))
      this.reached('lapse after a holder ran out of time');
    if (reason === 'released' && record.committedGrants === 0) {
      this.reached('release reached the table before its request');
    }
  }

  historyTakenUp(_at: TrueTime, _term: number, kept: number, dropped: number): void {
    if (kept > 0) this.reached('uncommitted operation taken up by a later leader');
    if (dropped > 0) this.reached('uncommitted operation dropped by a later leader');
  }

  beliefHeld(_at: TrueTime, _client: ClientIndex, _handle: string, key: string): void {
    const ledger = this.ground.keyOf(key);
    if (ledger.held >= ledger.limit) this.reached('every unit of a key held at once');
  }
}

export const sometimes: Property = {
  id: 'sometimes',
  name: 'Sometimes',
  statement: 'The labelled states are reached; nothing here is ever violated.',
  environments: EVERYWHERE,
  watch: (ground, reporter) => new Sometimes(ground, reporter),
};
