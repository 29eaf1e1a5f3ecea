// `regency-sim export`: one run in the formats of other programs.

import { existsSync, statSync } from 'node:fs';
import { Command, Option } from 'commander';
import { CannotGoOn, onOneLine } from '../../src/cli/terminal.ts';
import { writeWhole } from '../campaign/store.ts';
import type { Strategy } from '../campaign/strategy.ts';
import { record } from '../explain/record.ts';
import { ndjsonOf, type Recording } from '../explain/recording.ts';
import { itfOf } from '../export/itf.ts';
import { jepsenOf } from '../export/jepsen.ts';
import { perfettoOf } from '../export/perfetto.ts';
import { porcupineOf } from '../export/porcupine.ts';
import { shivizOf } from '../export/shiviz.ts';
import type { EnvironmentId, Scenario } from '../scenario/scenario.ts';
import { recordInThread } from '../shrink/in-thread.ts';
import { buildName, type Planting } from './build-name.ts';
import { endingWith } from './command.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { checkOutput, environmentOption, strategyOption } from './options.ts';
import { plantingOf } from './planting.ts';
import { inputsIn } from './report-inputs.ts';
import { scenarioFrom } from './scenario-input.ts';

interface ExportOptions {
  readonly format: Format;
  readonly output: string;
  readonly strategy: Strategy;
  readonly environment?: EnvironmentId;
  readonly patch?: string;
}

const FORMATS = {
  ndjson: (recording: Recording) => ndjsonOf(recording, buildName()),
  perfetto: perfettoOf,
  shiviz: shivizOf,
  itf: itfOf,
  jepsen: jepsenOf,
  porcupine: porcupineOf,
} as const;

type Format = keyof typeof FORMATS;

const EXAMPLES = `
Formats:
  ndjson     a line an event, each with the event that caused it (sim/explain/recording.ts says what is in it)
  perfetto   a Chrome trace: open it at ui.perfetto.dev, or in chrome://tracing
  shiviz     a log with vector clocks, read with the default expression of ShiViz
  itf        states in the Informal Trace Format: who leads, who believes to hold what
  jepsen     the clients' calls as a history in EDN
  porcupine  the clients' calls as JSON for []porcupine.Operation

Examples:
  $ regency-sim export 4711 --format perfetto -o run.json
  $ regency-sim export .regency/failures/S5-1f3a9c02 --format shiviz -o run.log
  $ regency-sim export scenario.json --format jepsen --patch my.patch

A folder of a failure is exported as it was recorded; a seed or a scenario is run.

Exit code: 0 written, 2 bad usage, or an input that is no run.
`;

export function exportCommand(): Command {
  return new Command('export')
    .description('write one run in a format of other programs')
    .argument(
      '<seed, file or folder>',
      'a seed, a scenario file (- for standard input), or the folder of a failure',
    )
    .addOption(new Option('--format <name>', 'which one').choices(Object.keys(FORMATS)).makeOptionMandatory())
    .option('-o, --output <file>', 'where it goes; - is standard output', '-')
    .addOption(strategyOption())
    .addOption(environmentOption())
    .option('--patch <file>', 'a planted bug, as git diff prints it')
    .addHelpText('after', EXAMPLES)
    .action(endingWith(exportRun));
}

async function exportRun(what: string, options: ExportOptions): Promise<ExitCode> {
  const { format, output, patch } = options;
  checkOutput(output, '--output');
  const planting = patch === undefined ? null : await plantingOf(patch);
  const text = FORMATS[format](await recordingOf(what, options, planting));
  if (output === '-') process.stdout.write(text);
  else writeWhole(output, text);
  return EXIT.passed;
}

async function recordingOf(
  what: string,
  options: ExportOptions,
  planting: Planting | null,
): Promise<Recording> {
  if (!existsSync(what) || !statSync(what).isDirectory())
    return recorded(await scenarioFrom(what, options), planting);
  const inputs = await inputsIn(what);
  const runs = inputs.filter((input) => input.kind === 'failure' || input.kind === 'scenario');
  const run = runs[0];
  if (run === undefined || runs.length > 1)
    throw new CannotGoOn(
      `${onOneLine(what)} keeps ${runs.length} runs: expected the folder of one failure, such as .regency/failures/S5-1f3a9c02`,
    );
  return run.kind === 'failure' ? run.recording : recorded(run.scenario, planting);
}

async function recorded(scenario: Scenario, planting: Planting | null): Promise<Recording> {
  return planting === null ? record(scenario) : await recordInThread(scenario, planting.modules);
}
