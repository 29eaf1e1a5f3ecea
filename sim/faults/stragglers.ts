// Messages that come so late that whoever sent them has long given them up, and tried again or done something else: a request
// behind the release of its handle, a vote behind the next election of its candidate. Unlike late copies nothing came before.

import type { FaultRun } from '../world/fault-run.ts';
import type { Link, LinkModifier, Passage } from '../world/link.ts';
import { faultKind, milliseconds, percent, planOf, ppm, wholeNumber } from './fault.ts';
import { LinkChance } from './link-chance.ts';
import { describeLinks, layOn, links } from './target.ts';

const schema = planOf('stragglers', {
  links,
  ppm,
  /** A message that is held up comes so much later than it would, */
  after: wholeNumber,
  /** or up to so much more. */
  within: wholeNumber,
});

class Holding implements LinkModifier {
  private readonly run: FaultRun;
  private readonly ppm: number;
  private readonly after: number;
  private readonly within: number;
  private readonly chance: LinkChance;

  constructor(run: FaultRun, partsPerMillion: number, after: number, within: number, chance: LinkChance) {
    this.run = run;
    this.ppm = partsPerMillion;
    this.after = after;
    this.within = within;
    this.chance = chance;
  }

  shape(passage: Passage, link: Link): void {
    const chance = this.chance.of(link);
    if (!chance.happens(this.ppm)) return;
    passage.delay += this.after + chance.below(this.within + 1);
    if (!passage.isLost) this.run.consequences++;
  }
}

export const stragglers = faultKind({
  kind: 'stragglers',
  schema,
  begin(world, run, plan) {
    layOn(
      world,
      run,
      plan.links,
      () => new Holding(run, plan.ppm, plan.after, plan.within, new LinkChance(world.seed, plan)),
    );
  },
  end(_world, run) {
    run.lift();
  },
  describe: (plan) =>
    `${percent(plan.ppm)} of messages come ${milliseconds(plan.after)} later, or up to ${milliseconds(plan.within)} more, ${describeLinks(plan.links)}`,
});
