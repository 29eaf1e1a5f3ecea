// The wall clocks of all servers are ahead for a while; then they are set right, and an operator orders a server to set the
// mark of pool time back, which only the Leader does [11.9]. The engine hands the order to the machine and understands none of it.

import { RUN_BEGINS } from '../scenario/scenario.ts';
import { faultKind, planOf, wholeNumber } from './fault.ts';
import { describeTarget, nodeOf, target } from './target.ts';
import { when } from './when.ts';

const schema = planOf('lowered-mark', {
  when,
  /** To whom the order goes, when the clocks are right again. */
  target,
  /** So far ahead are the clocks; 0: they are right, and the operator is wrong. */
  aheadMs: wholeNumber,
  /** So far before true time the mark is set. */
  beforeMs: wholeNumber,
});

export const loweredMark = faultKind({
  kind: 'lowered-mark',
  schema,
  begin(world, run, plan) {
    if (plan.aheadMs === 0) return;
    for (let server = 0; server < world.servers; server++) {
      run.hold(server);
      world.jumpWall(server, plan.aheadMs);
    }
  },
  end(world, run, plan) {
    for (const server of run.nodes) world.jumpWall(server, -plan.aheadMs);
    const node = nodeOf(world, plan.target);
    if (node < 0 || !world.hosts[node]!.isUp) return;
    if (!run.nodes.includes(node)) run.hold(node);
    const to = RUN_BEGINS + Math.floor(world.now / 1000) - plan.beforeMs;
    if (world.hosts[node]!.order({ kind: 'lower-mark', to })) run.consequences++;
  },
  describe: ({ target, aheadMs, beforeMs }) =>
    `wall clocks of all servers ahead by ${aheadMs / 1000} s, then ${describeTarget(target)} is told to set the mark back to ${beforeMs / 1000} s ago`,
});
