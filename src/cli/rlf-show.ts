// `regency rlf show`: what a pool file says, for people, for programs, or as its one canonical text.

import { Command } from 'commander';
import { MOST_BYTES, printPoolFile, readPoolFile } from '../core/pool-file-text.ts';
import { jsonOf, summaryOf } from './pool-file-view.ts';
import { nameOfInput, readInput } from './read-input.ts';
import { CannotGoOn, type ExitCode, endingWith, print } from './terminal.ts';

const EXAMPLES = `
Examples:
  $ regency rlf show lservrlf
  $ diff <(regency rlf show --canonical old) <(regency rlf show --canonical new)   what differs but comments and layout

Exit code: 0 shown, 2 it is no pool file or cannot be read.
`;

interface Options {
  readonly json?: boolean;
  readonly canonical?: boolean;
}

export function rlfShowCommand(): Command {
  return new Command('show')
    .description('show the servers and licenses of a pool file')
    .argument('<file>', 'the pool file (lservrlf), or - for standard input')
    .option('--canonical', 'as a pool file without comments, always the same for what it says')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(endingWith(show));
}

async function show(path: string, options: Options): Promise<ExitCode> {
  const body = await readInput(path, MOST_BYTES);
  const reading = readPoolFile(body);
  if (!reading.ok)
    throw new CannotGoOn(`${nameOfInput(path)} is no pool file: 'regency rlf check' says where`);
  if (options.json)
    print(JSON.stringify({ schema: 'regency/rlf-show@1', file: path, ...jsonOf(reading.file, body) }));
  else if (options.canonical) process.stdout.write(printPoolFile(reading.file));
  else print(summaryOf(reading.file, body));
  return 0;
}
