// `regency-sim worker`: lends this machine to campaigns that run with --queue.

import { hostname } from 'node:os';
import { Command } from 'commander';
import { CannotGoOn, onOneLine, print } from '../../src/cli/terminal.ts';
import { patchedCrew, threadCrew } from '../campaign/crew.ts';
import { grouped } from '../campaign/numbers.ts';
import type { Draw } from '../campaign/strategy.ts';
import { workInFleet } from '../fleet/worker.ts';
import { buildName } from './build-name.ts';
import { endingWith } from './command.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { interruptible } from './interruptible.ts';
import { defaultWorkers, readWorkers } from './options.ts';
import { plantingOf } from './planting.ts';
import { LiveLine } from './progress.ts';
import { connectedTo, queueOption } from './queue.ts';

interface WorkerOptions {
  readonly queue: string;
  readonly workers: number;
  readonly patch?: string;
}

const EXAMPLES = `
Examples:
  $ regency-sim worker --queue redis://fleet:6379                on each machine that is to help
  $ regency-sim campaign --seeds 1000000 --queue redis://fleet:6379    on one; it has the report

It may be started before the campaign, and serves one after the other until it is stopped. Ctrl-C ends it after the
batches under way; once more, or kill -9, loses them, and others run them. Whoever can write to that Redis decides
what campaigns report.

Exit code: 0 stopped, 2 bad usage, no such Redis, or the campaigns there are of other builds.
`;

export function workerCommand(): Command {
  return new Command('worker')
    .description('run batches of campaigns that are led from elsewhere')
    .addOption(queueOption().makeOptionMandatory())
    .option('--workers <count>', 'threads', readWorkers, defaultWorkers())
    .option('--patch <file>', 'the planted bug of the campaign, as git diff prints it')
    .addHelpText('after', EXAMPLES)
    .action(endingWith(worker));
}

async function worker({ queue, workers, patch }: WorkerOptions): Promise<ExitCode> {
  const planting = patch === undefined ? null : await plantingOf(patch);
  const build = buildName(planting);
  const crewFor = (draw: Draw) =>
    planting === null ? threadCrew(workers, draw) : patchedCrew(workers, planting.modules, draw);
  const line = new LiveLine(process.stderr);
  const connection = await connectedTo(queue);
  let batches = 0;
  let seeds = 0;
  try {
    const ending = await interruptible(
      () => line.note('stopping after the batches under way; once more to stop at once'),
      (interrupt) =>
        workInFleet(connection, {
          build,
          name: `${hostname()}-${process.pid}`,
          threads: workers,
          crewFor,
          interrupt,
          tell: (text) => line.note(onOneLine(text)),
          onBatch: (tally) => {
            batches++;
            seeds += tally.seeds;
            line.show(`${grouped(seeds)} seeds in ${grouped(batches)} batches`);
          },
        }),
    );
    line.clear();
    if (ending.kind === 'other builds') {
      throw new CannotGoOn(
        `the campaign there is of ${ending.builds.join('; ')}, this is ${build}; install the same build, or name another --queue`,
      );
    }
    print(`ran ${grouped(seeds)} seeds in ${grouped(batches)} batches`);
    return EXIT.passed;
  } finally {
    connection.close();
  }
}
