// `regency-sim report`: one HTML page of what campaigns, planted bugs and failing runs left behind. The page holds all that it
// shows, and fetches nothing.

import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { print, printError } from '../../src/cli/terminal.ts';
import { packageFolder } from '../../src/cli/version.ts';
import { grouped } from '../campaign/numbers.ts';
import { writeWhole } from '../campaign/store.ts';
import { record } from '../explain/record.ts';
import { failureDataOf } from '../report/failure-data.ts';
import { htmlOf, type PageParts } from '../report/html.ts';
import { linked } from '../report/link.ts';
import type { FailureData, PageData } from '../report/page/data.ts';
import { wholesOf } from '../report/shards.ts';
import { recordInThread } from '../shrink/in-thread.ts';
import { buildName, type Planting } from './build-name.ts';
import { endingWith } from './command.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { checkOutput } from './options.ts';
import { plantingOf } from './planting.ts';
import { inputsIn, type ReportInput } from './report-inputs.ts';

interface ReportOptions {
  readonly output: string;
  readonly title: string;
  readonly patch?: string;
}

/** Runs whose diagrams one page holds; of the others the campaign's own card stays. */
const MOST_RUNS = 24;

const EXAMPLES = `
Examples:
  $ regency-sim report                                      of what the last campaign left in .regency
  $ regency-sim report one two -o both.html                 of two campaigns' folders
  $ regency-sim report monday.json tuesday.json today.json  of summaries (campaign --json): their trend
  $ regency-sim report .regency mutants.json                and of planted bugs (mutants --json)
  $ regency-sim report .regency/failures/S5-1f3a9c02        of one failing run
  $ regency-sim report test/regression/forgotten-term.json  of the run of any scenario

Give them in the order in which they were made: the last campaign is shown in full. Shards of one are added up. A run that was kept
with its trace is shown as it was recorded; a scenario alone is run, with the planted bug of --patch if there is one.

Exit code: 0 written, 2 bad usage, or an input that is nothing that a report shows.
`;

export function reportCommand(): Command {
  return new Command('report')
    .description('write one self-contained HTML page of campaigns, failures and planted bugs')
    .argument('[inputs...]', 'folders of campaigns or failures, summaries, scenarios (default: .regency)')
    .option('-o, --output <file>', 'where the page goes; - is standard output', 'report.html')
    .option('--title <text>', 'what stands at its head', 'Regency')
    .option('--patch <file>', 'a planted bug for scenarios that are run, as git diff prints it')
    .addHelpText('after', EXAMPLES)
    .action(endingWith(report));
}

async function report(given: readonly string[], options: ReportOptions): Promise<ExitCode> {
  const { output, title, patch } = options;
  checkOutput(output, '--output');
  const inputs: ReportInput[] = [];
  for (const path of given.length === 0 ? ['.regency'] : given) inputs.push(...(await inputsIn(path)));
  const planting = patch === undefined ? null : await plantingOf(patch);
  const runs = inputs.filter(({ kind }) => kind === 'failure' || kind === 'scenario');
  const failures: FailureData[] = [];
  for (const input of runs.slice(0, MOST_RUNS)) failures.push(await failureOf(input, planting));
  const data: PageData = {
    title,
    build: buildName(planting),
    campaigns: wholesOf(inputs.flatMap((input) => (input.kind === 'campaign' ? [input.campaign] : []))),
    failures,
    mutants: inputs.findLast((input) => input.kind === 'mutants')?.mutants ?? null,
    remarks: runs.length > MOST_RUNS ? [`Of ${runs.length} runs the first ${MOST_RUNS} are drawn.`] : [],
  };
  const html = htmlOf(data, pageParts());
  if (output === '-') print(html);
  else {
    writeWhole(output, html);
    printError(`${output}: ${grouped(Math.ceil(html.length / 1000))} kB, ${failures.length} runs`);
  }
  return EXIT.passed;
}

async function failureOf(input: ReportInput, planting: Planting | null): Promise<FailureData> {
  if (input.kind === 'failure') return failureDataOf(input.recording, input);
  if (input.kind !== 'scenario') throw new Error(`no run: ${input.kind}`);
  const { name, scenario } = input;
  const recording = planting === null ? record(scenario) : await recordInThread(scenario, planting.modules);
  return failureDataOf(recording, { name, signature: null, twin: null });
}

/** The style as it is written, the script as it is compiled. */
function pageParts(): PageParts {
  const compiled = new URL('../report/page/', import.meta.url);
  return {
    style: readFileSync(new URL('sim/report/page/page.css', packageFolder()), 'utf8'),
    script: linked('main', (name) => readFileSync(new URL(`${name}.js`, compiled), 'utf8')),
  };
}
