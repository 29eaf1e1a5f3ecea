// `regency-sim bench --replay`: how long a reader of a long run waits: for the first screen, for each step and jump, and how much
// memory that takes. In one process, as a replay is; each figure with its spread.

import { grouped } from '../campaign/numbers.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { Session } from '../tui/session.ts';

const SCREEN = { columns: 120, rows: 40 };
/** As the terminal does it: so much of the run before the first frame, ms. */
const SLICE = 25;
const TIMES = 50;

export function benchReplay(scenario: Scenario, print: (line: string) => void): void {
  const began = performance.now();
  const session = new Session(scenario, { save: () => '', opensAtViolation: true });
  session.roll(SLICE);
  session.frame(SCREEN);
  const firstFrame = performance.now() - began;
  while (session.roll(SLICE));
  const wholeRun = performance.now() - began;
  // Far back and forth, so that nothing that was near is of use.
  const jumps = timesOf((at) => {
    const seconds = ((((at * 7919) % 997) / 997) * scenario.endsAt) / 1e6;
    for (const key of [':', ...seconds.toFixed(3), 'enter']) session.press(key);
    session.frame(SCREEN);
  });
  const forward = timesOf(() => {
    session.press('right');
    session.frame(SCREEN);
  });
  const back = timesOf(() => {
    session.press('left');
    session.frame(SCREEN);
  });
  const why = timesOf((at) => {
    if (at % 10 === 0) session.press('G');
    session.press('w');
    session.frame(SCREEN);
  });
  const row = (name: string, times: readonly number[]): string => {
    const sorted = times.toSorted((a, b) => a - b);
    const figure = (place: number): string => sorted[Math.floor(place * (sorted.length - 1))]!.toFixed(1);
    return `  ${name.padEnd(24)}${figure(0.5).padStart(8)}   (${figure(0)} … ${figure(1)})`;
  };
  print(
    `a run of ${grouped(session.events())} events on a screen of ${SCREEN.columns}×${SCREEN.rows}, ms, median (least … most)`,
  );
  print(row('first frame', [firstFrame]));
  print(row('all of it on tape', [wholeRun]));
  print(row(`${TIMES} jumps to a time`, jumps));
  print(row(`${TIMES} steps forward`, forward));
  print(row(`${TIMES} steps back`, back));
  print(row(`${TIMES} times why`, why));
  print(`  memory ${Math.round(process.memoryUsage().rss / 1e6)} MB`);
}

function timesOf(work: (at: number) => void): number[] {
  return Array.from({ length: TIMES }, (_, at) => {
    const began = performance.now();
    work(at + 1);
    return performance.now() - began;
  });
}
