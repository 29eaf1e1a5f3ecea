// What commands that end with the result of a campaign print and write of it, and the code with which they end.

import { painted, print } from '../../src/cli/terminal.ts';
import type { CampaignResult } from '../campaign/campaign.ts';
import type { Checkpoint } from '../campaign/checkpoint.ts';
import { gapsOf, hasGaps } from '../campaign/coverage.ts';
import { scenarioPath } from '../campaign/store.ts';
import { jsonSummary, type SummaryContext, textSummary } from '../campaign/summary.ts';
import { goalOf } from './coverage-goal.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { guidedUpTo, replayOfFile, replayOfSeed } from './invocation.ts';
import { writeJson } from './json-output.ts';

export interface Reported extends Pick<Checkpoint, 'identity' | 'seeds' | 'shard' | 'wallSeconds' | 'patch'> {
  /** Where its failures are kept. */
  readonly out: string;
  readonly requireCoverage?: true;
}

export function contextOf({
  identity,
  seeds,
  shard,
  wallSeconds,
  patch,
  out,
  requireCoverage,
}: Reported): SummaryContext {
  const { strategy } = identity;
  const environment = identity.environment ?? undefined;
  return {
    seeds,
    shard,
    strategy,
    wallSeconds,
    goal: goalOf(environment),
    isCoverageRequired: requireCoverage === true,
    pathOf: (signature) => scenarioPath(out, signature),
    replayOfFile: (path) => replayOfFile(path, patch ?? undefined),
    replayOfSeed: (seed) =>
      strategy === 'guided'
        ? guidedUpTo(seeds.first, seed, environment)
        : replayOfSeed(seed, { strategy, environment }),
  };
}

/** `json`: a file, or - for standard output, which then gets nothing else. */
export function report(result: CampaignResult, json: string | undefined, context: SummaryContext): void {
  if (json !== undefined) writeJson(json, jsonSummary(result, context));
  if (json === '-') return;
  const lines = textSummary(result, context);
  const verdict = lines.pop()!;
  print(lines.join('\n'));
  print(painted(codeOf(result, context) === EXIT.passed ? 'green' : 'red', verdict));
}

export function codeOf({ tally, ending }: CampaignResult, context: SummaryContext): ExitCode {
  if (ending === 'interrupted') return EXIT.interrupted;
  if (tally.harnessFailed > 0) return EXIT.harnessFailed;
  if (tally.failedSeeds > 0) return EXIT.violated;
  return context.isCoverageRequired && hasGaps(gapsOf(tally, context.goal)) ? EXIT.notCovered : EXIT.passed;
}
