import { expect, test } from 'vitest';
import { killing } from '../../sim/metal/killing.ts';
import { runOnProcesses } from '../../sim/metal/on-processes.ts';

const PROGRAM = new URL('../../dist/src/cli/main.js', import.meta.url).pathname;

test('Servers that are killed with -9 under load lose no acknowledged grant and grant no token twice', async () => {
  const { violations, kills, checked, said, isWhole } = await runOnProcesses(killing(1, 6), {
    program: PROGRAM,
  });
  expect(violations).toEqual([]);
  expect(isWhole).toBe(true);
  expect(kills).toBeGreaterThan(2);
  expect(said.granted).toBeGreaterThan(0);
  expect(checked.S5).toBeGreaterThan(0);
}, 120_000);
