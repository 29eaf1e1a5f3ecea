// The event queue: a hierarchical timing wheel over pooled records in typed arrays. Equal times keep the order in which
// they were scheduled; a cancelled record is gone at once and costs nothing later. It knows nothing of what events mean.
//
// A time is eleven digits of five bits. Relative to `cursor` (a lower bound of all pending times) a record lies on the
// level of the highest digit in which its time differs, in the slot of that digit: every slot of a lower level comes
// before every slot of a higher one, and one 32-bit map per level finds the first. A slot that comes up first with few
// records is searched in place; one with many is spread over the levels below, and only then does the cursor move. So an
// almost empty queue behaves like a short list and a crowded one like a wheel: take and schedule together cost much the
// same with 5 pending events as with 1,000. Order of equal times: records are spread only when all lower levels are
// empty, so what lies in a list was always scheduled in list order.

import { assert } from '../../src/core/assert.ts';
import { type Fingerprint, PRINT } from './fingerprint.ts';

/** Names a pending record; valid until it is taken or cancelled. */
export type Appointment = number;

export const NO_APPOINTMENT: Appointment = -1;

const SLOTS_PER_LEVEL = 32;
const LEVELS = 11;
/** Records 0 … 351 are the list heads of the slots; a list is circular through its head. */
const HEADS = SLOTS_PER_LEVEL * LEVELS;
const LOW_BITS = 0x3fffffff;
const TWO_30 = 2 ** 30;
/** A slot with more records than this is spread instead of searched. */
const SEARCHED = 3;
const FREE = -1;
const FIRST_CAPACITY = 512;

/** The fields of a record in `links`; the first, unnamed, is the next record of its list. */
const PREVIOUS = 1;
const KIND = 2;
const NODE = 3;
/** … and in `numbers`; the first is its time. */
const A = 1;
const B = 2;
/** How many events had been taken when this one was scheduled. */
const TAKEN = 3;

export class Agenda {
  /** Four fields a record; one array for all of them, so that a record lies in one cache line. */
  private links = new Int32Array(FIRST_CAPACITY * 4);
  private numbers = new Float64Array(FIRST_CAPACITY * 4);
  private references: unknown[] = [];
  private capacity = FIRST_CAPACITY;
  private readonly occupied = new Int32Array(LEVELS);
  private occupiedLevels = 0;
  private cursorLow = 0;
  private cursorHigh = 0;
  private freeList = FREE;
  /** Records from here on were never used. */
  private unused = HEADS;
  private pending = 0;
  private present = 0;
  private takenSoFar = 0;

  constructor() {
    for (let head = 0; head < HEADS; head++) this.emptyList(head);
    for (let record = 0; record < FIRST_CAPACITY; record++) this.references.push(null);
  }

  /** How many events are pending. */
  get size(): number {
    return this.pending;
  }

  /** The time of the event taken last, or of the last `take` that found none up to its limit. */
  get now(): number {
    return this.present;
  }

  /** Adds an event at `time`, an integer with now ≤ time < 2^53. `kind` ≥ 0. */
  schedule(time: number, kind: number, node: number, a: number, b: number, reference: unknown): Appointment {
    if (time < this.present) assert(false, `${time} does not lie before the present, ${this.present}`);
    let record = this.freeList;
    if (record !== FREE) this.freeList = this.links[record << 2]!;
    else {
      record = this.unused++;
      if (record === this.capacity) this.grow();
    }
    const numbers = this.numbers;
    numbers[record << 2] = time;
    numbers[(record << 2) + A] = a;
    numbers[(record << 2) + B] = b;
    numbers[(record << 2) + TAKEN] = this.takenSoFar;
    const links = this.links;
    links[(record << 2) + KIND] = kind;
    links[(record << 2) + NODE] = node;
    this.references[record] = reference;
    this.pending++;
    this.link(record, time);
    return record;
  }

  /** The same for the present, before everything else that is pending for it. */
  scheduleNext(kind: number, node: number, a: number, b: number, reference: unknown): Appointment {
    const record = this.schedule(this.present, kind, node, a, b, reference);
    // The last of its list, so what follows it is the list's head; records of equal times are taken in list order.
    const head = this.links[record << 2]!;
    const first = this.links[head << 2]!;
    if (first === record) return record;
    this.unlink(record);
    this.links[record << 2] = first;
    this.links[(record << 2) + PREVIOUS] = head;
    this.links[(first << 2) + PREVIOUS] = record;
    this.links[head << 2] = record;
    return record;
  }

  /** Removes a pending event. */
  cancel(record: Appointment): void {
    this.unlink(record);
    this.release(record);
    this.references[record] = null;
  }

  /** Moves a pending event to another time, as if it were cancelled and scheduled anew. */
  move(record: Appointment, time: number): void {
    if (time < this.present) assert(false, `${time} does not lie before the present, ${this.present}`);
    this.unlink(record);
    this.numbers[record << 2] = time;
    this.numbers[(record << 2) + TAKEN] = this.takenSoFar;
    this.link(record, time);
  }

  /** Lets a pending event be one that an earlier event asked for: it was only put off. */
  attribute(record: Appointment, cause: number): void {
    this.numbers[(record << 2) + TAKEN] = cause;
  }

  // The fields of a pending record; those of a taken one may be read until the next `schedule`.

  timeOf(record: number): number {
    return this.numbers[record << 2]!;
  }

  kindOf(record: number): number {
    return this.links[(record << 2) + KIND]!;
  }

  nodeOf(record: number): number {
    return this.links[(record << 2) + NODE]!;
  }

  aOf(record: number): number {
    return this.numbers[(record << 2) + A]!;
  }

  bOf(record: number): number {
    return this.numbers[(record << 2) + B]!;
  }

  referenceOf(record: number): unknown {
    return this.references[record];
  }

  /** Which event asked for it: 1 = the first that was taken; 0 = none, it was there before. */
  causeOf(record: number): number {
    return this.numbers[(record << 2) + TAKEN]!;
  }

  /** How many events have been taken; the last of them is being handled. */
  get taken(): number {
    return this.takenSoFar;
  }

  /** The reference of a taken record; the agenda lets go of it. */
  takeReference(record: number): unknown {
    const reference = this.references[record];
    this.references[record] = null;
    return reference;
  }

  /**
   * Takes the first event with time ≤ `limit` off the queue and returns its record, or -1 when there is none; then the
   * present is `limit`.
   */
  take(limit: number): number {
    for (;;) {
      const levels = this.occupiedLevels;
      if (levels === 0) {
        if (limit > this.present && limit < Number.MAX_SAFE_INTEGER) this.present = limit;
        return FREE;
      }
      const level = 31 - Math.clz32(levels & -levels);
      const map = this.occupied[level]!;
      const head = level * SLOTS_PER_LEVEL + 31 - Math.clz32(map & -map);
      const first = this.links[head << 2]!;
      let found = first;
      let foundTime = this.numbers[first << 2]!;
      if (level > 0) {
        let count = 1;
        for (let record = this.links[first << 2]!; record !== head; record = this.links[record << 2]!) {
          if (++count > SEARCHED) break;
          const time = this.numbers[record << 2]!;
          if (time < foundTime) {
            found = record;
            foundTime = time;
          }
        }
        if (count > SEARCHED) {
          if (this.spread(level, head, limit)) continue;
          if (limit > this.present) this.present = limit;
          return FREE;
        }
      }
      if (foundTime > limit) {
        if (limit > this.present) this.present = limit;
        return FREE;
      }
      this.present = foundTime;
      this.takenSoFar++;
      this.unlink(found);
      this.release(found);
      return found;
    }
  }

  /** The pending event that would be taken first; NO_APPOINTMENT when there is none. Costs a walk over one slot. */
  first(): Appointment {
    if (this.occupiedLevels === 0) return NO_APPOINTMENT;
    const level = 31 - Math.clz32(this.occupiedLevels & -this.occupiedLevels);
    const map = this.occupied[level]!;
    const head = level * SLOTS_PER_LEVEL + 31 - Math.clz32(map & -map);
    let first = this.links[head << 2]!;
    for (let record = first; record !== head; record = this.links[record << 2]!)
      if (this.numbers[record << 2]! < this.numbers[first << 2]!) first = record;
    return first;
  }

  /** The time of the first pending event, Infinity when there is none. */
  firstTime(): number {
    const first = this.first();
    return first === NO_APPOINTMENT ? Number.POSITIVE_INFINITY : this.timeOf(first);
  }

  /** What is pending, in the order in which it would be taken; not where in memory it lies, nor how much came before. */
  [PRINT](print: Fingerprint): void {
    const records: Appointment[] = [];
    for (let head = 0; head < HEADS; head++) {
      for (let record = this.links[head << 2]!; record !== head; record = this.links[record << 2]!)
        records.push(record);
    }
    // Equal times lie in one list, and sorting leaves them in its order.
    records.sort((a, b) => this.timeOf(a) - this.timeOf(b));
    print.number(this.present);
    for (const record of records) {
      print.number(this.timeOf(record));
      print.number(this.kindOf(record));
      print.number(this.nodeOf(record));
      print.number(this.aOf(record));
      print.number(this.bOf(record));
      print.add(this.references[record]);
    }
  }

  private link(record: number, time: number): void {
    const low = time & LOW_BITS;
    const high = time < TWO_30 ? 0 : Math.floor(time / TWO_30);
    let level: number;
    let digit: number;
    if (high === this.cursorHigh) {
      // ⌊bit / 5⌋ for bit 0 … 29, without a division
      level = ((31 - Math.clz32((low ^ this.cursorLow) | 1)) * 13) >> 6;
      digit = (low >>> (level * 5)) & 31;
    } else {
      const above = ((31 - Math.clz32(high ^ this.cursorHigh)) * 13) >> 6;
      level = 6 + above;
      digit = (high >>> (above * 5)) & 31;
    }
    const head = level * SLOTS_PER_LEVEL + digit;
    const last = this.links[(head << 2) + PREVIOUS]!;
    this.links[last << 2] = record;
    this.links[(record << 2) + PREVIOUS] = last;
    this.links[record << 2] = head;
    this.links[(head << 2) + PREVIOUS] = record;
    this.occupied[level]! |= 1 << digit;
    this.occupiedLevels |= 1 << level;
  }

  private unlink(record: number): void {
    const before = this.links[(record << 2) + PREVIOUS]!;
    const after = this.links[record << 2]!;
    this.links[before << 2] = after;
    this.links[(after << 2) + PREVIOUS] = before;
    if (before === after) this.markEmpty(before);
  }

  private markEmpty(head: number): void {
    const level = head >>> 5;
    const left = this.occupied[level]! & ~(1 << (head & 31));
    this.occupied[level] = left;
    if (left === 0) this.occupiedLevels &= ~(1 << level);
  }

  /** Moves the cursor to the beginning of that slot and its records to lower levels; false if it begins after `limit`. */
  private spread(level: number, head: number, limit: number): boolean {
    const sample = this.numbers[this.links[head << 2]! << 2]!;
    const low = sample & LOW_BITS;
    const high = Math.floor(sample / TWO_30);
    const beginLow = level < 6 ? low & -(1 << (level * 5)) : 0;
    const beginHigh = level < 6 ? high : high & -(1 << ((level - 6) * 5));
    if (beginHigh * TWO_30 + beginLow > limit) return false;
    this.cursorLow = beginLow;
    this.cursorHigh = beginHigh;
    let record = this.links[head << 2]!;
    this.emptyList(head);
    this.markEmpty(head);
    while (record !== head) {
      const after = this.links[record << 2]!;
      this.link(record, this.numbers[record << 2]!);
      record = after;
    }
    return true;
  }

  private release(record: number): void {
    this.links[record << 2] = this.freeList;
    this.freeList = record;
    this.pending--;
  }

  private emptyList(head: number): void {
    this.links[head << 2] = head;
    this.links[(head << 2) + PREVIOUS] = head;
  }

  private grow(): void {
    this.capacity *= 2;
    const links = new Int32Array(this.capacity * 4);
    links.set(this.links);
    this.links = links;
    const numbers = new Float64Array(this.capacity * 4);
    numbers.set(this.numbers);
    this.numbers = numbers;
    while (this.references.length < this.capacity) this.references.push(null);
  }
}
