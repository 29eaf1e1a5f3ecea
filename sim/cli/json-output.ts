// What `--json` writes, for every command that has it.

import { print } from '../../src/cli/terminal.ts';
import { writeWhole } from '../campaign/store.ts';

/** To that file, or to standard output when it is -. */
export function writeJson(json: string, value: object): void {
  const text = JSON.stringify(value);
  if (json === '-') print(text);
  else writeWhole(json, `${text}\n`);
}
