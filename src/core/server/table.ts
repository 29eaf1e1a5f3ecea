// The table of tokens: who holds what, and what has ended [§3, §6]. Every server keeps it by applying the same deltas.
// Kept beside it, never computed by a scan: units in use per key, what this reign has heard of, and the lapse queues.

import { assert } from '../assert.ts';
import { type HandleId, isAtOrAfter, type LicenseKey, NO_TERM, type Position, type Term } from '../ids.ts';
import type { Delta, EndedHandles, LiveHandle } from '../state.ts';
import { type Duration, type Instant, latest } from '../time.ts';
import { Tombstones } from './tombstones.ts';

/** No reign at all: differs from every term and from "no reign yet". */
const NEVER_HEARD: Term = -1;

/** A live handle and when this reign last heard of it. The token itself never changes, so images may share it. */
export interface Holding {
  readonly token: LiveHandle;
  /** The reign in which it was last granted or renewed here: it is "mine" exactly when that is the present one. */
  heardIn: Term;
  heardAt: Instant;
}

/** Units of one key: in anybody's hands, and of those the ones granted or renewed in this reign ("mine"). */
export interface Usage {
  units: number;
  mine: number;
}

export class Table {
  readonly live = new Map<HandleId, Holding>();
  readonly usage = new Map<LicenseKey, Usage>();
  /** Per distinct key lifetime, the holdings in the order in which this reign last heard of them. */
  readonly lapseQueues = new Map<Duration, Map<HandleId, Holding>>();
  ended = new Tombstones();
  /** The reign whose holdings are "mine": the term that this server last led with, 0 before the first. */
  reign: Term = NO_TERM;

  unitsInUse(key: LicenseKey): number {
    return this.usage.get(key)?.units ?? 0;
  }

  unitsOfMine(key: LicenseKey): number {
    return this.usage.get(key)?.mine ?? 0;
  }

  /** Applies one delta in place. */
  apply(delta: Delta): void {
    for (const operation of delta.operations) {
      switch (operation.kind) {
        case 'add':
          assert(
            !this.ended.has(operation.handle),
            'a handle is granted at most once, never after its end [I6]',
          );
          this.insert({
            handle: operation.handle,
            key: operation.key,
            units: operation.units,
            owner: operation.owner,
            life: operation.life,
          });
          break;
        case 'end':
          this.remove(operation.handle);
          if (!this.ended.has(operation.handle)) {
            this.ended.add(operation.handle, operation.reason, delta.position);
          }
          break;
        case 'purge':
          this.ended.purge(operation.before);
          break;
        case 'high-water':
        case 'lower-high-water':
        case 'expire':
        case 'file':
        case 'file-done':
        case 'slot':
          break; // the charter's
      }
    }
  }

  /** The Leader hears of a holder: its lifetime starts afresh and its units count as mine. */
  hear(holding: Holding, now: Instant): void {
    const { handle, key, units, life } = holding.token;
    if (!this.isMine(holding)) this.usage.get(key)!.mine += units;
    holding.heardIn = this.reign;
    holding.heardAt = now;
    const queue = this.lapseQueues.get(life)!;
    queue.delete(handle);
    queue.set(handle, holding);
  }

  /** A reign begins: everything that is out was issued by the previous one [§6]. */
  startReign(term: Term): void {
    this.reign = term;
    for (const usage of this.usage.values()) usage.mine = 0;
  }

  /** True when this reign has granted or renewed it. */
  isMine(holding: Holding): boolean {
    return holding.heardIn === this.reign;
  }

  /** When the hold of `holding` began in this reign: last heard of, or the activation [§9]. */
  heldSince(holding: Holding, activeAt: Instant): Instant {
    return this.isMine(holding) ? latest(holding.heardAt, activeAt) : activeAt;
  }

  /** The table's content as an image carries it. Tokens are immutable, so they are shared, not copied. */
  tokens(): LiveHandle[] {
    const tokens: LiveHandle[] = [];
    for (const holding of this.live.values()) tokens.push(holding.token);
    return tokens;
  }

  /** Null when a handle is named twice. */
  static from(live: readonly LiveHandle[], ended: EndedHandles): Table | null {
    const tombstones = Tombstones.from(ended);
    if (tombstones === null) return null;
    const table = new Table();
    table.ended = tombstones;
    for (const token of live) {
      if (table.live.has(token.handle) || tombstones.has(token.handle)) return null;
      table.insert(token);
    }
    return table;
  }

  /** The oldest tombstone's position, when there is one before `before`. */
  hasEndedBefore(before: Position): boolean {
    const oldest = this.ended.oldest;
    return oldest !== undefined && !isAtOrAfter(oldest, before);
  }

  private insert(token: LiveHandle): void {
    assert(!this.live.has(token.handle), 'a handle is added at most once [I6]');
    const holding: Holding = { token, heardIn: NEVER_HEARD, heardAt: 0 as Instant };
    this.live.set(token.handle, holding);
    let usage = this.usage.get(token.key);
    if (usage === undefined) {
      usage = { units: 0, mine: 0 };
      this.usage.set(token.key, usage);
    }
    usage.units += token.units;
    let queue = this.lapseQueues.get(token.life);
    if (queue === undefined) {
      queue = new Map();
      this.lapseQueues.set(token.life, queue);
    }
    queue.set(token.handle, holding);
  }

  private remove(handle: HandleId): void {
    const holding = this.live.get(handle);
    if (holding === undefined) return;
    this.live.delete(handle);
    const { key, units, life } = holding.token;
    const usage = this.usage.get(key)!;
    usage.units -= units;
    if (this.isMine(holding)) usage.mine -= units;
    this.lapseQueues.get(life)!.delete(handle);
  }
}
