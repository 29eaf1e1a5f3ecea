// Bytes rot on a disk at one moment, in every file whose name ends in the same way, at the same place of each: so one of two
// copies can be hit, or both. Nobody notices before the files are read again; only then has it a consequence.

import * as z from 'zod';
import { faultKind, percent, planOf, positive, ppm } from './fault.ts';
import { describeTarget, nodeOf, target } from './target.ts';

const schema = planOf('latent-corruption', {
  target,
  /** How the names of the files end; empty: all files. */
  ending: z.string(),
  /** Where in each file, as a part of its length. */
  placePpm: ppm,
  bytes: positive,
});

export const latentCorruption = faultKind({
  kind: 'latent-corruption',
  schema,
  begin(world, run, plan) {
    const node = nodeOf(world, plan.target);
    if (node < 0 || !world.stores.canSpare(node)) return;
    if (!world.hosts[node]!.rotFiles(run, plan.ending, plan.placePpm, plan.bytes)) return;
    // Whether a good copy is left shows when the files are read: until then the store counts as lost.
    world.stores.lose(node);
    run.hold(node);
  },
  end() {},
  describe: (plan) =>
    `${plan.bytes} bytes rot at ${percent(plan.placePpm)} of ${plan.ending === '' ? 'all files' : `files *${plan.ending}`} of ${describeTarget(plan.target)}`,
});
