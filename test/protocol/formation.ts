// Sections 11 and 14 of PROTOCOL.md: how a pool begins.

import { expect } from 'vitest';
import { ServerMachine } from '../../sim/pool/server-machine.ts';
import { scenarioOf } from '../../sim/scenario/arbitrary.ts';
import { RUN_BEGINS } from '../../sim/scenario/scenario.ts';
import { Run } from '../../sim/simulate.ts';
import { clause, shownBy } from './clause.ts';

clause('11.11 The first mark is no earlier than the start of a license that has started', () => {
  const drawn = scenarioOf(1, { environment: 'E2' });
  const licenses = [
    { feature: 'cad', version: '1', hardLimit: 1, keyLifetimeMs: 30_000, startsAfterMs: -5000 },
    { feature: 'mesh', version: '1', hardLimit: 1, keyLifetimeMs: 30_000, startsAfterMs: 3_600_000 },
  ];
  const run = new Run({ ...drawn, servers: 3, licenses, clients: [], faults: [], begins: 'blank' });
  const marks: number[] = [];
  while (run.step(4_000_000)) {
    const machine = run.world.machine(0);
    const register = machine instanceof ServerMachine ? machine.view?.server.register : null;
    if (register && marks.at(-1) !== register.charter.highWater) marks.push(register.charter.highWater);
  }
  expect(marks[0]).toBe(RUN_BEGINS - 5000);
  expect(marks[1], 'with `formed` comes one by the clocks of all').toBeGreaterThan(RUN_BEGINS);
  expect(marks[1]).toBeLessThan(RUN_BEGINS + 10_000);
});

clause(
  '14.7 A formation needs the promise of every server of the file, and of none that holds more',
  shownBy('pool-formed.txt', 'formation-interrupted.txt'),
);

clause('14.8 The pool is formed when all hold its first state', shownBy('formation-interrupted.txt'));

clause('14.9 A pool of one is formed only by word', shownBy('pool-of-one-formed.txt'));

clause(
  '14.11 A pool that lost too much is re-formed from what is left, by the word of an operator alone',
  shownBy('pool-re-formed.txt', 're-formation-refused.txt', 'admitted-and-never-told.txt'),
);

clause(
  '14.17 A re-formation that was interrupted is ordered again, where its state is, and nothing is lost',
  shownBy('re-formation-interrupted.txt', 're-formation-not-founded.txt'),
);

clause('14.10 A quarantine outlasts the Leader that began it', shownBy('quarantine.txt'));
