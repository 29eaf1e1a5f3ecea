// The nodes fall into two sides that cannot reach each other, in either direction.

import * as z from 'zod';
import type { World } from '../world/world.ts';
import { Cut } from './cut.ts';
import { faultKind, planOf, wholeNumber } from './fault.ts';
import { aim, describeAim, nodesOf } from './target.ts';
import { when } from './when.ts';

const schema = planOf('partition', {
  when,
  /** halves: these nodes against all others; isolate: one node, or a group of servers, against all others. */
  split: z.union([z.strictObject({ halves: z.array(wholeNumber) }), z.strictObject({ isolate: aim })]),
  /** servers: only servers are parted from each other, clients reach both sides. */
  among: z.enum(['all', 'servers']),
});

type Plan = z.infer<typeof schema>;

export const partition = faultKind({
  kind: 'partition',
  schema,
  begin(world: World, run, plan) {
    const count = plan.among === 'all' ? world.hosts.length : world.servers;
    const side = sideOf(world, plan).filter((node) => node >= 0 && node < count);
    for (const node of side) {
      for (let other = 0; other < count; other++) {
        if (side.includes(other)) continue;
        run.lay(world.network.link(node, other), new Cut(run));
        run.lay(world.network.link(other, node), new Cut(run));
      }
    }
  },
  end(_world, run) {
    run.lift();
  },
  describe(plan) {
    const sides =
      'halves' in plan.split
        ? `nodes ${plan.split.halves.join(' ')} from the others`
        : `${describeAim(plan.split.isolate)} from all others`;
    return `partition of ${sides}${plan.among === 'servers' ? ' (servers only)' : ''}`;
  },
});

function sideOf(world: World, plan: Plan): readonly number[] {
  return 'halves' in plan.split ? plan.split.halves : nodesOf(world, plan.split.isolate);
}
