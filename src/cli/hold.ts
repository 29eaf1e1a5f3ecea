// `regency hold`: runs a command while it holds a token. A program that cannot ask for a license by itself is licensed so; when
// the token is lost the command is stopped, since somebody else may have it.

import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { Command } from 'commander';
import type { Token } from '../client/license-pool.ts';
import { LOST, NO_TOKEN, type TakingOptions, take, withTakingOptions } from './taking.ts';
import { endingWith, printError } from './terminal.ts';

const EXAMPLES = `
Examples:
  $ regency hold cad --file lservrlf --keys keys/clients/client -- draw plan.dwg
  $ regency hold cad --units 2 --server alpha=10.0.0.1:5093 --keys keys/clients/client -- render

Exit code: that of the command (128 and more: a signal ended it); 69 no token was to be had, 75 it was lost and the command
was stopped, 2 it could not be asked for, 127 the command could not be run.
`;

const NOT_RUN = 127;
/** From the request to stop to the end by force. */
const PATIENCE_MS = 10_000;

export function holdCommand(): Command {
  return withTakingOptions(
    new Command('hold')
      .description('run a command while holding a token')
      .argument('<feature>', 'of which feature')
      .argument('<command...>', 'the command and its arguments, after --'),
  )
    .addHelpText('after', EXAMPLES)
    .action(endingWith(hold));
}

async function hold(feature: string, command: readonly string[], options: TakingOptions): Promise<number> {
  const taken = await take(feature, options);
  if (taken === null) return NO_TOKEN;
  const code = await runWhile(taken.token, command);
  await taken.pool.close();
  return code;
}

function runWhile(token: Token, [program = '', ...words]: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    let isLost = false;
    const child = spawn(program, words, { stdio: 'inherit' });
    const pass = (signal: NodeJS.Signals) => child.kill(signal);
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, pass);
    token.onLost(() => {
      isLost = true;
      printError(`regency: the token is lost: ${program} is stopped`);
      stop(child);
    });
    child.once('error', (error) => {
      printError(`regency: cannot run ${program}: ${error.message}`);
      resolve(NOT_RUN);
    });
    child.once('close', (code, signal) => {
      for (const each of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.off(each, pass);
      if (isLost) resolve(LOST);
      else resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']);
    });
  });
}

function stop(child: ChildProcess): void {
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS).unref();
}
