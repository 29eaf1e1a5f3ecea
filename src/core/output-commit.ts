// The output-commit rule, the one place that says when an effect may leave [§3]: every effect carries the version of the
// durable state at which it was produced, and leaves, in order, when that version is on disk. It replaces every
// "sync before …" of the protocol. The one permitted exception, a Leader's Append, simply does not go through here.

import { assert } from './assert.ts';

export class OutputCommit<Effect> {
  /** Raised by each change of a durable field. */
  private version = 0;
  /** Everything up to this version is on disk. */
  private durable = 0;
  /** What waits, oldest first, and the version that each waits for; entries before `first` have left. */
  private waiting: Effect[] = [];
  private versions: number[] = [];
  private first = 0;

  /** A durable field changed: what is produced from now on waits for it. */
  changed(): void {
    this.version++;
  }

  /** The version that a sync which begins now will make durable. */
  get present(): number {
    return this.version;
  }

  /** Nothing of what waits leaves any more. */
  forget(): void {
    this.waiting = [];
    this.versions = [];
    this.first = 0;
  }

  /** True when an effect produced now may leave at once. */
  get isSettled(): boolean {
    return this.durable === this.version;
  }

  /** Keeps an effect until the present version is durable. */
  hold(effect: Effect): void {
    this.waiting.push(effect);
    this.versions.push(this.version);
  }

  /** Everything up to `version` is on disk. */
  settle(version: number): void {
    assert(version >= this.durable && version <= this.version, 'what became durable was changed before');
    this.durable = version;
  }

  /** The next effect that may leave, in order, or undefined. */
  next(): Effect | undefined {
    if (this.first === this.waiting.length || this.versions[this.first]! > this.durable) return undefined;
    const effect = this.waiting[this.first++]!;
    if (this.first === this.waiting.length) {
      this.waiting.length = 0;
      this.versions.length = 0;
      this.first = 0;
    }
    return effect;
  }
}
