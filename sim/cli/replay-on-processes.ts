// `regency-sim replay --on-processes`: what of a scenario can be done to real servers on this machine, done to them; and what
// cannot, said with its reason.

import { CannotGoOn, painted, print } from '../../src/cli/terminal.ts';
import { packageFolder } from '../../src/cli/version.ts';
import { grouped, spanOf } from '../campaign/numbers.ts';
import { type Exclusion, mappedToProcesses } from '../metal/mapping.ts';
import { type MetalOutcome, runOnProcesses } from '../metal/on-processes.ts';
import { patchedProgram } from '../metal/patched-program.ts';
import type { PatchedModules } from '../mutants/patched-build.ts';
import { describeScenario } from '../scenario/describe.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { interruptible } from './interruptible.ts';
import { writeJson } from './json-output.ts';
import { LiveLine } from './progress.ts';

export async function replayOnProcesses(
  asSaved: Scenario,
  modules: PatchedModules | null,
  json: string | undefined,
): Promise<ExitCode> {
  const mapped = mappedToProcesses(asSaved);
  if (typeof mapped === 'string') throw new CannotGoOn(`it cannot be run on processes: ${mapped}`);
  const { scenario, exclusions } = mapped;
  const isForPeople = json !== '-';
  if (isForPeople) print([describeScenario(scenario), ...exclusions.map(exclusionText)].join('\n'));
  const patched = modules === null ? null : patchedProgram(modules, packageFolder());
  const line = new LiveLine(process.stderr);
  const lasts = scenario.endsAt / 1_000_000;
  let outcome: MetalOutcome;
  try {
    outcome = await interruptible(
      () => line.note('ending: what was seen so far follows'),
      (interrupt) =>
        runOnProcesses(scenario, {
          interrupt,
          ...(patched !== null && { program: patched.program }),
          progress: (kills, grants, seconds) =>
            line.show(
              `${Math.floor((100 * seconds) / lasts)} % of ${spanOf(lasts)}, ${kills} kills, ${grants} grants`,
            ),
        }),
    );
  } finally {
    line.clear();
    patched?.remove();
  }
  if (json !== undefined)
    writeJson(json, {
      schema: 'regency-sim/replay-on-processes@1',
      seed: scenario.seed,
      exclusions,
      ...outcome,
    });
  if (isForPeople) print(textOf(outcome));
  if (outcome.violations.length > 0) return EXIT.violated;
  return outcome.isWhole ? EXIT.passed : EXIT.interrupted;
}

function exclusionText({ what, count, because }: Exclusion): string {
  return `left out  ${count === 1 ? '' : `${count} × `}${what}: ${because}`;
}

function textOf({ violations, checked, said, faults, kills, seconds }: MetalOutcome): string {
  const pairs = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .map(([name, count]) => `${name} ${grouped(count)}`)
      .join(', ') || 'none';
  const counts = Object.entries(faults).map(
    ([kind, { scheduled, applied, consequential }]) => `${kind} ${scheduled}/${applied}/${consequential}`,
  );
  return [
    '',
    `run       ${spanOf(seconds)} on real servers, ${kills} kill -9`,
    `said      ${pairs(said)}`,
    `faults    ${counts.join(', ') || 'none'} (scheduled/applied/consequential)`,
    `checks    ${pairs(checked)}`,
    ...violations.map(({ reason, at }) => `${painted('red', 'violated')}  at ${at / 1_000_000} s: ${reason}`),
    '',
    violations.length === 0
      ? painted('green', 'passed')
      : painted('red', `FAILED: ${violations.length} violated`),
  ].join('\n');
}
