// The one observer that a run needs: it hands every event to `Ground` and then to the watches that want it, and keeps
// what they say. A hook that no watch implements costs one length check. Nothing here decides what is right.

import type { Violation } from '../sim/outcome.ts';
import type {
  ApplicationCall,
  ClientIndex,
  Observer,
  RunFacts,
  ServerIndex,
  TrueTime,
} from '../sim/pool/observer.ts';
import type { ServerView } from '../sim/pool/server-view.ts';
import type { HandleId, LicenseKey } from '../src/core/ids.ts';
import type { Answer, Call, ServerMessage } from '../src/core/message.ts';
import type { CallOutcome, ServerEvent } from '../src/core/turn.ts';
import { Ground } from './ground.ts';
import type { Property, Reporter } from './property.ts';
import type { Watch } from './watch.ts';

/** What one property has said so far. */
class Record implements Reporter {
  readonly property: string;
  private readonly holdsForAnyImage: boolean;
  private readonly checker: Checker;
  checks = 0;
  violation: Violation | null = null;
  readonly labels = new Map<string, number>();
  readonly numbers = new Map<string, number>();

  constructor({ id, holdsForAnyImage }: Property, checker: Checker) {
    this.property = id;
    this.holdsForAnyImage = holdsForAnyImage ?? false;
    this.checker = checker;
  }

  /** Nobody could notice that a store was set back: most properties do not hold any more, and are not asserted. */
  private get isMoot(): boolean {
    return !this.holdsForAnyImage && this.checker.ground.setBacks.hasHidden;
  }

  violated(at: TrueTime, reason: string, pattern: string): void {
    if (this.isMoot) return;
    this.checks++;
    if (this.violation !== null) return;
    const { environment } = this.checker;
    this.violation = {
      property: this.property,
      reason: `${this.property}: ${reason} [${environment}]`,
      pattern,
      at,
      event: this.checker.event,
    };
    this.checker.violated++;
  }

  held(): void {
    if (this.isMoot) return;
    this.checks++;
  }

  reached(label: string): void {
    this.labels.set(label, (this.labels.get(label) ?? 0) + 1);
    this.checker.listener?.labelReached(label);
  }

  measured(name: string, value: number): void {
    const known = this.numbers.get(name);
    if (known === undefined || value > known) this.numbers.set(name, value);
  }
}

/** Whoever writes the run down. */
export interface LabelListener {
  labelReached(label: string): void;
}

export class Checker implements Observer {
  listener: LabelListener | null = null;
  /** The number of the event that is being handled: the simulator keeps it up to date. */
  event = 0;
  /** How many properties have been violated so far. */
  violated = 0;
  readonly environment: string;
  readonly ground: Ground;
  private readonly records: Record[] = [];
  private readonly onServerBooted: readonly Watch[];
  private readonly onFilePut: readonly Watch[];
  private readonly onServerCrashed: readonly Watch[];
  private readonly onServerStepped: readonly Watch[];
  private readonly onMessageSent: readonly Watch[];
  private readonly onMessageArrived: readonly Watch[];
  private readonly onCallArrived: readonly Watch[];
  private readonly onAnswerLeft: readonly Watch[];
  private readonly onAnswerArrived: readonly Watch[];
  private readonly onServerCommitted: readonly Watch[];
  private readonly onServerNoted: readonly Watch[];
  private readonly onCallBegan: readonly Watch[];
  private readonly onCallEnded: readonly Watch[];
  private readonly onBeliefHeld: readonly Watch[];
  private readonly onBeliefEnded: readonly Watch[];
  private readonly onClientCrashed: readonly Watch[];
  private readonly onCoreBegan: readonly Watch[];
  private readonly onEnded: readonly Watch[];

  /** Watches those of `properties` that are asserted in the scenario's environment. */
  constructor(properties: readonly Property[], facts: RunFacts) {
    const { environment } = facts.scenario;
    this.environment = environment;
    this.ground = new Ground(facts);
    const watches: Watch[] = [];
    for (const property of properties) {
      if (!property.environments.includes(environment)) continue;
      const record = new Record(property, this);
      this.records.push(record);
      watches.push(property.watch(this.ground, record));
    }
    this.ground.tell(watches);
    this.onServerBooted = watches.filter((watch) => watch.serverBooted !== undefined);
    this.onFilePut = watches.filter((watch) => watch.filePut !== undefined);
    this.onServerCrashed = watches.filter((watch) => watch.serverCrashed !== undefined);
    this.onServerStepped = watches.filter((watch) => watch.serverStepped !== undefined);
    this.onMessageSent = watches.filter((watch) => watch.messageSent !== undefined);
    this.onMessageArrived = watches.filter((watch) => watch.messageArrived !== undefined);
    this.onCallArrived = watches.filter((watch) => watch.callArrived !== undefined);
    this.onAnswerLeft = watches.filter((watch) => watch.answerLeft !== undefined);
    this.onAnswerArrived = watches.filter((watch) => watch.answerArrived !== undefined);
    this.onServerCommitted = watches.filter((watch) => watch.serverCommitted !== undefined);
    this.onServerNoted = watches.filter((watch) => watch.serverNoted !== undefined);
    this.onCallBegan = watches.filter((watch) => watch.callBegan !== undefined);
    this.onCallEnded = watches.filter((watch) => watch.callEnded !== undefined);
    this.onBeliefHeld = watches.filter((watch) => watch.beliefHeld !== undefined);
    this.onBeliefEnded = watches.filter((watch) => watch.beliefEnded !== undefined);
    this.onClientCrashed = watches.filter((watch) => watch.clientCrashed !== undefined);
    this.onCoreBegan = watches.filter((watch) => watch.coreBegan !== undefined);
    this.onEnded = watches.filter((watch) => watch.ended !== undefined);
  }

  /** The first violation of each property, in the order in which they were seen. */
  violations(): Violation[] {
    const violations: Violation[] = [];
    for (const record of this.records) if (record.violation !== null) violations.push(record.violation);
    return violations.sort((a, b) => a.event - b.event || a.at - b.at);
  }

  /** How often each watched property was really checked. */
  checked(): { [property: string]: number } {
    const checked: { [property: string]: number } = {};
    for (const record of this.records) {
      // `sometimes` asserts nothing: it only says what was reached.
      if (record.property !== 'sometimes') checked[record.property] = record.checks;
    }
    return checked;
  }

  /** How often each labelled state was reached. */
  labels(): { [label: string]: number } {
    const labels: { [label: string]: number } = {};
    for (const record of this.records) {
      for (const [label, count] of record.labels) labels[label] = (labels[label] ?? 0) + count;
    }
    return labels;
  }

  /** The largest value of each number that a property reported. */
  numbers(): { [name: string]: number } {
    const numbers: { [name: string]: number } = {};
    for (const record of this.records) {
      for (const [name, value] of record.numbers) numbers[name] = Math.max(value, numbers[name] ?? value);
    }
    return numbers;
  }

  serverBooted(at: TrueTime, server: ServerIndex, view: ServerView): void {
    this.ground.serverBooted(at, server, view);
    const watches = this.onServerBooted;
    for (let i = 0; i < watches.length; i++) watches[i]!.serverBooted!(at, server, view);
  }

  serverCrashed(at: TrueTime, server: ServerIndex): void {
    this.ground.serverCrashed(at, server);
    const watches = this.onServerCrashed;
    for (let i = 0; i < watches.length; i++) watches[i]!.serverCrashed!(at, server);
  }

  filePut(at: TrueTime, server: ServerIndex, body: Uint8Array): void {
    const watches = this.onFilePut;
    for (let i = 0; i < watches.length; i++) watches[i]!.filePut!(at, server, body);
  }

  serverStepped(at: TrueTime, server: ServerIndex, view: ServerView): void {
    this.ground.serverStepped(at, server, view);
    const watches = this.onServerStepped;
    for (let i = 0; i < watches.length; i++) watches[i]!.serverStepped!(at, server, view);
  }

  messageSent(
    at: TrueTime,
    from: ServerIndex,
    to: ServerIndex,
    message: ServerMessage,
    view: ServerView,
  ): void {
    this.ground.messageSent(at, from, to, message, view);
    const watches = this.onMessageSent;
    for (let i = 0; i < watches.length; i++) watches[i]!.messageSent!(at, from, to, message, view);
  }

  messageArrived(at: TrueTime, from: ServerIndex, to: ServerIndex, message: ServerMessage): void {
    this.ground.messageArrived(at, from, to, message);
    const watches = this.onMessageArrived;
    for (let i = 0; i < watches.length; i++) watches[i]!.messageArrived!(at, from, to, message);
  }

  callArrived(at: TrueTime, server: ServerIndex, client: ClientIndex, call: Call): void {
    this.ground.callArrived(at, server, client, call);
    const watches = this.onCallArrived;
    for (let i = 0; i < watches.length; i++) watches[i]!.callArrived!(at, server, client, call);
  }

  answerLeft(at: TrueTime, server: ServerIndex, client: ClientIndex, answer: Answer, view: ServerView): void {
    this.ground.answerLeft(at, server, client, answer, view);
    const watches = this.onAnswerLeft;
    for (let i = 0; i < watches.length; i++) watches[i]!.answerLeft!(at, server, client, answer, view);
  }

  answerArrived(at: TrueTime, server: ServerIndex, client: ClientIndex, answer: Answer): void {
    const watches = this.onAnswerArrived;
    for (let i = 0; i < watches.length; i++) watches[i]!.answerArrived!(at, server, client, answer);
  }

  serverCommitted(at: TrueTime, server: ServerIndex, view: ServerView): void {
    this.ground.serverCommitted(at, server, view);
    const watches = this.onServerCommitted;
    for (let i = 0; i < watches.length; i++) watches[i]!.serverCommitted!(at, server, view);
  }

  serverNoted(at: TrueTime, server: ServerIndex, event: ServerEvent, view: ServerView): void {
    this.ground.serverNoted(at, server, event, view);
    const watches = this.onServerNoted;
    for (let i = 0; i < watches.length; i++) watches[i]!.serverNoted!(at, server, event, view);
  }

  callBegan(at: TrueTime, client: ClientIndex, call: ApplicationCall): void {
    this.ground.callBegan(at, client, call);
    const watches = this.onCallBegan;
    for (let i = 0; i < watches.length; i++) watches[i]!.callBegan!(at, client, call);
  }

  callEnded(at: TrueTime, client: ClientIndex, call: ApplicationCall, outcome: CallOutcome): void {
    const watches = this.onCallEnded;
    for (let i = 0; i < watches.length; i++) watches[i]!.callEnded!(at, client, call, outcome);
  }

  beliefHeld(
    at: TrueTime,
    client: ClientIndex,
    handle: HandleId,
    key: LicenseKey,
    units: number,
    until: TrueTime,
  ): void {
    this.ground.beliefHeld(at, client, handle, key, units, until);
    const watches = this.onBeliefHeld;
    for (let i = 0; i < watches.length; i++) watches[i]!.beliefHeld!(at, client, handle, key, units, until);
  }

  beliefEnded(at: TrueTime, client: ClientIndex, handle: HandleId): void {
    this.ground.beliefEnded(at, client, handle);
    const watches = this.onBeliefEnded;
    for (let i = 0; i < watches.length; i++) watches[i]!.beliefEnded!(at, client, handle);
  }

  clientCrashed(at: TrueTime, client: ClientIndex): void {
    const watches = this.onClientCrashed;
    for (let i = 0; i < watches.length; i++) watches[i]!.clientCrashed!(at, client);
  }

  coreBegan(at: TrueTime, core: readonly ServerIndex[]): void {
    const watches = this.onCoreBegan;
    for (let i = 0; i < watches.length; i++) watches[i]!.coreBegan!(at, core);
  }

  ended(at: TrueTime): void {
    const watches = this.onEnded;
    for (let i = 0; i < watches.length; i++) watches[i]!.ended!(at);
  }
}
