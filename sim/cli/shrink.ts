// `regency-sim shrink`: what of a failing scenario matters. Ctrl-C ends the search, and keeps the best so far.

import { join } from 'node:path';
import { Command } from 'commander';
import { CannotGoOn, painted, print, printError } from '../../src/cli/terminal.ts';
import { keepFailure, scenarioPath, whyNotWritable } from '../campaign/store.ts';
import type { Strategy } from '../campaign/strategy.ts';
import type { EnvironmentId, Scenario } from '../scenario/scenario.ts';
import { shrinkInThread } from '../shrink/in-thread.ts';
import { sizeOf, sizeText } from '../shrink/size.ts';
import type { ShrinkDone, ShrinkResult } from '../shrink/work.ts';
import { buildName, type Planting } from './build-name.ts';
import { endingWith } from './command.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { shrunkFiles, tellingLines } from './failure-files.ts';
import { interruptible } from './interruptible.ts';
import { replayOfFile } from './invocation.ts';
import { writeJson } from './json-output.ts';
import { checkOutput, environmentOption, jsonOption, readDuration, strategyOption } from './options.ts';
import { plantingOf } from './planting.ts';
import { LiveLine } from './progress.ts';
import { scenarioFrom } from './scenario-input.ts';

interface ShrinkOptions {
  readonly strategy: Strategy;
  readonly environment?: EnvironmentId;
  readonly signature?: string;
  readonly patch?: string;
  /** Seconds. */
  readonly budget: number;
  readonly out: string;
  readonly json?: string;
}

const EXAMPLES = `
Examples:
  $ regency-sim shrink .regency/failures/S5-1f3a9c02/original.json
  $ regency-sim shrink 4711                            the run of that seed
  $ regency-sim shrink 4711 --signature S5             if it violates more than one property
  $ regency-sim shrink 3 --patch properties/mutants/M09-winner-keeps-its-state.patch
  $ regency-sim shrink 4711 --json - | jq .after

It leaves out faults, clients, servers, sessions and time, and makes numbers smaller, as long as the same property is
violated for the same reason. Ctrl-C ends it with the best so far. What it finds is kept in <out>/failures/<signature>/.

Exit code: 0 shrunk, 2 bad usage, or a scenario that does not fail, 4 the harness itself failed, 130 interrupted.
`;

export function shrinkCommand(): Command {
  return new Command('shrink')
    .description('make a failing scenario as small as it can be and still fail')
    .argument('<seed or file>', 'a seed, a scenario file, or - for a scenario on standard input')
    .addOption(strategyOption())
    .addOption(environmentOption())
    .option('--signature <id>', 'which violation, by its signature or its property (default: the first)')
    .option('--patch <file>', 'a planted bug, as git diff prints it')
    .option(
      '--budget <time>',
      'end the search after that time, with the best so far: 30s, 5m',
      readDuration,
      60,
    )
    .option('--out <folder>', 'where failures are kept', '.regency')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(endingWith(shrink));
}

async function shrink(what: string, options: ShrinkOptions): Promise<ExitCode> {
  const scenario = await scenarioFrom(what, options);
  const reason = whyNotWritable(join(options.out, 'failures'));
  if (reason !== null)
    throw new CannotGoOn(`cannot keep failures in --out ${options.out}: ${reason}; name another folder`);
  if (options.json !== undefined) checkOutput(options.json);
  const planting = options.patch === undefined ? null : await plantingOf(options.patch);
  const build = buildName(planting);
  const stranger = savedElsewhere(scenario, build);

  const { result, isInterrupted } = await search(scenario, build, options, planting);
  if (result.kind === 'harness failure') {
    printError(`regency-sim: the harness itself failed in seed ${scenario.seed}: ${result.error}`);
    return EXIT.harnessFailed;
  }
  if (result.kind === 'no such failure') throw new CannotGoOn(whyNot(what, result.seen, options, stranger));
  if (stranger !== null) printError(`note: ${stranger}`);

  const path = scenarioPath(options.out, result.signature);
  const replay = replayOfFile(path, options.patch);
  keepFailure(options.out, result.signature, shrunkFiles(scenario, result, { build, replay }));
  report(scenario, result, options);
  return isInterrupted ? EXIT.interrupted : EXIT.passed;
}

async function search(
  scenario: Scenario,
  build: string,
  { signature, budget }: ShrinkOptions,
  planting: Planting | null,
): Promise<{ readonly result: ShrinkResult; readonly isInterrupted: boolean }> {
  const line = new LiveLine(process.stderr);
  let isFirst = true;
  const onFirst = () => line.note('stopping with the best so far; once more to stop at once');
  try {
    return await interruptible(onFirst, async (interrupt) => {
      const result = await shrinkInThread(
        { scenario, wanted: signature ?? null, budgetMs: budget * 1000, build },
        {
          modules: planting?.modules,
          interrupt,
          onBetter: ({ runs, scenario }) => {
            const text = `${runs} runs: ${sizeText(sizeOf(scenario))}`;
            if (isFirst) line.write(text);
            else line.show(text);
            isFirst = false;
          },
        },
      );
      return { result, isInterrupted: interrupt.aborted };
    });
  } finally {
    line.clear();
  }
}

/** A sentence when another build saved it. */
function savedElsewhere({ savedBy }: Scenario, build: string): string | null {
  if (savedBy === undefined || savedBy === build) return null;
  return `the scenario was saved by ${savedBy}, and this is ${build}`;
}

function whyNot(
  what: string,
  seen: readonly string[],
  { signature, patch }: ShrinkOptions,
  stranger: string | null,
): string {
  const name = /^\d+$/.test(what) ? `seed ${what}` : what;
  const why = stranger === null ? '' : `; ${stranger}: what failed there may be repaired here`;
  if (seen.length === 0) {
    const under = patch === undefined ? '' : ` with ${patch}`;
    return `${name} does not fail${under}: no property is violated, so there is nothing to shrink${why}`;
  }
  return `${name} does not fail with --signature ${signature}; it violates ${seen.join(', ')}${why}`;
}

function report(scenario: Scenario, result: ShrinkDone, { out, json, patch }: ShrinkOptions): void {
  const { signature, shrunk, explanation, seconds } = result;
  const path = scenarioPath(out, signature);
  const before = sizeOf(scenario);
  const after = sizeOf(shrunk.scenario);
  const { property, reason } = shrunk.failure.violation;
  const replay = replayOfFile(path, patch);
  if (json !== undefined) {
    writeJson(json, {
      schema: 'regency-sim/shrink@1',
      seed: scenario.seed,
      environment: scenario.environment,
      signature,
      property,
      reason,
      before,
      after,
      runs: shrunk.runs,
      seconds,
      complete: shrunk.isComplete,
      story: explanation.story,
      chain: explanation.chain,
      twin: explanation.twin,
      scenario: path,
      replay,
    });
    if (json === '-') return;
  }
  print(
    [
      `${painted('red', signature)}  ${reason}`,
      '',
      `before    ${sizeText(before)}`,
      `after     ${sizeText(after)}`,
      `search    ${shrunk.runs} runs in ${seconds.toFixed(1)} s${shrunk.isComplete ? '' : ', ended before it was complete'}`,
      ...tellingLines(result),
      replay,
    ].join('\n'),
  );
}
