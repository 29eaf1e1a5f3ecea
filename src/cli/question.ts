// Before something that cannot be undone people are asked, and programs must have said --yes.

import { createInterface } from 'node:readline/promises';
import { CannotGoOn } from './terminal.ts';

/** Returns when it is meant; throws CannotGoOn. `warning` says what may be lost. */
export async function makeSure(warning: string, isMeant: boolean): Promise<void> {
  if (isMeant) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new CannotGoOn(`${warning}. Nobody is here to be asked: say --yes if that is meant`);
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    // Ctrl-C and the end of the input are answers, too.
    const answer = await asking.question(`${warning}.\nIs that meant? Type yes: `).catch(() => '');
    if (answer.trim() !== 'yes') throw new CannotGoOn('not meant: nothing was done');
  } finally {
    asking.close();
  }
}
