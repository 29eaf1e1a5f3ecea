// One client library on the phone: the pure state machine, with everything that it says kept and every answer given by
// the test. For clauses about the library alone.

import { type ApplicationRequest, type Client, isHeld, newClient } from '../../src/core/client/state.ts';
import { nextWakeOf, stepOnApplication, stepOnReply, stepOnWake } from '../../src/core/client/step.ts';
import { LS_SUCCESS } from '../../src/core/codes.ts';
import type { ConnectionId, HandleId, Host } from '../../src/core/ids.ts';
import type { Answer, Call, ClientMessage, HelloReply, ReplyToClient } from '../../src/core/message.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import { type CivilTime, type Duration, type Instant, later, type Stamp } from '../../src/core/time.ts';
import type { CallOutcome, ClientEvent, ClientTurn } from '../../src/core/turn.ts';
import { CAD, LIFE } from './bench.ts';

export interface Said {
  readonly connection: ConnectionId;
  readonly to: Host;
  readonly message: ClientMessage;
}

export class Phone implements ClientTurn {
  now = 1_000_000_000 as Instant;
  wall = 50_000_000 as CivilTime;
  readonly client: Client;
  /** What was said since the test last looked. */
  said: Said[] = [];
  readonly outcomes: CallOutcome[] = [];
  readonly notes: ClientEvent[] = [];
  readonly open = new Map<ConnectionId, Host>();
  private connectionsMade = 0;
  private numbers = 0;

  constructor(servers: readonly Host[] = ['s1', 's2', 's3']) {
    this.client = newClient(DEFAULT_SETTINGS, 'c1', servers, 10_000);
  }

  // ── the application and the other end ──

  apply(request: ApplicationRequest): void {
    stepOnApplication(this.client, request, this);
  }

  /** Goes on to that many µs from now, waking the library whenever it asked for it. */
  pass(duration: Duration): void {
    const end = later(this.now, duration);
    for (let next = nextWakeOf(this.client); next <= end; next = nextWakeOf(this.client)) {
      this.setClock(next);
      stepOnWake(this.client, this);
    }
    this.setClock(end);
  }

  private setClock(now: Instant): void {
    if (now <= this.now) return;
    this.wall = (this.wall + Math.floor((now - this.now) / 1000)) as CivilTime;
    this.now = now;
  }

  /** Answers hello like an active Leader. */
  welcome(term = 7): void {
    for (const { connection, message } of this.said.splice(0)) {
      if (message.kind === 'hello')
        this.hear(connection, { kind: 'hello-reply', term, stamp: 1 as Stamp, hint: null });
    }
  }

  hear(connection: ConnectionId, message: ReplyToClient | HelloReply): void {
    stepOnReply(this.client, connection, message, this);
  }

  /** The call said last, and on which connection. */
  lastCall(): { readonly connection: ConnectionId; readonly call: Call } {
    const found = this.said.findLast(({ message }) => message.kind === 'call');
    return { connection: found!.connection, call: found!.message as Call };
  }

  /** Answers the call said last. */
  answer(changes: Partial<Answer> = {}): void {
    const { connection, call } = this.lastCall();
    this.hear(connection, answerTo(call, changes));
  }

  /** A granted handle, at the present instant. */
  hold(): HandleId {
    this.apply({ kind: 'request', id: ++this.numbers, key: CAD, units: 1 });
    this.welcome();
    this.answer();
    this.said = [];
    return this.outcomes.at(-1)!.handle;
  }

  holds(handle: HandleId): boolean {
    return isHeld(this.client, handle, this.now, this.wall);
  }

  // ── ClientTurn ──

  random(): number {
    return ++this.numbers;
  }

  connect(to: Host): ConnectionId {
    const connection = ++this.connectionsMade;
    this.open.set(connection, to);
    return connection;
  }

  close(connection: ConnectionId): void {
    this.open.delete(connection);
  }

  send(connection: ConnectionId, message: ClientMessage): void {
    this.said.push({ connection, to: this.open.get(connection)!, message });
  }

  finish(outcome: CallOutcome): void {
    this.outcomes.push(outcome);
  }

  note(event: ClientEvent): void {
    this.notes.push(event);
  }
}

export function answerTo(call: Call, changes: Partial<Answer> = {}): Answer {
  return {
    kind: 'answer',
    call: call.call,
    handle: call.handle,
    attempt: call.attempt,
    code: LS_SUCCESS,
    life: LIFE,
    servers: [],
    fileVersion: 1,
    hint: null,
    term: 7,
    stamp: 2 as Stamp,
    tokens: null,
    ...changes,
  };
}
