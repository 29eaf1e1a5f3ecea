// Faults that wait for the protocol instead of the clock: machines tell by name that they got somewhere, and a fault begins
// when that has happened often enough. The engine does not know what the names mean. While nobody waits it costs one comparison.

import type { MilestonePlan, Target } from '../scenario/scenario.ts';
import type { FaultRun } from './fault-run.ts';

interface Waiting {
  readonly run: FaultRun;
  readonly when: MilestonePlan;
  counted: number;
}

/** Told of every milestone, in the middle of the step that comes to it. An object with fields, never a closure. */
export interface MilestoneListener {
  reached(node: number): void;
}

interface Listening {
  readonly run: FaultRun;
  readonly listener: MilestoneListener;
}

/** What milestones need of the world; its own object, since hosts know no faults' plans. */
export interface MilestoneWorld {
  readonly now: number;
  isAimedAt(target: Target, node: number): boolean;
  beginAt(time: number, run: FaultRun): void;
}

export class Milestones {
  private readonly waiting: Waiting[] = [];
  private readonly listening: Listening[] = [];
  private readonly world: MilestoneWorld;

  constructor(world: MilestoneWorld) {
    this.world = world;
  }

  await(run: FaultRun, when: MilestonePlan): void {
    this.waiting.push({ run, when, counted: 0 });
  }

  listen(run: FaultRun, listener: MilestoneListener): void {
    this.listening.push({ run, listener });
  }

  listenNoMore(run: FaultRun): void {
    const place = this.listening.findIndex((each) => each.run === run);
    if (place >= 0) this.listening.splice(place, 1);
  }

  reached(node: number, name: string): void {
    if (this.waiting.length > 0) this.tell(node, name);
    for (let i = 0; i < this.listening.length; i++) this.listening[i]!.listener.reached(node);
  }

  private tell(node: number, name: string): void {
    const { now } = this.world;
    for (let i = 0; i < this.waiting.length; i++) {
      const each = this.waiting[i]!;
      const { milestone, of, nth, delay, before } = each.when;
      if (milestone !== name || now < each.run.plan.at) continue;
      if (before !== undefined && now > before) continue;
      if (of !== undefined && !this.world.isAimedAt(of, node)) continue;
      if (++each.counted < (nth ?? 1)) continue;
      this.waiting.splice(i--, 1);
      this.world.beginAt(now + delay, each.run);
    }
  }
}
