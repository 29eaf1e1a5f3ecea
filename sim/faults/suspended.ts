// A machine sleeps: its process does not run and its monotonic clock stands still, while its wall clock and the world go on.
// Timers therefore miss the time that was slept. A crash ends the sleep.

import { faultKind, planOf } from './fault.ts';
import { aim, describeAim, nodesOf } from './target.ts';

const schema = planOf('suspended', { target: aim });

export const suspended = faultKind({
  kind: 'suspended',
  schema,
  begin(world, run, plan) {
    for (const node of nodesOf(world, plan.target)) {
      if (!world.hosts[node]!.isUp) continue;
      run.hold(node);
      if (!world.hosts[node]!.isAsleep && plan.until > world.now) run.consequences++;
      world.fallAsleep(node, run);
    }
  },
  end(world, run) {
    for (const node of run.nodes) world.wakeUp(node, run);
  },
  describe: (plan) => `${describeAim(plan.target)} suspended`,
});
