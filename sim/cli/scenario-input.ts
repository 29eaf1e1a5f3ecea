// The scenario that a command is about: a seed's, or one that was saved. Whatever cannot be read is said in one line.

import { readInput } from '../../src/cli/read-input.ts';
import { CannotGoOn, onOneLine } from '../../src/cli/terminal.ts';
import { type Draw, scenarioFor } from '../campaign/strategy.ts';
import { loadScenario, MOST_CHARACTERS } from '../scenario/load.ts';
import type { Scenario } from '../scenario/scenario.ts';

/** `what` is a seed, a file, or - for standard input. */
export async function scenarioFrom(what: string, draw: Draw): Promise<Scenario> {
  if (/^\d{1,16}$/.test(what)) {
    const seed = Number(what);
    if (seed > Number.MAX_SAFE_INTEGER)
      throw new CannotGoOn(`expected a seed up to ${Number.MAX_SAFE_INTEGER}, saw ${what}`);
    if (draw.strategy === 'guided') {
      throw new CannotGoOn(
        `seed ${what} of a guided campaign hangs on the seeds before it; replay the scenario that the campaign kept`,
      );
    }
    return scenarioFor(seed, draw);
  }
  if (draw.environment !== undefined)
    throw new CannotGoOn('--environment goes with a seed: a saved scenario has its own; leave it out');
  if (draw.strategy !== 'random')
    throw new CannotGoOn('--strategy goes with a seed: a saved scenario is drawn already; leave it out');
  const bytes = await readInput(what, MOST_CHARACTERS);
  const loaded = loadScenario(new TextDecoder().decode(bytes));
  if (!loaded.ok) throw new CannotGoOn(`${onOneLine(what)} is no scenario: ${loaded.reason}`);
  return loaded.scenario;
}
