// Some messages are held back, so that later ones overtake them. It has a consequence when one really does.

import type { FaultRun } from '../world/fault-run.ts';
import type { Link, LinkModifier, Passage } from '../world/link.ts';
import { faultKind, milliseconds, percent, planOf, ppm, wholeNumber } from './fault.ts';
import { LinkChance } from './link-chance.ts';
import { describeLinks, layOn, links } from './target.ts';

const schema = planOf('reordering', { links, ppm, within: wholeNumber });

class HoldingBack implements LinkModifier {
  private readonly run: FaultRun;
  private readonly ppm: number;
  private readonly within: number;
  private readonly chance: LinkChance;
  /** When the last one held back arrives, and when it would have. */
  private heldUntil = 0;
  private dueAt = 0;

  constructor(run: FaultRun, partsPerMillion: number, within: number, chance: LinkChance) {
    this.run = run;
    this.ppm = partsPerMillion;
    this.within = within;
    this.chance = chance;
  }

  shape(passage: Passage, link: Link): void {
    const arrival = passage.sentAt + passage.delay;
    if (this.dueAt <= arrival && arrival < this.heldUntil && !passage.isLost) this.run.consequences++;
    const chance = this.chance.of(link);
    if (!chance.happens(this.ppm)) return;
    passage.delay += chance.below(this.within + 1);
    if (passage.isLost) return;
    this.dueAt = arrival;
    this.heldUntil = passage.sentAt + passage.delay;
  }
}

export const reordering = faultKind({
  kind: 'reordering',
  schema,
  begin(world, run, plan) {
    layOn(
      world,
      run,
      plan.links,
      () => new HoldingBack(run, plan.ppm, plan.within, new LinkChance(world.seed, plan)),
    );
  },
  end(_world, run) {
    run.lift();
  },
  describe: (plan) =>
    `${percent(plan.ppm)} of messages held back up to ${milliseconds(plan.within)} ${describeLinks(plan.links)}`,
});
