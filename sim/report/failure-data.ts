// One recorded run as the page shows it: the sentence, what led there, the chain, and everything that its diagram draws.

import type { Recording } from '../explain/recording.ts';
import { chainOf, type StoryLine, storyOf } from '../explain/story.ts';
import { describeFault } from '../faults/index.ts';
import { describeScenario } from '../scenario/describe.ts';
import { describeMove } from '../scenario/moves.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { signatureOf } from '../signature.ts';
import type { FailureData, StepData } from './page/data.ts';
import { runDataOf } from './run-data.ts';

const MOST_STEPS = 400;

export interface Known {
  /** What the reader gave. */
  readonly name: string;
  /** Which violation it is kept for; none of that signature: the first. */
  readonly signature: string | null;
  /** What is known of a run that passes. */
  readonly twin: readonly string[] | null;
}

export function failureDataOf(recording: Recording, { name, signature, twin }: Known): FailureData {
  const { scenario, violations } = recording;
  const violation = violations.find((each) => signatureOf(each) === signature) ?? violations[0];
  const own = violation === undefined ? [] : [violation];
  const story = violation === undefined ? [] : storyOf(recording, violation);
  return {
    name,
    signature: violation === undefined ? null : signatureOf(violation),
    property: violation?.property ?? null,
    sentence: violation?.reason ?? 'No property is violated in this run.',
    scenario: describeScenario(scenario).split('\n'),
    faults: plannedIn(scenario),
    story: shortened(story).map(stepOf),
    chain: violation === undefined ? [] : chainOf(recording, violation).map(stepOf),
    twin,
    // The diagram begins at the first of them.
    run: runDataOf({
      ...recording,
      violations: [...own, ...violations.filter((each) => each !== violation)],
    }),
  };
}

/** What stands in the README of a failure about the run that passes; null: nothing. */
export function twinIn(readme: string): string[] | null {
  const section = /^## The nearest run that passes\n([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(readme)?.[1];
  const lines = section?.split('\n').filter((line) => line.trim() !== '') ?? [];
  return lines.length === 0 ? null : lines.slice(0, 20);
}

function plannedIn({ faults, moves = [], servers }: Scenario): string[] {
  const struck = faults.map((fault) => {
    const until = fault.until > fault.at ? ` to ${fault.until / 1_000_000} s` : '';
    return `${fault.at / 1_000_000} s${until}: ${describeFault(fault)}`;
  });
  return [...struck, ...moves.map((move) => describeMove(move, servers))];
}

/** The end of a long story is nearer to the violation. */
function shortened(story: readonly StoryLine[]): readonly StoryLine[] {
  return story.slice(-MOST_STEPS);
}

function stepOf({ id, at, text }: StoryLine): StepData {
  return { id, at, text };
}
