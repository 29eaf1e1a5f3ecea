// A process stands still while the world and its own clocks go on; afterwards it handles what came meanwhile, in order, with
// every timer late.

import { faultKind, planOf } from './fault.ts';
import { aim, describeAim, nodesOf } from './target.ts';
import { when } from './when.ts';

const schema = planOf('pause', { when, target: aim });

export const pause = faultKind({
  kind: 'pause',
  schema,
  begin(world, run, plan) {
    for (const node of nodesOf(world, plan.target)) {
      if (!world.hosts[node]!.isUp) continue;
      run.hold(node);
      world.hosts[node]!.pause(run);
    }
  },
  end(world, run) {
    for (const node of run.nodes) world.hosts[node]!.resume(run);
  },
  describe: (plan) => `pause of ${describeAim(plan.target)}`,
});
