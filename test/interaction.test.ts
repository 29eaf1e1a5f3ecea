// Every script in test/interaction, run against real servers and clients in the simulator's world, must print what it says.
// UPDATE_SCRIPTS=1 writes what they print instead: read the difference before keeping it.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runScript } from './interaction/commands.ts';
import { parseScript, printScript } from './interaction/script.ts';

const FOLDER = new URL('./interaction/', import.meta.url);

for (const name of readdirSync(FOLDER)
  .filter((file) => file.endsWith('.txt'))
  .sort()) {
  const path = new URL(name, FOLDER);
  const text = readFileSync(path, 'utf8');
  const script = parseScript(text);
  test(`${script.title} (${name})`, () => {
    const printed = printScript(script, runScript(script));
    if (process.env.UPDATE_SCRIPTS === '1') writeFileSync(path, printed);
    else expect(printed).toBe(text);
  });
}
