// Messages that arrive a second time, up to `within` later than an undisturbed one could.

import type { FaultRun } from '../world/fault-run.ts';
import type { Link, LinkModifier, Passage } from '../world/link.ts';
import { faultKind, milliseconds, percent, planOf, ppm, wholeNumber } from './fault.ts';
import { LinkChance } from './link-chance.ts';
import { describeLinks, layOn, links } from './target.ts';

const schema = planOf('duplication', { links, ppm, within: wholeNumber });

class Duplicating implements LinkModifier {
  private readonly run: FaultRun;
  private readonly ppm: number;
  private readonly within: number;
  private readonly chance: LinkChance;

  constructor(run: FaultRun, partsPerMillion: number, within: number, chance: LinkChance) {
    this.run = run;
    this.ppm = partsPerMillion;
    this.within = within;
    this.chance = chance;
  }

  shape(passage: Passage, link: Link): void {
    const chance = this.chance.of(link);
    if (!chance.happens(this.ppm)) return;
    passage.addCopy(chance.between(link.delayFrom, link.delayTo + this.within));
    this.run.consequences++;
  }
}

export const duplication = faultKind({
  kind: 'duplication',
  schema,
  begin(world, run, plan) {
    layOn(
      world,
      run,
      plan.links,
      () => new Duplicating(run, plan.ppm, plan.within, new LinkChance(world.seed, plan)),
    );
  },
  end(_world, run) {
    run.lift();
  },
  describe: (plan) =>
    `${percent(plan.ppm)} of messages twice, up to ${milliseconds(plan.within)} later, ${describeLinks(plan.links)}`,
});
