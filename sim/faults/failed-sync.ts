// The next sync of a node's disk fails. Nobody knows what of the batch is on the medium, and a second try would not tell, so
// the process dies of it [16.14]; it starts again when the fault ends. A fault whose node syncs nothing has no consequence.

import { faultKind, planOf } from './fault.ts';
import { describeLosses, letAllUp, losses } from './outage.ts';
import { describeTarget, nodeOf, target } from './target.ts';
import { when } from './when.ts';

const schema = planOf('failed-sync', { when, target, ...losses });

export const failedSync = faultKind({
  kind: 'failed-sync',
  schema,
  begin(world, run, plan) {
    const node = nodeOf(world, plan.target);
    if (node < 0 || !world.hosts[node]!.hasDisk) return;
    run.hold(node);
    world.hosts[node]!.failNextSync(run, plan);
  },
  end(world, run) {
    for (const node of run.nodes) world.hosts[node]!.failNoSync(run);
    letAllUp(world, run);
  },
  describe: (plan) => `the next sync of ${describeTarget(plan.target)} fails, ${describeLosses(plan)}`,
});
