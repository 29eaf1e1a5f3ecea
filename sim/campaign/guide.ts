// Strategy `guided`: what a run looked like decides what is run later. The scenarios of a batch are made before it is handed out,
// from what the batches up to LAG before it have shown and from nothing else. So whoever runs them, and however many do, they
// are the same; and up to LAG batches can be under way at a time.

import { stream } from '../kernel/chance.ts';
import { scenarioOf } from '../scenario/arbitrary.ts';
import { mutated } from '../scenario/mutation.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { BATCH_SIZE, type Batch } from './plan.ts';
import { isKnown, type States } from './states.ts';
import { type Draw, environmentFor, RANDOM_DRAW, type Strategy } from './strategy.ts';

/** Smaller than those of other campaigns: what is learned from one comes LAG batches later. */
const GUIDED_BATCH_SIZE = 25;
export const LAG = 8;

/** Of so many seeds one is drawn as `random` draws it; before anything is known all of them are. */
const ONE_FRESH_OF = 3;

/** Of a batch the scenarios whose runs showed the most new states are kept: so many, and none that showed nothing new. */
const KEPT_OF_BATCH = 5;
/** The latest are mutated: what was new long ago has become common. */
const MOST_KEPT = 100;

export function batchSizeOf(strategy: Strategy): number {
  return strategy === 'guided' ? GUIDED_BATCH_SIZE : BATCH_SIZE;
}

/** For the plan of a campaign: its guide, if it is to have one. */
export function guideOf(draw: Draw): { readonly guide?: Guide } {
  return draw.strategy === 'guided' ? { guide: new Guide(draw) } : {};
}

export class Guide {
  private readonly draw: Draw;
  /** What was kept after each batch that may still be asked for, the oldest first; by the number of batches taken in. */
  private readonly kept = new Map<number, readonly Scenario[]>([[0, []]]);
  /** Of the batches that are handed out and not yet taken in. */
  private readonly under = new Map<number, readonly Scenario[]>();

  constructor(draw: Draw = RANDOM_DRAW) {
    this.draw = draw;
  }

  /** The scenarios of a batch. All those up to LAG before it must have been taken in. */
  plan(batch: Batch): readonly Scenario[] {
    const corpus = this.kept.get(Math.max(0, batch.index - LAG + 1))!;
    const scenarios = Array.from({ length: batch.count }, (_, place) =>
      this.scenarioOf(batch.first + place, corpus),
    );
    this.under.set(batch.index, scenarios);
    return scenarios;
  }

  /** A batch is taken in, in order: `seen` in it were these states, and those of `known` before it. */
  learn(batch: Batch, seen: States, known: States): void {
    const fresh = new Map<number, number>();
    for (const [state, [seed]] of Object.entries(seen.seen)) {
      if (!isKnown(known, state)) fresh.set(seed, (fresh.get(seed) ?? 0) + 1);
    }
    const best = [...fresh]
      .toSorted(([seedA, a], [seedB, b]) => b - a || seedA - seedB)
      .slice(0, KEPT_OF_BATCH)
      .map(([seed]) => this.under.get(batch.index)![seed - batch.first]!);
    this.under.delete(batch.index);
    this.kept.set(batch.index + 1, [...this.kept.get(batch.index)!, ...best].slice(-MOST_KEPT));
    this.kept.delete(batch.index + 1 - LAG);
  }

  private scenarioOf(seed: number, corpus: readonly Scenario[]): Scenario {
    const chance = stream(seed, 'guide');
    const isFresh = chance.below(ONE_FRESH_OF) === 0;
    if (corpus.length === 0 || isFresh)
      return scenarioOf(seed, { environment: environmentFor(seed, this.draw) });
    return mutated(corpus[chance.below(corpus.length)]!, corpus[chance.below(corpus.length)]!, seed);
  }
}
