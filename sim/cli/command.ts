// What every command does around its own work: it ends with the code that its action returns, and when the action itself
// throws, that is a failure of the harness and no verdict on the pool.

import { CommanderError } from 'commander';
import { CannotGoOn, printError } from '../../src/cli/terminal.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

export function endingWith<Arguments extends unknown[]>(
  action: (...given: Arguments) => Promise<ExitCode>,
): (...given: Arguments) => Promise<void> {
  return async (...given) => {
    try {
      process.exitCode = await action(...given);
    } catch (error) {
      if (error instanceof CannotGoOn || error instanceof CommanderError) throw error;
      printError(
        `regency-sim: the harness itself failed: ${error instanceof Error ? (error.stack ?? error.message) : error}`,
      );
      process.exitCode = EXIT.harnessFailed;
    }
  };
}
