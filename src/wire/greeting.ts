// The first bytes of every connection, before its first frame: what this is, in which version, and who speaks. So
// that a stranger, or another release, is told apart from a damaged frame.

import { CODEC_VERSION } from './frame.ts';

/** 'RGCY' */
const MAGIC = [0x52, 0x47, 0x43, 0x59] as const;

export const GREETING_BYTES = 6;

export type Speaker = 'server' | 'client';

export function greetingOf(speaker: Speaker): Uint8Array {
  return Uint8Array.of(...MAGIC, CODEC_VERSION, speaker === 'server' ? 1 : 2);
}

export type Greeting = Speaker | 'a stranger' | 'another release';

/** What the first `GREETING_BYTES` of a connection say. */
export function readGreeting(bytes: Uint8Array): Greeting {
  for (let i = 0; i < MAGIC.length; i++) if (bytes[i] !== MAGIC[i]) return 'a stranger';
  if (bytes[4] !== CODEC_VERSION) return 'another release';
  if (bytes[5] === 1) return 'server';
  return bytes[5] === 2 ? 'client' : 'a stranger';
}
