// What a one-way cut and a partition lay upon a link: nothing that is sent while it lies there arrives. What was already
// under way does.

import type { FaultRun } from '../world/fault-run.ts';
import type { LinkModifier, Passage } from '../world/link.ts';

export class Cut implements LinkModifier {
  private readonly run: FaultRun;

  constructor(run: FaultRun) {
    this.run = run;
  }

  shape(passage: Passage): void {
    passage.isLost = true;
    this.run.consequences++;
  }
}
