// One fault of the plan during a run: what it has laid upon the world, so that its end takes away exactly that, and
// whether it ever mattered. A fault that is scheduled but changes nothing must show in the report.

import type { FaultPlan } from '../scenario/scenario.ts';
import type { Link, LinkModifier } from './link.ts';

export class FaultRun {
  readonly index: number;
  readonly plan: FaultPlan;
  /** It found what it was aimed at. */
  isApplied = false;
  isActive = false;
  /** True time at which it began, µs; null: it has not. */
  beganAt: number | null = null;
  /** How many times something went otherwise because of it. */
  consequences = 0;
  /** What the machines were in the middle of when it struck, as bits: the union over its beginning and all later strikes. */
  phases = 0;
  /** The nodes that it holds. */
  readonly nodes: number[] = [];
  private readonly links: Link[] = [];
  private readonly modifiers: LinkModifier[] = [];

  constructor(index: number, plan: FaultPlan) {
    this.index = index;
    this.plan = plan;
  }

  lay(link: Link, modifier: LinkModifier): void {
    link.add(modifier);
    this.links.push(link);
    this.modifiers.push(modifier);
    this.isApplied = true;
  }

  /** Takes away every modifier that it laid and that still lies there. */
  lift(): void {
    for (let i = 0; i < this.links.length; i++) this.links[i]!.remove(this.modifiers[i]!);
    this.links.length = 0;
    this.modifiers.length = 0;
  }

  hold(node: number): void {
    this.nodes.push(node);
    this.isApplied = true;
  }
}

/** Counts of one kind of fault in one run; every number counts faults. */
export interface FaultCount {
  readonly scheduled: number;
  readonly applied: number;
  readonly consequential: number;
}
