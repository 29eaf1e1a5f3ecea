// The keys by which this program is known: its certificate, the private key to it, and the authority that everybody of its
// pool is signed by [19.1]. Whatever is wrong with them is one line that says what to do; no key is ever part of one.

import { constants, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { type Identity, identityOf } from './identity.ts';

export interface KeyPaths {
  /** Certificates of authorities, one or more, PEM. */
  readonly ca: string;
  /** This program's certificate, and those between it and the authority. */
  readonly cert: string;
  readonly key: string;
}

export interface Keys {
  readonly identity: Identity;
  /** When the first of its certificates expires. */
  readonly expiresAt: Date;
  readonly options: SecureContextOptions;
  readonly context: SecureContext;
}

/** Whoever else may read a private key is who it names. */
const OTHERS = 0o027;

/** The keys, or why they are of no use at that time. */
export function readKeys(paths: KeyPaths, now: Date): Keys | string {
  const texts = { ca: '', cert: '', key: '' };
  for (const part of ['ca', 'cert', 'key'] as const) {
    try {
      texts[part] = readFileSync(paths[part], 'utf8');
      if (part === 'key' && process.platform !== 'win32' && (statSync(paths.key).mode & OTHERS) !== 0)
        return `others may read or change ${paths.key}: chmod 600 ${paths.key}`;
    } catch (error) {
      return `cannot read ${paths[part]}: ${(error as Error).message}`;
    }
  }
  const authorities = certificatesIn(texts.ca);
  if (authorities.length === 0) return `${paths.ca} holds no certificate: expected PEM`;
  const chain = certificatesIn(texts.cert);
  const [own] = chain;
  if (own === undefined) return `${paths.cert} holds no certificate: expected PEM`;
  const key = privateKeyIn(texts.key);
  if (key === null) return `${paths.key} holds no private key: expected PEM, not encrypted`;
  if (!own.checkPrivateKey(key))
    return `${paths.key} is not the key to ${paths.cert}: put both in place again`;
  const identity = identityOf(own);
  if (identity === null)
    return `${paths.cert} names nobody of a pool: expected one URI such as regency://POOL/server/HOST among its names`;
  const signed = path(chain, authorities);
  if (signed === null) return `${paths.cert} is not signed by ${paths.ca}: take both from the same authority`;
  const expiresAt = new Date(Math.min(...signed.map(({ validTo }) => Date.parse(validTo))));
  if (expiresAt <= now)
    return `${paths.cert} has expired at ${expiresAt.toISOString()}: make another with 'regency rlf keys --renew'`;
  const from = new Date(Math.max(...signed.map(({ validFrom }) => Date.parse(validFrom))));
  if (from > now) return `${paths.cert} is valid from ${from.toISOString()} only: set this machine's clock`;
  const options: SecureContextOptions = {
    ...texts,
    minVersion: 'TLSv1.3',
    // Each handshake shows the certificates anew: nobody comes back by what was good once.
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
  try {
    return { identity, expiresAt, options, context: createSecureContext(options) };
  } catch (error) {
    return `${paths.cert} cannot be used: ${(error as Error).message}`;
  }
}

function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return [];
  }
}

function privateKeyIn(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}

/** From the first of the chain to an authority, each signed by the next; null when none leads there. */
function path(
  chain: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
): X509Certificate[] | null {
  for (let length = 1; length <= chain.length; length++) {
    const last = chain[length - 1]!;
    const authority = authorities.find((each) => isSignedBy(last, each));
    if (authority !== undefined) return [...chain.slice(0, length), authority];
    if (length < chain.length && !isSignedBy(last, chain[length]!)) return null;
  }
  return null;
}

function isSignedBy(certificate: X509Certificate, by: X509Certificate): boolean {
  return certificate.checkIssued(by) && certificate.verify(by.publicKey);
}
