// `regency-sim campaign`: runs many seeds and says what broke, and how hard it looked.

import { join } from 'node:path';
import { Command } from 'commander';
import { PROPERTIES } from '../../properties/index.ts';
import { LABELS, sometimes } from '../../properties/sometimes.ts';
import { CannotGoOn, painted, print } from '../../src/cli/terminal.ts';
import { type CampaignResult, runCampaign } from '../campaign/campaign.ts';
import { type CoverageGoal, gapsOf, hasGaps } from '../campaign/coverage.ts';
import { type Crew, patchedCrew, threadCrew } from '../campaign/crew.ts';
import { type SeedRange, seedsFrom } from '../campaign/plan.ts';
import { keepFailure, scenarioPath, whyNotWritable, writeWhole } from '../campaign/store.ts';
import { jsonSummary, type SummaryContext, textSummary } from '../campaign/summary.ts';
import type { Finding } from '../campaign/tally.ts';
import { scenarioOf } from '../scenario/arbitrary.ts';
import { ENVIRONMENTS, type EnvironmentId } from '../scenario/scenario.ts';
import { buildName, type Planting } from './build-name.ts';
import { endingWith } from './command.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { plainFiles } from './failure-files.ts';
import { interruptible } from './interruptible.ts';
import { replayOfFile, replayOfSeed } from './invocation.ts';
import {
  checkOutput,
  defaultWorkers,
  environmentOption,
  jsonOption,
  readCount,
  readDuration,
  readSeeds,
  readWorkers,
} from './options.ts';
import { plantingOf } from './planting.ts';
import { Progress } from './progress.ts';
import { shrinkFindings } from './shrink-findings.ts';

interface CampaignOptions {
  readonly seeds?: SeedRange;
  /** Seconds. */
  readonly for?: number;
  readonly workers: number;
  readonly environment?: EnvironmentId;
  readonly out: string;
  readonly maxFailures: number;
  readonly requireCoverage?: true;
  readonly shrink: boolean;
  readonly patch?: string;
  readonly json?: string;
}

const DEFAULT_SEEDS: SeedRange = { first: 1, count: 1000 };

const EXAMPLES = `
Examples:
  $ regency-sim campaign                              1000 seeds on every core
  $ regency-sim campaign --seeds 5001..6000           just those
  $ regency-sim campaign --for 10m --environment E3   as many as ten minutes allow, in one environment
  $ regency-sim campaign --require-coverage           is everything checked and reached?
  $ regency-sim campaign --json - | jq .violations    a summary for a program to read

Each seed is one run of a pool; the same seed is the same run everywhere. What fails is kept in
<out>/failures/<signature>/: shrunk, explained, with the one command that replays it.

Exit code: 0 passed, 1 a property was violated, 2 bad usage, 4 the harness itself failed,
5 not everything was covered (with --require-coverage), 130 interrupted.
`;

export function campaignCommand(): Command {
  return new Command('campaign')
    .description('run seeds, and report which properties were violated')
    .option('--seeds <seeds>', 'how many, from 1 on, or A..B (default: 1000; with --for: no end)', readSeeds)
    .option('--for <time>', 'stop after that time: 30s, 10m, 2h', readDuration)
    .option('--workers <count>', 'threads; the results do not depend on it', readWorkers, defaultWorkers())
    .addOption(environmentOption())
    .option('--out <folder>', 'where failures are kept', '.regency')
    .option('--max-failures <count>', 'stop once so many seeds have failed', readCount, 10)
    .option(
      '--require-coverage',
      'end with 5 when a property was never checked where it is asserted, or a label never reached',
    )
    .option('--patch <file>', 'a planted bug, as git diff prints it')
    .option('--no-shrink', 'keep failures as they were found; else shrinking adds a minute at most')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(endingWith(campaign));
}

async function campaign(options: CampaignOptions): Promise<ExitCode> {
  const reason = whyNotWritable(join(options.out, 'failures'));
  if (reason !== null)
    throw new CannotGoOn(`cannot keep failures in --out ${options.out}: ${reason}; name another folder`);
  if (options.json !== undefined) checkOutput(options.json);

  const seeds = options.seeds ?? (options.for === undefined ? DEFAULT_SEEDS : seedsFrom(1));
  const startedAt = performance.now();
  const planting = options.patch === undefined ? null : await plantingOf(options.patch);
  const crew =
    planting === null
      ? threadCrew(options.workers, options.environment)
      : patchedCrew(options.workers, planting.modules, options.environment);
  let result: CampaignResult;
  let wallSeconds = 0;
  try {
    const onEnded = (): void => {
      wallSeconds = (performance.now() - startedAt) / 1000;
    };
    result = await runToTheEnd(crew, seeds, options, planting, onEnded);
  } finally {
    await crew.close();
  }
  const context = contextOf(options, seeds, wallSeconds);
  report(result, options, context);
  return codeOf(result, context);
}

async function runToTheEnd(
  crew: Crew,
  seeds: SeedRange,
  options: CampaignOptions,
  planting: Planting | null,
  onEnded: () => void,
): Promise<CampaignResult> {
  const build = buildName(planting);
  const progress = new Progress(process.stderr, { seeds: seeds.count, seconds: options.for ?? null });
  const overAt =
    options.for === undefined ? Number.POSITIVE_INFINITY : performance.now() + options.for * 1000;
  const onFirst = () => progress.note('stopping; once more to stop at once');
  try {
    return await interruptible(onFirst, async (interrupt) => {
      const result = await runCampaign({ seeds, mostFailures: options.maxFailures }, crew, {
        isTimeOver: () => performance.now() >= overAt,
        interrupt,
        onProgress: (tally) => progress.update(tally),
        onFinding: (signature, finding) => {
          keep(signature, finding, options, build);
          progress.note(
            `${painted('red', signature, process.stderr)} seed ${finding.smallestSeed}: ${finding.reason}`,
          );
        },
      });
      // What comes now is not the campaign's speed.
      onEnded();
      if (options.shrink) {
        const onShrunk = (signature: string, text: string): void =>
          progress.note(`${signature} shrunk to ${text}`);
        await shrinkFindings(result.tally, { ...options, build, planting, interrupt, onShrunk });
      }
      return result;
    });
  } finally {
    progress.clear();
  }
}

/** Batches come in order, so the first seed of a signature that is seen is its smallest. */
function keep(
  signature: string,
  finding: Finding,
  { out, environment, patch }: CampaignOptions,
  build: string,
): void {
  const scenario = scenarioOf(finding.smallestSeed, { environment });
  const replay = replayOfFile(scenarioPath(out, signature), patch);
  keepFailure(out, signature, plainFiles(signature, finding.reason, scenario, { build, replay }));
}

function contextOf(
  { out, environment, requireCoverage, patch }: CampaignOptions,
  seeds: SeedRange,
  wallSeconds: number,
): SummaryContext {
  return {
    seeds,
    wallSeconds,
    goal: goalOf(environment),
    isCoverageRequired: requireCoverage === true,
    pathOf: (signature) => scenarioPath(out, signature),
    replayOfFile: (path) => replayOfFile(path, patch),
    replayOfSeed: (seed) => replayOfSeed(seed, environment),
  };
}

/** Everything that is asserted in what is drawn, and every labelled state. */
function goalOf(environment: EnvironmentId | undefined): CoverageGoal {
  return {
    environments: environment === undefined ? ENVIRONMENTS : [environment],
    // It asserts nothing; its labels are counted instead.
    properties: PROPERTIES.filter((property) => property !== sometimes),
    labels: LABELS,
  };
}

function report(result: CampaignResult, options: CampaignOptions, context: SummaryContext): void {
  const { json } = options;
  if (json !== undefined) {
    const text = JSON.stringify(jsonSummary(result, context));
    if (json === '-') print(text);
    else writeWhole(json, `${text}\n`);
  }
  if (json === '-') return;
  const lines = textSummary(result, context);
  const verdict = lines.pop()!;
  print(lines.join('\n'));
  print(painted(codeOf(result, context) === EXIT.passed ? 'green' : 'red', verdict));
}

function codeOf({ tally, ending }: CampaignResult, context: SummaryContext): ExitCode {
  if (ending === 'interrupted') return EXIT.interrupted;
  if (tally.harnessFailed > 0) return EXIT.harnessFailed;
  if (tally.failedSeeds > 0) return EXIT.violated;
  return context.isCoverageRequired && hasGaps(gapsOf(tally, context.goal)) ? EXIT.notCovered : EXIT.passed;
}
