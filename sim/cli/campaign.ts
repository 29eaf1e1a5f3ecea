// `regency-sim campaign`: runs many seeds and says what broke, and how hard it looked.

import { basename, join } from 'node:path';
import { Command } from 'commander';
import { CannotGoOn, onOneLine } from '../../src/cli/terminal.ts';
import { type CampaignResult, type CampaignState, runCampaign } from '../campaign/campaign.ts';
import {
  type CampaignIdentity,
  type Checkpoint,
  checkpointPath,
  checkpointText,
} from '../campaign/checkpoint.ts';
import { type Crew, patchedCrew, threadCrew } from '../campaign/crew.ts';
import { guideOf } from '../campaign/guide.ts';
import { grouped } from '../campaign/numbers.ts';
import {
  BATCH_SIZE,
  batchCount,
  type SeedRange,
  type Shard,
  seedsFrom,
  seedsIn,
  WHOLE,
} from '../campaign/plan.ts';
import { keepFailure, scenarioPath, whyNotWritable, writeWhole } from '../campaign/store.ts';
import type { Draw, Strategy } from '../campaign/strategy.ts';
import { emptyTally, type Finding } from '../campaign/tally.ts';
import { fleetCrew } from '../fleet/crew.ts';
import type { QueueConnection } from '../fleet/redis.ts';
import type { EnvironmentId } from '../scenario/scenario.ts';
import { buildName, type Planting } from './build-name.ts';
import { codeOf, contextOf, report } from './campaign-report.ts';
import { endingWith } from './command.ts';
import type { ExitCode } from './exit-codes.ts';
import { plainFiles } from './failure-files.ts';
import { interruptible } from './interruptible.ts';
import { replayOfFile } from './invocation.ts';
import { LiveCampaign } from './live-campaign.ts';
import {
  checkOutput,
  defaultWorkers,
  environmentOption,
  jsonOption,
  readCount,
  readDuration,
  readSeeds,
  readShard,
  readWorkers,
  strategyOption,
} from './options.ts';
import { plantingOf } from './planting.ts';
import { Progress, type Telling } from './progress.ts';
import { connectedTo, queueOption } from './queue.ts';
import { earlierCampaign, setEarlierAside } from './resuming.ts';
import { isOnTerminal } from './screen.ts';
import { shrinkFindings } from './shrink-findings.ts';

interface CampaignOptions {
  readonly seeds?: SeedRange;
  /** Seconds. */
  readonly for?: number;
  readonly workers?: number;
  readonly queue?: string;
  readonly strategy: Strategy;
  readonly environment?: EnvironmentId;
  readonly shard?: Shard;
  readonly resume?: true;
  readonly out: string;
  readonly maxFailures: number;
  readonly requireCoverage?: true;
  readonly shrink: boolean;
  readonly plain?: true;
  readonly patch?: string;
  readonly json?: string;
}

const DEFAULT_SEEDS: SeedRange = { first: 1, count: 1000 };

/** Of a fleet, whose members come and go. */
const FLEET_SIZE = 32;

const NOTHING_RUN: CampaignState = { taken: 0, tally: emptyTally(), ahead: new Map() };

const EXAMPLES = `
Examples:
  $ regency-sim campaign                              1000 seeds on every core
  $ regency-sim campaign --seeds 5001..6000           just those
  $ regency-sim campaign --for 10m --environment E3   as many as ten minutes allow, in one environment
  $ regency-sim campaign --require-coverage           is everything checked and reached?
  $ regency-sim campaign --seeds 1000000 --resume     goes on where it was interrupted, or killed
  $ regency-sim campaign --seeds 1000000 --shard 2/4 --out part2    a quarter; merge puts them together
  $ regency-sim campaign --seeds 1000000 --queue redis://fleet:6379    by all that run: regency-sim worker --queue …
  $ regency-sim campaign --strategy guided --seeds 5000    keeps to what showed new states
  $ regency-sim campaign --json - | jq .violations    a summary for a program to read

Each seed is one run of a pool; the same seed is the same run everywhere. What fails is kept in
<out>/failures/<signature>/: shrunk, explained, with the one command that replays it. How far the
campaign is, is kept in <out>/campaign.json after every hundred seeds, with --queue as well: here, not in Redis. On a terminal a screen shows how far it is, and
Enter opens a failure in the replay; the campaign goes on meanwhile.

Exit code: 0 passed, 1 a property was violated, 2 bad usage, 4 the harness itself failed,
5 not everything was covered (with --require-coverage), 130 interrupted.
`;

export function campaignCommand(): Command {
  return new Command('campaign')
    .description('run seeds, and report which properties were violated')
    .option('--seeds <seeds>', 'how many, from 1 on, or A..B (default: 1000; with --for: no end)', readSeeds)
    .option('--for <time>', 'stop after that time: 30s, 10m, 2h', readDuration)
    .option(
      '--workers <count>',
      `threads, by default one a core, or how many of a fleet's at most, by default ${FLEET_SIZE}; the results do not depend on it`,
      readWorkers,
    )
    .addOption(queueOption())
    .addOption(strategyOption())
    .addOption(environmentOption())
    .option('--shard <i/n>', 'only the i-th of n parts, for as many machines', readShard)
    .option('--resume', 'go on with the campaign in --out, if there is one')
    .option('--out <folder>', 'where failures are kept, and how far it is', '.regency')
    .option('--max-failures <count>', 'stop once so many seeds have failed', readCount, 10)
    .option(
      '--require-coverage',
      'end with 5 when a property was never checked where it is asserted, or a label never reached',
    )
    .option('--patch <file>', 'a planted bug, as git diff prints it')
    .option(
      '--plain',
      'on a terminal, too, a line of progress and no screen; to run it in the background of a shell',
    )
    .option('--no-shrink', 'keep failures as they were found; else shrinking adds a minute at most')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(endingWith(campaign));
}

async function campaign(options: CampaignOptions): Promise<ExitCode> {
  const { out, strategy, json, patch } = options;
  const reason = whyNotWritable(join(out, 'failures'));
  if (reason !== null)
    throw new CannotGoOn(`cannot keep failures in --out ${out}: ${reason}; name another folder`);
  if (json !== undefined) checkOutput(json);

  if (strategy === 'guided' && (options.resume || options.shard !== undefined)) {
    throw new CannotGoOn(
      '--strategy guided goes without --resume and --shard: what a seed runs hangs on all that were run before it',
    );
  }
  if (strategy === 'guided' && options.queue !== undefined) {
    throw new CannotGoOn(
      '--strategy guided goes without --queue: what a seed runs is made from what was seen here',
    );
  }
  const planting = patch === undefined ? null : await plantingOf(patch);
  const queue = options.queue === undefined ? null : await connectedTo(options.queue);
  try {
    const begun = beginning(options, planting);
    const hire = (progress: Telling): Crew =>
      queue === null
        ? threadsFor(options, planting)
        : fleetFor(queue, begun.identity, options.workers ?? FLEET_SIZE, progress);
    const stopwatch = new Stopwatch(begun.wallSeconds);
    const result = await runToTheEnd(hire, begun, stopwatch, options, planting);
    const context = contextOf({ ...options, ...begun, wallSeconds: stopwatch.seconds() });
    report(result, json, context);
    return codeOf(result, context);
  } finally {
    queue?.close();
  }
}

function threadsFor({ strategy, environment, workers }: CampaignOptions, planting: Planting | null): Crew {
  const size = workers ?? defaultWorkers();
  const draw: Draw = { strategy, environment };
  return planting === null ? threadCrew(size, draw) : patchedCrew(size, planting.modules, draw);
}

function fleetFor(queue: QueueConnection, identity: CampaignIdentity, size: number, progress: Telling): Crew {
  return fleetCrew(queue, {
    size,
    identity,
    tell: (text) => progress.note(onOneLine(text)),
    onWorkers: (count) =>
      progress.note(
        count === 0 ? 'no worker is here; begin some: regency-sim worker --queue …' : `workers: ${count}`,
      ),
    onWorker: (name) => progress.note(`worker ${onOneLine(name)} has run its first batch`),
  });
}

/** An earlier campaign, with `--resume`; else one of which nothing has been run. */
function beginning(options: CampaignOptions, planting: Planting | null): Checkpoint {
  const { out, strategy, environment, patch, shard = WHOLE } = options;
  const fresh: Checkpoint = {
    identity: { build: buildName(planting), strategy, environment: environment ?? null },
    seeds: options.seeds ?? (options.for === undefined ? DEFAULT_SEEDS : seedsFrom(1)),
    shard,
    patch: patch ?? null,
    state: NOTHING_RUN,
    ending: null,
    wallSeconds: 0,
  };
  if (batchCount(fresh.seeds, shard) === 0) {
    throw new CannotGoOn(
      `part ${shard.number} of ${shard.of} has no seeds: parts are of ${BATCH_SIZE} seeds; make fewer parts`,
    );
  }
  const earlier = options.resume ? earlierCampaign(out, fresh, options.seeds !== undefined) : null;
  if (earlier === null) setEarlierAside(out);
  return earlier ?? fresh;
}

/** Time spent, with what was spent before. */
class Stopwatch {
  private readonly startedAt: number;
  private endedAt: number | null = null;

  constructor(secondsBefore: number) {
    this.startedAt = performance.now() - secondsBefore * 1000;
  }

  end(): void {
    this.endedAt = performance.now();
  }

  seconds(): number {
    return ((this.endedAt ?? performance.now()) - this.startedAt) / 1000;
  }
}

async function runToTheEnd(
  hire: (progress: Telling) => Crew,
  begun: Checkpoint,
  stopwatch: Stopwatch,
  options: CampaignOptions,
  planting: Planting | null,
): Promise<CampaignResult> {
  const { identity, seeds, shard, state } = begun;
  const { build } = identity;
  const progress = tellingOf(begun, options);
  const overAt =
    options.for === undefined ? Number.POSITIVE_INFINITY : performance.now() + options.for * 1000;
  const onFirst = () => progress.note('stopping; once more to stop at once');
  let last = state;
  const save = (ending: Checkpoint['ending']): void => {
    const checkpoint = { ...begun, state: last, ending, wallSeconds: stopwatch.seconds() };
    writeWhole(checkpointPath(options.out), checkpointText(checkpoint));
  };
  const crew = hire(progress);
  if (state.taken > 0) progress.note(`going on after ${grouped(state.tally.seeds)} seeds`);
  try {
    return await interruptible(onFirst, async (interrupt) => {
      const plan = { seeds, shard, from: state, mostFailures: options.maxFailures, ...guideOf(options) };
      const result = await runCampaign(plan, crew, {
        isTimeOver: () => performance.now() >= overAt,
        interrupt,
        onProgress: (tally) => progress.update(tally),
        onState: (now) => {
          last = now;
          save(null);
        },
        onFinding: (signature, finding) => {
          keep(signature, finding, options, build);
          progress.found(signature, finding);
        },
      });
      // What comes now is not the campaign's speed.
      stopwatch.end();
      if (result.ending !== 'interrupted') save(result.ending);
      if (options.shrink) {
        const onShrunk = (signature: string, text: string): void => progress.shrunk(signature, text);
        const workers = (options.queue === undefined ? options.workers : undefined) ?? defaultWorkers();
        await shrinkFindings(result.tally, { ...options, workers, build, planting, interrupt, onShrunk });
      }
      return result;
    });
  } finally {
    await crew.close();
    await progress.end();
  }
}

/** A screen where there is somebody to look at it; else lines. */
function tellingOf({ seeds, shard, wallSeconds }: Checkpoint, options: CampaignOptions): Telling {
  const goal = {
    seeds: seedsIn(seeds, batchCount(seeds, shard), shard),
    seconds: options.for ?? null,
    secondsBefore: wallSeconds,
  };
  if (options.plain || !isOnTerminal()) return new Progress(process.stderr, goal);
  const { strategy, environment, patch, out } = options;
  return new LiveCampaign({
    title: [
      'campaign',
      strategy,
      environment ?? 'all environments',
      ...(patch === undefined ? [] : [basename(patch)]),
    ].join(' · '),
    goal,
    replayOf: (signature) => [
      'replay',
      scenarioPath(out, signature),
      ...(patch === undefined ? [] : ['--patch', patch]),
    ],
    stop: () => void process.kill(process.pid, 'SIGINT'),
  });
}

/** Batches come in order, so the first seed of a signature that is seen is its smallest. */
function keep(
  signature: string,
  { reason, scenario }: Finding,
  { out, patch }: CampaignOptions,
  build: string,
): void {
  const replay = replayOfFile(scenarioPath(out, signature), patch);
  keepFailure(out, signature, plainFiles(signature, reason, scenario, { build, replay }));
}
