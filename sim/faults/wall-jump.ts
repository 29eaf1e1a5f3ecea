// A wall clock is set to another time, forward or back. It stays so: the fault has no end of its own.

import * as z from 'zod';
import { faultKind, planOf } from './fault.ts';
import { describeTarget, nodeOf, target } from './target.ts';
import { when } from './when.ts';

const schema = planOf('wall-jump', {
  when,
  target,
  /** Milliseconds to years; < 0: back. */
  byMs: z.int(),
});

export const wallJump = faultKind({
  kind: 'wall-jump',
  schema,
  begin(world, run, plan) {
    const node = nodeOf(world, plan.target);
    if (node < 0) return;
    run.hold(node);
    world.jumpWall(node, plan.byMs);
    if (plan.byMs !== 0 && world.hosts[node]!.isUp) run.consequences++;
  },
  end() {},
  describe: (plan) => `the wall clock of ${describeTarget(plan.target)} jumps by ${plan.byMs / 1000} s`,
});
