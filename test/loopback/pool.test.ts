import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { LicensePool } from '../../src/client/license-pool.ts';
import { parseAddress } from '../../src/node/address.ts';
import { greetingOf } from '../../src/wire/greeting.ts';
import { RealPool, type RealServer, until } from './servers.ts';

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

  const client = pool.client();
  const token = await client.acquire('cad');
  expect(token.held()).toBe(true);
  expect(await client.tokens('cad')).toEqual({ total: 15, mine: 1, previous: 0, free: 14 });

  first!.child.kill('SIGKILL');
  expect((await second!.says('took over')).tokens).toEqual({
    'cad|': { total: 15, mine: 0, previous: 1, free: 14 },
  });
  expect(token.held()).toBe(true);
  expect(await client.tokens('cad')).toEqual({ total: 15, mine: 0, previous: 1, free: 14 });

  const again = pool.start('s1');
  await again.says('took over');
  expect(again.lines.filter(({ kind }) => kind === 'store lost')).toEqual([]);
  expect(token.held()).toBe(true);
  expect(await client.tokens('cad')).toEqual({ total: 15, mine: 0, previous: 1, free: 14 });
  await token.release();
  expect(token.held()).toBe(false);
  expect(await client.tokens('cad')).toEqual({ total: 15, mine: 0, previous: 0, free: 15 });

  again.child.kill('SIGTERM');
  expect(await again.ended).toBe(0);
}, 90_000);

test('a client that knows one server learns where the others are', async () => {
  pool = await RealPool.of(3, 2);
  const [first] = ['s1', 's2', 's3'].map((host) => pool!.start(host, '--file', pool!.licenseFile));
  await first!.says('took over');
  const [, second] = pool.addresses;
  const client = new LicensePool({
    servers: new Map([second!]),
    owner: 'desk-7',
    keys: pool.keysOf('clients/client'),
  });
  // s2 points to s1, by name.
  const token = await client.acquire('cad');
  first!.child.kill('SIGKILL');
  await until(async () => (await client.tokens('cad').catch(() => null))?.previous === 1);
  expect(token.held()).toBe(true);
  await token.release();
}, 60_000);

test('a Leader that is told to stop hands over first; told twice, it stops at once', async () => {
  pool = await RealPool.of(3, 15);
  const [first, second, third] = ['s1', 's2', 's3'].map((host) =>
    pool!.start(host, '--file', pool!.licenseFile),
  );
  await first!.says('took over');
  const client = pool.client();
  const token = await client.acquire('cad');
  await Promise.all([second!.says('file installed'), third!.says('file installed')]);
  first!.child.kill('SIGTERM');
  expect(await first!.ended).toBe(0);
  expect(first!.lines).toContainEqual(
    expect.objectContaining({ kind: 'stepped down', reason: 'handed over' }),
  );
  // The better of the two that has everything by then.
  const tookOver = (server: RealServer | undefined) =>
    server!.lines.some(({ kind, viaHandOver }) => kind === 'took over' && viaHandOver === true);
  await until(() => tookOver(second) || tookOver(third));
  const [leader, other] = tookOver(second) ? [second, third] : [third, second];
  expect(token.held()).toBe(true);
  await client.close();
  expect(token.held()).toBe(false);
  await expect(client.acquire('cad')).rejects.toThrow(/the pool is closed/);
  const again = pool.client();
  expect(await again.tokens('cad')).toEqual({ total: 15, mine: 0, previous: 0, free: 15 });

  other!.child.kill('SIGSTOP');
  leader!.child.kill('SIGTERM');
  await leader!.says('stopping');
  const began = Date.now();
  leader!.child.kill('SIGTERM');
  expect(await leader!.ended).toBe(0);
  expect(Date.now() - began).toBeLessThan(800);
}, 60_000);

test('who is no server and no client of a pool is turned away, and the server goes on', async () => {
  pool = await RealPool.of(1, 1, false);
  const server = pool.start('s1', '--file', pool.licenseFile);
  await server.says('took over');
  const { host, port } = parseAddress(pool.addresses.get('s1')!)!;
  const client = Buffer.from(greetingOf('client'));
  const otherRelease = Buffer.from(client);
  otherRelease[4] = 99;
  const strangers: [Buffer, RegExp][] = [
    [Buffer.from('GET / HTTP/1.1\r\n\r\n'), /does not speak as a server, client or operator/],
    [Buffer.from([22, 3, 1, 0, 200, 1, 0, 0, 196]), /it encrypts, and this server does not/],
    [otherRelease, /another release/],
    [Buffer.concat([client, Buffer.alloc(4, 255)]), /no frame has/],
    [Buffer.concat([client, Buffer.from([8, 0, 0, 0, 1, 64, 1, 2, 3, 4, 5, 6])]), /no message/],
  ];
  for (const [bytes, because] of strangers) {
    server.lines.length = 0;
    const socket = connect({ host, port });
    socket.on('error', () => {}).resume();
    socket.write(bytes);
    await new Promise((resolve) => socket.once('close', resolve));
    expect((await server.says('turned away')).because).toMatch(because);
  }
  const token = await pool.client().acquire('cad');
  expect(token.held()).toBe(true);
  await token.release();
}, 60_000);

test('what keeps a server from starting is one line that says what to do', async () => {
  pool = await RealPool.of(1, 1, false);
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
