// Messages in which one byte arrives as another. The frame's checksum must catch every one of them: to a machine they are
// lost, never different.

import type { FaultRun } from '../world/fault-run.ts';
import type { Link, LinkModifier, Passage } from '../world/link.ts';
import { faultKind, percent, planOf, ppm } from './fault.ts';
import { LinkChance } from './link-chance.ts';
import { describeLinks, layOn, links } from './target.ts';

const schema = planOf('corruption', { links, ppm });

class Spoiling implements LinkModifier {
  private readonly run: FaultRun;
  private readonly ppm: number;
  private readonly chance: LinkChance;

  constructor(run: FaultRun, partsPerMillion: number, chance: LinkChance) {
    this.run = run;
    this.ppm = partsPerMillion;
    this.chance = chance;
  }

  shape(passage: Passage, link: Link): void {
    const chance = this.chance.of(link);
    if (!chance.happens(this.ppm) || passage.length === 0) return;
    const place = chance.below(passage.length);
    const difference = chance.between(1, 255);
    // One byte a message: another such fault on this link was first.
    if (passage.isLost || passage.spoiledByte >= 0) return;
    passage.spoiledByte = place;
    passage.spoiledWith = difference;
    this.run.consequences++;
  }
}

export const corruption = faultKind({
  kind: 'corruption',
  schema,
  begin(world, run, plan) {
    layOn(world, run, plan.links, () => new Spoiling(run, plan.ppm, new LinkChance(world.seed, plan)));
  },
  end(_world, run) {
    run.lift();
  },
  describe: (plan) => `a byte spoiled in ${percent(plan.ppm)} of messages ${describeLinks(plan.links)}`,
});
