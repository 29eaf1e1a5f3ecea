// A scenario on real processes: the engine of every other run, with this machine's time, whose servers are processes. Clients,
// links and faults are those of a simulated run, unchanged; frames of the processes go through the engine's links, a
// crash is kill -9, a pause SIGSTOP. What clients are told is judged by the properties that need nothing else.

import { setTimeout as sleep } from 'node:timers/promises';
import { Checker } from '../../properties/checker.ts';
import { FROM_OUTSIDE } from '../../properties/outside.ts';
import { type CivilTime, NEVER } from '../../src/core/time.ts';
import { monotonicNow, wallNow } from '../../src/node/clocks.ts';
import { FAULT_KINDS } from '../faults/index.ts';
import type { FaultCount, Violation } from '../outcome.ts';
import { ClientProgram } from '../pool/client-machine.ts';
import { clientName, serverHost } from '../pool/founding.ts';
import { RunContext } from '../pool/run-context.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { settingsOf } from '../scenario/settings.ts';
import { ClientsStop, CoreBegins } from '../simulate.ts';
import type { NodePlan } from '../world/host.ts';
import type { Machine, Port } from '../world/machine.ts';
import { World } from '../world/world.ts';
import { Crew } from './crew.ts';
import { ProcessMachine } from './process-machine.ts';
import { LoggedRoles } from './roles.ts';
import type { LogLine } from './server-process.ts';

const SECOND = 1_000_000;
/** Of a process that ended although nobody had killed it. */
export const ENDED = 'ENDED';

/** Something that a server said, and when, in µs since the run began. */
export interface Note {
  readonly at: number;
  readonly server: number;
  readonly line: LogLine;
}

export interface MetalOutcome {
  readonly violations: readonly Violation[];
  /** How often each property was checked. */
  readonly checked: Readonly<Record<string, number>>;
  readonly numbers: Readonly<Record<string, number>>;
  /** What servers said, by kind, and what became of clients' calls. */
  readonly said: Readonly<Record<string, number>>;
  readonly kills: number;
  readonly faults: Readonly<Record<string, FaultCount>>;
  readonly seconds: number;
  readonly isWhole: boolean;
}

export interface MetalOptions {
  /** Another program of servers than the one that was built beside this. */
  readonly program?: string;
  readonly interrupt?: AbortSignal;
  /** Told of everything that servers say. */
  readonly noted?: (note: Note) => void;
  readonly progress?: (kills: number, grants: number, seconds: number) => void;
}

/** The scenario as `mappedToProcesses` has made it. */
export async function runOnProcesses(scenario: Scenario, options: MetalOptions = {}): Promise<MetalOutcome> {
  const crew = await Crew.of(scenario, options.program);
  try {
    await crew.found(options.interrupt);
    await crew.openDoors();
    const run = new MetalRun(scenario, crew, options);
    try {
      while (!run.isOver && options.interrupt?.aborted !== true) {
        await sleep(50);
        run.advance();
        options.progress?.(run.kills, run.said.get('granted') ?? 0, run.world.now / SECOND);
      }
      return run.outcome();
    } finally {
      await run.end();
    }
  } finally {
    crew.end();
  }
}

/** Something that comes to pass once. */
class Up {
  readonly reached: Promise<void>;
  reach: () => void = () => {};

  constructor() {
    this.reached = new Promise((resolve) => {
      this.reach = resolve;
    });
  }
}

class MetalRun {
  readonly world: World;
  readonly said = new Map<string, number>();
  kills = 0;
  /** A process ended by itself. */
  broken: Violation | null = null;
  private readonly scenario: Scenario;
  private readonly options: MetalOptions;
  private readonly crew: Crew;
  private readonly context: RunContext;
  private readonly checker: Checker;
  private readonly roles = new LoggedRoles();
  private readonly machines: (ProcessMachine | null)[];
  /** By server: when nothing of its last process is left. */
  private readonly free: Promise<void>[];
  /** By server: its first process listens, or is gone. */
  private readonly ups: readonly Up[];
  private readonly startedAt = monotonicNow();
  private timer: NodeJS.Timeout | null = null;

  constructor(scenario: Scenario, crew: Crew, options: MetalOptions) {
    this.scenario = scenario;
    this.options = options;
    this.crew = crew;
    this.machines = Array.from({ length: scenario.servers }, () => null);
    // As the first comes up before the second, it is the first to stand: the others' election timers have begun later.
    this.ups = Array.from({ length: scenario.servers }, () => new Up());
    this.free = this.ups.map((_, server) =>
      server === 0 ? Promise.resolve() : this.ups[server - 1]!.reached,
    );
    this.context = new RunContext(scenario);
    this.world = new World({
      seed: scenario.seed,
      nodes: this.nodePlans(),
      servers: scenario.servers,
      link: scenario.link,
      faults: scenario.faults,
      faultKinds: FAULT_KINDS,
      endsAt: scenario.endsAt,
      roles: this.roles,
      watcher: {
        nodeCrashed: (_world, node) => this.nodeCrashed(node),
      },
    });
    this.context.world = this.world;
    this.checker = new Checker(FROM_OUTSIDE, {
      scenario,
      files: () => new Map(),
      server: () => undefined,
      wall: () => wallNow(),
    });
    this.context.observer = this.checker;
    if (scenario.core.length > 0) this.world.schedule(scenario.chaosUntil, new CoreBegins(this.context));
    this.world.schedule(scenario.clientsUntil, new ClientsStop(scenario));
    crew.carryBy((from, to, frame) => {
      this.advance();
      this.machines[from]?.sent(to, frame);
      this.rearm();
    });
    this.advance();
  }

  get isOver(): boolean {
    return this.broken !== null || this.world.now >= this.scenario.endsAt;
  }

  /** Lets everything happen that is due by now. */
  advance(): void {
    const { world, scenario } = this;
    const now = Math.min(monotonicNow() - this.startedAt, scenario.endsAt);
    if (now > world.now || world.events === 0) {
      world.run(now);
      this.checker.event = world.events;
      for (const [server, machine] of this.machines.entries())
        machine?.standStill(world.hosts[server]!.isPaused);
    }
    this.rearm();
  }

  outcome(): MetalOutcome {
    const { world, checker, context } = this;
    return {
      violations: [...checker.violations(), ...(this.broken === null ? [] : [this.broken])],
      checked: checker.checked(),
      numbers: checker.numbers(),
      said: Object.fromEntries([
        ...this.said,
        ...Object.entries(context.counts).filter(([, count]) => count > 0),
      ]),
      kills: this.kills,
      faults: Object.fromEntries(world.faultCounts()),
      seconds: world.now / SECOND,
      isWhole: world.now >= this.scenario.endsAt,
    };
  }

  /** Kills whatever runs; resolves when nothing of it is left. */
  async end(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.crew.carryBy(() => {});
    await Promise.all([...this.free, ...this.machines.map((machine) => machine?.kill())]);
  }

  private rearm(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const next = this.world.nextAt();
    if (next >= NEVER || this.isOver) return;
    const wait = Math.ceil((next - (monotonicNow() - this.startedAt)) / 1000);
    this.timer = setTimeout(() => this.advance(), Math.max(0, Math.min(wait, 1000)));
  }

  private nodeCrashed(node: number): void {
    const { servers } = this.scenario;
    if (node >= servers) {
      this.context.clientGone(node - servers);
      return;
    }
    this.kills++;
    this.roles.gone(node);
    this.ups[node]!.reach();
    this.free[node] = this.machines[node]!.kill();
    this.machines[node] = null;
  }

  private endedByItself(node: number, because: string): void {
    const reason = `${ENDED}: the process of ${serverHost(node)} ended by itself: ${because}`;
    this.broken ??= {
      property: ENDED,
      reason,
      pattern: 'a process of a server ended by itself',
      at: this.world.now,
      event: this.world.events,
    };
  }

  private nodePlans(): NodePlan[] {
    const { scenario } = this;
    const hosts = Array.from({ length: scenario.servers }, (_, server) => serverHost(server));
    const clients = scenario.clients.map((_, client) =>
      Object.freeze({
        settings: settingsOf(scenario),
        owner: clientName(client),
        servers: hosts,
        driftPpm: scenario.driftPpm,
      }),
    );
    const asProcess = { boot: (node: number, port: Port): Machine => this.boot(node, port) };
    const asClient = new ClientProgram(this.context, clients, hosts);
    return Array.from({ length: hosts.length + clients.length }, (_, node) => ({
      program: node < hosts.length ? asProcess : asClient,
      disk: null,
      monotonicAt: 0,
      wallAt: wallNow() as CivilTime,
      monotonicPpm: 0,
      syncFrom: 0,
      syncTo: 0,
    }));
  }

  private boot(node: number, port: Port): Machine {
    const machine = new ProcessMachine(port, {
      servers: this.scenario.servers,
      command: this.crew.commandOf(node),
      host: serverHost(node),
      address: this.crew.addressOf(node),
      free: this.free[node]!,
      catchUp: () => this.advance(),
      rearm: () => this.rearm(),
      said: (server, line) => {
        this.said.set(line.kind, (this.said.get(line.kind) ?? 0) + 1);
        this.roles.said(server, line);
        if (line.kind === 'server up') this.ups[server]!.reach();
        this.options.noted?.({ at: this.world.now, server, line });
      },
      endedByItself: (server, because) => this.endedByItself(server, because),
    });
    this.machines[node] = machine;
    return machine;
  }
}
