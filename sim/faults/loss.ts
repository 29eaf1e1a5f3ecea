// Messages that never arrive, each by itself with the same probability.

import type { FaultRun } from '../world/fault-run.ts';
import type { Link, LinkModifier, Passage } from '../world/link.ts';
import { faultKind, percent, planOf, ppm } from './fault.ts';
import { LinkChance } from './link-chance.ts';
import { describeLinks, layOn, links } from './target.ts';

const schema = planOf('loss', { links, ppm });

class Losing implements LinkModifier {
  private readonly run: FaultRun;
  private readonly ppm: number;
  private readonly chance: LinkChance;

  constructor(run: FaultRun, partsPerMillion: number, chance: LinkChance) {
    this.run = run;
    this.ppm = partsPerMillion;
    this.chance = chance;
  }

  shape(passage: Passage, link: Link): void {
    if (!this.chance.of(link).happens(this.ppm)) return;
    passage.isLost = true;
    this.run.consequences++;
  }
}

export const loss = faultKind({
  kind: 'loss',
  schema,
  begin(world, run, plan) {
    layOn(world, run, plan.links, () => new Losing(run, plan.ppm, new LinkChance(world.seed, plan)));
  },
  end(_world, run) {
    run.lift();
  },
  describe: (plan) => `loss of ${percent(plan.ppm)} ${describeLinks(plan.links)}`,
});
