// A server dies and its disk is lost: when the fault ends it starts again on an empty one. What it knew, and what it had
// promised, is gone; whether the pool may count on it again is for the protocol to say [§14].

import { faultKind, planOf } from './fault.ts';
import { letAllUp, takeDown } from './outage.ts';
import { describeTarget, nodeOf, target } from './target.ts';

const schema = planOf('wiped-disk', { target });

const NOTHING_SURVIVES = { survivePpm: 0, torn: false };

export const wipedDisk = faultKind({
  kind: 'wiped-disk',
  schema,
  begin(world, run, plan) {
    const node = nodeOf(world, plan.target);
    if (node < 0 || node >= world.servers) return;
    run.hold(node);
    takeDown(world, run, node, NOTHING_SURVIVES);
    world.hosts[node]!.wipeDisk();
  },
  end(world, run) {
    letAllUp(world, run);
  },
  describe: (plan) => `${describeTarget(plan.target)} loses its disk`,
});
