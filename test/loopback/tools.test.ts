// The commands of people who run a pool, against a real one.

import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { freePorts } from '../../sim/metal/free-ports.ts';
import { PROGRAM, RealPool, until } from './servers.ts';

let pool: RealPool | null = null;

afterEach(async () => {
  await pool?.end();
  pool = null;
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function run(file: string, words: readonly string[]): Promise<Ran> {
  return new Promise((done) => {
    execFile(file, words, (error, out, err) => done({ code: Number(error?.code ?? 0), out, err }));
  });
}

function regency(who: string, command: readonly string[], ...rest: string[]): Promise<Ran> {
  const place = ['--file', pool!.licenseFile, '--keys', join(pool!.keyFolder, who)];
  return run(process.execPath, [PROGRAM, ...command, ...place, ...rest]);
}

const asOperator = (...command: string[]) => regency('operators/operator', command);

test('people see who leads, who is there and where the tokens are; a command runs while it holds some', async () => {
  pool = await RealPool.of(3, 15);
  expect((await asOperator('where')).code).toBe(1);
  const [first, second, third] = ['s1', 's2', 's3'].map((host) =>
    pool!.start(host, '--file', pool!.licenseFile),
  );
  await Promise.all([
    first!.says('took over'),
    second!.says('file installed'),
    third!.says('file installed'),
  ]);

  expect(await asOperator('pool', 'leader')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^s1 127\.0\.0\.1:\d+, term \d+\n$/),
  });
  const tokens = JSON.parse((await asOperator('pool', 'tokens', '--json')).out);
  expect(tokens).toMatchObject({
    schema: 'regency/pool@1',
    leader: 's1',
    tokens: [{ feature: 'cad', total: 15, free: 15 }],
  });

  // The command looks at the pool while it holds.
  const looks = [
    PROGRAM,
    'pool',
    'tokens',
    '--file',
    pool.licenseFile,
    '--keys',
    join(pool.keyFolder, 'operators/operator'),
  ];
  const held = await regency(
    'clients/client',
    ['hold', 'cad', '--units', '2'],
    '--',
    process.execPath,
    ...looks,
  );
  expect(held.code).toBe(0);
  expect(held.out).toMatch(/^cad +- +15 +2 +0 +13$/m);
  expect((await asOperator('pool', 'tokens')).out).toMatch(/^cad +- +15 +0 +0 +15$/m);
  expect((await regency('clients/client', ['hold', 'cad'], '--', 'sh', '-c', 'exit 7')).code).toBe(7);
  expect((await regency('clients/client', ['hold', 'cad'], '--', '/nowhere/at-all')).code).toBe(127);
  const none = await regency('clients/client', ['hold', 'cad', '--units', '16'], '--', 'true');
  expect(none).toMatchObject({
    code: 69,
    out: '',
    err: expect.stringMatching(/no token of cad: LS_INSUFFICIENTUNITS/),
  });

  const asClient = (...rest: string[]) => regency('clients/client', ['request', 'cad'], ...rest);
  expect(await asClient('--units', '2', '--once')).toMatchObject({
    code: 0,
    out: expect.stringMatching(
      /^s1 grants 2 tokens of cad, in term \d+, until 20\S+Z if not renewed\ngiven back\n$/,
    ),
  });
  const granted = JSON.parse((await asClient('--once', '--json')).out);
  expect(granted).toMatchObject({ schema: 'regency/request@1', feature: 'cad', units: 1, server: 's1' });
  expect(Date.parse(granted.until)).toBeGreaterThan(Date.now() + 30_000);
  expect((await asClient('--units', '16')).code).toBe(69);
  const place = ['--file', pool.licenseFile, '--keys', join(pool.keyFolder, 'clients/client')];
  const kept = spawn(process.execPath, [PROGRAM, 'request', 'cad', ...place]);
  await new Promise((resolve) => kept.stdout.once('data', resolve));
  expect((await asOperator('pool', 'tokens')).out).toMatch(/^cad +- +15 +1 +0 +14$/m);
  kept.kill('SIGINT');
  expect(await new Promise((resolve) => kept.once('close', resolve))).toBe(0);
  // The log is written within a second or so.
  await until(async () => {
    const { out } = await run(process.execPath, [PROGRAM, 'usage', join(pool!.folder, 's1')]);
    return /^cad +- +2 +20\S+ \S+ +6 +6 +0 +2 +LS_INSUFFICIENTUNITS \(\S+\) × 2$/m.test(out);
  });

  third!.child.kill('SIGKILL');
  await until(async () => /^ *3 +s3 +no /m.test((await asOperator('pool', 'members')).out));
  const monitor = await asOperator('monitor');
  expect(monitor.out).toMatch(/^s1 +\S+ +leader .*confirmed \d+ ms ago$/m);
  expect(monitor.out).toMatch(/^s2 +\S+ +follower/m);
  expect(monitor.out).toMatch(/^s3 +\S+ +- +- +- +nobody answers there$/m);
  const wrong = await regency('clients/client', ['where']);
  expect(wrong).toMatchObject({
    code: 2,
    err: expect.stringMatching(/those of a client: give those of an operator/),
  });

  second!.child.kill('SIGKILL');
  await until(async () => (await asOperator('pool', 'leader')).code === 1);
}, 90_000);

test('a Leader stands down by an order; what may lose something is asked about, and what was refused says why', async () => {
  pool = await RealPool.of(3, 15);
  const servers = ['s1', 's2', 's3'].map((host) => pool!.start(host, '--file', pool!.licenseFile));
  await Promise.all(servers.slice(1).map((server) => server.says('file installed')));
  const client = pool.client();
  const token = await client.acquire('cad', '', 2);

  const done = await asOperator('pool', 'stand-down', '--json');
  expect(JSON.parse(done.out)).toEqual({
    schema: 'regency/order@1',
    order: 'stand-down',
    server: 's1',
    outcome: 'obeyed',
    done: true,
    leader: 's2',
  });
  expect(done.code).toBe(0);
  expect(
    servers[0]!.lines.some(({ kind, reason }) => kind === 'stepped down' && reason === 'handed over'),
  ).toBe(true);
  expect(token.held()).toBe(true);

  expect(await asOperator('pool', 'restored', 's3')).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^regency: s3 discards its store.*say --yes if that is meant\n$/),
  });
  expect(await asOperator('pool', 'restored', 's3', '--yes')).toMatchObject({ code: 0, out: 's3 obeyed\n' });
  await servers[2]!.says('discarded');
  await servers[2]!.says('joined');
  for (const [words, line] of [
    [['promote', 's2'], 's2 refuses to promote: only the second server of a pool of two can be promoted\n'],
    [
      ['re-form', 's1', 's2'],
      / refuses to re-form: it hears a Leader that serves: there is nothing to mend\n$/,
    ],
    [['lower-mark', '9000-01-01'], 's2 refuses to lower-mark: the mark is not above that\n'],
  ] as [string[], string | RegExp][]) {
    const { code, out, err } = await asOperator('pool', ...words, '--yes');
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(line);
  }
  expect(await asOperator('pool', 'promote', 's9', '--yes')).toMatchObject({
    code: 2,
    err: "regency: s9 is none of the pool's servers: s1, s2, s3\n",
  });
  await client.close();

  // Two of three are lost for good, their stores with them.
  for (const server of [servers[0]!, servers[2]!]) server.child.kill('SIGKILL');
  await Promise.all([servers[0]!.ended, servers[2]!.ended]);
  await until(async () => (await asOperator('pool', 'leader')).code === 1);
  const again = await asOperator('pool', 're-form', 's2', '--yes');
  expect(again).toMatchObject({ code: 0, out: expect.stringMatching(/^s2 obeyed; s2 leads in term \d+\n$/) });
}, 90_000);

test('a server is added, and removed, by an edit of the file on one server’s disk', async () => {
  pool = await RealPool.of(3, 15, false);
  const [port] = await freePorts(1);
  const folder = (host: string) => join(pool!.folder, host);
  const servers = ['s1', 's2', 's3'].map((host) => pool!.start(host, '--file', pool!.licenseFile));
  await Promise.all(servers.slice(1).map((server) => server.says('file installed')));
  let second = servers[1]!;
  const edit = async (...words: string[]) => {
    const [command = '', ...rest] = words;
    const edited = await run(process.execPath, [
      PROGRAM,
      'rlf',
      command,
      join(folder('s2'), 'lservrlf'),
      ...rest,
    ]);
    expect(edited.code).toBe(0);
    second.child.kill('SIGTERM');
    await second.ended;
    second = pool!.start('s2');
  };
  const members = async () => {
    const place = ['--file', pool!.licenseFile, '--plaintext', '--json'];
    const { out } = await run(process.execPath, [PROGRAM, 'pool', 'members', ...place]);
    const view = JSON.parse(out) as { members: { host: string; isMember: boolean; isPresent: boolean }[] };
    return view.members.filter(({ isMember, isPresent }) => isMember && isPresent).map(({ host }) => host);
  };

  await edit('add-server', `s4=127.0.0.1:${port}`, '--preference', '2');
  const fourth = pool.startAs(
    's4',
    '--plaintext',
    '--data',
    folder('s4'),
    '--file',
    join(folder('s2'), 'lservrlf'),
  );
  await until(async () => (await members()).join() === 's1,s4,s2,s3');
  await edit('remove-server', 's4');
  await fourth.says('retired');
  await until(async () => (await members()).join() === 's1,s2,s3');
}, 90_000);

test('a command whose token is lost is stopped, at the latest when its time is over', async () => {
  pool = await RealPool.of(1, 1, true, '30s');
  const server = pool.start('s1', '--file', pool.licenseFile);
  await server.says('took over');
  const began = Date.now();
  const ended = regency('clients/client', ['hold', 'cad'], '--', 'sleep', '300');
  await until(async () => /^cad +- +1 +1 /m.test((await asOperator('pool', 'tokens')).out));
  server.child.kill('SIGKILL');
  const { code, err } = await ended;
  expect(code).toBe(75);
  expect(err).toMatch(/the token is lost: sleep is stopped/);
  expect(Date.now() - began).toBeLessThan(45_000);
}, 90_000);

test('the example of a fail-over ends well: 0 of this Leader, 1 of earlier ones, 14 free', async () => {
  const { code, out, err } = await run(new URL('../../examples/fail-over.sh', import.meta.url).pathname, []);
  expect(err).toBe('');
  expect(code).toBe(0);
  expect(out).toMatch(/== s2 leads\n.*\ncad +- +15 +0 +1 +14\n== the command still runs\n/);
  expect(out).toMatch(
    /== s1 is started again\n== s1 leads\n.*\ncad +- +15 +0 +1 +14\n== the command still runs\n$/,
  );
}, 120_000);
