// A machine sleeps: its process does not run and its monotonic clock stands still, while its wall clock and the world go on.
// Timers therefore miss the time that was slept. A crash ends the sleep.

import { faultKind, planOf } from './fault.ts';
import { describeTarget, nodeOf, target } from './target.ts';

const schema = planOf('suspended', { target });

export const suspended = faultKind({
  kind: 'suspended',
  schema,
  begin(world, run, plan) {
    const node = nodeOf(world, plan.target);
    if (node < 0 || !world.hosts[node]!.isUp) return;
    run.hold(node);
    if (!world.hosts[node]!.isAsleep && plan.until > world.now) run.consequences++;
    world.fallAsleep(node, run);
  },
  end(world, run) {
    for (const node of run.nodes) world.wakeUp(node, run);
  },
  describe: (plan) => `${describeTarget(plan.target)} suspended`,
});
