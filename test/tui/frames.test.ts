// What the screen shows of three runs, in three sizes. `npx vitest run test/tui/frames.test.ts -u` writes them anew: look at them
// before you keep them.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runIn } from '../sim-program.ts';

const SCENARIOS = resolve('test/tui/scenarios');

const RUNS = [
  // Two reigns later the first server has the lead again.
  { name: 'fail-over', status: 0, words: ['--keys', 'f e e'] },
  { name: 'one-way-cut', status: 0, words: ['--keys', 'f e'] },
  {
    name: 'over-grant',
    status: 1,
    words: ['--patch', resolve('properties/mutants/M22-committed-only.patch')],
  },
];

describe.each(RUNS)('$name', ({ name, status, words }) => {
  test.each(['80x24', '120x40', '60x20'])('at %s', async (size) => {
    const ran = runIn('.', 'replay', `${SCENARIOS}/${name}.json`, '--screen', size, ...words);
    expect(ran.stderr).toBe('');
    expect(ran.status).toBe(status);
    const [columns, rows] = size.split('x').map(Number);
    const lines = ran.stdout.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(rows!);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns!);
    await expect(ran.stdout).toMatchFileSnapshot(`frames/${name}-${size}.txt`);
  });
});

test('the screen in README.md is one of them', () => {
  const frame = readFileSync('test/tui/frames/over-grant-80x24.txt', 'utf8');
  expect(readFileSync('README.md', 'utf8')).toContain(`\`\`\`\n${frame}\`\`\`\n`);
});
