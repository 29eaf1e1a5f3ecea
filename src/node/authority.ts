// A pool's own certificate authority: makes the certificates by which servers, clients and operators know each other. Keys are
// of P-256, which every TLS 1.3 has. It writes nothing: where keys lie, the command says.

import { createPrivateKey, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import { Integer, Utf8String } from 'asn1js';
import {
  AttributeTypeAndValue,
  BasicConstraints,
  Certificate,
  Extension,
  ExtKeyUsage,
  GeneralName,
  GeneralNames,
  type RelativeDistinguishedNames,
} from 'pkijs';
import { type Identity, uriOf } from './identity.ts';

/** PEM, both. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

export interface Validity {
  readonly from: Date;
  readonly to: Date;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const PREFIX = 'authority of ';
const COMMON_NAME = '2.5.4.3';
const BASIC_CONSTRAINTS = '2.5.29.19';
const KEY_USAGE = '2.5.29.15';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const ALTERNATIVE_NAMES = '2.5.29.17';
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2';
/** BIT STRING: keyCertSign and cRLSign; digitalSignature. */
const SIGNS_CERTIFICATES = Uint8Array.of(3, 2, 1, 0x06);
const SIGNS_HANDSHAKES = Uint8Array.of(3, 2, 7, 0x80);
/** The kinds of GeneralName. */
const DNS_NAME = 2;
const URI = 6;

export async function makeAuthority(pool: string, validity: Validity): Promise<KeyPair> {
  const keys = await newKeys();
  const name = PREFIX + pool;
  const extensions = [
    extension(
      BASIC_CONSTRAINTS,
      true,
      new BasicConstraints({ cA: true, pathLenConstraint: 0 }).toSchema().toBER(),
    ),
    extension(KEY_USAGE, true, bufferOf(SIGNS_CERTIFICATES)),
  ];
  return made({ subject: name, issuer: name, validity, keys, signer: keys.privateKey, extensions });
}

/** The pool that it is the authority of. */
export function authorityOf(authority: KeyPair): string {
  return commonNameOf(authority.certificate).slice(PREFIX.length);
}

/** A certificate of that authority, with a key of its own. Rejects when the authority's key is none. */
export async function issue(authority: KeyPair, identity: Identity, validity: Validity): Promise<KeyPair> {
  const keys = await newKeys();
  const names = [new GeneralName({ type: URI, value: uriOf(identity) })];
  // For tools that look for a host's name; the pool itself looks at the URI alone.
  if (identity.role === 'server') names.push(new GeneralName({ type: DNS_NAME, value: identity.name }));
  const uses =
    identity.role === 'server' ? [SERVER_AUTHENTICATION, CLIENT_AUTHENTICATION] : [CLIENT_AUTHENTICATION];
  const extensions = [
    extension(BASIC_CONSTRAINTS, true, new BasicConstraints({ cA: false }).toSchema().toBER()),
    extension(KEY_USAGE, true, bufferOf(SIGNS_HANDSHAKES)),
    extension(EXTENDED_KEY_USAGE, false, new ExtKeyUsage({ keyPurposes: uses }).toSchema().toBER()),
    extension(ALTERNATIVE_NAMES, false, new GeneralNames({ names }).toSchema().toBER()),
  ];
  const issuer = commonNameOf(authority.certificate);
  return made({
    subject: identity.name,
    issuer,
    validity,
    keys,
    signer: await signerOf(authority.key),
    extensions,
  });
}

interface Order {
  readonly subject: string;
  readonly issuer: string;
  readonly validity: Validity;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly signer: webcrypto.CryptoKey;
  readonly extensions: Extension[];
}

async function made({ subject, issuer, validity, keys, signer, extensions }: Order): Promise<KeyPair> {
  const certificate = new Certificate();
  certificate.version = 2;
  certificate.serialNumber = new Integer({ valueHex: newSerial() });
  putName(certificate.subject, subject);
  putName(certificate.issuer, issuer);
  certificate.notBefore.value = validity.from;
  certificate.notAfter.value = validity.to;
  await certificate.subjectPublicKeyInfo.importKey(keys.publicKey);
  certificate.extensions = extensions;
  await certificate.sign(signer, 'SHA-256');
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    certificate: pem('CERTIFICATE', certificate.toSchema(true).toBER()),
    key: pem('PRIVATE KEY', key),
  };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function signerOf(key: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(key).export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']);
}

/** 127 random bits, positive and without a leading zero byte. */
function newSerial(): ArrayBuffer {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bufferOf(bytes);
}

function commonNameOf(certificate: string): string {
  return /^CN=(.*)$/m.exec(new X509Certificate(certificate).subject)?.[1] ?? '';
}

function putName(to: RelativeDistinguishedNames, name: string): void {
  to.typesAndValues.push(
    new AttributeTypeAndValue({ type: COMMON_NAME, value: new Utf8String({ value: name }) }),
  );
}

function extension(extnID: string, critical: boolean, extnValue: ArrayBuffer): Extension {
  return new Extension({ extnID, critical, extnValue });
}

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}

function pem(label: string, der: ArrayBuffer): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .match(/.{1,64}/g)!;
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
