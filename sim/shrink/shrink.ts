// From a failing scenario to its essence: tries whatever the axes offer, and keeps what still fails in the same way. Every run is
// one synchronous call; chance comes in named streams, so that what is left out leaves the rest of the run as it was. Without
// a bound in time it is the same search, and the same result, every time.

import { AXES, LAST_AXES } from '../scenario/axes.ts';
import type { Axis } from '../scenario/axis.ts';
import { saveScenario } from '../scenario/save.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { fewest } from './fewest.ts';
import type { Failure, Seek } from './seek.ts';

export interface ShrinkOptions {
  readonly seek: Seek;
  /** Asked before every run: true ends the search, with the best so far. */
  readonly isOver?: () => boolean;
  /** After every run that was worth it. */
  readonly onBetter?: (step: ShrinkStep) => void;
}

export interface ShrinkStep {
  readonly axis: string;
  readonly runs: number;
  readonly scenario: Scenario;
}

export interface Shrunk {
  readonly scenario: Scenario;
  readonly failure: Failure;
  /** How many scenarios were run. */
  readonly runs: number;
  /** Nothing more can be left out on any axis; false: the search was ended before that. */
  readonly isComplete: boolean;
}

/** Each round goes over all axes; what one of them has taken makes room for the others. */
const MOST_ROUNDS = 8;

/** A scenario that needs more events than the one that it was made from is not simpler, whatever it looks like. */
const MOST_GROWTH = 2;
const ALLOWANCE = 1000;

/** Null: that scenario does not fail with that signature. */
export function shrink(scenario: Scenario, signature: string, options: ShrinkOptions): Shrunk | null {
  const failure = options.seek(scenario, signature, Number.POSITIVE_INFINITY);
  if (failure === null) return null;
  const search = new Search(scenario, failure, options);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const before = search.best;
    for (const axis of AXES) search.along(axis);
    if (search.best === before) break;
  }
  for (const axis of LAST_AXES) search.along(axis);
  return { scenario: search.best, failure: search.failure, runs: search.runs, isComplete: !search.isOver };
}

class Search {
  best: Scenario;
  failure: Failure;
  runs = 1;
  isOver = false;
  private readonly options: ShrinkOptions;
  /** Scenarios that were run and do not fail so. */
  private readonly inVain = new Set<string>();

  constructor(scenario: Scenario, failure: Failure, options: ShrinkOptions) {
    this.best = scenario;
    this.failure = failure;
    this.options = options;
  }

  along(axis: Axis): void {
    if (axis.kind === 'fewer') {
      const { best } = this;
      fewest(axis.parts(best, this.failure), (kept) => this.attempt(axis.keeping(best, kept), axis));
      return;
    }
    while (this.takeOne(axis));
  }

  private takeOne(axis: Axis & { readonly kind: 'simpler' }): boolean {
    for (const candidate of axis.candidates(this.best, this.failure)) {
      if (this.attempt(candidate, axis)) return true;
      if (this.isOver) return false;
    }
    return false;
  }

  /** True when it fails in the same way; then it is the best. */
  private attempt(candidate: Scenario, { name }: Axis): boolean {
    if (this.isOver) return false;
    const text = saveScenario(candidate);
    if (this.inVain.has(text)) return false;
    if (this.options.isOver?.()) {
      this.isOver = true;
      return false;
    }
    this.runs++;
    const { signature, events } = this.failure;
    const failure = this.options.seek(candidate, signature, MOST_GROWTH * events + ALLOWANCE);
    if (failure === null) {
      this.inVain.add(text);
      return false;
    }
    this.best = candidate;
    this.failure = failure;
    this.options.onBetter?.({ axis: name, runs: this.runs, scenario: candidate });
    return true;
  }
}
