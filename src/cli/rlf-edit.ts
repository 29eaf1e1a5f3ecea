// `regency rlf new`, `add-server`, `remove-server`, `order`, `add-license`, `remove-license`: a pool file is made, and changed line
// by line. What would not be a pool file any more is not written; what is written is whole.

import { existsSync, realpathSync, statSync } from 'node:fs';
import { Command } from 'commander';
import { Complaints } from '../core/complaint.ts';
import type { PoolServer } from '../core/pool-file.ts';
import { type Edit, editPoolFile, isWord } from '../core/pool-file-edit.ts';
import {
  encodeText,
  hashOfPoolFile,
  MOST_BYTES,
  printPoolFile,
  readPoolFile,
} from '../core/pool-file-text.ts';
import { decodeText } from '../core/utf8.ts';
import { cutIntoWords, LONGEST_LINE, pairOf } from '../core/words.ts';
import { putWhole } from '../node/whole-file.ts';
import { describedComplaints, warningsOn } from './pool-file-view.ts';
import { nameOfInput, readInput } from './read-input.ts';
import { CannotGoOn, type ExitCode, endingWith, print, printError } from './terminal.ts';

const EXAMPLES = `
Examples:
  $ regency rlf new lservrlf --pool cad-lab alpha=10.0.0.1:5093 beta gamma
  $ regency rlf add-license lservrlf serial=CAD-1 feature=cad hard-limit=15 expires=2027-01-31
  $ regency rlf add-server lservrlf delta=10.0.0.4:5093 --preference 2
  $ regency rlf order lservrlf gamma            gamma becomes the most preferred one
  $ regency rlf remove-server lservrlf beta --out lservrlf.new
  $ regency license sign --key vendor/private.pem --pool cad-lab serial=CAD-2 feature=cad hard-limit=20 |
      regency rlf add-license lservrlf -

A running pool takes a new version from any of its servers: put the file in place of lservrlf in the data folder of one of them, and
start that one again; the Leader hands the file on to all. A server that is added is started with the new file (serve --file) and keys of its
own (regency rlf keys), on an empty data folder.

Exit code: 0 written, 1 it would not be a pool file and was not written, 2 it could not be read or written.
`;

interface Options {
  readonly out?: string;
  readonly json?: boolean;
}

type Meant<O extends Options> = (words: readonly string[], options: O) => Edit | Promise<Edit>;

export function rlfEditCommands(): Command[] {
  return [
    newCommand(),
    editing<Options & { preference?: string }>(
      'add-server',
      'add a server to a pool file',
      ([text = ''], { preference }) => ({
        kind: 'add-server',
        server: serverOf(text),
        preference: preference === undefined ? null : preferenceOf(preference),
      }),
    )
      .argument('<name[=address]>', 'its name, and where it listens if not at NAME:5093')
      .option('--preference <number>', 'its place among the servers, 1 = the most preferred; else the last'),
    editing('remove-server', 'remove a server from a pool file', ([host = '']) => ({
      kind: 'remove-server',
      host,
    })).argument('<name>'),
    editing('order', 'change the order of preference in a pool file', (hosts) => ({
      kind: 'order',
      hosts,
    })).argument('<name...>', 'those that come first, in this order; the others keep theirs'),
    editing('add-license', 'add a license to a pool file', async (words) => ({
      kind: 'add-license',
      pairs: words.length === 1 && words[0] === '-' ? await pairsOfInput() : words,
    })).argument('<field=value...>', 'its fields, as in the file; or -: its line comes on standard input'),
    editing('remove-license', 'remove a license from a pool file', ([serial = '']) => ({
      kind: 'remove-license',
      serial,
    })).argument('<serial>'),
  ];
}

function newCommand(): Command {
  return new Command('new')
    .description('make a pool file, for a pool that is not there yet')
    .argument('<file>', 'which is not there yet; - for standard output')
    .argument('<name[=address]...>', 'its servers, the most preferred first')
    .requiredOption('--pool <name>', 'what the pool is called, for ever')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(
      endingWith((path: string, servers: readonly string[], options: Options & { pool: string }) => {
        if (path !== '-' && existsSync(path))
          throw new CannotGoOn(`${path} is there already: give another name`);
        const named = servers.map(serverOf);
        const words = [options.pool, ...named.flatMap(({ host, address }) => [host, address ?? '-'])];
        const wrong = words.find((word) => !isWord(word));
        if (wrong !== undefined) throw new CannotGoOn(`'${wrong}' is no name and no address`);
        const file = { poolName: options.pool, version: 1, servers: named, licenses: [] };
        return writeChecked(path, printPoolFile(file), options);
      }),
    );
}

function editing<O extends Options>(name: string, description: string, meant: Meant<O>): Command {
  return new Command(name)
    .description(`${description}, and make it the next version`)
    .argument('<file>', 'the pool file (lservrlf), or - for standard input')
    .option('-o, --out <file>', 'write there, instead of in its place; - for standard output')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(
      endingWith(async (...given: unknown[]): Promise<ExitCode> => {
        const command = given.at(-1) as Command;
        const options = command.opts<O>();
        const [path = '', ...words] = command.args;
        const before = await readText(path);
        const edited = editPoolFile(before, await meant(words, options));
        if (!edited.ok) throw new CannotGoOn(`${nameOfInput(path)}: ${edited.because}`);
        return writeChecked(options.out ?? path, edited.text, options);
      }),
    );
}

async function readText(path: string): Promise<string> {
  const body = await readInput(path, MOST_BYTES);
  if (!readPoolFile(body).ok)
    throw new CannotGoOn(`${nameOfInput(path)} is no pool file: 'regency rlf check' says where`);
  return decodeText(body)!;
}

function writeChecked(path: string, text: string, options: Options): ExitCode {
  const body = encodeText(text);
  const reading = readPoolFile(body);
  const name = path === '-' ? 'standard output' : path;
  if (!reading.ok) {
    for (const block of describedComplaints(path, body, reading.complaints)) printError(block);
    printError(`${name} was not written`);
    return 1;
  }
  if (path === '-') process.stdout.write(text);
  else put(path, body);
  const { version } = reading.file;
  const say = path === '-' ? printError : print;
  if (options.json)
    say(JSON.stringify({ schema: 'regency/rlf-edit@1', file: path, version, hash: hashOfPoolFile(body) }));
  else say(`${name} is version ${version}`);
  for (const warning of warningsOn(path, reading.file)) printError(warning);
  return 0;
}

/** A link stays one, and who may read the file may read the new one. */
function put(path: string, body: Uint8Array): void {
  try {
    const present = statSync(path, { throwIfNoEntry: false });
    const place = present === undefined ? path : realpathSync(path);
    putWhole(place, body, present === undefined ? 0o644 : present.mode & 0o777);
  } catch (error) {
    throw new CannotGoOn(`cannot write ${path}: ${(error as Error).message}`);
  }
}

function serverOf(text: string): PoolServer {
  const [, host = text, address = null] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  return { host, address };
}

function preferenceOf(text: string): number {
  const preference = Number(text);
  if (!Number.isInteger(preference) || preference < 1)
    throw new CannotGoOn(`--preference ${text}: expected a whole number from 1`);
  return preference;
}

async function pairsOfInput(): Promise<readonly string[]> {
  const text = decodeText(await readInput('-', LONGEST_LINE + 2)) ?? '';
  const line = cutIntoWords(text.replace(/\r?\n$/, ''), 1, new Complaints());
  const [statement, ...fields] = line?.words ?? [];
  if (statement?.text !== 'license')
    throw new CannotGoOn('standard input: expected one line "license serial=…"');
  return fields.map((word) => {
    const pair = pairOf(word);
    return pair === null ? word.text : `${pair.name.text}=${pair.value.text}`;
  });
}
