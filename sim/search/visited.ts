// Which states have been searched, and how far: one entry a state, in flat arrays of a bounded size. A full table takes up
// nothing new, so that a search goes on in bounded memory and merely does some of its work again.

import type { Key } from './space.ts';

/** Of the room, so much may be taken: probing gets slow beyond. */
const MOST_FULL = 0.75;

export class Visited {
  /** Distinct states that were met; those that found no room are counted again each time. */
  met = 0;
  private readonly mask: number;
  private readonly most: number;
  private readonly low: Int32Array;
  private readonly high: Int32Array;
  /** How much budget and how much depth were left when everything from there on had been searched; −1: not searched yet. */
  private readonly budget: Int16Array;
  private readonly depth: Int16Array;
  private readonly isTaken: Uint8Array;
  private taken = 0;

  /** `room`: a power of two. */
  constructor(room: number) {
    this.mask = room - 1;
    this.most = Math.floor(room * MOST_FULL);
    this.low = new Int32Array(room);
    this.high = new Int32Array(room);
    this.budget = new Int16Array(room);
    this.depth = new Int16Array(room);
    this.isTaken = new Uint8Array(room);
  }

  get isFull(): boolean {
    return this.taken >= this.most;
  }

  /** Where that state has its entry, which may be a new one; −1: it has none, and there is no room. */
  place({ low, high }: Key): number {
    let place = (low ^ Math.imul(high, 0x9e3779b1)) & this.mask;
    for (; this.isTaken[place] !== 0; place = (place + 1) & this.mask) {
      if (this.low[place] === low && this.high[place] === high) return place;
    }
    this.met++;
    if (this.isFull) return -1;
    this.taken++;
    this.isTaken[place] = 1;
    this.low[place] = low;
    this.high[place] = high;
    this.budget[place] = -1;
    this.depth[place] = -1;
    return place;
  }

  /** Everything that can be reached from there with so much budget and depth was searched before. */
  covers(place: number, budget: number, depth: number): boolean {
    return place >= 0 && this.budget[place]! >= budget && this.depth[place]! >= depth;
  }

  /** Now it has been. Of two searches of which neither covers the other, the one with more budget is remembered. */
  searched(place: number, budget: number, depth: number): void {
    if (place < 0 || this.budget[place]! > budget) return;
    if (this.budget[place] === budget && this.depth[place]! > depth) return;
    this.budget[place] = budget;
    this.depth[place] = depth;
  }
}
