// Sections 11 and 14 of PROTOCOL.md: how a pool begins.

import { expect } from 'vitest';
import { ServerMachine } from '../../sim/pool/server-machine.ts';
import { scenarioOf } from '../../sim/scenario/arbitrary.ts';
import { RUN_BEGINS } from '../../sim/scenario/scenario.ts';
import { Run } from '../../sim/simulate.ts';
import { clause, shownBy } from './clause.ts';

clause('11.11 The first mark is by the clocks of a quorum, however far ahead the founder’s is', () => {
  const drawn = scenarioOf(1, { environment: 'E4' });
  const year = 365 * 86_400_000;
  const licenses = [
    { feature: 'cad', version: '1', hardLimit: 1, keyLifetimeMs: 30_000, startsAfterMs: year },
    { feature: 'mesh', version: '1', hardLimit: 1, keyLifetimeMs: 30_000, endsAfterMs: year },
  ];
  const ahead = { kind: 'wall-jump', at: 100, until: 100, target: { server: 0 }, byMs: 2 * year };
  const run = new Run({ ...drawn, servers: 3, licenses, clients: [], faults: [ahead], begins: 'blank' });
  const marks: number[] = [];
  while (run.step(4_000_000)) {
    const machine = run.world.machine(0);
    const register = machine instanceof ServerMachine ? machine.view?.server.register : null;
    if (register && marks.at(-1) !== register.charter.highWater) marks.push(register.charter.highWater);
  }
  expect(run.world.faultCounts().get('wall-jump')).toMatchObject({ applied: 1 });
  expect(marks[0]).toBe(0);
  expect(marks[1]).toBeGreaterThan(RUN_BEGINS);
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
