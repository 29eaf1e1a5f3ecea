// The servers are restarted one after the other, the most preferred first, as for an update: the next goes down only when
// the one before has been up again for a while. It spares servers that were made whole.

import type * as z from 'zod';
import type { FaultRun } from '../world/fault-run.ts';
import type { Due, World } from '../world/world.ts';
import { faultKind, milliseconds, planOf, positive, wholeNumber } from './fault.ts';
import { describeLosses, letAllUp, losses, takeDown } from './outage.ts';

const schema = planOf('rolling-restart', {
  downFor: positive,
  /** From the start of one server to the stop of the next. */
  gap: wholeNumber,
  ...losses,
});

type Plan = z.infer<typeof schema>;

/** One pass over the servers; nothing of it is left on the agenda when the fault ends. */
class Rolling implements Due {
  private readonly run: FaultRun;
  private readonly plan: Plan;
  private server = 0;
  private isDown = false;

  constructor(run: FaultRun, plan: Plan) {
    this.run = run;
    this.plan = plan;
  }

  due(world: World): void {
    if (this.isDown) {
      world.hosts[this.server++]!.letUp(this.run);
      this.isDown = false;
      this.goOn(world, this.plan.gap);
      return;
    }
    while (this.server < world.servers && world.hosts[this.server]!.isSpared) this.server++;
    if (this.server >= world.servers) return;
    world.strikes(this.run);
    this.run.hold(this.server);
    takeDown(world, this.run, this.server, this.plan);
    this.isDown = true;
    this.goOn(world, this.plan.downFor);
  }

  private goOn(world: World, after: number): void {
    const next = world.now + after;
    if (next < this.plan.until) world.schedule(next, this);
  }
}

export const rollingRestart = faultKind({
  kind: 'rolling-restart',
  schema,
  begin(world, run, plan) {
    new Rolling(run, plan).due(world);
  },
  end(world, run) {
    letAllUp(world, run);
  },
  describe: (plan) =>
    `restart of each server in turn, ${milliseconds(plan.downFor)} down, ${milliseconds(plan.gap)} between, ${describeLosses(plan)}`,
});
