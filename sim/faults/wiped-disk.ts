// A machine dies and comes back with a new, empty disk: whatever its store had promised is forgotten. A node without a disk
// is not hit, nor is one whose store the pool cannot spare now.

import { faultKind, planOf } from './fault.ts';
import { letAllUp, takeDown } from './outage.ts';
import { describeTarget, nodeOf, target } from './target.ts';
import { when } from './when.ts';

const schema = planOf('wiped-disk', { when, target });

const NOTHING_SURVIVES = Object.freeze({ survivePpm: 0, torn: false });

export const wipedDisk = faultKind({
  kind: 'wiped-disk',
  schema,
  begin(world, run, plan) {
    const node = nodeOf(world, plan.target);
    if (node < 0 || !world.hosts[node]!.hasDisk || !world.stores.canSpare(node)) return;
    world.stores.lose(node);
    run.hold(node);
    takeDown(world, run, node, NOTHING_SURVIVES);
    if (world.hosts[node]!.wipeDisk()) run.consequences++;
  },
  end(world, run) {
    letAllUp(world, run);
  },
  describe: (plan) => `${describeTarget(plan.target)} loses its disk, and starts again with an empty one`,
});
