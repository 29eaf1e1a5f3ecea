// A wall clock is set to another time, forward or back, or those of several servers at once, as a wrong time server would.
// It stays so: the fault has no end of its own.

import * as z from 'zod';
import { faultKind, planOf, wholeNumber } from './fault.ts';
import { aim, describeAim, describeTarget, nodesOf } from './target.ts';
import { when } from './when.ts';

const schema = planOf('wall-jump', {
  when,
  target: z.union([aim, z.strictObject({ servers: z.array(wholeNumber) })]),
  /** Milliseconds to years; < 0: back. */
  byMs: z.int(),
});

export const wallJump = faultKind({
  kind: 'wall-jump',
  schema,
  begin(world, run, plan) {
    const { target } = plan;
    const nodes =
      'servers' in target
        ? target.servers.filter((server) => server < world.servers)
        : nodesOf(world, target);
    for (const node of nodes) {
      run.hold(node);
      world.jumpWall(node, plan.byMs);
      if (plan.byMs !== 0 && world.hosts[node]!.isUp) run.consequences++;
    }
  },
  end() {},
  describe: ({ target, byMs }) =>
    'servers' in target
      ? `the wall clocks of ${target.servers.map((server) => describeTarget({ server })).join(' ')} jump by ${byMs / 1000} s`
      : `the wall clock of ${describeAim(target)} jumps by ${byMs / 1000} s`,
});
