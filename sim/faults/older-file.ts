// Somebody puts the license file back that the pool was founded with, on the disk of one server, and restarts it: a volume
// that was restored, a copy from a backup. It is no edit, and must not become one.

import { faultKind, planOf } from './fault.ts';
import { letAllUp } from './outage.ts';
import { describeTarget, nodeOf, target } from './target.ts';

const schema = planOf('older-file', { target });

/** It is stopped by its operator: the outage is not what matters, only the edit counts as a consequence. */
const ALL_SURVIVES = Object.freeze({ survivePpm: 1_000_000, torn: false });

export const olderFile = faultKind({
  kind: 'older-file',
  schema,
  begin(world, run, plan) {
    const node = nodeOf(world, plan.target);
    if (node < 0 || node >= world.servers) return;
    run.hold(node);
    world.crash(node, ALL_SURVIVES);
    world.hosts[node]!.holdDown(run);
    if (world.editFile(node, {})) run.consequences++;
  },
  end(world, run) {
    letAllUp(world, run);
  },
  describe: (plan) => `the first license file is put back at ${describeTarget(plan.target)}`,
});
