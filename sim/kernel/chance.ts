// Chance in named streams: one per purpose, node and link, so that leaving out one fault leaves every other draw of
// the run alone. A stream is seedrandom's xor128; its 128 bits come from mixing the seed with the name, since streams
// that began from similar states would draw similar numbers.

import xor128, { type Xor128, type Xor128State } from 'seedrandom/lib/xor128.js';
import { CLONE } from './clone.ts';
import { type Fingerprint, PRINT } from './fingerprint.ts';

const PPM = 1_000_000;
const TWO_32 = 2 ** 32;

export class Chance {
  private readonly generator: Xor128;
  private readonly next: () => number;

  constructor(state: Xor128State) {
    this.generator = xor128(0, { state });
    this.next = this.generator.int32;
  }

  /** Uniform in 0 … 2^32-1. */
  uint32(): number {
    return this.next() >>> 0;
  }

  /** Uniform in 0 … n-1, for 1 ≤ n ≤ 2^53; one draw up to 2^32, two above. */
  below(n: number): number {
    if (n <= TWO_32) return (((this.next() >>> 0) * n) / TWO_32) >>> 0;
    const wide = (this.next() >>> 11) * TWO_32 + (this.next() >>> 0);
    return wide % n;
  }

  /** Uniform in `from` … `to`, both included. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  /** True with probability ppm / 1,000,000. Draws whatever `ppm` is, so that a changed rate leaves later draws alone. */
  happens(ppm: number): boolean {
    return ((this.next() >>> 0) * PPM) / TWO_32 < ppm;
  }

  state(): Xor128State {
    return this.generator.state();
  }

  [CLONE](): Chance {
    return new Chance(this.generator.state());
  }

  [PRINT](print: Fingerprint): void {
    const { x, y, z, w } = this.generator.state();
    for (const lane of [x, y, z, w]) print.number(lane);
  }
}

/** The stream of that name. Equal seed and name give equal draws; any difference in either gives unrelated ones. */
export function stream(seed: number, name: string): Chance {
  return new Chance(mix(seed, name));
}

/** 128 bits from a seed (a safe non-negative integer) and a name, in the manner of MurmurHash3's four lanes. */
function mix(seed: number, name: string): Xor128State {
  const low = seed | 0;
  const high = Math.floor(seed / TWO_32) | 0;
  let x = low ^ 0x9e3779b9;
  let y = high ^ 0x85ebca6b;
  let z = Math.imul(low, 0xc2b2ae35) ^ 0x27d4eb2f;
  let w = Math.imul(high, 0x165667b1) ^ 0x3c6ef372;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    x = Math.imul(rotate(x ^ Math.imul(code + 1, 0x239b961b), 15) + y, 5) + 0x561ccd1b;
    y = Math.imul(rotate(y ^ Math.imul(code + 1, 0xab0e9789), 16) + z, 5) + 0x0bcaa747;
    z = Math.imul(rotate(z ^ Math.imul(code + 1, 0x38b34ae5), 17) + w, 5) + 0x96cd1c35;
    w = Math.imul(rotate(w ^ Math.imul(code + 1, 0xa1e38b93), 18) + x, 5) + 0x32ac3b17;
  }
  for (let round = 0; round < 3; round++) {
    x = avalanche((x + y) ^ name.length);
    y = avalanche(y + z + x);
    z = avalanche(z + w + y);
    w = avalanche(w + x + z);
  }
  if ((x | y | z | w) === 0) w = 1;
  return { x, y, z, w };
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

function avalanche(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
