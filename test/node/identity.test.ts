import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { issue, makeAuthority } from '../../src/node/authority.ts';
import { identityOf, parseUri, uriOf } from '../../src/node/identity.ts';

const VALID = { from: new Date('2026-01-01'), to: new Date('2030-01-01') };

function named(subjectAltName: string): X509Certificate {
  return { subjectAltName } as X509Certificate;
}

test('one URI of a certificate says who somebody is', async () => {
  const authority = await makeAuthority('lab', VALID);
  for (const role of ['server', 'client', 'operator'] as const) {
    const identity = { pool: 'lab', role, name: 'alpha.example' };
    const { certificate } = await issue(authority, identity, VALID);
    const read = new X509Certificate(certificate);
    expect(identityOf(read)).toEqual(identity);
    expect(read.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
    expect(new Date(read.validTo)).toEqual(VALID.to);
  }
  expect(identityOf(new X509Certificate(authority.certificate))).toBe(null);
});

test('a certificate that names several, or only seems to name somebody, names nobody', () => {
  const s1 = { pool: 'lab', role: 'server', name: 's1' } as const;
  const [one, two] = [uriOf(s1), uriOf({ ...s1, role: 'operator' })];
  expect(identityOf(named(`DNS:a.example, URI:${one}, IP Address:127.0.0.1`))).toEqual(s1);
  expect(identityOf(named(`URI:https://example.org/a, URI:${one}`))).toEqual(s1);
  for (const names of [
    '',
    `URI:${one}, URI:${two}`,
    `DNS:"a, URI:${two}, b"`,
    `DNS:"a\\", URI:${two}, b"`,
    `DNS:${one}`,
    `URI:"${one}"`,
    `URI:${one}/more`,
  ]) {
    expect(identityOf(named(names)), names).toBe(null);
  }
  for (const uri of [
    'regency://lab/boss/x',
    'regency://lab/server/',
    'regency:///server/s1',
    'regency://a b/server/s1',
  ])
    expect(parseUri(uri)).toBe(null);
});
