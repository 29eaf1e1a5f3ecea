// S1, S2: a term has one owner and a position one state; once a higher term is sure, nothing is answered in a lower one.

import type { ServerIndex, TrueTime } from '../sim/pool/observer.ts';
import type { ServerView } from '../sim/pool/server-view.ts';
import type { Incarnation, StoreId, Term } from '../src/core/ids.ts';
import type { Answer, ServerMessage } from '../src/core/message.ts';
import type { Delta } from '../src/core/state.ts';
import type { ServerEvent } from '../src/core/turn.ts';
import { needsRound } from './codes.ts';
import type { Ground } from './ground.ts';
import type { Arrival } from './ledger.ts';
import { EVERYWHERE, type Property, type Reporter } from './property.ts';
import type { Watch } from './watch.ts';
import { nameOf, seconds, termText, timeOf } from './words.ts';

interface Owner {
  readonly server: ServerIndex;
  readonly store: StoreId;
  readonly incarnation: Incarnation;
}

const RECENT = 64;
const MOST_POSITIONS = 4096;

/** 32 bits over what a delta does and to which state. */
function digestOf(delta: Delta): number {
  let hash = Math.imul((delta.base.term % 0x7fffffff) ^ delta.base.index, 0x9e3779b1);
  for (const operation of delta.operations) {
    if (operation.kind === 'purge') {
      hash = Math.imul((hash ^ operation.before.index) + 3, 0x85ebca6b);
      continue;
    }
    if (operation.kind === 'high-water') {
      hash = Math.imul((hash ^ (operation.at % 0x7fffffff)) + 5, 0x85ebca6b);
      continue;
    }
    if (operation.kind === 'lower-high-water') {
      hash = Math.imul((hash ^ (operation.at % 0x7fffffff)) + 9, 0x85ebca6b);
      continue;
    }
    if (operation.kind === 'expire') {
      const { serial } = operation;
      for (let i = 0; i < serial.length; i++) hash = Math.imul(hash ^ serial.charCodeAt(i), 0x01000193);
      continue;
    }
    if (operation.kind === 'admit') {
      hash = Math.imul((hash ^ operation.slot ^ ((operation.store ?? 0) % 0x7fffffff)) + 7, 0x85ebca6b);
      continue;
    }
    if (operation.kind === 'file') {
      const text = `${operation.version} ${operation.hash} ${operation.members} ${operation.oldMembers}`;
      for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
      continue;
    }
    if (operation.kind === 'slot' || operation.kind === 'file-done') {
      const text = operation.kind === 'slot' ? `${operation.slot} ${operation.host}` : operation.kind;
      for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
      continue;
    }
    if (operation.kind === 'formed' || operation.kind === 'unquarantine') {
      hash = Math.imul(hash ^ operation.kind.length, 0x85ebca6b);
      continue;
    }
    const { handle } = operation;
    for (let i = 0; i < handle.length; i++) hash = Math.imul(hash ^ handle.charCodeAt(i), 0x01000193);
    hash = Math.imul(
      hash ^ (operation.kind === 'add' ? operation.units : -operation.reason.length),
      0xc2b2ae35,
    );
  }
  return hash;
}

/** 32 bits over what a table amounts to: how many handles are live, and how many units of each key are out. */
function summaryOf(view: ServerView, ground: Ground): number {
  const table = view.server.register!.table;
  let sum = table.live.size;
  for (let i = 0; i < ground.configuredKeys; i++) {
    sum = Math.imul(sum, 31) + (table.usage.get(ground.keys[i]!.key)?.units ?? 0);
  }
  return sum | 0;
}

/** What was recorded of each position of each term; the first to come decides, the others must agree. */
class Positions {
  private readonly terms = new Map<Term, Map<number, number>>();
  private lastTerm: Term = 0;
  private last: Map<number, number> | null = null;

  /** False when something else was recorded of that position. */
  agrees(term: Term, index: number, value: number): boolean {
    let positions = this.last;
    if (positions === null || this.lastTerm !== term) {
      positions = this.terms.get(term) ?? null;
      if (positions === null) {
        positions = new Map();
        this.terms.set(term, positions);
      }
      this.last = positions;
      this.lastTerm = term;
    }
    const known = positions.get(index);
    if (known === undefined) {
      positions.set(index, value);
      if (index > MOST_POSITIONS) positions.delete(index - MOST_POSITIONS);
      return true;
    }
    return known === value;
  }
}

/**
 * S1. (a) Whoever sends Prepare or Append in a term, or is elected in it, is the same boot of the same store, for ever.
 * Sound: a term carries its slot and 16 bits of its boot, and a boot never uses a round twice, since it promises first.
 * (b) One position names one state: deltas that reach the network under one position do the same to the same base, and
 * two servers at one position have equally many live handles and units. Sound: a term has one owner, whose states form a
 * chain, and every other server gets there by the same deltas or by a copy. Only the last 4096 positions of a term are kept.
 */
class TermOwner implements Watch {
  private readonly ground: Ground;
  private readonly reporter: Reporter;
  private readonly owners = new Map<Term, Owner>();
  private lastSent: ServerMessage | null = null;
  private readonly lastTerm: Term[] = [];
  private readonly lastIncarnation: Incarnation[] = [];
  private readonly deltas = new Positions();
  private readonly summaries = new Positions();
  private readonly recent: (Delta | null)[][] = [];
  private readonly seenTerm: Term[] = [];
  private readonly seenIndex: number[] = [];

  constructor(ground: Ground, reporter: Reporter) {
    this.ground = ground;
    this.reporter = reporter;
    for (let i = 0; i < ground.servers; i++) {
      this.lastTerm.push(0);
      this.lastIncarnation.push(0);
      this.recent.push(new Array<Delta | null>(RECENT).fill(null));
      this.seenTerm.push(0);
      this.seenIndex.push(-1);
    }
  }

  messageSent(
    at: TrueTime,
    from: ServerIndex,
    _to: ServerIndex,
    message: ServerMessage,
    view: ServerView,
  ): void {
    // A round is one message for all that are to have the same.
    if (message === this.lastSent) return;
    this.lastSent = message;
    if (message.kind === 'append') {
      this.own(at, from, message.term, message.header.store, message.header.incarnation);
      const { chain } = message;
      for (let i = 0; i < chain.length; i++) this.checkDelta(at, from, chain[i]!);
    } else if (message.kind === 'prepare') {
      this.own(at, from, message.term, message.header.store, message.header.incarnation);
    } else if (message.kind === 'take-over' || message.kind === 'trial') {
      const { server } = view;
      this.own(at, from, message.term, server.meta.store, server.incarnation);
    }
  }

  serverNoted(at: TrueTime, server: ServerIndex, event: ServerEvent, view: ServerView): void {
    if (event.kind !== 'elected' && event.kind !== 'took over') return;
    this.own(at, server, event.term, view.server.meta.store, view.server.incarnation);
  }

  serverCommitted(at: TrueTime, server: ServerIndex, view: ServerView): void {
    const { register } = view.server;
    if (register === null) return;
    const { term, index } = register.position;
    if (this.seenIndex[server] === index && this.seenTerm[server] === term) return;
    this.seenTerm[server] = term;
    this.seenIndex[server] = index;
    if (this.summaries.agrees(term, index, summaryOf(view, this.ground))) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} is ${timeOf(at)} at position ${index} of ${termText(term)} with a table that differs from the one another server had there`,
      'one position names two tables',
    );
  }

  private own(at: TrueTime, server: ServerIndex, term: Term, store: StoreId, incarnation: Incarnation): void {
    if (this.lastTerm[server] === term && this.lastIncarnation[server] === incarnation) return;
    const owner = this.owners.get(term);
    if (owner === undefined) this.owners.set(term, { server, store, incarnation });
    else if (owner.server !== server || owner.store !== store || owner.incarnation !== incarnation) {
      const who =
        owner.server === server ? `an earlier boot or store of ${nameOf(server)}` : nameOf(owner.server);
      this.reporter.violated(
        at,
        `${nameOf(server)} acts in ${termText(term)} ${timeOf(at)}, a term that ${who} has used before`,
        'a term has two owners',
      );
      return;
    }
    this.lastTerm[server] = term;
    this.lastIncarnation[server] = incarnation;
    this.reporter.held();
  }

  private checkDelta(at: TrueTime, from: ServerIndex, delta: Delta): void {
    const recent = this.recent[from]!;
    const place = delta.position.index % RECENT;
    if (recent[place] === delta) return;
    recent[place] = delta;
    if (this.deltas.agrees(delta.position.term, delta.position.index, digestOf(delta))) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(from)} sends ${timeOf(at)} under position ${delta.position.index} of ${termText(delta.position.term)} a delta that differs from the one sent before`,
      'one position names two deltas',
    );
  }
}

/**
 * S2. Serving would mean: would answer a call that reached it now. A server in term T can answer only after a round that
 * begins after the call arrived; so as soon as a quorum has promised a higher term on disk, T serves no more, while the
 * higher term cannot serve before that instant. Hence: no answer that needs a round is given in a term below one that a
 * quorum had promised on disk when its call arrived. Sound: such a round would need an acknowledgement in T by a store
 * after it durably promised more. An answer that leaves late is judged by when its call came, so a paused leader that
 * learns late of a round confirmed in time is not accused.
 */
class OneGranter implements Watch {
  private readonly reporter: Reporter;

  constructor(reporter: Reporter) {
    this.reporter = reporter;
  }

  answered(at: TrueTime, server: ServerIndex, arrival: Arrival | null, answer: Answer): void {
    if (arrival === null || !needsRound(answer, arrival.moved)) return;
    if (answer.term >= arrival.blockedBelow) {
      this.reporter.held();
      return;
    }
    this.reporter.violated(
      at,
      `${nameOf(server)} answers ${answer.code.name} ${timeOf(at)} in ${termText(answer.term)} to a ${answer.call} that arrived at ${seconds(arrival.at)}, when a quorum had already promised ${termText(arrival.blockedBelow)}: two servers serve at once`,
      'a leader answers although a quorum has promised a higher term',
    );
  }
}

export const termOwner: Property = {
  id: 'S1',
  name: 'TermOwner',
  statement:
    'A term has at most one leader, ever, over all boots and stores, and a position names one state.',
  environments: EVERYWHERE,
  holdsForAnyImage: true,
  watch: (ground, reporter) => new TermOwner(ground, reporter),
};

export const oneGranter: Property = {
  id: 'S2',
  name: 'OneGranter',
  statement: 'No two servers serve at the same instant: tokens are only on the leader.',
  environments: EVERYWHERE,
  watch: (_ground, reporter) => new OneGranter(reporter),
};
