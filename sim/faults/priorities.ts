// Servers in an order of priority: the first one is as quick as ever, each further one handles what comes to it later by the
// same step. At certain interesting events of the run (those at which machines say that they got somewhere, counted from the
// beginning of the fault) the server at which it happened falls behind all others. So a few numbers place who is ahead of
// whom over what the protocol does, and not over time.

import * as z from 'zod';
import type { FaultRun } from '../world/fault-run.ts';
import type { MilestoneListener } from '../world/milestones.ts';
import type { Due, World } from '../world/world.ts';
import { faultKind, milliseconds, planOf, positive, wholeNumber } from './fault.ts';

const MOST = 64;

const schema = planOf('priorities', {
  /** The quickest first; those that are not named are as quick as it. */
  servers: z.array(wholeNumber).min(1).max(MOST),
  /** How much later each is than the one before it, µs. */
  step: positive,
  /** The so-manyth interesting events at which somebody falls behind, in order. */
  changes: z.array(positive).max(MOST),
});

type Plan = z.infer<typeof schema>;

export const priorities = faultKind<Plan>({
  kind: 'priorities',
  schema,
  begin(world, run, plan) {
    const present = plan.servers.filter((server) => server < world.servers);
    if (present.length === 0) return;
    for (const server of present) run.hold(server);
    const order = new Order(world, run, plan, present);
    order.apply();
    if (plan.changes.length > 0) world.listen(run, order);
  },
  end(world, run) {
    world.listenNoMore(run);
    for (const node of run.nodes) world.hosts[node]!.speedUp(run);
  },
  describe: ({ servers, step, changes }) =>
    `${servers.map((server) => `s${server + 1}`).join(' before ')}, each later by ${milliseconds(step)}${changes.length === 0 ? '' : `; who comes to interesting event ${changes.join(', ')} falls behind`}`,
});

/** Who is before whom now. */
class Order implements MilestoneListener {
  private readonly world: World;
  private readonly run: FaultRun;
  private readonly plan: Plan;
  private readonly order: number[];
  private counted = 0;
  private changed = 0;

  constructor(world: World, run: FaultRun, plan: Plan, order: number[]) {
    this.world = world;
    this.run = run;
    this.plan = plan;
    this.order = order;
  }

  reached(node: number): void {
    if (this.counted++ + 1 !== this.plan.changes[this.changed]) return;
    this.changed++;
    // When the machine's step is done: what it does in one step stays one thing.
    this.world.schedule(this.world.now, new FallsBehind(this, node));
  }

  fallBehind(node: number): void {
    const place = this.order.indexOf(node);
    if (!this.run.isActive || place < 0 || place === this.order.length - 1) return;
    this.order.splice(place, 1);
    this.order.push(node);
    this.apply();
  }

  apply(): void {
    for (const [rank, node] of this.order.entries()) {
      const host = this.world.hosts[node]!;
      host.speedUp(this.run);
      host.slowDown(this.run, rank * this.plan.step);
    }
  }
}

class FallsBehind implements Due {
  private readonly order: Order;
  private readonly node: number;

  constructor(order: Order, node: number) {
    this.order = order;
    this.node = node;
  }

  due(): void {
    this.order.fallBehind(this.node);
  }
}
