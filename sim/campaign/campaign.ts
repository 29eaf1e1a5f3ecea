// Drives a campaign: hands out batches in order, takes their tallies in that same order whenever they come, and decides
// when it is enough. Whatever is decided by results is decided batch by batch in order, so it does not depend on the crew.

import type { Crew } from './crew.ts';
import { batchSizeOf, type Guide, LAG } from './guide.ts';
import { batchAt, batchCount, type SeedRange, type Shard, WHOLE } from './plan.ts';
import { emptyTally, type Finding, mergeTally, type Tally } from './tally.ts';

export interface CampaignPlan {
  readonly seeds: SeedRange;
  /** Which of their batches; all of them unless told otherwise. */
  readonly shard?: Shard;
  /** Where an earlier one was left. */
  readonly from?: CampaignState;
  /** The campaign ends after the batch in which the number of failing seeds reaches this. */
  readonly mostFailures: number;
  /** Says what the seeds run, from what others have shown; absent: what they draw. A guided campaign has no shard and no `from`. */
  readonly guide?: Guide;
}

/** What is known between two batches: enough to go on from there, and to end with the same result. */
export interface CampaignState {
  /** Batches that are in the tally: the first so many. */
  readonly taken: number;
  readonly tally: Tally;
  /** Later ones that were finished before an earlier one. */
  readonly ahead: ReadonlyMap<number, Tally>;
}

export interface CampaignControls {
  /** True ends the campaign as soon as the batches under way are done. */
  readonly isTimeOver?: () => boolean;
  /** Ends the campaign after the runs under way. */
  readonly interrupt?: AbortSignal;
  /** After each batch, with the sums so far. */
  readonly onProgress?: (tally: Tally) => void;
  /** After each batch that was run to its end. The state is only lent. */
  readonly onState?: (state: CampaignState) => void;
  /** A signature that was not met before. */
  readonly onFinding?: (signature: string, finding: Finding) => void;
}

export type Ending = 'done' | 'failures' | 'time' | 'interrupted';

export interface CampaignResult {
  readonly tally: Tally;
  readonly ending: Ending;
}

/** A worker was lost, not a run: nothing can be said of that batch. */
export class LostBatch extends Error {
  override name = 'LostBatch';
}

/** How many batches may wait for an earlier one, per worker: bounds memory. */
const AHEAD = 4;

export async function runCampaign(
  plan: CampaignPlan,
  crew: Crew,
  controls: CampaignControls = {},
): Promise<CampaignResult> {
  const campaign = new Campaign(plan, crew, controls);
  const onInterrupt = () => campaign.end('interrupted');
  controls.interrupt?.addEventListener('abort', onInterrupt);
  try {
    if (controls.interrupt?.aborted) onInterrupt();
    return await campaign.run();
  } finally {
    controls.interrupt?.removeEventListener('abort', onInterrupt);
  }
}

class Campaign {
  private readonly plan: CampaignPlan;
  private readonly crew: Crew;
  private readonly controls: CampaignControls;
  private readonly shard: Shard;
  private readonly batchSize: number;
  /** How many batches may be ahead of the one that is taken in next. */
  private readonly mostAhead: number;
  private readonly tally: Tally;
  private readonly underWay = new Map<number, Promise<void>>();
  private readonly finished: Map<number, Tally>;
  private nextOut: number;
  private nextIn: number;
  private ending: Ending = 'done';

  constructor(plan: CampaignPlan, crew: Crew, controls: CampaignControls) {
    this.plan = plan;
    this.crew = crew;
    this.controls = controls;
    this.shard = plan.shard ?? WHOLE;
    this.batchSize = batchSizeOf(plan.guide === undefined ? 'random' : 'guided');
    this.mostAhead = plan.guide === undefined ? crew.size * AHEAD : Math.min(crew.size * AHEAD, LAG);
    this.tally = emptyTally();
    if (plan.from !== undefined) mergeTally(this.tally, plan.from.tally);
    this.finished = new Map(plan.from?.ahead);
    this.nextIn = plan.from?.taken ?? 0;
    this.nextOut = this.nextIn;
  }

  async run(): Promise<CampaignResult> {
    if (this.tally.failedSeeds >= this.plan.mostFailures) this.end('failures');
    this.takeIn();
    for (;;) {
      this.handOut();
      if (this.underWay.size === 0) break;
      await Promise.race(this.underWay.values());
      this.takeIn();
    }
    return { tally: this.tally, ending: this.ending };
  }

  end(ending: Ending): void {
    if (this.ending !== 'done') return;
    this.ending = ending;
    if (ending !== 'time') this.crew.stop();
  }

  private handOut(): void {
    const { seeds, guide } = this.plan;
    const last = batchCount(seeds, this.shard, this.batchSize);
    while (
      this.ending === 'done' &&
      this.nextOut < last &&
      this.underWay.size < this.crew.size * 2 &&
      this.nextOut - this.nextIn < this.mostAhead
    ) {
      if (this.controls.isTimeOver?.()) {
        this.end('time');
        return;
      }
      if (this.finished.has(this.nextOut)) {
        this.nextOut++;
        continue;
      }
      const batch = batchAt(seeds, this.nextOut++, this.shard, this.batchSize);
      const work = this.crew.run(batch, guide?.plan(batch)).then(
        (tally) => {
          this.finished.set(batch.index, tally);
          this.underWay.delete(batch.index);
        },
        (error: unknown) => {
          const cause = error instanceof Error ? error.message : String(error);
          throw new LostBatch(
            `seeds ${batch.first}..${batch.first + batch.count - 1} were lost with their worker: ${cause}`,
          );
        },
      );
      this.underWay.set(batch.index, work);
    }
  }

  /** In the order of the seeds. What comes after the batch that was one failure too many does not count, whoever ran it. */
  private takeIn(): void {
    for (;;) {
      const tally = this.ending === 'failures' ? undefined : this.finished.get(this.nextIn);
      if (tally === undefined) break;
      const { seeds, guide } = this.plan;
      guide?.learn(batchAt(seeds, this.nextIn, this.shard, this.batchSize), tally.states, this.tally.states);
      this.finished.delete(this.nextIn++);
      const known = new Set(Object.keys(this.tally.findings));
      mergeTally(this.tally, tally);
      for (const [signature, finding] of Object.entries(this.tally.findings)) {
        if (!known.has(signature)) this.controls.onFinding?.(signature, finding);
      }
      if (this.tally.failedSeeds >= this.plan.mostFailures) {
        this.tellState();
        this.end('failures');
      }
      this.controls.onProgress?.(this.tally);
    }
    // Those that were told to stop have not run all of their seeds.
    if (this.ending === 'done' || this.ending === 'time') this.tellState();
  }

  private tellState(): void {
    this.controls.onState?.({ taken: this.nextIn, tally: this.tally, ahead: this.finished });
  }
}
