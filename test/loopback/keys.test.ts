import { chmodSync, copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect as connectTls, createSecureContext } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LicenseError, LicensePool } from '../../src/client/license-pool.ts';
import { parseAddress } from '../../src/node/address.ts';
import { issue, type KeyPair, makeAuthority } from '../../src/node/authority.ts';
import type { Identity } from '../../src/node/identity.ts';
import type { Keys } from '../../src/node/keys.ts';
import { Line } from '../../src/node/line.ts';
import { Encoder } from '../../src/wire/frame.ts';
import { greetingOf } from '../../src/wire/greeting.ts';
import { RealPool, type RealServer, until } from './servers.ts';

const DAY_MS = 86_400_000;
const NOW = { from: new Date(Date.now() - DAY_MS), to: new Date(Date.now() + DAY_MS) };
const PAST = { from: new Date(Date.now() - 2 * DAY_MS), to: new Date(Date.now() - DAY_MS) };
const FUTURE = { from: new Date(Date.now() + DAY_MS), to: new Date(Date.now() + 2 * DAY_MS) };
const CLIENT: Identity = { pool: 'real', role: 'client', name: 'client' };

let pool: RealPool;

beforeEach(async () => {
  pool = await RealPool.of(1, 1);
});

afterEach(async () => {
  await pool.end();
});

async function started(): Promise<RealServer> {
  const server = pool.start('s1', '--file', pool.licenseFile);
  await server.says('took over');
  return server;
}

function authority(): KeyPair {
  const folder = join(pool.keyFolder, 'authority');
  return {
    certificate: readFileSync(join(folder, 'ca.pem'), 'utf8'),
    key: readFileSync(join(folder, 'ca-key.pem'), 'utf8'),
  };
}

/** Keys as somebody may have who does not look at them first. */
async function forged(identity: Identity, { by = authority(), validity = NOW } = {}): Promise<Keys> {
  const { certificate, key } = await issue(by, identity, validity);
  const options = { ca: authority().certificate, cert: certificate, key, minVersion: 'TLSv1.3' } as const;
  return { identity, expiresAt: validity.to, options, context: createSecureContext(options) };
}

/** Dials s1 and says how that ended. */
function dialed(keys: Keys | null, { to = 's1', speaker = 'client' as const } = {}): Promise<string> {
  const address = parseAddress(pool.addresses.get('s1')!)!;
  return new Promise((resolve) => {
    let outcome = 'closed';
    const line = new Line(
      { to, address, speaker, keys },
      {
        welcomed: () => {
          outcome = 'welcome';
          line.close();
        },
        received: () => {},
        refused: (because) => {
          outcome = because;
        },
        closed: () => resolve(outcome),
      },
    );
  });
}

test('whoever is not of the pool is turned away, and both sides say why and what to do', async () => {
  const server = await started();
  const strange = await makeAuthority('real', NOW);
  const anonymous = createSecureContext({ ca: authority().certificate, minVersion: 'TLSv1.3' });
  const without: Keys = { ...(await forged(CLIENT)), context: anonymous };

  const refusals: [Keys | null, object, there: RegExp, here: RegExp][] = [
    [without, {}, /its certificate is missing/, /this program's certificate is missing/],
    [
      await forged(CLIENT, { by: strange }),
      {},
      /not signed by the pool's authority/,
      /turns this program away: .* not signed/,
    ],
    [await forged(CLIENT, { validity: PAST }), {}, /expired: make another/, /turns .* has expired/],
    [
      await forged(CLIENT, { validity: FUTURE }),
      {},
      /not valid yet: set the clocks/,
      /turns .* not valid yet/,
    ],
    [
      await forged({ ...CLIENT, pool: 'other' }),
      {},
      /its certificate is of another pool/,
      /certificate is of another pool/,
    ],
    [
      await forged({ ...CLIENT, role: 'operator' }),
      {},
      /is not for that/,
      /this program's certificate is not for that/,
    ],
    [
      await forged(CLIENT),
      { speaker: 'server' },
      /is not for that/,
      /this program's certificate is not for that/,
    ],
    [
      await forged({ ...CLIENT, role: 'server' }),
      { speaker: 'operator' },
      /is not for that/,
      /is not for that/,
    ],
    [
      await forged(CLIENT),
      { to: 's2' },
      /it goes away: .* of another server/,
      /its certificate is of another server/,
    ],
    [null, {}, /it does not encrypt/, /closed|no server of a pool/],
  ];
  for (const [keys, how, there, here] of refusals) {
    server.lines.length = 0;
    expect(await dialed(keys, how)).toMatch(here);
    expect((await server.says('turned away')).because).toMatch(there);
  }
  expect(server.lines.every((line) => !JSON.stringify(line).includes('PRIVATE'))).toBe(true);

  expect(await dialed(pool.keysOf('clients/client'))).toBe('welcome');
  const token = await pool.client().acquire('cad');
  expect(token.held()).toBe(true);
  await token.release();
}, 60_000);

test('a call that no server would talk about says why', async () => {
  await started();
  const keys = await forged(CLIENT, { validity: PAST });
  const client = new LicensePool({ servers: pool.addresses, owner: 'desk-7', keys });
  const failed = await client.acquire('cad').catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(LicenseError);
  expect((failed as LicenseError).message).toMatch(/VLS_NO_SERVER_RESPONSE.*; s1: .* has expired/);
}, 60_000);

test('keys are read again on SIGHUP: connections stay, new ones see the new certificate; useless ones change nothing', async () => {
  const server = await started();
  const keys = pool.keysOf('clients/client')!;
  const address = parseAddress(pool.addresses.get('s1')!)!;
  let welcomed = false;
  let heard = 0;
  const line = new Line(
    { to: 's1', address, speaker: 'client', keys },
    {
      welcomed: () => {
        welcomed = true;
      },
      received: (bytes) => {
        heard += bytes.length;
      },
      refused: (because) => expect.unreachable(because),
      closed: () => {},
    },
  );
  await until(() => welcomed);
  const before = await serialShown(keys);
  expect(await serialShown(keys)).toBe(before);

  const { cert, key } = pool.pathsOf('servers/s1');
  const kept = readFileSync(cert);
  writeFileSync(cert, readFileSync(pool.pathsOf('clients/client').cert));
  server.child.kill('SIGHUP');
  expect((await server.says('keys not renewed')).because).toMatch(/key\.pem is not the key to .*cert\.pem/);
  expect(await serialShown(keys)).toBe(before);
  writeFileSync(cert, kept);

  pool.makeKeys('--renew');
  expect(statSync(key).mode & 0o777).toBe(0o600);
  server.child.kill('SIGHUP');
  await server.says('keys renewed');
  expect(await serialShown(keys)).not.toBe(before);

  const encoder = new Encoder();
  const length = encoder.encode({ kind: 'hello' });
  line.send(encoder.bytes.slice(0, length));
  await until(() => heard > 0);
  expect(line.isClosed).toBe(false);
  line.close();
}, 60_000);

test('a server does not start with keys that are of no use, and says in one line what to do', async () => {
  const { ca, cert, key } = pool.pathsOf('servers/s1');
  const rest = ['--data', join(pool.folder, 's1'), '--file', pool.licenseFile];
  const own = ['--ca', ca, '--cert', cert];
  const copy = join(pool.folder, 'key.pem');
  copyFileSync(key, copy);
  chmodSync(copy, 0o644);
  const expired = await issue(authority(), { pool: 'real', role: 'server', name: 's1' }, PAST);
  const old = { cert: join(pool.folder, 'old.pem'), key: join(pool.folder, 'old-key.pem') };
  writeFileSync(old.cert, expired.certificate);
  writeFileSync(old.key, expired.key, { mode: 0o600 });
  const none = join(pool.folder, 'none.pem');
  writeFileSync(none, expired.certificate, { mode: 0o600 });
  const strange = join(pool.folder, 'strange.pem');
  writeFileSync(strange, (await makeAuthority('real', NOW)).certificate);

  const refusals: [string[], RegExp][] = [
    [[], /give --keys FOLDER, or --ca, --cert and --key; or --plaintext/],
    [['--plaintext', '--keys', pool.keyFolder], /either keys or --plaintext/],
    [['--keys', join(pool.folder, 'nowhere')], /cannot read .*nowhere.ca\.pem/],
    [
      ['--keys', join(pool.keyFolder, 'clients/client')],
      /those of regency:\/\/real\/client\/client: give those of regency:\/\/real\/server\/s1/,
    ],
    [[...own, '--key', copy], /others may read or change .*: chmod 600/],
    [[...own, '--key', pool.pathsOf('clients/client').key], /is not the key to/],
    [[...own, '--key', none], /holds no private key/],
    [
      ['--ca', ca, ...['--cert', old.cert, '--key', old.key]],
      /has expired at .*: make another with 'regency rlf keys --renew'/,
    ],
    [['--ca', strange, '--cert', cert, '--key', key], /is not signed by/],
  ];
  for (const [keys, line] of refusals) {
    const refused = pool.startAs('s1', ...keys, ...rest);
    expect(await refused.ended).toBe(2);
    expect(refused.complaint).toMatch(line);
    expect(refused.complaint.trim().split('\n')).toHaveLength(1);
    expect(refused.complaint).not.toContain('BEGIN');
  }
}, 60_000);

test('nobody comes back by a session of before', async () => {
  await started();
  const { options } = pool.keysOf('clients/client')!;
  const { port } = parseAddress(pool.addresses.get('s1')!)!;
  let session: Buffer | undefined;
  for (let times = 0; times < 3; times++) {
    const socket = connectTls({ ...options, port, rejectUnauthorized: false, ...(session && { session }) });
    socket.on('session', (given) => {
      session = given;
    });
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    socket.write(greetingOf('client'));
    await new Promise((resolve) => socket.once('data', resolve));
    expect(socket.isSessionReused()).toBe(false);
    socket.destroy();
  }
}, 60_000);

test('an older TLS than 1.3 is not spoken', async () => {
  const server = await started();
  const { options } = pool.keysOf('clients/client')!;
  const { port } = parseAddress(pool.addresses.get('s1')!)!;
  const old = connectTls({
    ...options,
    port,
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    rejectUnauthorized: false,
  });
  await new Promise((resolve) => old.once('error', resolve));
  expect((await server.says('turned away')).because).toMatch(/PROTOCOL/);
}, 60_000);

/** The serial number of the certificate that s1 shows now. */
async function serialShown(keys: Keys): Promise<string> {
  const { host, port } = parseAddress(pool.addresses.get('s1')!)!;
  const secure = connectTls({ host, port, secureContext: keys.context, rejectUnauthorized: false });
  await new Promise((resolve) => secure.once('secureConnect', resolve));
  const { serialNumber } = secure.getPeerX509Certificate()!;
  secure.destroy();
  return serialNumber;
}
