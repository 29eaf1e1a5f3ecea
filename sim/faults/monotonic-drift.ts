// A node's monotonic clock runs fast or slow for a while. Several such faults add up, within what the environment allows.

import * as z from 'zod';
import { faultKind, planOf } from './fault.ts';
import { describeTarget, nodeOf, target } from './target.ts';

const schema = planOf('monotonic-drift', {
  target,
  /** > 0: faster than true time. */
  ppm: z.int().min(-999_999).max(1_000_000),
});

export const monotonicDrift = faultKind({
  kind: 'monotonic-drift',
  schema,
  begin(world, run, plan) {
    const node = nodeOf(world, plan.target);
    if (node < 0) return;
    run.hold(node);
    const before = world.hosts[node]!.clock.monotonicPpm();
    world.addMonotonicPpm(node, plan.ppm);
    if (world.hosts[node]!.isUp && world.hosts[node]!.clock.monotonicPpm() !== before) run.consequences++;
  },
  end(world, run, plan) {
    for (const node of run.nodes) world.addMonotonicPpm(node, -plan.ppm);
  },
  describe: (plan) =>
    `the monotonic clock of ${describeTarget(plan.target)} ${plan.ppm >= 0 ? 'fast' : 'slow'} by ${Math.abs(plan.ppm)} ppm`,
});
