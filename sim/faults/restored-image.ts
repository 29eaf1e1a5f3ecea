// A machine is set back to an older image of its disk, as from a backup: when the fault begins the image is taken, a while
// later the machine dies, and at the end it starts again over the image. What its store promised in between is forgotten.

import type { DiskImage } from '../world/disk-model.ts';
import type { FaultRun } from '../world/fault-run.ts';
import type { Due, World } from '../world/world.ts';
import { faultKind, milliseconds, planOf, positive } from './fault.ts';
import { letAllUp, takeDown } from './outage.ts';
import { describeTarget, nodeOf, target } from './target.ts';

const schema = planOf('restored-image', {
  target,
  /** From the image to the crash, µs; an image whose time does not come before the fault ends is never used. */
  keptFor: positive,
});

const ALL_SURVIVES = Object.freeze({ survivePpm: 1_000_000, torn: false });

/** Puts the image back; it spares a node that was made whole. */
class Restoring implements Due {
  private readonly run: FaultRun;
  private readonly node: number;
  private readonly image: DiskImage;

  constructor(run: FaultRun, node: number, image: DiskImage) {
    this.run = run;
    this.node = node;
    this.image = image;
  }

  due(world: World): void {
    const host = world.hosts[this.node]!;
    if (host.isSpared) return;
    world.strikes(this.run);
    takeDown(world, this.run, this.node, ALL_SURVIVES);
    if (host.restoreDisk(this.image)) this.run.consequences++;
  }
}

export const restoredImage = faultKind({
  kind: 'restored-image',
  schema,
  begin(world, run, plan) {
    const node = nodeOf(world, plan.target);
    if (node < 0) return;
    const image = world.hosts[node]!.diskImage();
    if (image === null) return;
    run.hold(node);
    const at = world.now + plan.keptFor;
    if (at < plan.until) world.schedule(at, new Restoring(run, node, image));
  },
  end(world, run) {
    letAllUp(world, run);
  },
  describe: (plan) =>
    `${describeTarget(plan.target)} set back to an image of its disk that is ${milliseconds(plan.keptFor)} old`,
});
