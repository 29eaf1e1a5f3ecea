// A process dies, its disk loses what was not synced, and it starts again when the fault ends. Faults that overlap on one
// node keep it down until the last of them ends.

import { faultKind, planOf } from './fault.ts';
import { describeLosses, letAllUp, losses, takeDown } from './outage.ts';
import { aim, describeAim, nodesOf } from './target.ts';
import { when } from './when.ts';

const schema = planOf('crash', { when, target: aim, ...losses });

export const crash = faultKind({
  kind: 'crash',
  schema,
  begin(world, run, plan) {
    for (const node of nodesOf(world, plan.target)) {
      run.hold(node);
      takeDown(world, run, node, plan);
    }
  },
  end(world, run) {
    letAllUp(world, run);
  },
  describe: (plan) => `crash of ${describeAim(plan.target)}, ${describeLosses(plan)}`,
});
