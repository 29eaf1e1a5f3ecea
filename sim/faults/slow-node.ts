// A node with too much to do: every message and every timer reaches its process late by the same time, in order. Unlike a
// pause it is never quite gone. What it sends to itself, and its disk, are not slower.

import { faultKind, milliseconds, planOf, wholeNumber } from './fault.ts';
import { describeTarget, nodeOf, target } from './target.ts';

const schema = planOf('slow-node', { target, by: wholeNumber });

export const slowNode = faultKind({
  kind: 'slow-node',
  schema,
  begin(world, run, plan) {
    const node = nodeOf(world, plan.target);
    if (node < 0) return;
    run.hold(node);
    world.hosts[node]!.slowDown(run, plan.by);
  },
  end(world, run) {
    for (const node of run.nodes) world.hosts[node]!.speedUp(run);
  },
  describe: (plan) => `${describeTarget(plan.target)} slow by ${milliseconds(plan.by)}`,
});
