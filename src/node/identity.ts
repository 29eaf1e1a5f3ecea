// Who somebody is, by the certificate that it shows: a server, a client or an operator of one pool, written as a URI in its
// subject alternative names [19.2]. Nothing else of a certificate says who somebody is.

import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { Refusal, Speaker } from '../wire/greeting.ts';

export interface Identity {
  /** The name of the pool in its license file. */
  readonly pool: string;
  readonly role: Speaker;
  /** Of a server: its name in the license file. */
  readonly name: string;
}

const URI = /^regency:\/\/([\w.-]{1,64})\/(server|client|operator)\/([\w.-]{1,64})$/;

export function uriOf({ pool, role, name }: Identity): string {
  return `regency://${pool}/${role}/${name}`;
}

export function parseUri(text: string): Identity | null {
  const match = URI.exec(text);
  return match === null ? null : { pool: match[1]!, role: match[2] as Speaker, name: match[3]! };
}

/** The one such URI of a certificate; null when it has none, or several. */
export function identityOf(certificate: X509Certificate): Identity | null {
  const found: Identity[] = [];
  // A name that would not be read back as it is stands in quotation marks, with everything that it would pretend to be.
  for (const [, kind, name] of (certificate.subjectAltName ?? '').matchAll(
    /(?:^|, )([^:,"]+):("(?:[^"\\]|\\.)*"|[^,"]*)/gy,
  )) {
    const identity = kind === 'URI' ? parseUri(name!) : null;
    if (identity !== null) found.push(identity);
  }
  return found.length === 1 ? found[0]! : null;
}

export type Peer =
  | { readonly kind: 'known'; readonly identity: Identity }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly identity: Identity | null };

/** Who is at the other end of a handshake that is over, and whether it is of our pool. */
export function peerOf(socket: TLSSocket, pool: string): Peer {
  const shown = socket.getPeerX509Certificate();
  if (shown === undefined) return { kind: 'refused', refusal: 'no certificate', identity: null };
  const identity = identityOf(shown);
  // A resumed session would vouch for a certificate that was good once.
  if (!socket.authorized || socket.isSessionReused())
    return { kind: 'refused', refusal: refusalOf(String(socket.authorizationError)), identity };
  if (identity === null) return { kind: 'refused', refusal: 'nameless', identity };
  if (identity.pool !== pool) return { kind: 'refused', refusal: 'another pool', identity };
  return { kind: 'known', identity };
}

function refusalOf(code: string): Refusal {
  if (code === 'CERT_HAS_EXPIRED') return 'expired';
  return code === 'CERT_NOT_YET_VALID' ? 'not valid yet' : 'not trusted';
}

const REASONS: Readonly<Record<Refusal, string>> = {
  'a stranger': 'it does not speak as a server, client or operator of a pool',
  'another release': 'it is of another release (VLS_DIFF_LIB_VER): run the same one everywhere',
  'no certificate': 'WHOSE certificate is missing: give it one with --keys',
  'not trusted':
    "WHOSE certificate is not signed by the pool's authority: make one with 'regency rlf keys', beside those of the servers",
  expired: "WHOSE certificate has expired: make another with 'regency rlf keys --renew'",
  'not valid yet': 'WHOSE certificate is not valid yet: set the clocks of both machines',
  nameless: 'WHOSE certificate names nobody of a pool, as regency://POOL/client/NAME does',
  'another pool': 'WHOSE certificate is of another pool: look at the addresses and at the keys',
  'another server':
    'WHOSE certificate is of another server: compare the addresses in the license file with where each server runs',
  'another role':
    'WHOSE certificate is not for that: a server, a client and an operator need one each, of their own kind',
  'too many': 'too many are connected: try again later',
};

/** One line for people that says what to do. */
export function explained(refusal: Refusal, whose: 'its' | "this program's"): string {
  return REASONS[refusal].replace('WHOSE', whose);
}
