#!/usr/bin/env node
// `regency-sim`: the program for those who look for bugs in the pool. Each command is a file of its own.

import { Command } from 'commander';
import { runProgram } from '../../src/cli/terminal.ts';
import { packageVersion } from '../../src/cli/version.ts';
import { benchCommand } from './bench.ts';
import { campaignCommand } from './campaign.ts';
import { demoCommand } from './demo.ts';
import { exhaustiveCommand } from './exhaustive.ts';
import { exportCommand } from './export.ts';
import { fuzzCommand } from './fuzz.ts';
import { gateCommand } from './gate.ts';
import { killsCommand } from './kills.ts';
import { mergeCommand } from './merge.ts';
import { mutantsCommand } from './mutants.ts';
import { propertiesCommand } from './properties.ts';
import { replayCommand } from './replay.ts';
import { reportCommand } from './report.ts';
import { shrinkCommand } from './shrink.ts';
import { workerCommand } from './worker.ts';

const EXAMPLES = `
Examples:
  $ regency-sim campaign --seeds 10000      look for violations in so many runs
  $ regency-sim gate                        may this commit go in?
  $ regency-sim worker --queue redis://fleet  lend this machine to a campaign
  $ regency-sim merge one two               the report of what two machines ran
  $ regency-sim exhaustive                  every path that a small pool can take
  $ regency-sim replay 4711                 one run, with its verdict
  $ regency-sim shrink 4711                 what of a failing run matters
  $ regency-sim properties                  what must hold, and where
  $ regency-sim mutants                     would it notice a planted bug?
  $ regency-sim report                      a page of all that for the browser
  $ regency-sim export 4711 --format jepsen a run for other programs
  $ regency-sim demo                        a planted bug: found, shrunk, explained
  $ regency-sim bench                       events a second
  $ regency-sim fuzz                        bytes that nobody meant
  $ regency-sim kills                       real servers, killed with -9 again and again
  $ regency-sim help campaign               what a command does, and with which options
`;

const program = new Command('regency-sim')
  .description(
    'Runs pools of license servers in a simulated world, deterministically, and looks for what must not happen.',
  )
  .version(packageVersion(), '-V, --version', 'print the version')
  .helpOption('-h, --help', 'print this help')
  .addHelpText('after', EXAMPLES)
  .addCommand(campaignCommand())
  .addCommand(gateCommand())
  .addCommand(workerCommand())
  .addCommand(mergeCommand())
  .addCommand(exhaustiveCommand())
  .addCommand(replayCommand())
  .addCommand(shrinkCommand())
  .addCommand(reportCommand())
  .addCommand(exportCommand())
  .addCommand(propertiesCommand())
  .addCommand(mutantsCommand())
  .addCommand(benchCommand())
  .addCommand(fuzzCommand())
  .addCommand(killsCommand())
  .addCommand(demoCommand());

await runProgram(program, process.argv);
