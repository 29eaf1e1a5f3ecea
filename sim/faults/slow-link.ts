// Links of little bandwidth: a message is under way for as long as its bytes take, and waits until those before it are
// through. Of what waits only so many bytes are kept; a message that finds no room is dropped.

import type { FaultRun } from '../world/fault-run.ts';
import type { LinkModifier, Passage } from '../world/link.ts';
import { faultKind, planOf, positive, wholeNumber } from './fault.ts';
import { describeLinks, layOn, links } from './target.ts';

const schema = planOf('slow-link', {
  links,
  bytesPerSecond: positive,
  /** Room for messages behind the one that is being carried; none is needed on a link that is idle. */
  queueBytes: wholeNumber,
});

const SECOND = 1_000_000;

class Carrying implements LinkModifier {
  private readonly run: FaultRun;
  private readonly bytesPerSecond: number;
  private readonly queueBytes: number;
  /** True time at which everything accepted so far has been carried. */
  private freeAt = 0;

  constructor(run: FaultRun, bytesPerSecond: number, queueBytes: number) {
    this.run = run;
    this.bytesPerSecond = bytesPerSecond;
    this.queueBytes = queueBytes;
  }

  shape(passage: Passage): void {
    // What was lost before it came here takes no time.
    if (passage.isLost) return;
    const { sentAt, length } = passage;
    const waits = Math.max(0, this.freeAt - sentAt);
    const ahead = Math.floor((waits * this.bytesPerSecond) / SECOND);
    this.run.consequences++;
    if (waits > 0 && ahead + length > this.queueBytes) {
      passage.isLost = true;
      return;
    }
    this.freeAt = sentAt + waits + Math.ceil((length * SECOND) / this.bytesPerSecond);
    passage.delay += this.freeAt - sentAt;
  }
}

export const slowLink = faultKind({
  kind: 'slow-link',
  schema,
  begin(world, run, plan) {
    layOn(world, run, plan.links, () => new Carrying(run, plan.bytesPerSecond, plan.queueBytes));
  },
  end(_world, run) {
    run.lift();
  },
  describe: (plan) =>
    `${plan.bytesPerSecond} bytes per second, queues of ${plan.queueBytes} bytes ${describeLinks(plan.links)}`,
});
