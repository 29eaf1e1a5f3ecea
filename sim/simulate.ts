// Scenario in, outcome out: builds the world of one run, lets it run to its end, and says what was seen. One synchronous
// call; nothing outside the scenario has any influence on it.

import { Checker } from '../properties/checker.ts';
import { PROPERTIES } from '../properties/index.ts';
import { BrokenFact } from '../src/core/assert.ts';
import type { CivilTime } from '../src/core/time.ts';
import type { ClientConfiguration } from '../src/process/client-process.ts';
import type { ServerConfiguration } from '../src/process/server-process.ts';
import type { Files } from '../src/storage/disk-command.ts';
import type { Recorder } from './explain/recorder.ts';
import { FAULT_KINDS } from './faults/index.ts';
import { stream } from './kernel/chance.ts';
import type { Trace } from './kernel/trace.ts';
import { ASSERTION, type Outcome, patternOf, type Violation } from './outcome.ts';
import { ClientMachine, ClientProgram } from './pool/client-machine.ts';
import { PoolOperator } from './pool/edits.ts';
import { clientName, foundingDisks, foundingTermsOf, serverHost } from './pool/founding.ts';
import type { RunFacts } from './pool/observer.ts';
import { PoolPhases, phasesIn } from './pool/phases.ts';
import { PoolRoles } from './pool/roles.ts';
import { RunContext } from './pool/run-context.ts';
import { ServerMachine, ServerProgram } from './pool/server-machine.ts';
import type { ServerView } from './pool/server-view.ts';
import { foundersOf, RUN_BEGINS, type Scenario } from './scenario/scenario.ts';
import { mostMonotonicPpm, settingsOf } from './scenario/settings.ts';
import type { NodePlan } from './world/host.ts';
import { Steering } from './world/steering.ts';
import { type Due, World, type WorldWatcher } from './world/world.ts';

export interface SimulateOptions {
  /** Records every event; off costs nothing. */
  readonly trace?: Trace;
  /** Stops at this true time instead of the scenario's end; what must hold at the end is then not asked. */
  readonly until?: number;
}

/** A run that can be stepped, looked at, and cloned: the world and what watches it. */
export class Run {
  readonly scenario: Scenario;
  readonly world: World;
  readonly context: RunContext;
  readonly checker: Checker;
  /** Null: nobody steers it. */
  readonly steering: Steering | null;
  /** The core contradicted itself, which ends the run. */
  broken: Violation | null = null;

  constructor(scenario: Scenario, trace?: Trace, recorder?: Recorder) {
    this.scenario = scenario;
    this.context = new RunContext(scenario);
    const poolWatcher = new PoolWatcher(this.context);
    const watcher: WorldWatcher = recorder ?? poolWatcher;
    this.world = new World({
      seed: scenario.seed,
      nodes: nodePlans(scenario, this.context),
      servers: scenario.servers,
      link: scenario.link,
      faults: scenario.faults,
      faultKinds: FAULT_KINDS,
      endsAt: scenario.endsAt,
      mostMonotonicPpm: mostMonotonicPpm(scenario),
      // A majority of the stores must be left, or what the pool has promised is nowhere.
      mostStoresLost: Math.floor((scenario.servers - 1) / 2),
      roles: new PoolRoles(this.context),
      phases: new PoolPhases(),
      operator: new PoolOperator(scenario),
      watcher,
      ...(trace === undefined ? {} : { trace }),
    });
    this.context.world = this.world;
    this.checker = new Checker(PROPERTIES, new PoolFacts(scenario, this.world));
    this.context.observer = recorder ?? this.checker;
    if (recorder !== undefined) {
      recorder.standBefore(this.checker, poolWatcher);
      this.checker.listener = recorder;
      this.world.network.watcher = recorder;
    }
    if (scenario.core.length > 0) this.world.schedule(scenario.chaosUntil, new CoreBegins(this.context));
    this.world.schedule(scenario.clientsUntil, new ClientsStop(scenario));
    this.steering = scenario.moves === undefined ? null : new Steering(this.world, scenario.moves);
    this.world.hand = this.steering;
  }

  /** Handles one event up to that true time; false when none is left. */
  step(until: number = this.scenario.endsAt): boolean {
    if (this.broken !== null) return false;
    this.checker.event = this.world.events + 1;
    try {
      return this.world.step(until);
    } catch (error) {
      if (!(error instanceof BrokenFact)) throw error;
      this.broken = {
        property: ASSERTION,
        reason: error.message,
        pattern: patternOf(error.message),
        at: this.world.now,
        event: this.world.events,
      };
      return false;
    }
  }

  /** What has been seen so far. */
  outcome(): Outcome {
    const { world, context, checker, scenario } = this;
    return {
      seed: scenario.seed,
      environment: scenario.environment,
      digest: world.digest(),
      events: world.events,
      simulated: world.now,
      violations: this.broken === null ? checker.violations() : [...checker.violations(), this.broken],
      counts: { ...context.counts },
      faults: Object.fromEntries(world.faultCounts()),
      strikes: strikesIn(world),
      labels: checker.labels(),
      states: context.census.states(),
      times: context.times.all(world.now),
      checked: checker.checked(),
      numbers: checker.numbers(),
    };
  }
}

export function simulate(scenario: Scenario, options: SimulateOptions = {}): Outcome {
  const run = new Run(scenario, options.trace);
  const until = options.until ?? scenario.endsAt;
  while (run.step(until));
  if (run.broken === null && until >= scenario.endsAt) run.checker.ended(scenario.endsAt);
  return run.outcome();
}

/** Kind → phase → faults. */
function strikesIn({ faults }: World): Outcome['strikes'] {
  const strikes: Record<string, Record<string, number>> = {};
  for (const { plan, isApplied, phases } of faults) {
    if (!isApplied) continue;
    strikes[plan.kind] ??= {};
    const ofKind = strikes[plan.kind]!;
    for (const phase of phasesIn(phases)) ofKind[phase] = (ofKind[phase] ?? 0) + 1;
  }
  return strikes;
}

function nodePlans(scenario: Scenario, context: RunContext): NodePlan[] {
  const settings = settingsOf(scenario);
  const founding = foundingTermsOf(scenario);
  const servers: ServerConfiguration[] = [];
  for (let server = 0; server < scenario.servers; server++) {
    servers.push(
      Object.freeze({ host: serverHost(server), settings, logLimit: scenario.logLimitBytes, founding }),
    );
  }
  const hosts = servers.map(({ host }) => host);
  const clients: ClientConfiguration[] = scenario.clients.map((_, client) =>
    Object.freeze({
      settings,
      owner: clientName(client),
      servers: hosts.slice(0, foundersOf(scenario)),
      driftPpm: scenario.driftPpm,
    }),
  );
  const serverProgram = new ServerProgram(context, servers);
  const clientProgram = new ClientProgram(context, clients, hosts);
  const disks = foundingDisks(scenario);
  const chance = stream(scenario.seed, 'clocks');
  const plans: NodePlan[] = [];
  for (let node = 0; node < scenario.servers + scenario.clients.length; node++) {
    const isServer = node < scenario.servers;
    plans.push({
      program: isServer ? serverProgram : clientProgram,
      disk: isServer ? disks[node]! : null,
      // Every machine was switched on at some other time.
      monotonicAt: chance.below(1_000_000_000),
      wallAt: RUN_BEGINS + chance.below(1000),
      monotonicPpm: 0,
      syncFrom: scenario.syncFrom,
      syncTo: scenario.syncTo,
    });
  }
  return plans;
}

class PoolFacts implements RunFacts {
  readonly scenario: Scenario;
  private readonly world: World;

  constructor(scenario: Scenario, world: World) {
    this.scenario = scenario;
    this.world = world;
  }

  files(index: number): Files {
    return this.world.hosts[index]!.presentFiles();
  }

  server(index: number): ServerView | undefined {
    const machine = this.world.machine(index);
    return machine instanceof ServerMachine ? machine.view : undefined;
  }

  wall(index: number): CivilTime {
    return this.world.hosts[index]!.clock.wall(this.world.now);
  }
}

/** Tells the checkers what befalls nodes. */
class PoolWatcher implements WorldWatcher {
  private readonly context: RunContext;

  constructor(context: RunContext) {
    this.context = context;
  }

  nodeCrashed(world: World, node: number): void {
    const client = node - world.servers;
    if (client >= 0) {
      this.context.counts.clientCrashes++;
      this.context.clientGone(client);
    } else {
      this.context.counts.serverCrashes++;
      this.context.census.crashed(node);
      this.context.times.crashed(world.now, node);
      this.context.observer.serverCrashed?.(world.now, node);
    }
  }

  filePut(world: World, node: number, bytes: Uint8Array): void {
    if (node < world.servers) this.context.observer.filePut?.(world.now, node, bytes);
  }

  clockChanged(world: World, node: number): void {
    if (node >= world.servers) this.context.clockChanged(node - world.servers);
  }
}

/** The chaos ends: the servers of the core are made whole, everything outside stays as it is [E3]. */
export class CoreBegins implements Due {
  private readonly context: RunContext;

  constructor(context: RunContext) {
    this.context = context;
  }

  due(world: World): void {
    const { scenario, observer } = this.context;
    // Clients are part of what must be answered: they are whole, and linked to the core.
    const clients = scenario.clients.map((_, client) => world.servers + client);
    world.makeWhole([...scenario.core, ...clients]);
    observer.coreBegan?.(world.now, scenario.core);
  }
}

export class ClientsStop implements Due {
  private readonly scenario: Scenario;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
  }

  due(world: World): void {
    for (let client = 0; client < this.scenario.clients.length; client++) {
      const machine = world.machine(world.servers + client);
      if (machine instanceof ClientMachine) machine.stop();
    }
  }
}
