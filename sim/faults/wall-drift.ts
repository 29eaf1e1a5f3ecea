// A node's wall clock runs fast or slow for a while, and keeps the error that it has come to. Several such faults add up.

import { describeRate, faultKind, planOf, rate } from './fault.ts';
import { describeTarget, nodeOf, target } from './target.ts';

const schema = planOf('wall-drift', { target, ppm: rate });

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
  describe: (plan) => `the wall clock of ${describeTarget(plan.target)} ${describeRate(plan.ppm)}`,
});
