// A hand that departs from what would happen next: messages and syncs are held and let go, messages come twice, nodes die,
// start, stand still, are cut off, and their wall clocks jump, each before an event of a given number. What it does is data, so
// that a run that somebody steered is repeated like any other. Left alone it lets everything happen in its order.

import type { Move } from '../scenario/scenario.ts';
import { DELIVERY, DISK_DONE, WAKE } from './event-kind.ts';
import { FaultRun } from './fault-run.ts';
import type { Frame } from './frame.ts';
import type { Hand, Upcoming, World } from './world.ts';

/** What a hand may do beside letting things happen. */
export interface Alphabet {
  readonly kinds: readonly PaidMove[];
  /** By how many ms a wall clock may jump. */
  readonly jumps: readonly number[];
}

/** The moves by which a run departs from its order; the others end what these began. */
export const PAID_MOVES = ['hold', 'copy', 'crash', 'pause', 'cut', 'jump'] as const;

export type PaidMove = (typeof PAID_MOVES)[number];

/** A frame, or the end of the sync of a node: what was next and now waits. */
interface Held {
  readonly node: number;
  readonly frame: Frame | null;
}

interface Paused {
  readonly node: number;
  readonly by: FaultRun;
}

export class Steering implements Hand {
  private readonly world: World;
  private readonly plan: readonly Move[];
  private done = 0;
  private readonly held: Held[] = [];
  private readonly paused: Paused[] = [];
  /** Groups of servers that are cut off from all others. */
  private readonly cuts: (readonly number[])[] = [];

  /** `plan`: moves in the order in which they are made, never before an earlier event. */
  constructor(world: World, plan: readonly Move[]) {
    this.world = world;
    this.plan = plan;
  }

  /** Makes the moves of the plan that are due before the next event. */
  follow(): void {
    const upcoming = this.world.events + 1;
    for (let move = this.plan[this.done]; move !== undefined && move.before <= upcoming; ) {
      this.make(move);
      move = this.plan[++this.done];
    }
  }

  /** To be called after every event: what a cut stops does not come to be next. */
  settle(): void {
    for (let next = this.world.next(); next !== null && this.isStopped(next); next = this.world.next())
      this.world.network.lose(this.world.takeAway(next), next.node);
  }

  /** False: it cannot be made here, and nothing comes of it. */
  make(move: Move): boolean {
    const isMade = this.tryTo(move);
    this.settle();
    return isMade;
  }

  /**
   * The moves that are open here; those that depart from the order only when there is budget for one. They come only where they
   * can make a difference: what strikes a node before an event of that node, what is let go before an event of its receiver
   * or when nothing else is under way, and starts, resumptions and mends then, too.
   */
  open(budget: number, alphabet: Alphabet): Move[] {
    const { world } = this;
    const moves: Move[] = [];
    const next = world.next();
    if (next === null) return moves;
    const before = world.events + 1;
    const isQuiet = world.nextAt() > world.now;
    for (let place = 0; place < this.held.length; place++) {
      const held = this.held[place]!;
      if ((isQuiet || held.node === next.node) && this.canRelease(held))
        moves.push({ before, move: 'release', held: place });
    }
    if (isQuiet) this.openWhenQuiet(before, moves);
    if (budget > 0) this.openAt(next, before, alphabet, moves);
    return moves;
  }

  private openWhenQuiet(before: number, moves: Move[]): void {
    const { hosts, servers } = this.world;
    for (let node = 0; node < servers; node++) {
      if (!hosts[node]!.isUp && !hosts[node]!.isBooting) moves.push({ before, move: 'restart', node });
    }
    for (const { node } of this.paused) moves.push({ before, move: 'resume', node });
    for (let place = 0; place < this.cuts.length; place++) moves.push({ before, move: 'mend', cut: place });
  }

  private openAt(next: Upcoming, before: number, { kinds, jumps }: Alphabet, moves: Move[]): void {
    const { kind, node, frame } = next;
    const { servers } = this.world;
    if (kind !== DELIVERY && kind !== DISK_DONE && kind !== WAKE) return;
    const host = this.world.hosts[node]!;
    const isFromElsewhere = frame !== null && frame.from !== node;
    if (kinds.includes('hold') && (isFromElsewhere || kind === DISK_DONE))
      moves.push({ before, move: 'hold' });
    if (!host.isUp) return;
    if (kinds.includes('copy') && isFromElsewhere) moves.push({ before, move: 'copy' });
    if (kinds.includes('crash') && node < servers) {
      moves.push({ before, move: 'crash', node, keeps: false });
      if (host.isSyncing) moves.push({ before, move: 'crash', node, keeps: true });
    }
    if (kinds.includes('pause') && !host.isPaused) moves.push({ before, move: 'pause', node });
    if (kinds.includes('jump')) for (const byMs of jumps) moves.push({ before, move: 'jump', node, byMs });
    if (kinds.includes('cut') && isFromElsewhere && frame.from < servers && node < servers) {
      moves.push({ before, move: 'cut', nodes: [node] });
      moves.push({ before, move: 'cut', nodes: [frame.from] });
    }
  }

  private tryTo(move: Move): boolean {
    const { world } = this;
    switch (move.move) {
      case 'hold':
        return this.hold(world.next());
      case 'copy': {
        const next = world.next();
        if (next === null || next.frame === null) return false;
        this.held.push({ node: next.node, frame: world.network.copyOf(next.frame) });
        return true;
      }
      case 'release':
        return this.release(move.held);
      case 'crash': {
        const { node, keeps } = move;
        this.forget(node);
        return world.crash(node, {
          survivePpm: keeps ? 1_000_000 : 0,
          torn: false,
          reached: keeps ? 'everything' : 'nothing',
        });
      }
      case 'restart':
        if (world.hosts[move.node]!.isUp || world.hosts[move.node]!.isBooting) return false;
        world.restart(move.node);
        return true;
      case 'pause': {
        if (!world.hosts[move.node]!.isUp) return false;
        const by = new FaultRun(-1, { kind: 'pause', at: world.now, until: world.now });
        this.paused.push({ node: move.node, by });
        world.hosts[move.node]!.pause(by);
        return true;
      }
      case 'resume': {
        const place = this.paused.findIndex(({ node }) => node === move.node);
        if (place < 0) return false;
        const [paused] = this.paused.splice(place, 1);
        world.hosts[move.node]!.resume(paused!.by);
        return true;
      }
      case 'cut':
        this.cuts.push(move.nodes);
        return true;
      case 'mend':
        return this.cuts.splice(move.cut, 1).length > 0;
      case 'jump':
        world.jumpWall(move.node, move.byMs);
        return true;
    }
  }

  private hold(next: Upcoming | null): boolean {
    if (next === null) return false;
    const { kind, node } = next;
    if (kind === DISK_DONE) {
      this.world.hosts[node]!.holdSync();
      this.held.push({ node, frame: null });
      return true;
    }
    if (next.frame === null) return false;
    this.held.push({ node, frame: this.world.takeAway(next) });
    return true;
  }

  private release(place: number): boolean {
    const held = this.held[place];
    if (held === undefined) return false;
    this.held.splice(place, 1);
    if (held.frame !== null) this.world.putNext(held.node, held.frame);
    else this.world.hosts[held.node]!.finishSync();
    return true;
  }

  /** A frame for a node that does not take it now may as well wait. */
  private canRelease({ node, frame }: Held): boolean {
    const host = this.world.hosts[node]!;
    if (!host.isUp || host.isPaused) return false;
    return frame === null || !this.isBetween(frame.from, node);
  }

  /** With its process, what it was at and its sync are gone. */
  private forget(node: number): void {
    const sync = this.held.findIndex((each) => each.node === node && each.frame === null);
    if (sync >= 0) this.held.splice(sync, 1);
    const place = this.paused.findIndex((each) => each.node === node);
    if (place >= 0) this.paused.splice(place, 1);
  }

  private isStopped({ node, frame }: Upcoming): boolean {
    return frame !== null && this.cuts.length > 0 && this.isBetween(frame.from, node);
  }

  /** A cut between servers lets clients through. */
  private isBetween(from: number, to: number): boolean {
    if (from >= this.world.servers || to >= this.world.servers) return false;
    return this.cuts.some((group) => group.includes(from) !== group.includes(to));
  }
}

export function costOf({ move }: Move): number {
  return (PAID_MOVES as readonly string[]).includes(move) ? 1 : 0;
}
