// What is kept of a failure, as `<out>/failures/<signature>/`: scenario.json (what is left of it), original.json, README.md for
// people, trace.ndjson for programs (its lines are described in sim/explain/recording.ts).

import { describeFault } from '../faults/index.ts';
import { describeScenario } from '../scenario/describe.ts';
import { describeMove } from '../scenario/moves.ts';
import { saveScenario } from '../scenario/save.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { sizeOf, sizeText } from '../shrink/size.ts';
import type { ShrinkDone } from '../shrink/work.ts';

export interface Provenance {
  readonly build: string;
  /** The command that replays `scenario.json`. */
  readonly replay: string;
}

export function shrunkFiles(
  original: Scenario,
  done: ShrinkDone,
  { build, replay }: Provenance,
): Record<string, string> {
  const { signature, shrunk, explanation, seconds } = done;
  const { sentence, story, chain, twin, trace } = explanation;
  const readme = [
    `# ${signature}`,
    '',
    sentence,
    '',
    'Replay it:',
    '',
    ...indented([replay]),
    '',
    '## What led there',
    '',
    'All that changed who leads, who holds what, who is cut off or down, in the causal past of the violation:',
    '',
    ...indented(story),
    '',
    '## The last steps',
    '',
    'From the violation back; each event was asked for by the one below it.',
    '',
    ...indented(chain),
    '',
    '## The nearest run that passes',
    '',
    ...(twin ?? ['No single fault, move or session can be left out so that it passes.']),
    '',
    '## Where it comes from',
    '',
    `Found in ${original.environment} with seed ${original.seed} by ${build} on Node ${process.versions.node}.`,
    `As it was found (original.json): ${sizeText(sizeOf(original))}.`,
    `What is left of it (scenario.json): ${sizeText(sizeOf(shrunk.scenario))}, after ${shrunk.runs} runs in ${seconds.toFixed(1)} s${shrunk.isComplete ? '' : '; the search was ended before it was complete'}.`,
    '',
    ...indented(describeScenario(shrunk.scenario).split('\n')),
    ...indented(faultLines(shrunk.scenario)),
    '',
  ];
  return {
    'scenario.json': saveScenario({ ...shrunk.scenario, savedBy: build }),
    'original.json': saveScenario({ ...original, savedBy: build }),
    'README.md': readme.join('\n'),
    'trace.ndjson': trace,
  };
}

/** Of a failure that nobody has shrunk. */
export function plainFiles(
  signature: string,
  reason: string,
  scenario: Scenario,
  { build, replay }: Provenance,
): Record<string, string> {
  const readme = [
    `# ${signature}`,
    '',
    reason,
    '',
    'Replay it:',
    '',
    ...indented([replay]),
    '',
    `Found by ${build} on Node ${process.versions.node} with seed ${scenario.seed}:`,
    '',
    ...indented(describeScenario(scenario).split('\n')),
    ...indented(faultLines(scenario)),
    '',
  ];
  return { 'scenario.json': saveScenario({ ...scenario, savedBy: build }), 'README.md': readme.join('\n') };
}

function faultLines({ faults, moves = [], servers }: Scenario): string[] {
  const struck = faults.map((fault) => {
    const until = fault.until > fault.at ? ` to ${fault.until / 1_000_000} s` : '';
    return `fault     ${fault.at / 1_000_000} s${until}: ${describeFault(fault)}`;
  });
  return [...struck, ...moves.map((move) => `move      ${describeMove(move, servers)}`)];
}

/** What is left of a failure, what led there, and the run that passes: for a terminal. */
export function tellingLines({ shrunk, explanation }: ShrinkDone): string[] {
  return [...faultLines(shrunk.scenario), '', ...explanation.story, '', ...(explanation.twin ?? []), ''];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `    ${line}`);
}
