// The handles that have ended, in the order of their ends [§3]. They outnumber the live ones, so they are bytes and not
// objects: a ring of 17-byte entries (the id, the reason), the position of each delta once per run of entries, and an
// index by open addressing. 810,000 of them took 117 MB as a Map with string keys; here they take 33 MB,
// four ends to a delta, with room to grow.
//
// Everything is amortised O(1) per entry, and looking up allocates nothing. The fields are plain, so that a machine can
// be copied with them; only this file reads them, but for `size`.

import { assert } from '../assert.ts';
import { countOf, ENTRY_BYTES, RUN_FIELDS } from '../ended.ts';
import { comparePositions, HANDLE_BYTES, type HandleId, type Position } from '../ids.ts';
import { END_REASONS, type EndedHandles, type EndReason } from '../state.ts';

/** Capacities are powers of two, so that a mask wraps them. */
const LEAST_CAPACITY = 16;

export class Tombstones {
  /** The number of ended handles remembered. */
  size = 0;
  capacity = LEAST_CAPACITY;
  /** The place of the oldest entry in the ring. */
  first = 0;
  entries = new Uint8Array(LEAST_CAPACITY * ENTRY_BYTES);
  /** Place in the ring + 1 by hash, 0 = empty; twice as many cells as places, so that it is never more than half full. */
  cells = new Uint32Array(LEAST_CAPACITY * 2);
  /** A ring too: one run for each delta that ended any, the oldest first. */
  runs = new Float64Array(LEAST_CAPACITY * RUN_FIELDS);
  firstRun = 0;
  runCount = 0;

  /** With the room that they need from the beginning; null when a handle is among them twice. */
  static from(ended: EndedHandles): Tombstones | null {
    const made = new Tombstones();
    made.resize(capacityFor(countOf(ended)));
    made.entries.set(ended.entries);
    for (let place = 0; place < countOf(ended); place++) {
      if (!made.addToIndex(place)) return null;
    }
    made.size = countOf(ended);
    made.runCount = ended.runs.length / RUN_FIELDS;
    made.resizeRuns(capacityFor(made.runCount));
    made.runs.set(ended.runs);
    let before = 0;
    for (let at = 2; at < ended.runs.length; at += RUN_FIELDS) {
      made.runs[at] = ended.runs[at]! - before;
      before = ended.runs[at]!;
    }
    return made;
  }

  /** The position of the oldest end remembered, undefined when there is none. */
  get oldest(): Position | undefined {
    return this.size === 0 ? undefined : this.positionOfRun(0);
  }

  /** The position of the newest end remembered, undefined when there is none. */
  get newest(): Position | undefined {
    return this.size === 0 ? undefined : this.positionOfRun(this.runCount - 1);
  }

  /** A handle ends once, and at a position that is not before that of any earlier end. */
  add(handle: HandleId, reason: EndReason, at: Position): void {
    assert(handle.length === HANDLE_BYTES, 'a handle has sixteen bytes');
    if (this.size === this.capacity) this.resize(this.capacity * 2);
    const cell = this.cellOf(handle);
    assert(this.cells[cell] === 0, 'a handle ends once');
    this.noteRun(at);
    const place = this.placeOf(this.size);
    const start = place * ENTRY_BYTES;
    for (let i = 0; i < HANDLE_BYTES; i++) this.entries[start + i] = handle.charCodeAt(i);
    this.entries[start + HANDLE_BYTES] = END_REASONS.indexOf(reason);
    this.cells[cell] = place + 1;
    this.size++;
  }

  has(handle: HandleId): boolean {
    return this.cells[this.cellOf(handle)] !== 0;
  }

  /** Undefined when the handle is not remembered as ended. */
  reasonOf(handle: HandleId): EndReason | undefined {
    const found = this.cells[this.cellOf(handle)]!;
    return found === 0 ? undefined : this.reasonAt(found - 1);
  }

  /** Forgets every handle that ended at a position before `before`; returns how many. */
  purge(before: Position): number {
    let count = 0;
    while (this.runCount > 0 && comparePositions(this.positionOfRun(0), before) < 0) {
      count += this.runs[this.runStart(0) + 2]!;
      this.firstRun = (this.firstRun + 1) & (this.runCapacity() - 1);
      this.runCount--;
    }
    if (count === this.size) {
      this.clear();
      return count;
    }
    for (let i = 0; i < count; i++) this.removeFromIndex(this.placeOf(i));
    this.first = this.placeOf(count);
    this.size -= count;
    this.shrink();
    return count;
  }

  /** As they are now, for an image: copied in at most two pieces. */
  cut(): EndedHandles {
    const { size, runCount } = this;
    const entries = unrolled(this.entries, this.first * ENTRY_BYTES, new Uint8Array(size * ENTRY_BYTES));
    const runs = unrolled(this.runs, this.firstRun * RUN_FIELDS, new Float64Array(runCount * RUN_FIELDS));
    for (let at = RUN_FIELDS + 2; at < runs.length; at += RUN_FIELDS) runs[at]! += runs[at - RUN_FIELDS]!;
    return { entries, runs };
  }

  private placeOf(nth: number): number {
    return (this.first + nth) & (this.capacity - 1);
  }

  private reasonAt(place: number): EndReason {
    return END_REASONS[this.entries[place * ENTRY_BYTES + HANDLE_BYTES]!]!;
  }

  private clear(): void {
    this.size = 0;
    this.capacity = LEAST_CAPACITY;
    this.first = 0;
    this.entries = new Uint8Array(LEAST_CAPACITY * ENTRY_BYTES);
    this.cells = new Uint32Array(LEAST_CAPACITY * 2);
    this.runs = new Float64Array(LEAST_CAPACITY * RUN_FIELDS);
    this.firstRun = 0;
    this.runCount = 0;
  }

  // The index: linear probing. `hashOf` and `hashAt` are the same function of a string and of the bytes in the ring.

  /** The cell in which the handle's place stands, or the empty one in which it would. */
  private cellOf(handle: HandleId): number {
    const mask = this.cells.length - 1;
    let cell = hashOf(handle) & mask;
    for (;;) {
      const found = this.cells[cell]!;
      if (found === 0 || this.isAt(handle, found - 1)) return cell;
      cell = (cell + 1) & mask;
    }
  }

  private isAt(handle: HandleId, place: number): boolean {
    const start = place * ENTRY_BYTES;
    for (let i = 0; i < HANDLE_BYTES; i++) {
      if (this.entries[start + i] !== handle.charCodeAt(i)) return false;
    }
    return true;
  }

  private hashAt(place: number): number {
    const start = place * ENTRY_BYTES;
    let hash = 0;
    for (let i = 0; i < HANDLE_BYTES; i++) hash = mixed(hash, this.entries[start + i]!);
    return finished(hash);
  }

  /** False when the handle at that place is in the index already. */
  private addToIndex(place: number): boolean {
    const mask = this.cells.length - 1;
    let cell = this.hashAt(place) & mask;
    for (; this.cells[cell] !== 0; cell = (cell + 1) & mask) {
      if (this.isSameAt(place, this.cells[cell]! - 1)) return false;
    }
    this.cells[cell] = place + 1;
    return true;
  }

  private isSameAt(place: number, other: number): boolean {
    const start = place * ENTRY_BYTES;
    const otherStart = other * ENTRY_BYTES;
    for (let i = 0; i < HANDLE_BYTES; i++) {
      if (this.entries[start + i] !== this.entries[otherStart + i]) return false;
    }
    return true;
  }

  /** The entry itself stays where it is. */
  private removeFromIndex(place: number): void {
    const mask = this.cells.length - 1;
    let hole = this.hashAt(place) & mask;
    while (this.cells[hole] !== place + 1) hole = (hole + 1) & mask;
    // Close the gap: an entry behind it may move into it unless that would put it before its own cell.
    for (let cell = (hole + 1) & mask; this.cells[cell] !== 0; cell = (cell + 1) & mask) {
      const home = this.hashAt(this.cells[cell]! - 1) & mask;
      const fromHome = (cell - home) & mask;
      const fromHole = (cell - hole) & mask;
      if (fromHome < fromHole) continue;
      this.cells[hole] = this.cells[cell]!;
      hole = cell;
    }
    this.cells[hole] = 0;
  }

  private shrink(): void {
    const capacity = shrunk(this.capacity, this.size);
    if (capacity < this.capacity) this.resize(capacity);
    const runCapacity = shrunk(this.runCapacity(), this.runCount);
    if (runCapacity < this.runCapacity()) this.resizeRuns(runCapacity);
  }

  private resize(capacity: number): void {
    const entries = unrolled(this.entries, this.first * ENTRY_BYTES, new Uint8Array(capacity * ENTRY_BYTES));
    this.entries = entries;
    this.capacity = capacity;
    this.first = 0;
    this.cells = new Uint32Array(capacity * 2);
    const mask = this.cells.length - 1;
    for (let place = 0; place < this.size; place++) {
      let cell = this.hashAt(place) & mask;
      while (this.cells[cell] !== 0) cell = (cell + 1) & mask;
      this.cells[cell] = place + 1;
    }
  }

  // The runs.

  private runCapacity(): number {
    return this.runs.length / RUN_FIELDS;
  }

  private runStart(nth: number): number {
    return ((this.firstRun + nth) & (this.runCapacity() - 1)) * RUN_FIELDS;
  }

  private positionOfRun(nth: number): Position {
    const start = this.runStart(nth);
    return { term: this.runs[start]!, index: this.runs[start + 1]! };
  }

  private noteRun(at: Position): void {
    if (this.runCount > 0) {
      const last = this.runStart(this.runCount - 1);
      const order =
        this.runs[last] === at.term ? at.index - this.runs[last + 1]! : at.term - this.runs[last]!;
      assert(order >= 0, 'handles are added in the order of their ends');
      if (order === 0) {
        this.runs[last + 2]!++;
        return;
      }
    }
    if (this.runCount === this.runCapacity()) this.resizeRuns(this.runCapacity() * 2);
    const start = this.runStart(this.runCount);
    this.runs[start] = at.term;
    this.runs[start + 1] = at.index;
    this.runs[start + 2] = 1;
    this.runCount++;
  }

  private resizeRuns(capacity: number): void {
    this.runs = unrolled(this.runs, this.firstRun * RUN_FIELDS, new Float64Array(capacity * RUN_FIELDS));
    this.firstRun = 0;
  }
}

/** Copies a ring into `target`, so that what stood at `first` stands at 0; a smaller target takes as much as it holds. */
function unrolled<T extends Uint8Array | Float64Array>(ring: T, first: number, target: T): T {
  const untilWrap = Math.min(ring.length - first, target.length);
  target.set(ring.subarray(first, first + untilWrap), 0);
  target.set(ring.subarray(0, Math.min(first, target.length - untilWrap)), untilWrap);
  return target;
}

/** The least that `count` fit into. */
function capacityFor(count: number): number {
  let capacity = LEAST_CAPACITY;
  while (capacity < count) capacity *= 2;
  return capacity;
}

/** Halved while less than an eighth is used, which leaves it at most a quarter full: it cannot grow again at once. */
function shrunk(capacity: number, used: number): number {
  let less = capacity;
  while (less > LEAST_CAPACITY && used * 8 < less) less /= 2;
  return less;
}

/** All sixteen bytes count: they are random by contract, but a test may count upwards in any of them. */
function hashOf(handle: HandleId): number {
  let hash = 0;
  for (let i = 0; i < HANDLE_BYTES; i++) hash = mixed(hash, handle.charCodeAt(i));
  return finished(hash);
}

function mixed(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}

/** Spreads the high bits, which the mask would cut off, over the low ones. */
function finished(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (once ^ (once >>> 13)) >>> 0;
}
