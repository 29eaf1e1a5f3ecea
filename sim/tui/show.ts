// Opens a replay: on the terminal, or as one screen of text. Loaded only when it is wanted, and after a planted bug's modules are in
// place.

import { existsSync } from 'node:fs';
import { writeWhole } from '../campaign/store.ts';
import { saveScenario } from '../scenario/save.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { plainText, type Screen } from './frame.ts';
import type { Key } from './model.ts';
import { type Against, Session } from './session.ts';

export interface ReplayOrder {
  readonly scenario: Scenario;
  readonly against: Against | null;
  /** The build that a saved scenario names. */
  readonly build: string;
  /** Null: the terminal. Else one screen of that size, after those keys. */
  readonly still: { readonly screen: Screen; readonly keys: readonly Key[] } | null;
}

/** Whether the run violated something. */
export async function showReplay({ scenario, against, build, still }: ReplayOrder): Promise<boolean> {
  const session = new Session(scenario, {
    save: (saved) => saveAs(saved, build),
    opensAtViolation: true,
    against,
  });
  if (still !== null) {
    const rollOut = (): void => {
      while (session.roll(1000));
    };
    rollOut();
    for (const key of still.keys) {
      session.press(key);
      rollOut();
    }
    process.stdout.write(`${plainText(session.frame(still.screen))}\n`);
    return session.violations().length > 0;
  }
  // Else react checks everything twice.
  process.env.NODE_ENV = 'production';
  const { showOnTerminal } = await import('./app.ts');
  await showOnTerminal(session);
  const [first] = session.violations();
  if (first !== undefined) process.stdout.write(`${first.reason}\n`);
  return first !== undefined;
}

const MOST_NAMES = 1000;

/** In the working folder, under a name that nothing has. */
function saveAs(scenario: Scenario, build: string): string {
  for (let number = 1; number <= MOST_NAMES; number++) {
    const path = `what-if-${scenario.seed}-${number}.json`;
    if (existsSync(path)) continue;
    try {
      writeWhole(path, saveScenario({ ...scenario, savedBy: build }));
      return `saved as ${path}`;
    } catch (error) {
      return `cannot save ${path}: ${(error as Error).message}`;
    }
  }
  return `not saved: there are ${MOST_NAMES} what-if-${scenario.seed}-….json here already`;
}
