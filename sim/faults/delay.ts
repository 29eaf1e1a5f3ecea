// Every message takes longer: by a fixed time, by a uniform one, or with a long tail, where each doubling of the extra time
// is half as likely. The tail is made of shifts, since logarithms and powers are not the same on every machine.

import * as z from 'zod';
import type { Chance } from '../kernel/chance.ts';
import type { FaultRun } from '../world/fault-run.ts';
import type { Link, LinkModifier, Passage } from '../world/link.ts';
import { faultKind, milliseconds, planOf, wholeNumber } from './fault.ts';
import { LinkChance } from './link-chance.ts';
import { describeLinks, layOn, links } from './target.ts';

const schema = planOf('delay', {
  links,
  shape: z.enum(['fixed', 'uniform', 'long tail']),
  /** fixed: that much; uniform: at most that much; long tail: at most that much half of the time. */
  by: wholeNumber,
});

type Shape = z.infer<typeof schema>['shape'];

/** The long tail ends at by · 2^12. */
const MOST_DOUBLINGS = 12;

class Delaying implements LinkModifier {
  private readonly run: FaultRun;
  private readonly kind: Shape;
  private readonly by: number;
  private readonly chance: LinkChance;

  constructor(run: FaultRun, shape: Shape, by: number, chance: LinkChance) {
    this.run = run;
    this.kind = shape;
    this.by = by;
    this.chance = chance;
  }

  shape(passage: Passage, link: Link): void {
    const extra = this.kind === 'fixed' ? this.by : this.drawn(this.chance.of(link));
    passage.delay += extra;
    if (extra > 0 && !passage.isLost) this.run.consequences++;
  }

  private drawn(chance: Chance): number {
    if (this.kind === 'uniform') return chance.below(this.by + 1);
    const doublings = Math.min(MOST_DOUBLINGS, Math.clz32(chance.uint32()));
    return chance.below(this.by * 2 ** doublings + 1);
  }
}

export const delay = faultKind({
  kind: 'delay',
  schema,
  begin(world, run, plan) {
    layOn(
      world,
      run,
      plan.links,
      () => new Delaying(run, plan.shape, plan.by, new LinkChance(world.seed, plan)),
    );
  },
  end(_world, run) {
    run.lift();
  },
  describe: (plan) => `${plan.shape} delay of ${milliseconds(plan.by)} ${describeLinks(plan.links)}`,
});
