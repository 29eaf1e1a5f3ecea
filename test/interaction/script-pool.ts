// The pool that a script plays with: real server processes and client libraries in the simulator's world, every delay
// fixed, nothing left to chance but the numbers that nobody sees. What they note is printed as lines.

import { editedBody } from '../../sim/pool/edits.ts';
import { foundingDisks, foundingTermsOf, serverHost } from '../../sim/pool/founding.ts';
import { RunContext } from '../../sim/pool/run-context.ts';
import { ServerMachine } from '../../sim/pool/server-machine.ts';
import { type FileEdit, RUN_BEGINS, SCENARIO_SCHEMA, type Scenario } from '../../sim/scenario/scenario.ts';
import { settingsOf } from '../../sim/scenario/settings.ts';
import type { DiskImage } from '../../sim/world/disk-model.ts';
import { FaultRun } from '../../sim/world/fault-run.ts';
import type { Machine, Port, Program } from '../../sim/world/machine.ts';
import { World } from '../../sim/world/world.ts';
import type { HandleId } from '../../src/core/ids.ts';
import type { Order } from '../../src/core/message.ts';
import { encodeText, readPoolFile } from '../../src/core/pool-file-text.ts';
import { allTokens } from '../../src/core/server/licensing.ts';
import { poolTimeAt } from '../../src/core/server/pool-clock.ts';
import type { CivilTime, Duration } from '../../src/core/time.ts';
import type { ServerConfiguration } from '../../src/process/server-process.ts';
import { LICENSE_FILE } from '../../src/storage/file-names.ts';
import { listed as listedEnds } from '../ended.ts';
import { Mail, ScriptPort } from './mail.ts';
import { ScriptClient } from './script-client.ts';
import {
  eventText,
  HandleNames,
  keyText,
  positionText,
  serverName,
  termText,
  tokensText,
  VERSION,
} from './words.ts';

/** Every pool has so many clients, c1 … c9; those that a script never names do nothing. */
const CLIENTS = 9;

/** True times, µs. Nothing that a script waits for takes longer. */
const LONGEST_WAIT = 600_000_000;

/** A block that prints more than this shows nothing to a reader. */
const MOST_LINES = 1000;

export interface PoolOptions {
  readonly servers: number;
  /** So many of them are in the pool at the start. */
  readonly founders: number;
  /** The license strings of the one key, L1, L2 …; their dates in ms after the pool begins, null = none. */
  readonly strings: readonly {
    readonly limit: number;
    readonly softLimit: number | null;
    readonly startsMs: number | null;
    readonly endsMs: number | null;
  }[];
  readonly lifetimeMs: number;
  readonly isTamperChecked: boolean;
  readonly begins: NonNullable<Scenario['begins']> | null;
  /** ρ in ppm. */
  readonly driftPpm: number;
  /** µs. */
  readonly delay: number;
  readonly sync: number;
  readonly seed: number;
  /** Overrides of timers, in ms, and of bounds. */
  readonly settings: Readonly<Record<string, number>>;
}

export class ScriptPool {
  readonly names = new HandleNames();
  readonly nodeNames: readonly string[];
  readonly world: World;
  readonly mail: Mail;
  readonly servers: number;
  private readonly scenario: Scenario;
  private lines: string[] = [];
  /** Lines since `awaited` was set, searched for it. */
  private awaited: string | null = null;
  private isReached = false;
  private readonly pauses = new Map<number, FaultRun>();
  private readonly fillings = new Map<number, FaultRun>();
  private readonly slowings = new Map<number, FaultRun>();
  private readonly failures = new Map<number, FaultRun>();
  private readonly images = new Map<number, DiskImage>();

  constructor(options: PoolOptions) {
    const scenario = scenarioOf(options);
    this.scenario = scenario;
    const settings = settingsOf(scenario);
    const tell = (line: string): void => this.print(line);
    this.servers = options.servers;
    this.nodeNames = Array.from({ length: options.servers + CLIENTS }, (_, node) =>
      node < options.servers ? serverHost(node) : `c${node - options.servers + 1}`,
    );
    this.mail = new Mail(options.servers, this.nodeNames, this.names, tell);
    const hosts = this.nodeNames.slice(0, options.servers);
    const context = new RunContext(scenario);
    context.observer = {
      serverNoted: (_at, server, event) => tell(`${serverName(server)} ${eventText(event, this.names)}`),
    };
    const founding = foundingTermsOf(scenario);
    const serverProgram = new ServerScripts(
      context,
      hosts.map((host) => ({ host, settings, logLimit: scenario.logLimitBytes, founding })),
      this.mail,
    );
    const nodeByHost = new Map(hosts.map((host, node) => [host, node]));
    const clientProgram: Program = {
      boot: (node, port) => {
        const owner = this.nodeNames[node]!;
        const configuration = {
          settings,
          owner,
          servers: hosts.slice(0, options.founders),
          driftPpm: options.driftPpm,
        };
        return new ScriptClient(configuration, new ScriptPort(port, this.mail), nodeByHost, this.names, tell);
      },
    };
    const disks = foundingDisks(scenario);
    this.world = new World({
      seed: options.seed,
      nodes: this.nodeNames.map((_, node) => ({
        program: node < options.servers ? serverProgram : clientProgram,
        disk: disks[node] ?? null,
        // Every machine was switched on at some other time.
        monotonicAt: (node + 1) * 1_000_000_000,
        wallAt: Date.UTC(2026, 0, 1),
        monotonicPpm: 0,
        syncFrom: options.sync,
        syncTo: options.sync,
      })),
      servers: options.servers,
      link: scenario.link,
      faults: [],
      faultKinds: new Map(),
      mostMonotonicPpm: options.driftPpm,
    });
    context.world = this.world;
    this.mail.world = this.world;
    this.world.run(0);
  }

  // ── what is printed ──

  print(line: string): void {
    if (this.lines.length === MOST_LINES) throw new Error(`it prints more than ${MOST_LINES} lines`);
    this.lines.push(line);
    if (this.awaited !== null && line.includes(this.awaited)) this.isReached = true;
  }

  /** What was printed since this was last asked. */
  takeLines(): string[] {
    const { lines } = this;
    this.lines = [];
    return lines;
  }

  /** Its store is deleted; its license file stays. */
  eraseStore(node: number): void {
    const host = this.world.hosts[node]!;
    const files = [...host.diskImage()!].filter(([name]) => name === LICENSE_FILE);
    host.restoreDisk(new Map(files));
  }

  // ── time ──

  pass(duration: number): void {
    this.world.run(this.world.now + duration);
  }

  /** Runs until a line with that text is printed; says how long it took, or that it did not happen. */
  runUntil(text: string): void {
    const began = this.world.now;
    this.awaited = text;
    this.isReached = false;
    this.runWhile(() => !this.isReached);
    this.awaited = null;
    const seconds = ((this.world.now - began) / 1_000_000).toFixed(1);
    this.print(this.isReached ? `(after ${seconds}s)` : `(not within ${seconds}s)`);
  }

  /** Runs until that call of a client has ended. */
  finishCall(client: ScriptClient, id: number): void {
    this.runWhile(() => client.isUnderWay(id));
  }

  private runWhile(isWanted: () => boolean): void {
    const end = this.world.now + LONGEST_WAIT;
    while (isWanted() && this.world.nextAt() <= end) this.world.step();
  }

  // ── nodes ──

  /** Null when there is no node of that name. */
  nodeOf(name: string): number | null {
    const node = this.nodeNames.indexOf(name);
    return node < 0 ? null : node;
  }

  clientAt(node: number): ScriptClient | null {
    const machine = this.world.machine(node);
    return machine instanceof ScriptClient ? machine : null;
  }

  handleNamed(name: string): HandleId | null {
    return this.names.handleOf(name) ?? null;
  }

  pause(node: number): void {
    const fault = new FaultRun(0, { kind: 'pause', at: 0, until: 0 });
    this.pauses.set(node, fault);
    this.world.hosts[node]!.pause(fault);
  }

  resume(node: number): void {
    const fault = this.pauses.get(node);
    if (fault === undefined) return;
    this.pauses.delete(node);
    this.world.hosts[node]!.resume(fault);
  }

  fillDisk(node: number): void {
    const fault = new FaultRun(0, { kind: 'full-disk', at: 0, until: 0 });
    this.fillings.set(node, fault);
    this.world.hosts[node]!.fillDisk(fault, 0, false);
  }

  freeDisk(node: number): void {
    const fault = this.fillings.get(node);
    if (fault !== undefined) this.world.hosts[node]!.freeDisk(fault);
  }

  failNextSync(node: number): void {
    const fault = new FaultRun(0, { kind: 'failed-sync', at: 0, until: 0 });
    this.failures.set(node, fault);
    this.world.hosts[node]!.failNextSync(fault, { survivePpm: 0, torn: false });
  }

  slowDisk(node: number, factor: number): void {
    const fault = new FaultRun(0, { kind: 'slow-sync', at: 0, until: 0 });
    this.slowings.set(node, fault);
    this.world.hosts[node]!.slowSyncs(fault, factor);
  }

  speedDisk(node: number): void {
    const fault = this.slowings.get(node);
    if (fault !== undefined) this.world.hosts[node]!.speedUpSyncs(fault);
  }

  /** Starts a node that is down. */
  restart(node: number): void {
    const failure = this.failures.get(node);
    if (failure !== undefined) this.world.hosts[node]!.letUp(failure);
    this.world.restart(node);
    this.world.run(this.world.now);
  }

  keepImage(node: number): void {
    const image = this.world.hosts[node]!.diskImage();
    if (image === null) throw new Error('it has no disk');
    this.images.set(node, image);
  }

  restoreImage(node: number): void {
    const image = this.images.get(node);
    if (image === undefined) throw new Error('no image of that disk was kept');
    this.world.hosts[node]!.restoreDisk(image);
  }

  /** Somebody edits the license file on the disk of a server that is down. */
  edit(node: number, edit: FileEdit): void {
    this.world.hosts[node]!.putFile(LICENSE_FILE, editedBody(this.scenario, edit));
  }

  write(node: number, text: string): void {
    this.world.hosts[node]!.putFile(LICENSE_FILE, encodeText(text));
  }

  /** An operator's order at that server: the mark of pool time is to be so far before true time. */
  lowerMark(node: number, beforeMs: number): void {
    const to = (RUN_BEGINS + Math.floor(this.world.now / 1000) - beforeMs) as CivilTime;
    this.order(node, { kind: 'lower-mark', to });
  }

  order(node: number, order: Order): void {
    const isDone = this.world.hosts[node]!.order(order);
    if (!isDone) this.print(`${this.nodeNames[node]} refuses the order`);
    this.world.run(this.world.now);
  }

  // ── what is looked at ──

  /** The license file on a server's disk, and the edits that were saved beside it. */
  filesText(node: number): string[] {
    const lines: string[] = [];
    for (const [name, body] of this.world.hosts[node]!.diskImage() ?? []) {
      if (name.startsWith(LICENSE_FILE)) lines.push(`${this.nodeNames[node]} ${name}: ${fileText(body)}`);
    }
    return lines.length === 0 ? [`${this.nodeNames[node]} has no license file`] : lines;
  }

  stateText(node: number): string {
    const name = this.nodeNames[node]!;
    const { isUp, isPaused } = this.world.hosts[node]!;
    const server = this.serverAt(node);
    if (!isUp || server === null) return `${name} is down`;
    const { role, reign, register, meta, isLed } = server;
    const what =
      role.kind === 'leader'
        ? `leads term=${termText(role.term)}${role.isActive ? '' : ', not active'}`
        : role.kind === 'candidate'
          ? `is a candidate for term=${termText(role.term)}`
          : isLed && reign !== null
            ? `follows ${serverName(reign.leader)} term=${termText(reign.term)}`
            : 'has no leader';
    const promised = role.kind === 'follower' && (!isLed || reign?.term !== meta.promised);
    return [
      `${name} ${what}`,
      `at ${positionText(register?.position ?? null)}`,
      promised ? `promised=${termText(meta.promised)}` : '',
      isPaused ? '(paused)' : '',
    ]
      .filter((text) => text !== '')
      .join(' ');
  }

  /** The tokens as that server shows them: a Follower has none. */
  tableText(node: number): string[] {
    const register = this.serverAt(node)?.register ?? null;
    if (register === null) return [`${this.nodeNames[node]} is down`];
    const { role } = this.serverAt(node)!;
    const isServing = role.kind === 'leader' && role.isActive;
    const poolTime = isServing
      ? poolTimeAt(register, role.poolClock, this.world.hosts[node]!.clock.local(this.world.now))
      : register.charter.highWater;
    return [...allTokens(register, poolTime)].map(([key, tokens]) => {
      const shown = isServing ? tokens : { total: 0, mine: 0, previous: 0, free: 0 };
      return `${this.nodeNames[node]} ${keyText(key)}: ${tokensText(shown)}`;
    });
  }

  /** The handles in that server's copy of the table. */
  handlesText(node: number): string {
    const table = this.serverAt(node)?.register?.table;
    if (table === undefined) return `${this.nodeNames[node]} is down`;
    const live = [...table.live.keys()].map((handle) => this.names.nameOf(handle));
    const ended = listedEnds(table.ended.cut()).map(({ handle }) => this.names.nameOf(handle));
    return `${this.nodeNames[node]} live: ${listed(live)}; ended: ${listed(ended)}`;
  }

  private serverAt(node: number) {
    const machine = this.world.machine(node);
    return machine instanceof ServerMachine ? (machine.view?.server ?? null) : null;
  }
}

/** `version=2 limit=10 servers=s1,s2,s3` */
function fileText(body: Uint8Array): string {
  const reading = readPoolFile(body);
  if (!reading.ok) return 'not a license file';
  const { version, servers, licenses } = reading.file;
  const limits = licenses.map(({ hardLimit }) => hardLimit).join(',');
  return `version=${version} limit=${limits} servers=${servers.map(({ host }) => host).join(',')}`;
}

/** Long lists are cut short: `h1 … h40`. */
function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  return names.length <= 8 ? names.join(' ') : `${names[0]} … ${names.at(-1)}, ${names.length} in all`;
}

/** Boots the real servers, with the mail between them and the network. */
class ServerScripts implements Program {
  private readonly context: RunContext;
  private readonly configurations: readonly ServerConfiguration[];
  private readonly mail: Mail;
  private readonly indexByHost: ReadonlyMap<string, number>;

  constructor(context: RunContext, configurations: readonly ServerConfiguration[], mail: Mail) {
    this.context = context;
    this.configurations = configurations;
    this.mail = mail;
    this.indexByHost = new Map(configurations.map(({ host }, index) => [host, index]));
  }

  boot(node: number, port: Port): Machine {
    const scriptPort = new ScriptPort(port, this.mail);
    return new ServerMachine(this.context, this.configurations[node]!, this.indexByHost, scriptPort);
  }
}

function scenarioOf(options: PoolOptions): Scenario {
  return {
    schema: SCENARIO_SCHEMA,
    seed: options.seed,
    environment: 'E2',
    servers: options.servers,
    founders: options.founders,
    licenses: options.strings.map(({ limit, softLimit, startsMs, endsMs }) => ({
      feature: 'cad',
      version: VERSION,
      hardLimit: limit,
      keyLifetimeMs: options.lifetimeMs,
      isTamperChecked: options.isTamperChecked,
      ...(softLimit === null ? {} : { softLimit }),
      ...(startsMs === null ? {} : { startsAfterMs: startsMs }),
      ...(endsMs === null ? {} : { endsAfterMs: endsMs }),
    })),
    clients: [],
    settings: options.settings,
    driftPpm: options.driftPpm,
    link: { delayFrom: options.delay as Duration, delayTo: options.delay as Duration },
    syncFrom: options.sync,
    syncTo: options.sync,
    logLimitBytes: 4 * 1024 * 1024,
    faults: [],
    chaosUntil: 0,
    clientsUntil: 0,
    endsAt: 0,
    core: [],
    ...(options.begins === null ? {} : { begins: options.begins }),
  };
}
