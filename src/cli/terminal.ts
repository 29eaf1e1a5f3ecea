// What the programs have in common when they talk to people: how an error is said, how text is coloured, and with which
// code a program ends. Only here, and in the commands beside it, does anything print or set an exit code.

import { styleText } from 'node:util';
import { type Command, CommanderError } from 'commander';

/** 0 = done; 1 = done, and something is wrong with what was looked at; 2 = not done: bad usage, unreadable input. */
export type ExitCode = 0 | 1 | 2;

/** The program itself is at fault: neither of the above can be told. */
const PROGRAM_FAULT = 70;

/** Why a command cannot go on, as one line for people; `runProgram` prints it and ends with 2. */
export class CannotGoOn extends Error {
  override name = 'CannotGoOn';
}

/** One line, or several, on standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One line, or several, on standard error. */
export function printError(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Coloured where `stream` is a terminal that shows colours; NO_COLOR and its like are honoured. */
export function painted(
  style: Parameters<typeof styleText>[0],
  text: string,
  stream: NodeJS.WriteStream = process.stdout,
): string {
  return styleText(style, text, { stream });
}

/** What others wrote, safe to print on one line: whatever would move the cursor becomes one visible character. */
export function onOneLine(text: string): string {
  return text.replaceAll('\t', ' ').replace(/\p{C}/gu, (hidden) => '\ufffd'.repeat(hidden.length));
}

/** The program ends with the code that the action returns: an ExitCode, or that of a command that it ran. */
export function endingWith<Arguments extends unknown[]>(
  action: (...given: Arguments) => number | Promise<number>,
): (...given: Arguments) => Promise<void> {
  return async (...given) => {
    process.exitCode = await action(...given);
  };
}

/**
 * Runs the command that `argv` (as of `process.argv`) names, and sets the exit code. Every failure is one line on
 * standard error that begins with the program's name.
 */
export async function runProgram(program: Command, argv: readonly string[]): Promise<void> {
  // A reader that has seen enough (`| head`) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  for (const command of [program, ...descendants(program)]) {
    command.exitOverride().configureOutput({ outputError: () => {} });
  }
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    process.exitCode = explained(program.name(), error);
  }
}

function descendants(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...descendants(child)]);
}

function explained(name: string, error: unknown): number {
  const prefix = painted('red', `${name}:`, process.stderr);
  if (error instanceof CannotGoOn) {
    printError(`${prefix} ${onOneLine(error.message)}`);
    return 2;
  }
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    // Help that was not asked for has been printed already.
    if (error.code === 'commander.help') return 2;
    const said = onOneLine(error.message.replace(/^error: /, '').replaceAll('\n', ' '));
    printError(`${prefix} ${said}`);
    return 2;
  }
  const stack = error instanceof Error ? error.stack : String(error);
  printError(`${prefix} the program itself is at fault. Please report this:\n${stack}`);
  return PROGRAM_FAULT;
}
