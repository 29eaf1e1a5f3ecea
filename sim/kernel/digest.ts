// A rolling 64-bit digest of integers in two 32-bit lanes, always on: two runs are the same run when it agrees at every
// event. It guards against accidents, not against an adversary. Integer operations only, so that it is the same everywhere.

const TWO_32 = 2 ** 32;

export class Digest {
  /** The two lanes as signed 32-bit integers. */
  low = 0x243f6a88;
  high = 0x85a308d3 | 0;

  /** Mixes two integers of 32 bits, signed or not. */
  add(a: number, b: number): void {
    const high = Math.imul(this.high ^ a, 0xcc9e2d51);
    const low = Math.imul(this.low ^ b ^ (high >>> 15), 0x85ebca6b);
    this.low = low;
    this.high = (high + low) ^ (low >>> 13);
  }

  /** Mixes one event: its time, 0 … 2^53, and three integers of 32 bits. */
  addEvent(time: number, what: number, length: number, content: number): void {
    this.add(time | 0, content);
    this.add(what, length ^ (time < TWO_32 ? 0 : Math.imul(time / TWO_32, 0x9e3779b1)));
  }

  /** 16 hexadecimal digits. */
  text(): string {
    return formatDigest(this.high, this.low);
  }
}

export function formatDigest(high: number, low: number): string {
  return hex(high) + hex(low);
}

function hex(lane: number): string {
  return (lane >>> 0).toString(16).padStart(8, '0');
}
