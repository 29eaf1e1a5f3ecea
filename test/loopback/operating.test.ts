import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { freePorts } from '../../sim/metal/free-ports.ts';
import { RealPool, until } from './servers.ts';

let pool: RealPool | null = null;

afterEach(async () => {
  await pool?.end();
  pool = null;
});

test('a server shows how it stands and what it counts; health is 200 while it is of use, and 503 when it is not', async () => {
  pool = await RealPool.of(3, 15);
  const ports = await freePorts(3);
  const servers = ['s1', 's2', 's3'].map((host, i) =>
    pool!.start(host, '--file', pool!.licenseFile, '--metrics', `127.0.0.1:${ports[i]}`),
  );
  const get = async (i: number, path: string) => {
    const response = await fetch(`http://127.0.0.1:${ports[i]}${path}`).catch(() => null);
    if (response === null) return { status: 0, body: '' };
    return { status: response.status, body: await response.text() };
  };
  await until(async () => (await get(2, '/health')).status === 503);
  await until(
    async () => (await get(0, '/health')).status === 200 && (await get(2, '/health')).status === 200,
  );
  const client = pool.client();
  const token = await client.acquire('cad', '', 2);
  await expect(client.acquire('cad', '', 14)).rejects.toThrow(/LS_INSUFFICIENTUNITS/);

  expect(JSON.parse((await get(0, '/health')).body)).toMatchObject({
    ready: true,
    server: 's1',
    role: 'leader',
    active: true,
  });
  expect(JSON.parse((await get(1, '/health')).body)).toMatchObject({
    ready: true,
    role: 'follower',
    leader: 's1',
  });
  const text = (await get(0, '/metrics')).body;
  for (const line of [
    'regency_role{role="leader"} 1',
    'regency_role{role="follower"} 0',
    'regency_tokens{feature="cad",version="",state="free"} 13',
    'regency_tokens{feature="cad",version="",state="mine"} 2',
    'regency_grants_total 1',
    'regency_denials_total{code="LS_INSUFFICIENTUNITS"} 1',
    'regency_take_overs_total{how="silence"} 1',
    'regency_member_present{host="s3"} 1',
    'regency_turned_away_total 0',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
  // Every line is a comment or a sample, every sample is of a family that was announced, and each family is announced once.
  const announced = [...text.matchAll(/^# TYPE (\S+) (?:counter|gauge)$/gm)].map(([, name]) => name);
  expect(announced).toEqual([...new Set(announced)]);
  for (const line of text
    .trimEnd()
    .split('\n')
    .filter((each) => !each.startsWith('#'))) {
    const name = /^([a-z_]+)(?:\{(?:[a-z]+="[^"]*",?)+\})? -?\d+(?:\.\d+)?$/.exec(line)?.[1];
    expect(announced, line).toContain(name);
  }
  expect((await get(1, '/metrics')).body).not.toContain('regency_tokens');
  expect((await get(0, '/else')).status).toBe(404);

  await token.release();
  servers[1]!.child.kill('SIGKILL');
  servers[2]!.child.kill('SIGKILL');
  await until(async () => (await get(0, '/health')).status === 503);
  servers[0]!.child.kill('SIGTERM');
  await servers[0]!.ended;

  const usage = readFileSync(join(pool.folder, 's1', 'usage.ndjson'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(usage.map(({ what }) => what)).toEqual([
    'server up',
    'take-over',
    'grant',
    'denial',
    'release',
    'server down',
  ]);
  expect(usage[2]).toMatchObject({ server: 's1', feature: 'cad', version: '', units: 2, owner: 'desk-7' });
  expect(usage[3]).toMatchObject({ units: 14, code: expect.stringContaining('LS_INSUFFICIENTUNITS') });
  expect(usage[4]).toMatchObject({ handle: usage[2].handle, units: 2, owner: 'desk-7' });
  expect(usage[4].index).toBeGreaterThan(usage[2].index);
}, 90_000);

test('pages are for this machine, and where they cannot be served the server does not start', async () => {
  pool = await RealPool.of(1, 1);
  for (const [address, line] of [
    ['0.0.0.0:9093', /--metrics 0\.0\.0\.0:9093: expected an address such as 127\.0\.0\.1/],
    ['9093', /--metrics 9093: expected HOST:PORT/],
  ] as const) {
    const refused = pool.start('s1', '--file', pool.licenseFile, '--metrics', address);
    expect(await refused.ended).toBe(2);
    expect(refused.complaint).toMatch(line);
  }
}, 60_000);
