// What the shrinking thread does once the pool that it runs is in place.

import type { Scenario } from '../scenario/scenario.ts';
import { signatureOf } from '../signature.ts';
import { simulate } from '../simulate.ts';
import { seek } from './seek.ts';
import { type ShrinkStep, type Shrunk, shrink } from './shrink.ts';

export interface ShrinkOrder {
  readonly scenario: Scenario;
  /** A signature or a property: that violation; null: the one that was seen first. */
  readonly wanted: string | null;
  /** The search ends after so long; null: when it is complete. */
  readonly budgetMs: number | null;
}

export type ShrinkResult =
  | { readonly kind: 'shrunk'; readonly signature: string; readonly shrunk: Shrunk; readonly seconds: number }
  /** Nothing is violated, or not what is wanted; with the signatures that were seen instead. */
  | { readonly kind: 'no such failure'; readonly seen: readonly string[] }
  | { readonly kind: 'harness failure'; readonly error: string };

export interface ShrinkControls {
  readonly isStopped: () => boolean;
  readonly onBetter: (step: ShrinkStep) => void;
}

export function workOn(order: ShrinkOrder, controls: ShrinkControls): ShrinkResult {
  const startedAt = performance.now();
  const overAt = order.budgetMs === null ? Number.POSITIVE_INFINITY : startedAt + order.budgetMs;
  let seen: readonly string[];
  try {
    seen = simulate(order.scenario).violations.map(signatureOf);
  } catch (error) {
    return {
      kind: 'harness failure',
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
  const { wanted } = order;
  const signature = seen.find((each) => wanted === null || each === wanted || each.startsWith(`${wanted}-`));
  const shrunk =
    signature === undefined
      ? null
      : shrink(order.scenario, signature, {
          seek,
          isOver: () => controls.isStopped() || performance.now() >= overAt,
          onBetter: controls.onBetter,
        });
  if (signature === undefined || shrunk === null) return { kind: 'no such failure', seen };
  return { kind: 'shrunk', signature, shrunk, seconds: (performance.now() - startedAt) / 1000 };
}
