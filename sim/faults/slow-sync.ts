// A disk on which every batch takes many times as long: what hangs on durability waits, all else does not. A batch that is
// under way when the fault begins or ends is not touched.

import * as z from 'zod';
import { faultKind, planOf } from './fault.ts';
import { describeTarget, nodeOf, target } from './target.ts';
import { when } from './when.ts';

const schema = planOf('slow-sync', { when, target, factor: z.int().min(1).max(10_000) });

export const slowSync = faultKind({
  kind: 'slow-sync',
  schema,
  begin(world, run, plan) {
    const node = nodeOf(world, plan.target);
    if (node < 0) return;
    run.hold(node);
    world.hosts[node]!.slowSyncs(run, plan.factor);
  },
  end(world, run) {
    for (const node of run.nodes) world.hosts[node]!.speedUpSyncs(run);
  },
  describe: (plan) => `syncs of ${describeTarget(plan.target)} take ${plan.factor} times as long`,
});
