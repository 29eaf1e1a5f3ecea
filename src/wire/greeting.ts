// The first bytes of every connection, in both directions and before any frame: who dials says as what it speaks; who
// accepts welcomes it, and tells where the servers of the pool are. Either says farewell instead, with the reason, when it will
// have nothing to do with the other. The form of it is for ever: another release must be able to read why it is refused [19.4].
//
// 'RGCY', u8 version, u8 kind, u16 length, so many bytes.

import type { Host } from '../core/ids.ts';
import { decodeText, encodeText } from '../core/utf8.ts';
import { CODEC_VERSION } from './frame.ts';

const MAGIC = [0x52, 0x47, 0x43, 0x59] as const;
const HEAD_BYTES = 8;
/** Eleven servers with the longest of names and addresses need less than half of it. */
const MOST_BODY_BYTES = 4096;

export type Speaker = 'server' | 'client' | 'operator';

/** Why one side will have nothing to do with the other. A reason's place stands for it on the wire: places are for ever. */
export const REFUSALS = [
  'a stranger',
  'another release',
  'no certificate',
  'not trusted',
  'expired',
  'not valid yet',
  'nameless',
  'another pool',
  'another server',
  'another role',
  'too many',
] as const;

export type Refusal = (typeof REFUSALS)[number];

export type Greeting =
  | { readonly kind: Speaker }
  | { readonly kind: 'welcome'; readonly addresses: ReadonlyMap<Host, string> }
  | { readonly kind: 'farewell'; readonly refusal: Refusal }
  /** It is none. */
  | { readonly kind: 'a stranger' | 'another release' };

const KINDS: Readonly<Record<Speaker | 'welcome' | 'farewell', number>> = {
  server: 1,
  client: 2,
  operator: 3,
  welcome: 64,
  farewell: 65,
};

const NOTHING = new Uint8Array(0);

export function greetingOf(speaker: Speaker): Uint8Array {
  return encoded(KINDS[speaker], NOTHING);
}

/** `addresses`: where the servers of the pool listen, by name. */
export function welcomeWith(addresses: ReadonlyMap<Host, string>): Uint8Array {
  const lines = [...addresses].map(([host, address]) => `${host} ${address}\n`);
  return encoded(KINDS.welcome, encodeText(lines.join('')));
}

export function farewellBecause(refusal: Refusal): Uint8Array {
  return encoded(KINDS.farewell, Uint8Array.of(REFUSALS.indexOf(refusal)));
}

function encoded(kind: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES + body.length);
  bytes.set([...MAGIC, CODEC_VERSION, kind, body.length & 0xff, body.length >> 8]);
  bytes.set(body, HEAD_BYTES);
  return bytes;
}

/** Reads the other side's greeting off a stream of bytes; it never takes more than the longest greeting has. */
export class GreetingReader {
  /** The greeting, once it is whole, or as soon as it can be none. */
  greeting: Greeting | null = null;
  private bytes = new Uint8Array(HEAD_BYTES);
  private taken = 0;

  /** Takes from the chunk what belongs to the greeting, and returns how many bytes that were. */
  push(chunk: Uint8Array): number {
    let used = 0;
    while (this.greeting === null && used < chunk.length) {
      const count = Math.min(this.bytes.length - this.taken, chunk.length - used);
      this.bytes.set(chunk.subarray(used, used + count), this.taken);
      this.taken += count;
      used += count;
      this.look();
    }
    return used;
  }

  private look(): void {
    const { bytes, taken } = this;
    for (let i = 0; i < Math.min(taken, MAGIC.length); i++) {
      if (bytes[i] !== MAGIC[i]) {
        this.greeting = { kind: 'a stranger' };
        return;
      }
    }
    if (taken < HEAD_BYTES) return;
    const length = HEAD_BYTES + bytes[6]! + bytes[7]! * 256;
    if (length > HEAD_BYTES + MOST_BODY_BYTES) {
      this.greeting = { kind: 'a stranger' };
    } else if (bytes.length < length) {
      this.bytes = new Uint8Array(length);
      this.bytes.set(bytes);
    } else if (taken === length) {
      this.greeting = decoded(bytes[4]!, bytes[5]!, bytes.subarray(HEAD_BYTES));
    }
  }
}

function decoded(version: number, kind: number, body: Uint8Array): Greeting {
  if (kind === KINDS.farewell) {
    // Another release may have reasons that this one has not heard of; then that is reason enough.
    return { kind: 'farewell', refusal: REFUSALS[body[0] ?? REFUSALS.length] ?? 'another release' };
  }
  if (version !== CODEC_VERSION) return { kind: 'another release' };
  if (kind === KINDS.welcome) {
    const addresses = decodeAddresses(body);
    return addresses === null ? { kind: 'a stranger' } : { kind: 'welcome', addresses };
  }
  for (const speaker of ['server', 'client', 'operator'] as const) {
    if (KINDS[speaker] === kind && body.length === 0) return { kind: speaker };
  }
  return { kind: 'a stranger' };
}

function decodeAddresses(body: Uint8Array): Map<Host, string> | null {
  const text = decodeText(body);
  if (text === null) return null;
  const addresses = new Map<Host, string>();
  for (const line of text.split('\n').slice(0, -1)) {
    const words = line.split(' ');
    if (words.length !== 2) return null;
    addresses.set(words[0]!, words[1]!);
  }
  return addresses;
}
