// A process dies again and again, each time after it has run for the same while: what a supervisor makes of a server that
// cannot live. It spares a node that was made whole.

import type * as z from 'zod';
import type { FaultRun } from '../world/fault-run.ts';
import type { Due, World } from '../world/world.ts';
import { faultKind, milliseconds, planOf, positive } from './fault.ts';
import { describeLosses, letAllUp, losses, takeDown } from './outage.ts';
import { describeTarget, nodeOf, target } from './target.ts';

const schema = planOf('crash-loop', { target, downFor: positive, upFor: positive, ...losses });

type Plan = z.infer<typeof schema>;

/** Down, up, down …; nothing of it is left on the agenda when the fault ends. */
class Looping implements Due {
  private readonly run: FaultRun;
  private readonly plan: Plan;
  private readonly node: number;
  private isDown = false;

  constructor(run: FaultRun, plan: Plan, node: number) {
    this.run = run;
    this.plan = plan;
    this.node = node;
  }

  due(world: World): void {
    const host = world.hosts[this.node]!;
    if (host.isSpared) return;
    if (this.isDown) host.letUp(this.run);
    else {
      world.strikes(this.run);
      takeDown(world, this.run, this.node, this.plan);
    }
    this.isDown = !this.isDown;
    const next = world.now + (this.isDown ? this.plan.downFor : this.plan.upFor);
    if (next < this.plan.until) world.schedule(next, this);
  }
}

export const crashLoop = faultKind({
  kind: 'crash-loop',
  schema,
  begin(world, run, plan) {
    const node = nodeOf(world, plan.target);
    if (node < 0) return;
    run.hold(node);
    new Looping(run, plan, node).due(world);
  },
  end(world, run) {
    letAllUp(world, run);
  },
  describe: (plan) =>
    `${describeTarget(plan.target)} crashes again and again, ${milliseconds(plan.downFor)} down, ${milliseconds(plan.upFor)} up, ${describeLosses(plan)}`,
});
