// Writes a run down as it happens: the world tells it of events and faults, servers and clients of what they say and do. It stands
// before the judges of the run, hands everything on to them, and reads only; a run without it pays nothing for it.

import type { HandleId, LicenseKey } from '../../src/core/ids.ts';
import type { Answer, Call, ServerMessage } from '../../src/core/message.ts';
import type { CallOutcome, ServerEvent } from '../../src/core/turn.ts';
import { describeFault } from '../faults/index.ts';
import { CLONE } from '../kernel/clone.ts';
import type { ApplicationCall, Observer } from '../pool/observer.ts';
import type { ServerView } from '../pool/server-view.ts';
import { eventName } from '../world/event-kind.ts';
import type { FaultRun } from '../world/fault-run.ts';
import type { LossWatcher } from '../world/network.ts';
import type { World, WorldWatcher } from '../world/world.ts';
import type { Note, RecordedEvent } from './recording.ts';

interface Draft {
  readonly event: Omit<RecordedEvent, 'notes'>;
  readonly notes: Note[];
}

export class Recorder implements Observer, WorldWatcher, LossWatcher {
  private drafts: Draft[] = [];
  private readonly servers: number;
  private readonly names: string[] = [];
  /** Who is told after it. */
  private observer: Observer = {};
  private watcher: WorldWatcher = {};

  constructor(servers: number) {
    this.servers = servers;
  }

  /** Stands before these two from now on. */
  standBefore(observer: Observer, watcher: WorldWatcher): void {
    this.observer = observer;
    this.watcher = watcher;
  }

  /** Everything since it was last asked. Not to be asked while an event is being handled. */
  take(): RecordedEvent[] {
    return this.handOver(this.drafts.length);
  }

  /** Without the last event: what a hand does before the next one is still written to it. */
  takeFinished(): RecordedEvent[] {
    return this.handOver(Math.max(0, this.drafts.length - 1));
  }

  private handOver(count: number): RecordedEvent[] {
    const taken = this.drafts.slice(0, count);
    this.drafts = this.drafts.slice(count);
    // A list that grew by one has room for many: there are very many of them.
    return taken.map(({ event, notes }) => ({ ...event, notes: notes.slice() }));
  }

  /** A cloned world is to be looked at: nobody judges it, and what came before is in the original. */
  [CLONE](): Recorder {
    return new Recorder(this.servers);
  }

  // ── what the world tells ──

  eventBegins(
    world: World,
    kind: number,
    node: number,
    from: number,
    length: number,
    content: number,
    cause: number,
  ): void {
    const isFrame = from >= 0;
    this.drafts.push({
      event: {
        id: world.events,
        at: world.now,
        kind: eventName(kind),
        ...(node >= 0 ? { node: this.nameOf(node) } : {}),
        ...(isFrame ? { from: this.nameOf(from), bytes: length } : {}),
        ...(content !== 0 || isFrame || node < 0 ? { content } : {}),
        cause,
      },
      notes: [],
    });
  }

  frameLost(from: number, to: number): void {
    this.note(from, { what: 'lost', to: this.nameOf(to) });
  }

  nodeBooted(world: World, node: number): void {
    this.note(node, { what: 'booted' });
    this.watcher.nodeBooted?.(world, node);
  }

  nodeCrashed(world: World, node: number): void {
    this.note(node, { what: 'crashed' });
    this.watcher.nodeCrashed?.(world, node);
  }

  clockChanged(world: World, node: number): void {
    const { clock } = world.hosts[node]!;
    this.note(node, {
      what: 'clock changed',
      monotonicPpm: clock.monotonicPpm(),
      wallPpm: clock.wallPpm(),
      isSuspended: clock.isSuspended(),
      wall: clock.wall(world.now),
    });
    this.watcher.clockChanged?.(world, node);
  }

  filePut(world: World, node: number, bytes: Uint8Array): void;
  filePut(at: number, server: number, body: Uint8Array): void;
  filePut(first: World | number, node: number, bytes: Uint8Array): void {
    // The world tells the watcher, which tells the observers.
    if (typeof first === 'number') this.observer.filePut?.(first, node, bytes);
    else {
      this.note(node, { what: 'file put', bytes: bytes.length });
      this.watcher.filePut?.(first, node, bytes);
    }
  }

  faultBegan(world: World, run: FaultRun): void {
    const nodes = run.nodes.map((node) => this.nameOf(node));
    this.note(-1, {
      what: 'fault begins',
      fault: run.index,
      kind: run.plan.kind,
      text: describeFault(run.plan),
      nodes,
    });
    this.watcher.faultBegan?.(world, run);
  }

  faultEnded(world: World, run: FaultRun): void {
    const nodes = run.nodes.map((node) => this.nameOf(node));
    this.note(-1, {
      what: 'fault ends',
      fault: run.index,
      kind: run.plan.kind,
      text: describeFault(run.plan),
      nodes,
    });
    this.watcher.faultEnded?.(world, run);
  }

  // ── what servers and clients tell ──

  serverBooted(at: number, server: number, view: ServerView): void {
    this.observer.serverBooted?.(at, server, view);
  }

  serverCrashed(at: number, server: number): void {
    this.observer.serverCrashed?.(at, server);
  }

  serverStepped(at: number, server: number, view: ServerView): void {
    this.observer.serverStepped?.(at, server, view);
  }

  messageSent(at: number, from: number, to: number, message: ServerMessage, view: ServerView): void {
    this.note(from, { what: 'sent', to: this.nameOf(to), ...messageFields(message) });
    this.observer.messageSent?.(at, from, to, message, view);
  }

  messageArrived(at: number, from: number, to: number, message: ServerMessage): void {
    this.note(to, { what: 'received', from: this.nameOf(from), ...messageFields(message) });
    this.observer.messageArrived?.(at, from, to, message);
  }

  callArrived(at: number, server: number, client: number, call: Call): void {
    const { call: what, handle, key, units, attempt } = call;
    const fields = { call: what, handle: hexOf(handle), key, units, attempt };
    this.note(server, { what: 'asked', from: this.clientName(client), ...fields });
    this.observer.callArrived?.(at, server, client, call);
  }

  answerLeft(at: number, server: number, client: number, answer: Answer, view: ServerView): void {
    this.note(server, { what: 'answered', to: this.clientName(client), ...answerFields(answer) });
    this.observer.answerLeft?.(at, server, client, answer, view);
  }

  answerArrived(at: number, server: number, client: number, answer: Answer): void {
    const from = this.nameOf(server);
    this.note(this.servers + client, { what: 'learned', from, ...answerFields(answer) });
    this.observer.answerArrived?.(at, server, client, answer);
  }

  serverCommitted(at: number, server: number, view: ServerView): void {
    const { position, promised } = view.durable;
    this.note(server, { what: 'synced', position, promised });
    this.observer.serverCommitted?.(at, server, view);
  }

  serverNoted(at: number, server: number, event: ServerEvent, view: ServerView): void {
    const { kind, ...fields } = event;
    this.note(server, { what: kind, ...plain(fields) });
    this.observer.serverNoted?.(at, server, event, view);
  }

  callBegan(at: number, client: number, call: ApplicationCall): void {
    const { id, call: what, handle, key, units } = call;
    const fields = { call: what, handle: handle === null ? null : hexOf(handle), key, units };
    this.note(this.servers + client, { what: 'called', number: id, ...fields });
    this.observer.callBegan?.(at, client, call);
  }

  callEnded(at: number, client: number, call: ApplicationCall, outcome: CallOutcome): void {
    const { id, call: what, key } = call;
    this.note(this.servers + client, {
      what: 'returned',
      number: id,
      call: what,
      key,
      handle: hexOf(outcome.handle),
      code: outcome.code.name,
      definite: outcome.definite,
      tokens: outcome.tokens,
    });
    this.observer.callEnded?.(at, client, call, outcome);
  }

  beliefHeld(
    at: number,
    client: number,
    handle: HandleId,
    key: LicenseKey,
    units: number,
    until: number,
  ): void {
    this.note(this.servers + client, { what: 'believes', handle: hexOf(handle), key, units, until });
    this.observer.beliefHeld?.(at, client, handle, key, units, until);
  }

  beliefEnded(at: number, client: number, handle: HandleId): void {
    this.note(this.servers + client, { what: 'believes no more', handle: hexOf(handle) });
    this.observer.beliefEnded?.(at, client, handle);
  }

  clientCrashed(at: number, client: number): void {
    this.note(this.servers + client, { what: 'process gone' });
    this.observer.clientCrashed?.(at, client);
  }

  coreBegan(at: number, core: readonly number[]): void {
    this.note(-1, { what: 'core begins', core: core.map((server) => this.nameOf(server)) });
    this.observer.coreBegan?.(at, core);
  }

  /** A state that campaigns must reach. */
  labelReached(label: string): void {
    this.note(-1, { what: 'reached', label });
  }

  ended(at: number): void {
    this.observer.ended?.(at);
  }

  // ── inside ──

  private note(node: number, note: Note): void {
    const draft = this.drafts.at(-1);
    if (draft === undefined) return;
    const name = node < 0 ? undefined : this.nameOf(node);
    draft.notes.push(name === undefined || name === draft.event.node ? note : { ...note, node: name });
  }

  /** One text for each node: there are several in each of very many records. */
  private nameOf(node: number): string {
    let name = this.names[node];
    if (name === undefined) {
      name = node < this.servers ? `s${node + 1}` : `c${node - this.servers + 1}`;
      this.names[node] = name;
    }
    return name;
  }

  private clientName(client: number): string {
    return this.nameOf(this.servers + client);
  }
}

/** As formatHandle writes it, but in one piece: very many of them are kept. */
function hexOf(handle: HandleId): string {
  return Buffer.from(handle, 'latin1').toString('hex');
}

function answerFields({ call, handle, code, term, attempt, tokens }: Answer): object {
  const fields = { call, handle: hexOf(handle), code: code.name, term, attempt };
  return tokens === null ? fields : { ...fields, tokens };
}

/** Its kind, its numbers and words, and of lists how long they are: enough to tell it from others. What is null, false or empty is left out. */
function messageFields(message: ServerMessage): Record<string, unknown> {
  const seen: Record<string, unknown> = { message: message.kind, durable: message.header.durable };
  for (const [name, value] of Object.entries(message)) {
    if (name === 'kind' || name === 'header' || value === null || value === false) continue;
    const plain = plainValue(name, value);
    if (!Array.isArray(plain) || plain.length > 0) seen[name] = plain;
  }
  return seen;
}

function plain(fields: object): Record<string, unknown> {
  const seen: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) seen[name] = plainValue(name, value);
  return seen;
}

function plainValue(name: string, value: unknown): unknown {
  if (name === 'handle' && typeof value === 'string') return hexOf(value);
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof Map) return Object.fromEntries(value);
  if (Array.isArray(value)) return value.every((each) => typeof each !== 'object') ? value : value.length;
  if (typeof value !== 'object' || value === null) return value;
  if ('name' in value && 'number' in value) return value.name;
  // Positions never change, so that they can be shared.
  if ('term' in value && 'index' in value) return value;
  return 'term' in value || 'total' in value ? { ...value } : undefined;
}
