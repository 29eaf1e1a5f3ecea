// Servers on a bench: the pure state machines without process, disk or network. Their messages lie in a tray until the
// test delivers or drops them; every disk is instantaneous; one clock shows the same to all. For tests of single clauses.

import { NONE_ENDED } from '../../src/core/ended.ts';
import { type ConnectionId, type HandleId, type Host, handleFrom, type Slot } from '../../src/core/ids.ts';
import { licenseKey } from '../../src/core/license.ts';
import type {
  Answer,
  Call,
  CallKind,
  Header,
  HelloReply,
  ReplyToClient,
  ServerMessage,
} from '../../src/core/message.ts';
import { encodeText, hashOfPoolFile, printPoolFile } from '../../src/core/pool-file-text.ts';
import { beginRound, propose } from '../../src/core/server/rounds.ts';
import {
  bootServer,
  type Candidate,
  headerOf,
  type Leader,
  type Server,
} from '../../src/core/server/state.ts';
import {
  nextWakeOf,
  stepOnClient,
  stepOnMessage,
  stepOnSynced,
  stepOnWake,
} from '../../src/core/server/step.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src/core/settings.ts';
import type { Charter, Delta, Meta, Operation, StateImage } from '../../src/core/state.ts';
import {
  type CivilTime,
  type Duration,
  type Instant,
  later,
  milliseconds,
  type Stamp,
} from '../../src/core/time.ts';
import type { ServerEvent, ServerTurn } from '../../src/core/turn.ts';

export const CAD = licenseKey('cad', '1');

export const LIFE = milliseconds(60_000);

export interface Sent {
  readonly from: Slot;
  readonly to: Host;
  readonly message: ServerMessage;
  /** It may leave before the sender's own sync. */
  readonly early: boolean;
}

export interface Reply {
  readonly connection: ConnectionId;
  readonly message: ReplyToClient;
}

/** A turn that keeps everything that the core does with it. */
class BenchTurn implements ServerTurn {
  readonly slot: Slot;
  readonly bench: Bench;
  readonly replies: Reply[] = [];
  readonly notes: ServerEvent[] = [];
  readonly deltas: Delta[] = [];
  metaChanges = 0;
  replacements = 0;
  blankings = 0;
  installations = 0;
  private draws = 0;

  constructor(slot: Slot, bench: Bench) {
    this.slot = slot;
    this.bench = bench;
  }

  get now(): Instant {
    return this.bench.now;
  }

  get wall(): CivilTime {
    return Math.floor(this.bench.now / 1000) as CivilTime;
  }

  /** Asked for only by whoever begins a new store. */
  random(): number {
    return 40_000 + ++this.draws;
  }

  send(to: Host, message: ServerMessage): void {
    this.bench.tray.push({ from: this.slot, to, message, early: false });
  }

  sendEarly(to: Host, message: ServerMessage): void {
    this.bench.tray.push({ from: this.slot, to, message, early: true });
  }

  answer(connection: ConnectionId, message: ReplyToClient): void {
    this.replies.push({ connection, message });
  }

  answerEarly(connection: ConnectionId, message: ReplyToClient): void {
    this.replies.push({ connection, message });
  }

  objectionTo(): null {
    return null;
  }

  metaChanged(): void {
    this.metaChanges++;
  }

  appended(delta: Delta): void {
    this.deltas.push(delta);
  }

  replaced(): void {
    this.replacements++;
  }

  blanked(): void {
    this.blankings++;
  }

  installed(): void {
    this.installations++;
  }

  note(event: ServerEvent): void {
    this.notes.push(event);
  }
}

export interface BenchOptions {
  readonly settings?: Partial<Settings>;
  readonly limit?: number;
  /** A second license string of the same key: limit and life. */
  readonly second?: { readonly limit: number; readonly life: Duration };
}

export class Bench {
  now = 1_000_000_000 as Instant;
  /** What was sent and neither delivered nor dropped, oldest first. */
  tray: Sent[] = [];
  readonly settings: Settings;
  readonly servers: Server[];
  readonly turns: BenchTurn[];
  private attempts = 0;

  constructor(count: number, options: BenchOptions = {}) {
    this.settings = { ...DEFAULT_SETTINGS, ...options.settings };
    const image = foundingImage(count, options);
    this.turns = Array.from({ length: count }, (_, slot) => new BenchTurn(slot, this));
    this.servers = this.turns.map(({ slot }) => this.boot(slot, foundingMeta(slot, image), image));
  }

  boot(slot: Slot, meta: Meta, image: StateImage | null, nonce = 100 + slot): Server {
    return bootServer(
      hostOf(slot),
      this.settings,
      { meta, image, localFile: image?.charter.file ?? null },
      [],
      nonce,
      this.now,
    );
  }

  // ── what the outside does ──

  wake(slot: Slot): void {
    stepOnWake(this.servers[slot]!, this.turns[slot]!);
    this.synced(slot);
  }

  /** As far as timers are concerned, and no further: each server is woken when it asked for it; messages are delivered. */
  pass(duration: Duration, among?: readonly Slot[]): void {
    const end = later(this.now, duration);
    for (;;) {
      const slots = among ?? this.servers.map((_, slot) => slot);
      const next = slots.reduce((a, b) => (this.wakeOf(b) < this.wakeOf(a) ? b : a));
      if (this.wakeOf(next) > end) break;
      this.now = Math.max(this.now, this.wakeOf(next)) as Instant;
      this.wake(next);
      this.settle(among);
    }
    this.now = end;
  }

  private wakeOf(slot: Slot): Instant {
    return nextWakeOf(this.servers[slot]!);
  }

  deliver(slot: Slot, message: ServerMessage): void {
    stepOnMessage(this.servers[slot]!, message, this.turns[slot]!);
    this.synced(slot);
  }

  /** Delivers everything in the tray, and what follows from it, among these servers (all); the rest is dropped. */
  settle(among?: readonly Slot[], without?: ServerMessage['kind']): void {
    for (let sent = this.tray.shift(); sent !== undefined; sent = this.tray.shift()) {
      const to = slotOf(sent.to);
      const isAmong = among === undefined || (among.includes(sent.from) && among.includes(to));
      if (isAmong && sent.message.kind !== without) this.deliver(to, sent.message);
    }
  }

  /** Only what a server said to itself. */
  settleLoopBack(): void {
    for (;;) {
      const at = this.tray.findIndex(({ from, to }) => to === hostOf(from));
      if (at < 0) return;
      const [{ from, message }] = this.tray.splice(at, 1) as [Sent];
      this.deliver(from, message);
    }
  }

  /** Takes everything out of the tray that is of that kind (all when none is named). */
  take<Kind extends ServerMessage['kind']>(
    kind?: Kind,
  ): (Sent & { message: Extract<ServerMessage, { kind: Kind }> })[] {
    const taken = this.tray.filter(({ message }) => kind === undefined || message.kind === kind);
    this.tray = this.tray.filter((sent) => !taken.includes(sent));
    return taken as never;
  }

  private synced(slot: Slot): void {
    const server = this.servers[slot]!;
    stepOnSynced(server, server.register?.position ?? null, server.meta, this.turns[slot]!);
  }

  // ── short ways ──

  /** That Leader makes a delta, and begins a round with it. */
  propose(slot: Slot, operations: readonly Operation[]): void {
    const [server, turn] = [this.servers[slot]!, this.turns[slot]!];
    propose(server, this.leader(slot), operations, turn);
    beginRound(server, this.leader(slot), turn);
  }

  /** Makes that server a candidate, the others (all) agreeing to its canvass; its prepares lie in the tray. */
  candidate(slot: Slot, among?: readonly Slot[]): Candidate {
    // So late that nobody is sticky or held down any more, and that a Leader without a quorum steps down.
    const { electionTimeout, electionStagger } = this.settings;
    this.now = later(
      this.now,
      (electionTimeout + electionStagger * (this.servers.length + 1) + 1) as Duration,
    );
    if (this.servers[slot]!.role.kind === 'leader') this.wake(slot);
    this.now = Math.max(this.now, this.servers[slot]!.electionDueAt) as Instant;
    this.wake(slot);
    this.take('pre-vote');
    for (const other of among ?? this.servers.map((_, each) => each)) {
      if (this.servers[slot]!.role.kind !== 'follower') break;
      this.deliver(slot, {
        kind: 'pre-vote-reply',
        header: this.header(other),
        canvass: 'timeout',
        forTerm: 0,
        ok: true,
        better: false,
        promised: this.servers[other]!.meta.promised,
      });
    }
    const { role } = this.servers[slot]!;
    if (role.kind !== 'candidate') throw new Error(`${hostOf(slot)} is a ${role.kind}`);
    return role;
  }

  /** Makes that server the Leader, and delivers everything among these servers (all). */
  elect(slot: Slot, among?: readonly Slot[]): Leader {
    this.candidate(slot, among);
    this.settle(among);
    return this.leader(slot);
  }

  /** Elected, but with no append delivered: not active. */
  electWithoutRound(slot: Slot): Leader {
    this.candidate(slot);
    this.settle(undefined, 'append');
    return this.leader(slot);
  }

  /** A message of that server as it would make it now. */
  header(slot: Slot): Header {
    return headerOf(this.servers[slot]!);
  }

  leader(slot: Slot): Leader {
    const { role } = this.servers[slot]!;
    if (role.kind !== 'leader') throw new Error(`${hostOf(slot)} is a ${role.kind} and does not lead`);
    return role;
  }

  /** A call with term and stamp as the server would have given them just now, apart from what `changes` say. */
  call(slot: Slot, call: CallKind, handle: HandleId, changes: Partial<Call> = {}): void {
    const { role } = this.servers[slot]!;
    const made: Call = {
      kind: 'call',
      call,
      handle,
      key: CAD,
      units: 1,
      attempt: ++this.attempts,
      owner: 'c1',
      moved: false,
      term: role.kind === 'leader' ? role.term : 0,
      stamp: this.now as number as Stamp,
      fileVersion: 0,
      ...changes,
    };
    stepOnClient(this.servers[slot]!, 7, made, this.turns[slot]!);
    this.synced(slot);
  }

  hello(slot: Slot): HelloReply {
    stepOnClient(this.servers[slot]!, 7, { kind: 'hello' }, this.turns[slot]!);
    return this.turns[slot]!.replies.pop()!.message as HelloReply;
  }

  /** The answers that have left that server since this was last asked. */
  answers(slot: Slot): Answer[] {
    return this.turns[slot]!.replies.splice(0).map(({ message }) => message as Answer);
  }

  /** Names of the codes answered since this was last asked. */
  codes(slot: Slot): string[] {
    return this.answers(slot).map(({ code }) => code.name);
  }

  /** A handle that is granted, with everything delivered. */
  grant(slot: Slot, number: number, changes: Partial<Call> = {}): HandleId {
    const handle = handleOf(number);
    this.call(slot, 'request', handle, changes);
    this.settle();
    this.answers(slot);
    return handle;
  }
}

export function hostOf(slot: Slot): Host {
  return `s${slot + 1}`;
}

export function slotOf(host: Host): Slot {
  return Number(host.slice(1)) - 1;
}

export function storeOf(slot: Slot): number {
  return 1000 + slot;
}

export function handleOf(number: number): HandleId {
  return handleFrom(number, 0, 0, 0);
}

export function foundingMeta(slot: Slot, image: StateImage): Meta {
  return {
    poolId: 4711,
    store: storeOf(slot),
    slot,
    isMember: true,
    isRetired: false,
    bootSequence: 0,
    promised: image.position.term,
    promisedTo: null,
    lastFile: { version: image.charter.file.version, hash: image.charter.file.hash },
    witnesses: [],
  };
}

export function foundingImage(count: number, { limit = 3, second }: BenchOptions = {}): StateImage {
  const slots = Array.from({ length: count }, (_, slot) => slot);
  const strings = [{ limit, life: LIFE }, ...(second === undefined ? [] : [second])];
  const body = encodeText(
    printPoolFile({
      poolName: 'bench',
      version: 1,
      servers: slots.map((slot) => ({ host: hostOf(slot), address: null })),
      licenses: strings.map((string, i) => ({
        serial: `L${i + 1}`,
        feature: 'cad',
        version: '1',
        hardLimit: string.limit,
        softLimit: null,
        startsAt: null,
        endsAt: null,
        keyLifetime: string.life,
        isTamperChecked: false,
        signature: null,
      })),
    }),
  );
  const charter: Charter = {
    file: { version: 1, hash: hashOfPoolFile(body), body, members: slots, past: [] },
    oldMembers: null,
    stores: new Map(slots.map((slot) => [slot, storeOf(slot)])),
    hosts: new Map(slots.map((slot) => [slot, hostOf(slot)])),
    isForming: false,
    isInQuarantine: false,
    highWater: 0 as CivilTime,
    expired: new Set(),
    driftPpm: 10_000,
    longestLife: LIFE,
  };
  return { position: { term: 2 ** 24, index: 1 }, charter, live: [], ended: NONE_ENDED };
}
