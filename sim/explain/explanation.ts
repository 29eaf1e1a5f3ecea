// Everything that is said of one failure: the sentence, what led there, the chain at whose end it stands, the twin that passes, and
// the recorded run. Texts only, so that it can leave the thread in which the run was made.

import type { Violation } from '../outcome.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { record } from './record.ts';
import { ndjsonOf } from './recording.ts';
import { chainOf, lineText, storyOf } from './story.ts';
import { nearestTwin, twinLines } from './twin.ts';

export interface Explanation {
  readonly sentence: string;
  /** Oldest first. */
  readonly story: readonly string[];
  /** From the violation back. */
  readonly chain: readonly string[];
  /** Null: nothing single can be left out so that it passes. */
  readonly twin: readonly string[] | null;
  readonly trace: string;
}

/** A longer story is cut in its middle. */
const MOST_LINES = 60;

export function explain(scenario: Scenario, violation: Violation, build: string): Explanation {
  const recording = record(scenario);
  const isSeen = recording.violations.some(
    ({ property, pattern }) => property === violation.property && pattern === violation.pattern,
  );
  if (!isSeen) throw new Error(`the run is not the same when it is recorded: it lacks "${violation.reason}"`);
  const twin = nearestTwin(recording);
  return {
    sentence: violation.reason,
    story: shortened(storyOf(recording, violation).map(lineText)),
    chain: chainOf(recording, violation).map(lineText),
    twin: twin === null ? null : twinLines(twin),
    trace: ndjsonOf(recording, build),
  };
}

function shortened(lines: readonly string[]): string[] {
  if (lines.length <= MOST_LINES) return [...lines];
  const half = MOST_LINES / 2;
  return [
    ...lines.slice(0, half),
    `                … ${lines.length - MOST_LINES} more, see trace.ndjson`,
    ...lines.slice(-half),
  ];
}
