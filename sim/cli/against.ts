// The other run of `replay --against…`: of another scenario, or of the same one as another pool runs it.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CannotGoOn, onOneLine } from '../../src/cli/terminal.ts';
import type { Draw } from '../campaign/strategy.ts';
import { record } from '../explain/record.ts';
import type { Recording } from '../explain/recording.ts';
import { partingLines, partingOf } from '../explain/twin.ts';
import { inOwnThread } from '../own-thread.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { RecordingOrder } from '../tui/recording-thread.ts';
import type { Against } from '../tui/session.ts';
import { plantingOf } from './planting.ts';
import { scenarioFrom } from './scenario-input.ts';

export interface AgainstOptions {
  readonly against?: string;
  readonly againstPatch?: string;
  readonly againstBuild?: string;
  readonly patch?: string;
}

const RECORDER = 'dist/sim/explain/record.js';

/** Null: none is asked for. */
export async function againstFor(
  scenario: Scenario,
  options: AgainstOptions,
  draw: Draw,
): Promise<Against | null> {
  const { against, againstPatch, againstBuild, patch } = options;
  const wanted = [against, againstPatch, againstBuild].filter((each) => each !== undefined);
  if (wanted.length === 0) return null;
  if (wanted.length > 1)
    throw new CannotGoOn('expected one of --against, --against-patch and --against-build, saw more');
  if (against !== undefined) {
    const isSeed = /^\d+$/.test(against);
    const other = await scenarioFrom(against, isSeed ? draw : { strategy: 'random', environment: undefined });
    return {
      text: `against ${isSeed ? 'seed ' : ''}${onOneLine(against)}`,
      scenario: other,
      recording: null,
    };
  }
  if (patch !== undefined)
    throw new CannotGoOn('--patch goes with --against only: the run beside it would be of a third pool');
  const recording = await (againstPatch === undefined
    ? recordedBy(scenario, againstBuild!)
    : recordedWith(scenario, againstPatch));
  return { text: `against ${onOneLine((againstPatch ?? againstBuild)!)}`, scenario, recording };
}

/** Where the two part, in lines, for who has no terminal. */
export function againstLines(scenario: Scenario, { text, scenario: other, recording }: Against): string[] {
  const [a, b] = [record(scenario), recording ?? record(other)];
  const [first] = b.violations;
  const verdict = first === undefined ? 'passed' : first.reason;
  const parting = partingOf(a, b);
  return [
    `${text}: ${verdict}`,
    ...(parting === null
      ? ['the two are the same, event for event']
      : partingLines(parting, ['this run', text])),
  ];
}

async function recordedWith(scenario: Scenario, patch: string): Promise<Recording> {
  const { modules } = await plantingOf(patch);
  const recorder = new URL('../explain/record.js', import.meta.url).href;
  return recorded({ scenario, modules, recorder });
}

async function recordedBy(scenario: Scenario, folder: string): Promise<Recording> {
  const path = resolve(folder, RECORDER);
  if (!existsSync(path))
    throw new CannotGoOn(
      `expected a folder of the project that was built, there is no ${RECORDER} in --against-build ${onOneLine(folder)}`,
    );
  try {
    return await recorded({ scenario, modules: null, recorder: pathToFileURL(path).href });
  } catch (error) {
    throw new CannotGoOn(
      `the build in ${onOneLine(folder)} cannot run this scenario: ${onOneLine((error as Error).message)}`,
    );
  }
}

function recorded(order: RecordingOrder): Promise<Recording> {
  return inOwnThread<Recording, Recording>({
    script: new URL('../tui/recording-thread.js', import.meta.url),
    dataFor: () => order,
    resultIn: (recording) => recording,
    interrupt: undefined,
  });
}
