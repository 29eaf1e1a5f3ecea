// A stage for properties: a pool whose servers, messages and clients do exactly what a test says, told to a Checker as a
// run would tell it. Nothing here is checked for sense: that is the point.

import { Checker } from '../../properties/checker.ts';
import type { Property } from '../../properties/property.ts';
import { editedBody } from '../../sim/pool/edits.ts';
import type { ServerView } from '../../sim/pool/server-view.ts';
import {
  type EnvironmentId,
  type FileEdit,
  RUN_BEGINS,
  SCENARIO_SCHEMA,
  type Scenario,
} from '../../sim/scenario/scenario.ts';
import { type Code, LS_SUCCESS, VLS_REMOTE_UPDATE } from '../../src/core/codes.ts';
import { type HandleId, handleFrom, nextTerm, type Position, type Term } from '../../src/core/ids.ts';
import type { Answer, Call, CallKind, ServerMessage, Tokens } from '../../src/core/message.ts';
import { hashOfPoolFile } from '../../src/core/pool-file-text.ts';
import type { Delta, EndReason, LiveHandle, Operation } from '../../src/core/state.ts';
import type { CivilTime, Duration, Stamp } from '../../src/core/time.ts';
import type { ServerEvent } from '../../src/core/turn.ts';

export const KEY = 'cad|1';
export const LIFE = 60_000_000 as Duration;
export const SECOND = 1_000_000;

export function handle(n: number): HandleId {
  return handleFrom(n, 0, 0, 0);
}

/** The term that server `owner` uses in election round `round`, in its only boot. */
export function term(round: number, owner: number): Term {
  return nextTerm((round - 1) * 2 ** 24, owner, nonceOf(owner));
}

export function at(termOf: Term, index: number): Position {
  return { term: termOf, index };
}

export const FOUNDING: Position = at(nextTerm(0, 0, 0), 1);

function nonceOf(server: number): number {
  return 7 + server;
}

interface FakeTable {
  readonly live: Map<HandleId, { token: LiveHandle; heardIn: Term }>;
  readonly usage: Map<string, { units: number; mine: number }>;
  reign: Term;
}

interface FakeLeader {
  readonly kind: 'leader';
  readonly term: Term;
  isActive: boolean;
  readonly buffer: Delta[];
  readonly poolClock: { readonly leapSince: null };
}

interface FakeServer {
  meta: {
    readonly poolId: number;
    readonly store: number;
    readonly slot: number;
    readonly isMember: boolean;
  };
  readonly incarnation: number;
  readonly records: Map<number, { failures: number }>;
  readonly register: { position: Position; charter: FakeCharter; readonly table: FakeTable };
  localFile: { hash: string } | null;
  role: { readonly kind: 'follower' } | FakeLeader;
}

interface FakeView {
  readonly server: FakeServer;
  readonly durable: {
    position: Position | null;
    promised: Term;
    promisedTo: { store: number; incarnation: number } | null;
    isMember: boolean;
    store: number;
    bootSequence: number;
  };
}

/** The store of a server from the beginning is 100 + its number. */
const FOUNDING_STORES: ReadonlyMap<number, number> = new Map(
  Array.from({ length: 11 }, (_, server) => [server, 100 + server]),
);

interface FakeCharter {
  stores: ReadonlyMap<number, number>;
  readonly file: FakeFile;
  readonly oldMembers: readonly number[] | null;
  readonly hosts: ReadonlyMap<number, string>;
  highWater: CivilTime;
  readonly expired: Set<string>;
}

export interface FakeFile {
  readonly version: number;
  readonly members: readonly number[];
  readonly hash: string;
  readonly body: Uint8Array;
}

/** The license file that the pool of that scenario was founded with, after that edit. */
export function fileOf(scenario: Scenario, version = 1, edit: FileEdit = {}): FakeFile {
  const body = editedBody(scenario, edit);
  const members = edit.servers ?? Array.from({ length: scenario.servers }, (_, server) => server);
  return { version, hash: hashOfPoolFile(body), body, members };
}

function view(server: number, file: FakeFile, store = 100 + server, boot = 1): FakeView {
  return {
    server: {
      meta: { poolId: 1, store, slot: server, isMember: store === 100 + server },
      incarnation: boot * 2 ** 16 + nonceOf(server),
      records: new Map(),
      localFile: file,
      register: {
        position: FOUNDING,
        charter: {
          stores: FOUNDING_STORES,
          file,
          oldMembers: null,
          hosts: new Map(file.members.map((slot) => [slot, `s${slot + 1}`])),
          highWater: RUN_BEGINS,
          expired: new Set(),
        },
        table: { live: new Map(), usage: new Map(), reign: 0 },
      },
      role: { kind: 'follower' },
    },
    durable: {
      position: FOUNDING,
      promised: FOUNDING.term,
      promisedTo: null,
      isMember: true,
      store,
      bootSequence: 1,
    },
  };
}

export interface StagePlan {
  readonly servers?: number;
  readonly clients?: number;
  readonly limit?: number;
  readonly softLimit?: number;
  readonly endsAfterMs?: number;
  readonly startsAfterMs?: number;
  readonly environment?: EnvironmentId;
  readonly begins?: NonNullable<Scenario['begins']>;
  readonly faults?: Scenario['faults'];
}

export function scenarioFor(plan: StagePlan = {}): Scenario {
  const client = {
    meanThink: 1,
    meanHold: 1,
    sessions: 4,
    neverReleasePpm: 0,
    crashPpm: 0,
    mostUnits: 1,
    skip: [],
  };
  return {
    schema: SCENARIO_SCHEMA,
    seed: 1,
    environment: plan.environment ?? 'E2',
    servers: plan.servers ?? 3,
    licenses: [
      {
        feature: 'cad',
        version: '1',
        hardLimit: plan.limit ?? 2,
        keyLifetimeMs: 60_000,
        ...(plan.softLimit !== undefined && { softLimit: plan.softLimit }),
        ...(plan.startsAfterMs !== undefined && { startsAfterMs: plan.startsAfterMs }),
        ...(plan.endsAfterMs !== undefined && { endsAfterMs: plan.endsAfterMs }),
      },
    ],
    clients: Array.from({ length: plan.clients ?? 3 }, () => client),
    settings: { longestStableFor: 4000 },
    driftPpm: 10_000,
    link: { delayFrom: 100, delayTo: 2000 },
    syncFrom: 100,
    syncTo: 2000,
    logLimitBytes: 1_000_000,
    ...(plan.begins !== undefined && { begins: plan.begins }),
    faults: plan.faults ?? [],
    chaosUntil: 0,
    clientsUntil: 0,
    endsAt: 1000 * SECOND,
    core: [0, 1, 2],
  };
}

export class Stage {
  readonly checker: Checker;
  readonly views: FakeView[] = [];
  /** What the servers' disks show. */
  readonly disks: Map<string, Uint8Array>[] = [];
  readonly scenario: Scenario;
  /** By server, in ms: how far its wall clock is ahead of true time. */
  readonly ahead: number[] = [];
  now = 0;
  private rounds = 0;
  private attempts = 0;

  constructor(property: Property, plan: StagePlan = {}) {
    const scenario = scenarioFor(plan);
    this.scenario = scenario;
    for (let server = 0; server < scenario.servers; server++) this.ahead.push(0);
    this.checker = new Checker([property], {
      scenario,
      files: (index) => this.disks[index] ?? new Map(),
      server: (index) => this.see(index),
      wall: (index) => (RUN_BEGINS + Math.floor(this.now / 1000) + this.ahead[index]!) as CivilTime,
    });
    for (let server = 0; server < scenario.servers; server++) {
      this.views.push(view(server, fileOf(scenario)));
      this.checker.serverBooted(0, server, this.see(server));
    }
  }

  /** What was found: the pattern of the first violation, or null. */
  get verdict(): string | null {
    return this.checker.violations()[0]?.pattern ?? null;
  }

  get reason(): string {
    return this.checker.violations()[0]?.reason ?? '';
  }

  get checks(): number {
    return Object.values(this.checker.checked()).reduce((sum, count) => sum + count, 0);
  }

  see(server: number): ServerView {
    return this.views[server] as unknown as ServerView;
  }

  pass(micros: number): this {
    this.now += micros;
    return this;
  }

  // ── servers ──

  /** Down and up again on an empty memory; `store` = another disk. */
  reboot(server: number, store?: number): this {
    this.checker.serverCrashed(this.now, server);
    const { durable } = this.views[server]!;
    this.views[server] = {
      ...view(server, this.views[server]!.server.register.charter.file, store, 2),
      durable,
    };
    this.checker.serverBooted(this.now, server, this.see(server));
    return this;
  }

  /** Promises `promised` and has it on disk. */
  promise(server: number, promised: Term): this {
    const { durable } = this.views[server]!;
    durable.promised = promised;
    const owner = Math.floor(promised / 2 ** 16) % 256;
    durable.promisedTo = { store: 100 + owner, incarnation: 2 ** 16 + nonceOf(owner) };
    this.checker.serverCommitted(this.now, server, this.see(server));
    return this;
  }

  /** The server has everything up to `position` on disk. */
  store(server: number, position: Position = this.views[server]!.server.register.position): this {
    const { durable } = this.views[server]!;
    durable.position = position;
    durable.promised = Math.max(durable.promised, position.term);
    this.checker.serverCommitted(this.now, server, this.see(server));
    return this;
  }

  /** Leads in `termOf` from `base`, with the tokens that its table has. */
  lead(server: number, termOf: Term, base: Position = FOUNDING): this {
    const { server: fake } = this.views[server]!;
    const opening: Delta = { base, position: at(termOf, base.index + 1), operations: [] };
    fake.register.position = opening.position;
    fake.role = {
      kind: 'leader',
      term: termOf,
      isActive: true,
      buffer: [opening],
      poolClock: { leapSince: null },
    };
    fake.register.table.reign = termOf;
    for (const usage of fake.register.table.usage.values()) usage.mine = 0;
    this.step(server);
    return this;
  }

  follow(server: number): this {
    this.views[server]!.server.role = { kind: 'follower' };
    return this.step(server);
  }

  /** A copy of another server's register. */
  copy(server: number, from: number): this {
    const source = this.views[from]!.server.register;
    const target = this.views[server]!.server.register;
    target.position = source.position;
    target.charter.highWater = source.charter.highWater;
    target.charter.expired.clear();
    for (const serial of source.charter.expired) target.charter.expired.add(serial);
    target.table.live.clear();
    for (const [key, holding] of source.table.live) target.table.live.set(key, { ...holding });
    target.table.usage.clear();
    for (const [key, usage] of source.table.usage) target.table.usage.set(key, { ...usage });
    return this;
  }

  step(server: number): this {
    this.checker.serverStepped(this.now, server, this.see(server));
    return this;
  }

  note(server: number, event: ServerEvent): this {
    this.checker.serverNoted(this.now, server, event, this.see(server));
    return this;
  }

  takeOver(server: number, shown: Partial<Tokens> = {}, viaHandOver = false): this {
    const { role, register } = this.views[server]!.server;
    const usage = register.table.usage.get(KEY) ?? { units: 0, mine: 0 };
    const total = this.checker.ground.keys[0]!.limit;
    const tokens = {
      total,
      mine: usage.mine,
      previous: usage.units - usage.mine,
      free: total - usage.units,
      ...shown,
    };
    const led = role.kind === 'leader' ? role.term : 0;
    return this.note(server, { kind: 'took over', term: led, viaHandOver, tokens: new Map([[KEY, tokens]]) });
  }

  /** The leader makes one delta of `operations`; `counted` is what its counter of units changes by, if not what is right. */
  make(server: number, operations: readonly Operation[], counted?: number): this {
    const { register, role } = this.views[server]!.server;
    if (role.kind !== 'leader') throw new Error('only a leader makes deltas');
    const base = register.position;
    const delta: Delta = { base, position: at(role.term, base.index + 1), operations };
    register.position = delta.position;
    role.buffer.push(delta);
    const usage = register.table.usage.get(KEY) ?? { units: 0, mine: 0 };
    register.table.usage.set(KEY, usage);
    for (const operation of operations) {
      if (operation.kind === 'add') {
        register.table.live.set(operation.handle, { token: operation, heardIn: role.term });
        usage.units += counted ?? operation.units;
        usage.mine += counted ?? operation.units;
      } else if (operation.kind === 'end') {
        const holding = register.table.live.get(operation.handle);
        if (holding === undefined && counted === undefined) continue;
        register.table.live.delete(operation.handle);
        usage.units += counted ?? -holding!.token.units;
        if (holding?.heardIn === role.term) usage.mine -= holding.token.units;
      } else if (operation.kind === 'file') {
        register.charter = { ...register.charter, file: operation, oldMembers: operation.oldMembers };
      } else if (operation.kind === 'high-water' || operation.kind === 'lower-high-water')
        register.charter.highWater = operation.at;
      else if (operation.kind === 'expire') register.charter.expired.add(operation.serial);
    }
    return this.step(server);
  }

  /** The leader puts that license file in force. */
  putInForce(server: number, file: FakeFile, oldMembers: readonly number[] | null = null): this {
    return this.make(server, [{ kind: 'file', ...file, oldMembers }]);
  }

  /** Somebody puts that file on a server's disk. */
  edit(server: number, file: FakeFile): this {
    this.disks[server] = new Map([['lservrlf', file.body]]);
    this.checker.filePut(this.now, server, file.body);
    return this;
  }

  /** The server says that it has installed that file; `onDisk` is what lies there then, if not just that. */
  install(
    server: number,
    file: FakeFile,
    onDisk: Readonly<Record<string, FakeFile>> = { lservrlf: file },
  ): this {
    this.disks[server] = new Map(Object.entries(onDisk).map(([name, { body }]) => [name, body]));
    this.views[server]!.server.localFile = file;
    const { version, hash } = file;
    return this.note(server, { kind: 'file installed', version, hash, replaced: 'the one before' });
  }

  grant(server: number, n: number, units = 1): this {
    return this.make(server, [add(n, units)]);
  }

  end(server: number, n: number, reason: EndReason): this {
    return this.make(server, [{ kind: 'end', handle: handle(n), reason }]);
  }

  /** What a renewal does to the leader's counters; `units` of them, if not the handle's own. */
  hear(server: number, n: number, units?: number): this {
    const { table } = this.views[server]!.server.register;
    const holding = table.live.get(handle(n))!;
    if (holding.heardIn !== table.reign) table.usage.get(KEY)!.mine += units ?? holding.token.units;
    holding.heardIn = table.reign;
    return this.step(server);
  }

  // ── messages ──

  send(from: number, to: number, message: ServerMessage): this {
    this.checker.messageSent(this.now, from, to, message, this.see(from));
    return this;
  }

  /** The leader begins a round with everybody; returns after the sending. */
  round(server: number, chain: readonly Delta[] = []): this {
    const { role, register } = this.views[server]!.server;
    const led = role.kind === 'leader' ? role.term : 0;
    this.rounds++;
    for (let to = 0; to < this.views.length; to++) {
      if (to === server) continue;
      this.send(server, to, {
        kind: 'append',
        header: this.header(server),
        term: led,
        round: this.rounds,
        position: register.position,
        chain,
        pull: false,
        viaHandOver: false,
        fileVersion: 1,
        isSettled: true,
        notice: null,
        witnessed: [],
      });
    }
    return this;
  }

  /** `from` has the leader's state on disk and says so, and the leader hears it. */
  acknowledge(from: number, to: number): this {
    const { role, register } = this.views[to]!.server;
    const led = role.kind === 'leader' ? role.term : 0;
    this.store(from, register.position);
    const reply: ServerMessage = {
      kind: 'append-reply',
      header: this.header(from),
      term: led,
      round: this.rounds,
      ok: true,
      position: register.position,
      promised: this.views[from]!.durable.promised,
      isMember: true,
      wall: 0 as CivilTime,
      fileOffer: null,
      isUnfit: false,
    };
    this.send(from, to, reply);
    this.checker.messageArrived(this.now, from, to, reply);
    return this;
  }

  /** A whole round: begun, on the leader's disk, acknowledged by `from`. */
  confirm(server: number, from: number): this {
    return this.round(server).store(server).acknowledge(from, server);
  }

  header(server: number): ServerMessage['header'] {
    const { server: fake, durable } = this.views[server]!;
    return {
      poolId: 1,
      from: server,
      store: fake.meta.store,
      incarnation: fake.incarnation,
      durable: durable.position,
      booted: null,
    };
  }

  // ── clients ──

  call(server: number, client: number, call: CallKind, n: number, changes: Partial<Call> = {}): this {
    this.attempts++;
    this.checker.callArrived(this.now, server, client, {
      kind: 'call',
      call,
      handle: handle(n),
      key: KEY,
      units: 1,
      attempt: this.attempts,
      owner: `c${client}`,
      moved: false,
      term: 0,
      stamp: 0 as Stamp,
      fileVersion: 1,
      ...changes,
    });
    return this;
  }

  /** Answers the last call. */
  answer(
    server: number,
    client: number,
    call: CallKind,
    n: number,
    code: Code,
    changes: Partial<Answer> = {},
  ): this {
    const { role } = this.views[server]!.server;
    this.checker.answerLeft(
      this.now,
      server,
      client,
      {
        kind: 'answer',
        call,
        handle: handle(n),
        attempt: this.attempts,
        code,
        life: (code === LS_SUCCESS ? LIFE : 0) as Duration,
        servers: [],
        fileVersion: 1,
        hint: null,
        term: role.kind === 'leader' ? role.term : 0,
        stamp: 0 as Stamp,
        tokens: null,
        ...changes,
      },
      this.see(server),
    );
    return this;
  }

  believe(client: number, n: number, until: number, units = 1): this {
    this.checker.beliefHeld(this.now, client, handle(n), KEY, units, until);
    return this;
  }

  disbelieve(client: number, n: number): this {
    this.checker.beliefEnded(this.now, client, handle(n));
    return this;
  }

  begin(client: number, id: number, call: CallKind = 'request', n: number | null = null): this {
    this.checker.callBegan(this.now, client, {
      id,
      call,
      handle: n === null ? null : handle(n),
      key: KEY,
      units: 1,
    });
    return this;
  }

  finish(
    client: number,
    id: number,
    code: Code,
    n: number,
    call: CallKind = 'request',
    status = VLS_REMOTE_UPDATE,
    definite = code.definite,
  ): this {
    this.checker.callEnded(
      this.now,
      client,
      { id, call, handle: call === 'request' ? null : handle(n), key: KEY, units: 1 },
      { id, code, definite, status, handle: handle(n), tokens: null },
    );
    return this;
  }

  /** The client's process is gone. */
  gone(client: number): this {
    this.checker.clientCrashed(this.now, client);
    return this;
  }

  core(...servers: number[]): this {
    this.checker.coreBegan(this.now, servers);
    return this;
  }

  over(): this {
    this.checker.ended(this.now);
    return this;
  }
}

export function add(n: number, units = 1): Operation {
  return { kind: 'add', handle: handle(n), key: KEY, units, owner: 'c', life: LIFE };
}

/** The vote of that server for the candidate of that term: of three members, at the founding state. */
export function voteOf(stage: Stage, from: number, termOf: Term): ServerMessage {
  const membership = {
    fileVersion: 1,
    members: [0, 1, 2],
    oldMembers: null,
    stores: new Map(),
    isForming: false,
  };
  return {
    kind: 'vote',
    header: stage.header(from),
    term: termOf,
    position: FOUNDING,
    membership,
    witnessed: [],
  };
}
