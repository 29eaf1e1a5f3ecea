// A process dies, its disk loses what was not synced, and it starts again when the fault ends. Faults that overlap on one
// node keep it down until the last of them ends.

import * as z from 'zod';
import { faultKind, percent, planOf, ppm } from './fault.ts';
import { describeTarget, nodeOf, target } from './target.ts';

const schema = planOf('crash', {
  target,
  /** How likely each write that was never synced survives all the same. */
  survivePpm: ppm,
  /** Whether a write that survives may be cut short. */
  torn: z.boolean(),
});

export const crash = faultKind({
  kind: 'crash',
  schema,
  begin(world, run, plan) {
    const node = nodeOf(world, plan.target);
    if (node < 0) return;
    run.hold(node);
    if (world.crash(node, plan)) run.consequences++;
    world.hosts[node]!.holdDown(run);
  },
  end(world, run) {
    for (const node of run.nodes) world.hosts[node]!.letUp(run);
  },
  describe: (plan) =>
    `crash of ${describeTarget(plan.target)}, ${percent(plan.survivePpm)} of un-synced writes survive${plan.torn ? ', torn' : ''}`,
});
