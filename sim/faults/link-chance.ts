// The stream of one fault on one link, made when it is first drawn from. Its name holds the fault's purpose, its begin and
// the link: leaving out another fault, or moving another's end, leaves these draws alone.

import { type Chance, stream } from '../kernel/chance.ts';
import type { FaultPlan } from '../scenario/scenario.ts';
import type { Link } from '../world/link.ts';

export class LinkChance {
  private readonly seed: number;
  private readonly name: string;
  private readonly begin: number;
  private chance: Chance | null = null;

  constructor(seed: number, plan: FaultPlan) {
    this.seed = seed;
    this.name = plan.kind;
    this.begin = plan.at;
  }

  of(link: Link): Chance {
    if (this.chance === null)
      this.chance = stream(this.seed, `${this.name} ${link.from}→${link.to} @${this.begin}`);
    return this.chance;
  }
}
