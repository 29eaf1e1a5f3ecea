// A node's wall clock runs fast or slow for a while, and keeps the error that it has come to. Several such faults add up.

import * as z from 'zod';
import { faultKind, planOf } from './fault.ts';
import { describeTarget, nodeOf, target } from './target.ts';

const schema = planOf('wall-drift', {
  target,
  /** > 0: faster than true time. */
  ppm: z.int().min(-999_999).max(1_000_000),
});

export const wallDrift = faultKind({
  kind: 'wall-drift',
  schema,
  begin(world, run, plan) {
    const node = nodeOf(world, plan.target);
    if (node < 0) return;
    run.hold(node);
    world.addWallPpm(node, plan.ppm);
    if (world.hosts[node]!.isUp && plan.ppm !== 0) run.consequences++;
  },
  end(world, run, plan) {
    for (const node of run.nodes) world.addWallPpm(node, -plan.ppm);
  },
  describe: (plan) =>
    `the wall clock of ${describeTarget(plan.target)} ${plan.ppm >= 0 ? 'fast' : 'slow'} by ${Math.abs(plan.ppm)} ppm`,
});
