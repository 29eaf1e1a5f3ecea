// The names of a store's files. Everything is first written under a temporary name: a file that bears its own name is complete.

export const META = 'meta';

/** The license file as people know it: they edit it in place. */
export const LICENSE_FILE = 'lservrlf';

const TEMPORARY = '.tmp';

/** The two copies of the log lie in two files. */
export type LogCopy = 'a' | 'b';

export const LOG_COPIES: readonly LogCopy[] = ['a', 'b'];

export function logName(number: number, copy: LogCopy): string {
  return `state.${number}.${copy}`;
}

export function temporaryName(file: string): string {
  return file + TEMPORARY;
}

/** The number of the log that a file of that name is a copy of; 0 when it is none. */
export function logNumberOf(file: string): number {
  const match = /^state\.([1-9][0-9]{0,14})\.[ab]$/.exec(file);
  return match === null ? 0 : Number(match[1]);
}

/** True when a store would write a file of that name, now or while it is replaced. */
export function isStoreFile(file: string): boolean {
  const name = file.endsWith(TEMPORARY) ? file.slice(0, -TEMPORARY.length) : file;
  return name === META || logNumberOf(name) > 0;
}

export function isTemporary(file: string): boolean {
  return file.endsWith(TEMPORARY) && isStoreFile(file);
}
