// `regency rlf check`: what a pool file says, or everything that is wrong with it.

import { Command } from 'commander';
import { MOST_BYTES, readPoolFile } from '../core/pool-file-text.ts';
import { describedComplaints, jsonOf, summaryOf, warningsOn } from './pool-file-view.ts';
import { readInput } from './read-input.ts';
import { type ExitCode, endingWith, print, printError } from './terminal.ts';

const EXAMPLES = `
Examples:
  $ regency rlf check lservrlf
  $ ssh alpha cat /etc/regency/lservrlf | regency rlf check -
  $ regency rlf check --json lservrlf | jq -r .hash

Exit code: 0 the file is in order, 1 it has complaints, 2 it cannot be read.
`;

export function rlfCheckCommand(): Command {
  return new Command('check')
    .description('check a pool file, and show the servers and licenses that it names')
    .argument('<file>', 'the pool file (lservrlf), or - for standard input')
    .option('--json', 'print one JSON object, whatever the outcome')
    .addHelpText('after', EXAMPLES)
    .action(endingWith(check));
}

async function check(path: string, options: { json?: boolean }): Promise<ExitCode> {
  const body = await readInput(path, MOST_BYTES);
  const reading = readPoolFile(body);
  if (options.json) {
    const outcome = reading.ok ? jsonOf(reading.file, body) : { ok: false, complaints: reading.complaints };
    print(JSON.stringify({ schema: 'regency/rlf-check@1', file: path, ...outcome }));
  } else if (reading.ok) {
    print(summaryOf(reading.file, body));
    for (const warning of warningsOn(path, reading.file)) printError(warning);
  } else {
    for (const block of describedComplaints(path, body, reading.complaints)) printError(block);
  }
  return reading.ok ? 0 : 1;
}
