import { afterEach, expect, test } from 'vitest';
import { LicensePool } from '../../src/client/license-pool.ts';
import { RealPool } from './servers.ts';

let pool: RealPool | null = null;

afterEach(async () => {
  await pool?.end();
  pool = null;
});

test('a Leader killed with -9 loses nothing: its client still holds, the next one counts 0 / 1 / rest, and it reclaims', async () => {
  pool = await RealPool.of(3, 15);
  const file = ['--file', pool.licenseFile];
  const [first, second] = ['s1', 's2', 's3'].map((host) => pool!.start(host, ...file));
  await first!.says('took over');

  const client = new LicensePool({ servers: pool.addresses, owner: 'anna' });
  const token = await client.acquire('cad');
  expect(token.held()).toBe(true);
  expect(await client.tokens('cad')).toEqual({ total: 15, mine: 1, previous: 0, free: 14 });

  first!.child.kill('SIGKILL');
  expect((await second!.says('took over'))['tokens']).toEqual({
    'cad|': { total: 15, mine: 0, previous: 1, free: 14 },
  });
  expect(token.held()).toBe(true);
  expect(await client.tokens('cad')).toEqual({ total: 15, mine: 0, previous: 1, free: 14 });

  const again = pool.start('s1');
  await again.says('took over');
  expect(token.held()).toBe(true);
  expect(await client.tokens('cad')).toEqual({ total: 15, mine: 0, previous: 1, free: 14 });
  await token.release();
  expect(token.held()).toBe(false);
  expect(await client.tokens('cad')).toEqual({ total: 15, mine: 0, previous: 0, free: 15 });

  again.child.kill('SIGTERM');
  expect(await again.ended).toBe(0);
}, 90_000);

test('what keeps a server from starting is one line that says what to do', async () => {
  pool = await RealPool.of(1, 1);
  const running = pool.start('s1', '--file', pool.licenseFile);
  await running.says('server up');
  const refusals: [string[], RegExp][] = [
    [['s1'], /another server runs on/],
    [['s2'], /no license file: give one with --file/],
    [['s3', '--file', pool.licenseFile], /does not name s3, but s1/],
    [['s4', '--file', pool.licenseFile, '--host', 's1'], /is in use: stop what listens there/],
    [['s5', '--file', pool.licenseFile, '--host', 's1', '--listen', '0.0.0.0:1'], /on loopback only/],
  ];
  for (const [[host, ...more], line] of refusals) {
    const refused = pool.start(host!, ...more);
    expect(await refused.ended).toBe(2);
    expect(refused.complaint).toMatch(line);
    expect(refused.complaint.trim().split('\n')).toHaveLength(1);
  }
}, 60_000);
