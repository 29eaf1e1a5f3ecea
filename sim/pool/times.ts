// How long a pool was without a Leader that serves, and how long a better server waited for the lead, in true time. It looks
// where something is noted anyhow, at most some dozen times a run, and never at an event by itself.
//
// What a Leader cannot know is when it was lost: one that crashed, at that moment; one that is cut off, stands still or is too
// slow, when the last of its rounds began that was ever confirmed; one that hands over, when it froze.

import type { Leader, Server } from '../../src/core/server/state.ts';
import type { ServerEvent } from '../../src/core/turn.ts';
import type { World } from '../world/world.ts';

/** µs of true time, in the order in which they ended. */
export interface Times {
  /** From the loss of a Leader until another server has taken over. */
  readonly failOver: readonly number[];
  /** From when a better server was up, and knew of the Leader, until it has the lead. */
  readonly reclaim: readonly number[];
  /** Each time that no server served, from the first reign on: also hand-overs, and what lasts at the end of the run. */
  readonly unavailable: readonly number[];
}

const NEVER = -1;

export class PoolTimes {
  private readonly failOver: number[] = [];
  private readonly reclaim: number[] = [];
  private readonly unavailable: number[] = [];
  /** Who served last, and its office; null before the first reign and once it is known to be lost. */
  private office: Leader | null = null;
  private leader = NEVER;
  private term = 0;
  private tookOverAt = NEVER;
  private frozeAt = NEVER;
  /** When the last Leader was lost. */
  private lostAt = NEVER;
  /** By server: when it booted, and when it first followed which term. */
  private readonly bootedAt: number[];
  private readonly followedAt: number[];
  private readonly followedTerm: number[];

  constructor(servers: number) {
    this.bootedAt = Array.from({ length: servers }, () => 0);
    this.followedAt = Array.from({ length: servers }, () => NEVER);
    this.followedTerm = Array.from({ length: servers }, () => 0);
  }

  booted(now: number, index: number): void {
    this.bootedAt[index] = now;
    this.followedTerm[index] = 0;
  }

  crashed(now: number, index: number): void {
    if (index === this.leader && this.office !== null) this.lost(this.frozeAt === NEVER ? now : this.frozeAt);
  }

  noted(world: World, index: number, event: ServerEvent, server: Readonly<Server>): void {
    switch (event.kind) {
      case 'took over':
        // One that is elected while a later term serves already serves nobody.
        if (event.term > this.term) this.takenOver(world, index, event.term, event.viaHandOver, server);
        break;
      case 'follows':
        if (this.followedTerm[index]! >= event.term) break;
        this.followedTerm[index] = event.term;
        this.followedAt[index] = world.now;
        break;
      case 'froze':
        if (this.isServing(index)) this.frozeAt = world.now;
        break;
      case 'hand-over aborted':
        if (!this.isServing(index) || this.frozeAt === NEVER) break;
        this.unavailable.push(world.now - this.frozeAt);
        this.frozeAt = NEVER;
        break;
      case 'stepped down':
        if (this.isServing(index)) this.lost(this.servedUntil(world));
        break;
      default:
        break;
    }
  }

  /** What is under way at the end of a run counts as long as it has lasted. */
  all(now: number): Times {
    const { failOver, reclaim, unavailable } = this;
    const openAt = this.lostAt === NEVER ? this.frozeAt : this.lostAt;
    return {
      failOver: [...failOver],
      reclaim: [...reclaim],
      unavailable: openAt === NEVER ? [...unavailable] : [...unavailable, now - openAt],
    };
  }

  private isServing(index: number): boolean {
    return index === this.leader && this.office !== null;
  }

  private lost(at: number): void {
    this.lostAt = at;
    this.office = null;
    this.frozeAt = NEVER;
  }

  private takenOver(
    world: World,
    index: number,
    term: number,
    viaHandOver: boolean,
    { role }: Readonly<Server>,
  ): void {
    const { now } = world;
    // The one before may not know yet.
    if (this.office !== null) this.lost(this.servedUntil(world));
    if (this.lostAt !== NEVER) {
      const gap = Math.max(0, now - this.lostAt);
      this.unavailable.push(gap);
      if (viaHandOver) this.reclaim.push(now - this.upSince(index));
      else if (index !== this.leader) this.failOver.push(gap);
    }
    this.leader = index;
    this.term = term;
    this.office = role as Leader;
    this.tookOverAt = now;
    this.lostAt = NEVER;
  }

  /** By its own clock, which a bend since then puts off by no more than the bend. */
  private servedUntil({ now, hosts }: World): number {
    if (this.frozeAt !== NEVER) return this.frozeAt;
    const at = hosts[this.leader]!.clock.trueTimeOf(this.office!.lastQuorumAt);
    return Math.min(now, Math.max(this.tookOverAt, at));
  }

  private upSince(index: number): number {
    const bootedAt = this.bootedAt[index]!;
    return bootedAt >= this.tookOverAt || this.followedTerm[index] !== this.term
      ? Math.max(bootedAt, this.tookOverAt)
      : this.followedAt[index]!;
  }
}
