import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { UsageLog } from '../../src/daemon/usage-log.ts';

test('the usage log is rotated by size, keeps whole lines, and forgets the oldest', () => {
  const folder = mkdtempSync(join(tmpdir(), 'regency-usage-'));
  try {
    const path = join(folder, 'usage.ndjson');
    const log = new UsageLog(path, 's1', (because) => expect.unreachable(because), 1000);
    for (let i = 0; i < 200; i++) {
      log.write('server up', { i });
      log.flush();
    }
    const names = readdirSync(folder);
    expect(names).toHaveLength(10);
    const seen = names.map((name) => {
      expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(1000);
      return readFileSync(join(folder, name), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).i);
    });
    const numbers = seen.flat().sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => 200 - numbers.length + i));
    const resumed = new UsageLog(path, 's1', (because) => expect.unreachable(because), 1000);
    resumed.write('server up', { i: 200 });
    resumed.flush();
    expect(readFileSync(path, 'utf8')).toContain('"i":200');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what cannot be logged is told, and nothing is thrown', () => {
  const told: string[] = [];
  const log = new UsageLog('/nowhere/usage.ndjson', 's1', (because) => told.push(because));
  log.write('server up');
  log.flush();
  expect(told).toEqual([expect.stringMatching(/usage was not logged: ENOENT/)]);
});
