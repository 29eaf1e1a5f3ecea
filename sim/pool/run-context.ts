// What the machines of one run share with the checkers: whom to tell, what was counted, who believes in what. Part of the
// world's graph, so that a snapshot holds it; no machine ever reads from it.

import type { HandleId, LicenseKey } from '../../src/core/ids.ts';
import type { CivilTime, Instant } from '../../src/core/time.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { World } from '../world/world.ts';
import { Census } from './census.ts';
import { Counters } from './counters.ts';
import type { ApplicationCall, Observer } from './observer.ts';
import { PoolTimes } from './times.ts';

interface Belief {
  readonly client: number;
  readonly key: LicenseKey;
  readonly units: number;
  readonly deadline: Instant;
  readonly wallDeadline: CivilTime;
}

export class RunContext {
  readonly scenario: Scenario;
  observer: Observer = {};
  world: World | null = null;
  /** Sessions begun so far, by client: a client that crashes does not begin again from the first. */
  readonly sessionsBegun: number[];
  readonly counts = new Counters();
  readonly census: Census;
  readonly times: PoolTimes;
  /** Who was granted a token last, by name: what a fault that is aimed at the grantee is resolved by. */
  lastGrantee = '';
  private readonly beliefs = new Map<HandleId, Belief>();
  private callsMade = 0;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    this.census = new Census(scenario.servers);
    this.times = new PoolTimes(scenario.servers);
    this.sessionsBegun = scenario.clients.map(() => 0);
  }

  get now(): number {
    return this.world!.now;
  }

  nextCallId(): number {
    return ++this.callsMade;
  }

  granted(owner: string): void {
    this.lastGrantee = owner;
  }

  callBegan(client: number, call: ApplicationCall): void {
    this.observer.callBegan?.(this.now, client, call);
  }

  believes(
    client: number,
    handle: HandleId,
    key: LicenseKey,
    units: number,
    deadline: Instant,
    wallDeadline: CivilTime,
  ): void {
    this.beliefs.set(handle, { client, key, units, deadline, wallDeadline });
    this.tell(handle, this.beliefs.get(handle)!);
  }

  believesNoMore(client: number, handle: HandleId): void {
    if (this.beliefs.delete(handle)) this.observer.beliefEnded?.(this.now, client, handle);
  }

  /** The client's process is gone, and with it everything that it believed. */
  clientGone(client: number): void {
    for (const [handle, belief] of this.beliefs) {
      if (belief.client === client) this.believesNoMore(client, handle);
    }
    this.observer.clientCrashed?.(this.now, client);
  }

  /** Beliefs end by the client's own clocks, so a new rate of either, a jump or a sleep moves their true end. */
  clockChanged(client: number): void {
    for (const [handle, belief] of this.beliefs) if (belief.client === client) this.tell(handle, belief);
  }

  /** The library believes until the earlier of the two deadlines [§9]; a jump beyond one ends the belief now, not before. */
  private tell(handle: HandleId, belief: Belief): void {
    const { client, key, units, deadline, wallDeadline } = belief;
    const { clock } = this.world!.hosts[this.scenario.servers + client]!;
    const byWall = Math.max(this.now, clock.trueTimeOfWall(wallDeadline));
    const until = Math.min(clock.trueTimeOf(deadline), byWall);
    this.observer.beliefHeld?.(this.now, client, handle, key, units, until);
  }
}
