// Signed licenses, from the vendor's key to a pool that refuses an edited limit.

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { PROGRAM, RealPool, until } from './servers.ts';

let pool: RealPool;

afterEach(async () => {
  await pool.end();
});

function regency(words: readonly string[], input = ''): string {
  return execFileSync(process.execPath, [PROGRAM, ...words], { input, encoding: 'utf8' });
}

function refused(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [PROGRAM, ...words], { encoding: 'utf8' });
}

test('a server with the key of a vendor takes signed licenses only, and a pool of such servers no edited limit', async () => {
  pool = await RealPool.of(3, 15, false);
  const vendor = join(pool.folder, 'vendor');
  regency(['license', 'keys', '--out', vendor]);
  const [secret, open] = [join(vendor, 'private.pem'), join(vendor, 'public.pem')];
  expect(statSync(secret).mode & 0o777).toBe(0o600);
  const start = (host: string) => pool.start(host, '--file', pool.licenseFile, '--vendor-key', open);

  const unsigned = start('s1');
  expect(await unsigned.ended).toBe(2);
  expect(unsigned.complaint).toMatch(
    /lservrlf: license CAD-1 is not signed, and this server takes signed ones only/,
  );
  expect(refused('license', 'verify', pool.licenseFile, '--vendor-key', open)).toMatchObject({
    status: 1,
    stdout: expect.stringMatching(/^CAD-1 +not signed$/m),
  });

  const sign = (...fields: string[]) =>
    regency(['license', 'sign', '--key', secret, '--pool', 'real', ...fields]);
  const line = sign('serial=CAD-2', 'feature=cad', 'key-lifetime=60s', 'hard-limit=15');
  expect(line).toMatch(
    /^license serial=CAD-2 feature=cad hard-limit=15 key-lifetime=1m signature=[\w-]{86}\n$/,
  );
  regency(['rlf', 'remove-license', pool.licenseFile, 'CAD-1']);
  regency(['rlf', 'add-license', pool.licenseFile, '-'], line);
  expect(regency(['license', 'verify', pool.licenseFile, '--vendor-key', open])).toMatch(/^CAD-2 +signed$/m);

  const servers = ['s1', 's2', 's3'].map(start);
  await Promise.all(servers.slice(1).map((server) => server.says('file installed')));
  const client = pool.client();
  await (await client.acquire('cad', '', 15)).release();

  // Somebody who administers s2 gives himself more.
  const restartWith = async (text: (former: string) => string) => {
    servers[1]!.child.kill('SIGKILL');
    await servers[1]!.ended;
    const path = join(pool.folder, 's2', 'lservrlf');
    writeFileSync(path, text(readFileSync(path, 'utf8')));
    servers[1] = pool.startAs('s2', '--plaintext', '--data', join(pool.folder, 's2'), '--vendor-key', open);
  };
  await restartWith((former) =>
    former.replace('hard-limit=15', 'hard-limit=16').replace('version 3', 'version 4'),
  );
  expect((await servers[1]!.says('edit not signed')).because).toMatch(
    /CAD-2 is not what the vendor signed for pool real/,
  );
  expect((await servers[0]!.says('file refused')).because).toMatch(
    /CAD-2 is not what the vendor signed for pool real/,
  );
  await expect(client.acquire('cad', '', 16)).rejects.toThrow(/LS_INSUFFICIENTUNITS/);

  // With the vendor's word he gets it; a line of another order and layout is the same license.
  const more = sign('serial=CAD-3', 'feature=cad', 'hard-limit=16', 'key-lifetime=60s');
  const fields = more.trimEnd().split(' ').slice(1).reverse().join('   ');
  await restartWith((former) => `${former.replace(/license .*\n/, '')}license ${fields}   # of May\n`);
  await servers[1]!.says('file installed');
  await until(async () => (await client.tokens('cad'))?.total === 16);
  await until(() => {
    const { servers } = JSON.parse(
      regency(['where', '--json', '--plaintext', '--file', pool.licenseFile]),
    ) as {
      servers: { fileVersion?: number }[];
    };
    return servers.every(({ fileVersion }) => fileVersion === 4);
  });
  await client.close();

  chmodSync(secret, 0o644);
  const exposed = refused(
    'license',
    'sign',
    '--key',
    secret,
    '--pool',
    'real',
    'serial=X',
    'feature=x',
    'hard-limit=1',
  );
  expect(exposed).toMatchObject({ status: 2, stdout: '' });
  expect(exposed.stderr).toMatch(/^regency: others may read or change .*private\.pem: chmod 600 .*\n$/);
}, 90_000);

test('a server that is given the key of a vendor does not serve from an unsigned file that is in force', async () => {
  pool = await RealPool.of(1, 1, false);
  const before = pool.start('s1', '--file', pool.licenseFile);
  await before.says('file installed');
  before.child.kill('SIGTERM');
  await before.ended;
  const vendor = join(pool.folder, 'vendor');
  regency(['license', 'keys', '--out', vendor]);
  const after = pool.start('s1', '--vendor-key', join(vendor, 'public.pem'));
  expect(await after.ended).toBe(2);
  expect(after.complaint).toMatch(/the license file in force: license CAD-1 is not signed/);
}, 60_000);

test('a server with the key of a vendor has no part in an unsigned file that another one brought in', async () => {
  pool = await RealPool.of(2, 15, false);
  const vendor = join(pool.folder, 'vendor');
  regency(['license', 'keys', '--out', vendor]);
  const line = regency([
    ...['license', 'sign', '--key', join(vendor, 'private.pem'), '--pool', 'real'],
    ...['serial=CAD-2', 'feature=cad', 'hard-limit=15'],
  ]);
  regency(['rlf', 'remove-license', pool.licenseFile, 'CAD-1']);
  regency(['rlf', 'add-license', pool.licenseFile, '-'], line);
  const careless = pool.start('s1', '--file', pool.licenseFile);
  const careful = pool.start('s2', '--file', pool.licenseFile, '--vendor-key', join(vendor, 'public.pem'));
  await careful.says('file installed');
  careless.child.kill('SIGKILL');
  await careless.ended;
  const path = join(pool.folder, 's1', 'lservrlf');
  writeFileSync(path, readFileSync(path, 'utf8').replace('hard-limit=15', 'hard-limit=150'));
  pool.start('s1');
  expect(await careful.ended).toBe(2);
  expect((await careful.says('failed')).because).toMatch(
    /in force: license CAD-2 is not what the vendor signed/,
  );
}, 60_000);
