// A disk fills up: so many more bytes fit, then each write that needs room fails, and as much of it as fits is written. There
// is room again when the fault ends. With copies on write even what is written in place needs room.

import * as z from 'zod';
import { faultKind, planOf, wholeNumber } from './fault.ts';
import { describeTarget, nodeOf, target } from './target.ts';
import { when } from './when.ts';

const schema = planOf('full-disk', { when, target, room: wholeNumber, copiesOnWrite: z.boolean() });

export const fullDisk = faultKind({
  kind: 'full-disk',
  schema,
  begin(world, run, plan) {
    const node = nodeOf(world, plan.target);
    if (node < 0 || !world.hosts[node]!.hasDisk) return;
    run.hold(node);
    world.hosts[node]!.fillDisk(run, plan.room, plan.copiesOnWrite);
  },
  end(world, run) {
    for (const node of run.nodes) world.hosts[node]!.freeDisk(run);
  },
  describe: (plan) =>
    `the disk of ${describeTarget(plan.target)} is full but for ${plan.room} bytes${plan.copiesOnWrite ? ', copies on write' : ''}`,
});
