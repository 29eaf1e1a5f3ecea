// A process stands still while the world and its own clocks go on; afterwards it handles what came meanwhile, in order, with
// every timer late.

import { faultKind, planOf } from './fault.ts';
import { describeTarget, nodeOf, target } from './target.ts';
import { when } from './when.ts';

const schema = planOf('pause', { when, target });

export const pause = faultKind({
  kind: 'pause',
  schema,
  begin(world, run, plan) {
    const node = nodeOf(world, plan.target);
    if (node < 0 || !world.hosts[node]!.isUp) return;
    run.hold(node);
    world.hosts[node]!.pause(run);
  },
  end(world, run) {
    for (const node of run.nodes) world.hosts[node]!.resume(run);
  },
  describe: (plan) => `pause of ${describeTarget(plan.target)}`,
});
