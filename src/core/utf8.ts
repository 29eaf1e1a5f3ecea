// Strict UTF-8, since the core has neither TextEncoder nor TextDecoder. One text has one encoding: overlong forms,
// surrogates and everything above U+10FFFF are refused, never mended, so that a hash names one text.

import { assert } from './assert.ts';

export type Utf8Reading =
  | { readonly ok: true; readonly text: string }
  /** `offset` is the first byte of the ill-formed sequence, `before` the text up to it. */
  | { readonly ok: false; readonly offset: number; readonly before: string };

/** Units handed to String.fromCharCode at once: an argument list has a limit of its own. */
const CHUNK = 4096;

/** Null when the bytes are not UTF-8. */
export function decodeText(bytes: Uint8Array): string | null {
  const reading = readUtf8(bytes);
  return reading.ok ? reading.text : null;
}

/** Never throws. A byte order mark is a character like any other. */
export function readUtf8(bytes: Uint8Array): Utf8Reading {
  const units: number[] = [];
  let text = '';
  let at = 0;
  while (at < bytes.length) {
    if (units.length >= CHUNK) text += String.fromCharCode(...units.splice(0));
    const length = sequenceLengthAt(bytes, at);
    if (length === 0) return { ok: false, offset: at, before: text + String.fromCharCode(...units) };
    const point = codePointAt(bytes, at, length);
    if (point > 0xffff) units.push(0xd7c0 + (point >> 10), 0xdc00 + (point & 0x3ff));
    else units.push(point);
    at += length;
  }
  return { ok: true, text: text + String.fromCharCode(...units) };
}

/** The length of the well-formed sequence that begins at `at`, 1 to 4; 0 when there is none. */
function sequenceLengthAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  const second = bytes[at + 1] ?? 0;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return isContinuation(second) ? 2 : 0;
  const isThirdGood = isContinuation(bytes[at + 2] ?? 0);
  if (first < 0xf0) {
    const least = first === 0xe0 ? 0xa0 : 0x80;
    const most = first === 0xed ? 0x9f : 0xbf;
    return second >= least && second <= most && isThirdGood ? 3 : 0;
  }
  if (first > 0xf4) return 0;
  const least = first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xf4 ? 0x8f : 0xbf;
  return second >= least && second <= most && isThirdGood && isContinuation(bytes[at + 3] ?? 0) ? 4 : 0;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

function codePointAt(bytes: Uint8Array, at: number, length: number): number {
  const first = bytes[at]!;
  let point = length === 1 ? first : first & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) point = (point << 6) | (bytes[at + i]! & 0x3f);
  return point;
}

/** The text must have no unpaired surrogate. */
export function encodeText(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3);
  let length = 0;
  for (const character of text) {
    const point = character.codePointAt(0)!;
    assert(point < 0xd800 || point > 0xdfff, 'a text to be encoded has no unpaired surrogate');
    if (point < 0x80) {
      bytes[length++] = point;
    } else if (point < 0x800) {
      bytes[length++] = 0xc0 | (point >> 6);
      bytes[length++] = 0x80 | (point & 0x3f);
    } else if (point < 0x10000) {
      bytes[length++] = 0xe0 | (point >> 12);
      bytes[length++] = 0x80 | ((point >> 6) & 0x3f);
      bytes[length++] = 0x80 | (point & 0x3f);
    } else {
      bytes[length++] = 0xf0 | (point >> 18);
      bytes[length++] = 0x80 | ((point >> 12) & 0x3f);
      bytes[length++] = 0x80 | ((point >> 6) & 0x3f);
      bytes[length++] = 0x80 | (point & 0x3f);
    }
  }
  return bytes.slice(0, length);
}
