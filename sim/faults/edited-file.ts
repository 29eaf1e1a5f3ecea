// Somebody edits the license file on the disks of some servers, each for itself, and restarts them: they are down from the
// begin of the fault to its end. Of several edits at once the pool can take one at most before it knows of the others.

import * as z from 'zod';
import type { FileEdit } from '../scenario/scenario.ts';
import { faultKind, planOf, positive, wholeNumber } from './fault.ts';
import { letAllUp } from './outage.ts';
import { describeTarget, nodeOf, target } from './target.ts';

const edit = z.strictObject({
  version: positive.optional(),
  limits: z.array(wholeNumber).optional(),
  renewal: wholeNumber.optional(),
  endsAfterMs: positive.optional(),
  keyLifetimeMs: z.int().min(30_000).max(54_000_000).optional(),
  servers: z.array(wholeNumber).min(1).max(11).optional(),
}) as z.ZodType<FileEdit>;

const schema = planOf('edited-file', { edits: z.array(z.strictObject({ target, edit })).min(1) });

/** It is stopped by its operator: the outage is not what matters, only the edit counts as a consequence. */
const ALL_SURVIVES = Object.freeze({ survivePpm: 1_000_000, torn: false });

export const editedFile = faultKind({
  kind: 'edited-file',
  schema,
  begin(world, run, plan) {
    // Who plays which role is asked before anybody is taken down.
    const nodes = plan.edits.map(({ target }) => nodeOf(world, target));
    for (const [place, { edit }] of plan.edits.entries()) {
      const node = nodes[place]!;
      if (node < 0 || node >= world.servers) continue;
      run.hold(node);
      world.crash(node, ALL_SURVIVES);
      world.hosts[node]!.holdDown(run);
      if (world.editFile(node, edit)) run.consequences++;
    }
  },
  end(world, run) {
    letAllUp(world, run);
  },
  describe: (plan) =>
    plan.edits
      .map(({ target, edit }) => `the file of ${describeTarget(target)} is edited: ${describeEdit(edit)}`)
      .join('; '),
});

function describeEdit(edit: FileEdit): string {
  const said = Object.entries(edit).map(([name, value]) => `${name}=${value}`);
  return said.length === 0 ? 'as the pool was founded' : said.join(' ');
}
