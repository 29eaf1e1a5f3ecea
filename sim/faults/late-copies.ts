// Copies of messages that turn up long after everybody has forgotten the message: a request whose token has come back since,
// a vote of a store that is no more. A copy that comes after the end of the run has no consequence.

import type { FaultRun } from '../world/fault-run.ts';
import type { Link, LinkModifier, Passage } from '../world/link.ts';
import { faultKind, milliseconds, percent, planOf, ppm, wholeNumber } from './fault.ts';
import { LinkChance } from './link-chance.ts';
import { describeLinks, layOn, links } from './target.ts';

const schema = planOf('late-copies', {
  links,
  ppm,
  /** A copy comes so much later than its message was sent, */
  after: wholeNumber,
  /** or up to so much more. */
  within: wholeNumber,
});

class Straying implements LinkModifier {
  private readonly run: FaultRun;
  private readonly ppm: number;
  private readonly after: number;
  private readonly within: number;
  private readonly endsAt: number;
  private readonly chance: LinkChance;

  constructor(
    run: FaultRun,
    partsPerMillion: number,
    after: number,
    within: number,
    endsAt: number,
    chance: LinkChance,
  ) {
    this.run = run;
    this.ppm = partsPerMillion;
    this.after = after;
    this.within = within;
    this.endsAt = endsAt;
    this.chance = chance;
  }

  shape(passage: Passage, link: Link): void {
    const chance = this.chance.of(link);
    if (!chance.happens(this.ppm)) return;
    const delay = this.after + chance.below(this.within + 1);
    passage.addCopy(delay);
    if (passage.sentAt + delay <= this.endsAt) this.run.consequences++;
  }
}

export const lateCopies = faultKind({
  kind: 'late-copies',
  schema,
  begin(world, run, plan) {
    layOn(
      world,
      run,
      plan.links,
      () =>
        new Straying(run, plan.ppm, plan.after, plan.within, world.endsAt, new LinkChance(world.seed, plan)),
    );
  },
  end(_world, run) {
    run.lift();
  },
  describe: (plan) =>
    `copies of ${percent(plan.ppm)} of messages ${milliseconds(plan.after)} later, or up to ${milliseconds(plan.within)} more, ${describeLinks(plan.links)}`,
});
