// 64 bits over everything that can be reached from a value, as a clone would reach it: two graphs of the same shape and content
// have the same. What is not to count (statistics, scratch, caches) is named by its class and field, or says itself what counts
// of it: a value that defines [PRINT] is asked instead of being walked. Frozen objects never change, so theirs is taken once.

import { Digest } from './digest.ts';

/** `value[PRINT](print)` adds what counts of it. */
export const PRINT = Symbol('print');

interface CustomPrint {
  [PRINT](print: Fingerprint): void;
}

const TWO_32 = 2 ** 32;

// Tags, so that values of different kinds never look the same.
const NUMBER = 1;
const FRACTION = 2;
const TEXT = 3;
const NOTHING = 4;
const SEEN = 5;
const LIST = 6;
const MAP = 7;
const SET = 8;
const BYTES = 9;
const FIELDS = 10;

interface Lanes {
  readonly low: number;
  readonly high: number;
}

/** What several fingerprints share: what does not count, and what is known of texts and of frozen objects. */
export class Fingerprinting {
  readonly texts = new Map<string, Lanes>();
  readonly frozen = new WeakMap<object, Lanes>();
  private readonly ignored = new Map<string, Set<string>>();

  /** `ignored`: fields by their class, such as `World.events`; of objects without a class `Object.…`. */
  constructor(ignored: Iterable<string>) {
    for (const name of ignored) {
      const [owner = '', field = ''] = name.split('.');
      const fields = this.ignored.get(owner) ?? new Set();
      this.ignored.set(owner, fields.add(field));
    }
  }

  /** The fields of that object that do not count; undefined: all do. */
  ignoredOf(value: object): ReadonlySet<string> | undefined {
    return this.ignored.get(value.constructor?.name ?? 'Object');
  }

  of(value: unknown): Lanes {
    const print = new Fingerprint(this);
    print.add(value);
    return print.lanes();
  }
}

const bits = new DataView(new ArrayBuffer(8));

/** More distinct texts than this are not remembered. */
const MOST_TEXTS = 100_000;

export class Fingerprint {
  private readonly digest = new Digest();
  private readonly sharing: Fingerprinting;
  private readonly seen = new Map<object, number>();

  constructor(sharing: Fingerprinting) {
    this.sharing = sharing;
  }

  lanes(): Lanes {
    return { low: this.digest.low, high: this.digest.high };
  }

  add(value: unknown): void {
    switch (typeof value) {
      case 'number':
        this.number(value);
        return;
      case 'string':
        this.text(TEXT, value);
        return;
      case 'boolean':
        this.digest.add(NOTHING, value ? 2 : 1);
        return;
      case 'object':
        if (value === null) this.digest.add(NOTHING, 3);
        else this.object(value);
        return;
      default:
        // Functions and symbols never change; undefined is as good as nothing.
        this.digest.add(NOTHING, 4);
    }
  }

  number(value: number): void {
    if (Number.isSafeInteger(value)) {
      this.digest.add(NUMBER, value | 0);
      if (value >= TWO_32 || value < 0) this.digest.add(NUMBER, Math.floor(value / TWO_32));
      return;
    }
    bits.setFloat64(0, value);
    this.digest.add(FRACTION, bits.getInt32(0));
    this.digest.add(FRACTION, bits.getInt32(4));
  }

  /** The first `length` of them. */
  bytes(bytes: Uint8Array, length: number): void {
    const { digest } = this;
    digest.add(BYTES, length);
    let at = 0;
    for (; at + 4 <= length; at += 4)
      digest.add(BYTES, bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    for (; at < length; at++) digest.add(BYTES, bytes[at]!);
  }

  private object(value: object): void {
    const known = this.seen.get(value);
    if (known !== undefined) {
      this.digest.add(SEEN, known);
      return;
    }
    this.seen.set(value, this.seen.size);
    // `isFrozen` is slow, and only what is not extensible can be frozen.
    if (Object.isExtensible(value) || !Object.isFrozen(value)) {
      this.content(value);
      return;
    }
    let lanes = this.sharing.frozen.get(value);
    if (lanes === undefined) {
      const print = new Fingerprint(this.sharing);
      print.seen.set(value, 0);
      print.content(value);
      lanes = print.lanes();
      this.sharing.frozen.set(value, lanes);
    }
    this.digest.add(lanes.high, lanes.low);
  }

  private content(value: object): void {
    const { digest } = this;
    if (PRINT in value) {
      (value as CustomPrint)[PRINT](this);
    } else if (Array.isArray(value)) {
      digest.add(LIST, value.length);
      for (let i = 0; i < value.length; i++) this.add(value[i]);
    } else if (value instanceof Map) {
      digest.add(MAP, value.size);
      for (const [key, each] of value) {
        this.add(key);
        this.add(each);
      }
    } else if (value instanceof Set) {
      digest.add(SET, value.size);
      for (const each of value) this.add(each);
    } else if (ArrayBuffer.isView(value)) {
      this.bytes(new Uint8Array(value.buffer, value.byteOffset, value.byteLength), value.byteLength);
    } else {
      const ignored = this.sharing.ignoredOf(value);
      digest.add(FIELDS, 0);
      for (const key of Object.keys(value)) {
        if (ignored?.has(key)) continue;
        this.text(FIELDS, key);
        this.add((value as Record<string, unknown>)[key]);
      }
    }
  }

  private text(tag: number, text: string): void {
    const { texts } = this.sharing;
    let lanes = texts.get(text);
    if (lanes === undefined) {
      const digest = new Digest();
      digest.add(TEXT, text.length);
      for (let i = 0; i < text.length; i++) digest.add(i, text.charCodeAt(i));
      lanes = { low: digest.low, high: digest.high };
      if (texts.size < MOST_TEXTS) texts.set(text, lanes);
    }
    this.digest.add(lanes.high ^ tag, lanes.low);
  }
}
