// The vendor of licenses: who signs what a license gives [12.11], by Ed25519. Its private key signs and stays with the vendor; a
// server has the public one, or several while one takes the place of another, and takes no license that none of them has signed.

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { License } from '../core/license.ts';
import { readPoolFile, signedText } from '../core/pool-file-text.ts';

/** Of a private key file: nobody but its owner. */
const OTHERS = 0o077;

export type Standing = 'signed' | 'not signed' | 'altered';

/** The two keys, PEM. */
export function makeVendorKeys(): { readonly privateKey: string; readonly publicKey: string } {
  return generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
}

/** The key to sign with, or why there is none; no part of it is in what is said. */
export function readSigningKey(path: string): KeyObject | string {
  let key: KeyObject;
  try {
    if (process.platform !== 'win32' && (statSync(path).mode & OTHERS) !== 0)
      return `others may read or change ${path}: chmod 600 ${path}`;
    key = createPrivateKey(readFileSync(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EACCES') return `cannot read ${path}: ${(error as Error).message}`;
    return `${path} holds no private key: expected PEM, not encrypted`;
  }
  if (key.asymmetricKeyType !== 'ed25519')
    return `${path} holds no Ed25519 key: 'regency license keys' makes one`;
  return key;
}

export function signatureOf(license: License, poolName: string, key: KeyObject): string {
  return sign(null, Buffer.from(signedText(poolName, license)), key).toString('base64url');
}

export class Vendor {
  private readonly keys: readonly KeyObject[];
  /** What was verified before: a file that is edited has few new lines. */
  private readonly verified = new Set<string>();

  constructor(keys: readonly KeyObject[]) {
    this.keys = keys;
  }

  standingOf(license: License, poolName: string): Standing {
    const { signature } = license;
    if (signature === null) return 'not signed';
    const text = signedText(poolName, license);
    const known = `${signature} ${text}`;
    if (this.verified.has(known)) return 'signed';
    const bytes = Buffer.from(text);
    const isGood = this.keys.some((key) => verify(null, bytes, key, Buffer.from(signature, 'base64url')));
    if (isGood) this.verified.add(known);
    return isGood ? 'signed' : 'altered';
  }

  /** Why that pool file is not to be served from; null = it may be. */
  objectionTo(file: Uint8Array): string | null {
    const reading = readPoolFile(file);
    if (!reading.ok) return 'it is no pool file';
    const { poolName, licenses } = reading.file;
    for (const license of licenses) {
      const standing = this.standingOf(license, poolName);
      if (standing !== 'signed') return objectionOn(license, standing, poolName);
    }
    return null;
  }
}

function objectionOn({ serial }: License, standing: Standing, poolName: string): string {
  if (standing === 'not signed')
    return `license ${serial} is not signed, and this server takes signed ones only: put in its line as the vendor gave it`;
  return (
    `license ${serial} is not what the vendor signed for pool ${poolName}: something in its line was changed, or it is for another pool ` +
    'or of another vendor: put in its line as the vendor gave it'
  );
}

/** The vendor by its public keys, PEM, one or more in one file; or why there is none. */
export function readVendor(path: string): Vendor | string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return `cannot read ${path}: ${(error as Error).message}`;
  }
  const blocks = text.match(/-----BEGIN PUBLIC KEY-----[^-]*-----END PUBLIC KEY-----/g) ?? [];
  try {
    const keys = blocks.map((block) => createPublicKey(block));
    if (keys.length > 0 && keys.every(({ asymmetricKeyType }) => asymmetricKeyType === 'ed25519'))
      return new Vendor(keys);
  } catch {
    // Said below.
  }
  return `${path} holds no Ed25519 public key: expected PEM, as 'regency license keys' makes it`;
}
