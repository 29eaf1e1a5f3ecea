// A node's monotonic clock runs fast or slow for a while. Several such faults add up, within what the environment allows.

import { describeRate, faultKind, planOf, rate } from './fault.ts';
import { describeTarget, nodeOf, target } from './target.ts';

const schema = planOf('monotonic-drift', { target, ppm: rate });

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
  describe: (plan) => `the monotonic clock of ${describeTarget(plan.target)} ${describeRate(plan.ppm)}`,
});
