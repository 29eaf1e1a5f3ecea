// What the thread does once the pool that it runs is in place: shrinks a scenario and explains what is left, or runs it once, or
// records it.

import { type Judged, judge } from '../campaign/judge.ts';
import { type Explanation, explain } from '../explain/explanation.ts';
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
  /** Which build this is, for the recorded run. */
  readonly build: string;
}

export type ShrinkResult =
  | {
      readonly kind: 'shrunk';
      readonly signature: string;
      readonly shrunk: Shrunk;
      readonly explanation: Explanation;
      /** What the search took, without the explanation. */
      readonly seconds: number;
    }
  /** Nothing is violated, or not what is wanted; with the signatures that were seen instead. */
  | { readonly kind: 'no such failure'; readonly seen: readonly string[] }
  | { readonly kind: 'harness failure'; readonly error: string };

export type ShrinkDone = ShrinkResult & { readonly kind: 'shrunk' };

export interface ShrinkControls {
  readonly isStopped: () => boolean;
  readonly onBetter: (step: ShrinkStep) => void;
}

export function workOn(order: ShrinkOrder, controls: ShrinkControls): ShrinkResult {
  const { scenario, wanted, budgetMs, build } = order;
  const startedAt = performance.now();
  const overAt = budgetMs === null ? Number.POSITIVE_INFINITY : startedAt + budgetMs;
  const judged = runOnce(scenario);
  if (judged.kind === 'harness failure') return judged;
  // Outside of any event: the scenario could not even begin.
  if (judged.kind === 'broken fact') return { kind: 'harness failure', error: judged.fact };
  const seen = judged.outcome.violations.map(signatureOf);
  const signature = seen.find((each) => wanted === null || each === wanted || each.startsWith(`${wanted}-`));
  if (signature === undefined) return { kind: 'no such failure', seen };
  const shrunk = shrink(scenario, signature, {
    seek,
    isOver: () => controls.isStopped() || performance.now() >= overAt,
    onBetter: controls.onBetter,
  });
  if (shrunk === null) return { kind: 'no such failure', seen };
  const seconds = (performance.now() - startedAt) / 1000;
  const explanation = explain(shrunk.scenario, shrunk.failure.violation, build);
  return { kind: 'shrunk', signature, shrunk, explanation, seconds };
}

export function runOnce(scenario: Scenario): Judged {
  return judge(
    (it) => simulate(it),
    () => scenario,
  );
}

export { record } from '../explain/record.ts';
