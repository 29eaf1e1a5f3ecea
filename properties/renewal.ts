// L8: a newer license file that lies on a server of the core comes into force, and by it grants go on [§11, §12].

import type { ApplicationCall, ClientIndex, ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import type { ServerView } from '../sim/pool/server-view.ts';
import { settingsOf } from '../sim/scenario/settings.ts';
import {
  LS_INSUFFICIENTUNITS,
  LS_LICENSE_EXPIRED,
  LS_NOLICENSESAVAILABLE,
  LS_SUCCESS,
  VLS_CLK_TAMP_FOUND,
  VLS_LICENSE_START_DATE_NOT_REACHED,
  VLS_NO_SUCH_FEATURE,
} from '../src/core/codes.ts';
import { hashOfPoolFile } from '../src/core/pool-file-text.ts';
import type { CallOutcome, ServerEvent } from '../src/core/turn.ts';
import { type LivenessBound, livenessBound } from './bounds.ts';
import type { Ground } from './ground.ts';
import type { FileMade, KeyLedger } from './ledger.ts';
import { limitFromNowOn } from './licenses.ts';
import { type Property, type Reporter, WITH_EDITS } from './property.ts';
import type { PoolTimeOperation, Watch } from './watch.ts';
import { nameOf, seconds, timeOf } from './words.ts';

const LICENSE_FILE = 'lservrlf';

/** A request that began when the file in force was settled. */
interface OpenRequest {
  readonly beganAt: TrueTime;
  /** The committed mark then: pool time of all that answer it. */
  readonly mark: number;
}

const NO_LICENSE: ReadonlySet<number> = new Set(
  [LS_LICENSE_EXPIRED, VLS_LICENSE_START_DATE_NOT_REACHED, VLS_CLK_TAMP_FOUND, VLS_NO_SUCH_FEATURE].map(
    ({ number }) => number,
  ),
);

/**
 * L8. (a) At the end of a run whose core became whole, and in which no server outside of it leads: if the last file was put on a disk, committed or refused, a change given
 * up, and the last leader came, longer ago than the bound, then no server of the core has an edit on its disk that never was
 * in force, unless it was refused. (b) A request that begins after a file was committed, while no leader makes another one,
 * does not end for want of a license if that file has a string for the key that has started and ends beyond the run; nor for
 * want of tokens if at every instant of the call those that may be out and those asked for are within such strings' limits.
 *
 * Sound: (a) by the bound's derivation; (b) whoever answers has that file, and the mark by which a string has started, in its
 * state; such a string is over only if some leader had it so by an earlier date of the same serial, and then a quorum knows
 * before anybody is told [11.5]. For the tokens see L10, which leaves out keys with dates.
 */
class Renewable implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  private readonly bound: LivenessBound;
  private readonly changeFor: number;
  private core: readonly ServerIndex[] = [];
  private quietSince: TrueTime = -1;
  /** Hashes of the files that were in force once, and of those that a leader has refused. */
  private readonly settled = new Set<string>();
  /** By server: the hash of what somebody put on its disk last. */
  private readonly edits: (string | null)[] = [];
  private made: FileMade | null = null;
  private committed: FileMade | null = null;
  private mark = 0;
  private readonly open = new Map<number, OpenRequest>();

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
    const { scenario } = ground;
    this.bound = livenessBound(scenario);
    this.changeFor = Math.ceil(settingsOf(scenario).changeTimeout / (1 - scenario.driftPpm / 1e6));
    for (let i = 0; i < ground.servers; i++) this.edits.push(null);
  }

  // (a)

  serverBooted(_at: TrueTime, _server: ServerIndex, view: ServerView): void {
    const file = view.server.register?.charter.file;
    if (this.settled.size === 0 && file !== undefined) this.settled.add(file.hash);
  }

  coreBegan(at: TrueTime, core: readonly ServerIndex[]): void {
    if (!this.bound.isLively) return;
    this.core = core;
    this.stir(at);
  }

  filePut(at: TrueTime, server: ServerIndex, body: Uint8Array): void {
    this.edits[server] = hashOfPoolFile(body);
    this.stir(at);
  }

  serverNoted(at: TrueTime, _server: ServerIndex, event: ServerEvent): void {
    if (event.kind === 'file refused') this.settled.add(event.hash);
    else if (event.kind === 'change prepared') this.stir(at + this.changeFor);
    else if (event.kind !== 'took over' && event.kind !== 'hand-over aborted') return;
    this.stir(at);
  }

  private stir(at: TrueTime): void {
    if (at > this.quietSince) this.quietSince = at;
  }

  ended(at: TrueTime): void {
    const { ground, core, bound } = this;
    if (core.length === 0 || at - this.quietSince <= bound.file) return;
    // A leader outside the core may be cut off from some of it for ever: it hears of no edit there, and rightly keeps its office.
    const leader = ground.servingLeader();
    if (leader >= 0 && !core.includes(leader)) return;
    for (const server of core) {
      const edit = this.edits[server]!;
      if (edit === null || !ground.order.includes(server)) continue;
      const body = ground.filesOf(server).get(LICENSE_FILE);
      if (this.settled.has(edit) || body === undefined || hashOfPoolFile(body) !== edit) {
        this.reporter.held();
        continue;
      }
      this.reporter.violated(
        at,
        `the edit (${edit.slice(0, 8)}) that somebody made at ${nameOf(server)}, a server of the core, is neither in force nor refused nor saved ${timeOf(at)}, and nothing has changed since ${seconds(this.quietSince)} (bound ${seconds(bound.file)})`,
        'an edit at a server of the core does not come into force',
      );
      return;
    }
  }

  // (b)

  fileMade(_at: TrueTime, _server: ServerIndex, file: FileMade): void {
    this.made = file;
    this.open.clear();
  }

  fileCommitted(at: TrueTime, file: FileMade): void {
    this.committed = file;
    this.settled.add(file.hash);
    this.open.clear();
    this.stir(at);
  }

  poolTimeCommitted(_at: TrueTime, operation: PoolTimeOperation): void {
    if (operation.kind === 'high-water' && operation.at > this.mark) this.mark = operation.at;
  }

  callBegan(at: TrueTime, _client: ClientIndex, call: ApplicationCall): void {
    if (call.call !== 'request' || this.committed === null || this.made?.hash !== this.committed.hash) return;
    this.open.set(call.id, { beganAt: at, mark: this.mark });
  }

  callEnded(at: TrueTime, client: ClientIndex, call: ApplicationCall, outcome: CallOutcome): void {
    const request = this.open.get(call.id);
    if (request === undefined) return;
    this.open.delete(call.id);
    const key = this.ground.keyOf(call.key);
    const limit = limitFromNowOn(this.ground.licenses[key.place] ?? [], this.ground.strings, request.mark);
    if (limit < 0) return;
    const fault = faultOf(call, outcome, request, key, limit);
    if (fault !== null) {
      this.reporter.violated(
        at,
        `the request ${call.id} of client ${client} for ${call.units} of ${call.key}, begun at ${seconds(request.beganAt)}, ended ${timeOf(at)} with ${outcome.code.name}, although version ${this.committed!.version} of the license file is in force and ${fault}`,
        `a request ends with ${outcome.code.name} although ${fault}`,
      );
    } else if (
      outcome.code.number === LS_SUCCESS.number &&
      key.strings.some(({ expiredAt }) => expiredAt >= 0)
    ) {
      this.reporter.held();
    }
  }
}

/** What is wrong with the end of a request when so many tokens are licensed from now on; null = nothing. */
function faultOf(
  call: ApplicationCall,
  { code }: CallOutcome,
  { beganAt }: OpenRequest,
  key: KeyLedger,
  limit: number,
): string | null {
  if (NO_LICENSE.has(code.number)) return 'its strings are valid';
  const isForNothing = code.number === LS_NOLICENSESAVAILABLE.number;
  if (!isForNothing && code.number !== LS_INSUFFICIENTUNITS.number) return null;
  const needed = isForNothing ? limit : limit - call.units + 1;
  return key.mostOut.since(beganAt) < needed ? 'so many tokens of it were free all the time' : null;
}

export const renewable: Property = {
  id: 'L8',
  name: 'Renewable',
  statement:
    'A newer license file on a server of the core comes into force or is refused, and by what is in force requests are granted.',
  environments: WITH_EDITS,
  watch: (ground, reporter) => new Renewable(ground, reporter),
};
