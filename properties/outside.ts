// What clients alone can tell of a pool, without a look into a server: for pools of real processes. S5 is the one of every
// run; the other two say of S6 and S20 what answers show of them.

import type { ApplicationCall, ClientIndex, ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import { LS_LICENSETERMINATED } from '../src/core/codes.ts';
import type { Answer } from '../src/core/message.ts';
import type { CallOutcome } from '../src/core/turn.ts';
import { globalCapacity } from './capacity.ts';
import type { Ground } from './ground.ts';
import type { HandleRecord } from './ledger.ts';
import { type Property, type Reporter, WITH_BOUNDED_DRIFT } from './property.ts';
import type { Watch } from './watch.ts';
import { handleText, nameOf, seconds, timeOf } from './words.ts';

/**
 * S6. A status answer counts at least the units that clients held from before the call to after its answer. Sound: what was
 * acknowledged is committed, the answer is of an instant within the call (S12), and nothing of it can have ended by then,
 * since it was neither released nor past its deadline.
 */
class CountedWhileHeld implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  /** By the number of the call: what was held when it began. */
  private readonly heldAtBegin = new Map<number, readonly HandleRecord[]>();

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
  }

  callBegan(at: TrueTime, _client: ClientIndex, { id, call, key }: ApplicationCall): void {
    if (call !== 'status') return;
    const ledger = this.ground.keyOf(key);
    const held: HandleRecord[] = [];
    for (const record of this.ground.believed.values())
      if (record.key === ledger && this.isHeld(record, at)) held.push(record);
    this.heldAtBegin.set(id, held);
  }

  callEnded(
    at: TrueTime,
    client: ClientIndex,
    { id, call, key }: ApplicationCall,
    outcome: CallOutcome,
  ): void {
    if (call !== 'status') return;
    const held = this.heldAtBegin.get(id) ?? [];
    this.heldAtBegin.delete(id);
    const { tokens } = outcome;
    // Who does not lead counts nothing.
    if (tokens === null || tokens.total === 0) return;
    let units = 0;
    let example: HandleRecord | null = null;
    for (const record of held) {
      if (!this.isHeld(record, at)) continue;
      units += record.believedUnits;
      example = record;
    }
    const counted = tokens.mine + tokens.previous;
    if (counted >= units) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `client ${client} is told ${timeOf(at)} that ${counted} units of ${key} are out, but ${units} were held all the time, such as ${handleText(example!.handle)} by client ${example!.client} until ${seconds(example!.believedUntil)}`,
      'a leader does not count what was acknowledged and is held',
    );
  }

  private isHeld(record: HandleRecord, at: TrueTime): boolean {
    return !record.isBeingReleased && this.ground.isBelievedAt(record, at);
  }
}

/**
 * S20. No answer LS_LICENSETERMINATED reaches an update of a client that believes in the handle. Sound: it believed when
 * the answer left, too, for a belief begins with its grant and is not over before its release.
 */
class NotTakenBack implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
  }

  answerArrived(at: TrueTime, server: ServerIndex, client: ClientIndex, answer: Answer): void {
    if (answer.call !== 'update') return;
    const record = this.ground.handles.get(answer.handle);
    if (record === undefined || record.isBeingReleased || !this.ground.isBelievedAt(record, at)) return;
    if (answer.code.number !== LS_LICENSETERMINATED.number) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} answered LS_LICENSETERMINATED to client ${client}, which may use ${handleText(answer.handle)} until ${seconds(record.believedUntil)}; it came ${timeOf(at)}`,
      'a live holder hears that its token was taken back',
    );
  }
}

const countedWhileHeld: Property = {
  id: 'S6',
  name: 'GrantDurability',
  statement: 'A status answer counts every unit that was acknowledged before the call and is held after it.',
  environments: WITH_BOUNDED_DRIFT,
  watch: (ground, reporter) => new CountedWhileHeld(ground, reporter),
};

const notTakenBack: Property = {
  id: 'S20',
  name: 'LiveHolderKept',
  statement: 'No client that may use its token hears LS_LICENSETERMINATED.',
  environments: WITH_BOUNDED_DRIFT,
  watch: (ground, reporter) => new NotTakenBack(ground, reporter),
};

export const FROM_OUTSIDE: readonly Property[] = [globalCapacity, countedWhileHeld, notTakenBack];
