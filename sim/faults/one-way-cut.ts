// Links that carry nothing in one direction while the other still works: the case in which a server hears all and reaches
// nobody, or the reverse.

import { Cut } from './cut.ts';
import { faultKind, planOf } from './fault.ts';
import { describeLinks, layOn, links } from './target.ts';
import { when } from './when.ts';

const schema = planOf('one-way-cut', { when, links });

export const oneWayCut = faultKind({
  kind: 'one-way-cut',
  schema,
  begin(world, run, plan) {
    layOn(world, run, plan.links, () => new Cut(run));
  },
  end(_world, run) {
    run.lift();
  },
  describe: (plan) => `cut ${describeLinks(plan.links)}`,
});
