// Links that are cut and mended with a period, beginning with a cut: a loose cable, a route that changes to and fro. Nothing
// is on the agenda for it: whether a link is cut follows from the moment at which a message is sent.

import type { FaultRun } from '../world/fault-run.ts';
import type { LinkModifier, Passage } from '../world/link.ts';
import { faultKind, milliseconds, planOf, positive } from './fault.ts';
import { describeLinks, layOn, links } from './target.ts';

const schema = planOf('flapping-link', { links, cutFor: positive, mendedFor: positive });

class Flapping implements LinkModifier {
  private readonly run: FaultRun;
  private readonly since: number;
  private readonly cutFor: number;
  private readonly period: number;

  constructor(run: FaultRun, since: number, cutFor: number, mendedFor: number) {
    this.run = run;
    this.since = since;
    this.cutFor = cutFor;
    this.period = cutFor + mendedFor;
  }

  shape(passage: Passage): void {
    if ((passage.sentAt - this.since) % this.period >= this.cutFor) return;
    passage.isLost = true;
    this.run.consequences++;
  }
}

export const flappingLink = faultKind({
  kind: 'flapping-link',
  schema,
  begin(world, run, plan) {
    layOn(world, run, plan.links, () => new Flapping(run, world.now, plan.cutFor, plan.mendedFor));
  },
  end(_world, run) {
    run.lift();
  },
  describe: (plan) =>
    `cut for ${milliseconds(plan.cutFor)}, mended for ${milliseconds(plan.mendedFor)}, in turn, ${describeLinks(plan.links)}`,
});
