// A store's history as a model: every state and every meta that a journal was ever given, in order, and which of them
// were promised to be durable. Recovery is judged against it: it must find one of the history, and never an older one
// than the last promised.

import { expect } from 'vitest';
import { NONE_ENDED } from '../../src/core/ended.ts';
import { handleFrom } from '../../src/core/ids.ts';
import type { Charter, Delta, LiveHandle, Meta, Operation, StateImage } from '../../src/core/state.ts';
import type { CivilTime, Duration } from '../../src/core/time.ts';
import type { RecoveredStore } from '../../src/storage/recovery.ts';

export interface StoredState {
  readonly store: number;
  readonly image: StateImage | null;
}

const charter: Charter = {
  file: { version: 1, hash: 'f'.repeat(64), body: new Uint8Array([1, 2, 3]), members: [0, 1, 2], past: [] },
  oldMembers: null,
  stores: new Map([[0, 11]]),
  hosts: new Map([[0, 's1']]),
  isForming: false,
  isInQuarantine: false,
  highWater: 1_790_000_000_000 as CivilTime,
  expired: new Set(),
  driftPpm: 200,
  longestLife: 60_000_000 as Duration,
};

export function firstMeta(store = 1): Meta {
  return {
    poolId: 77,
    store,
    slot: 0,
    isMember: true,
    isRetired: false,
    bootSequence: 1,
    promised: 1,
    promisedTo: { store: 5, incarnation: 65536 },
    lastFile: { version: 1, hash: 'f'.repeat(64) },
    witnesses: [],
  };
}

export function emptyImage(term = 1): StateImage {
  return { position: { term, index: 0 }, charter, live: [], ended: NONE_ENDED };
}

export function handleOf(number: number): LiveHandle {
  const handle = handleFrom(number, 0, 0, 7);
  return { handle, key: 'cad|1.0', units: 1, owner: `client ${number}`, life: 60_000_000 as Duration };
}

/** The delta that adds handle `number` to the state. */
export function addition(to: StateImage, number: number): Delta {
  const { position } = to;
  const operations: Operation[] = [{ kind: 'add', ...handleOf(number) }];
  return { base: position, position: { term: position.term, index: position.index + 1 }, operations };
}

/** As far as these tests go: deltas only add. */
export function apply(image: StateImage, delta: Delta): StateImage {
  const live = [...image.live];
  for (const operation of delta.operations) {
    if (operation.kind !== 'add') continue;
    const { kind: _, ...handle } = operation;
    live.push(handle);
  }
  return { ...image, position: delta.position, live };
}

export function stateOf(store: RecoveredStore): StateImage | null {
  return store.image === null ? null : store.deltas.reduce(apply, store.image);
}

function withRaisedPromise(meta: Meta, image: StateImage | null): Meta {
  if (image === null || image.position.term <= meta.promised) return meta;
  return { ...meta, promised: image.position.term, promisedTo: null };
}

export class History {
  states: StoredState[];
  metas: Meta[];
  /** Indices of what must not be lost any more, and of what may have been written at all. */
  durableState = 0;
  durableMeta = 0;
  issuedState = 0;
  issuedMeta = 0;

  /** What the process has in memory: after a recovery the promise may be raised, which no batch has written. */
  meta: Meta;

  constructor(meta: Meta, image: StateImage | null) {
    this.meta = meta;
    this.metas = [meta];
    this.states = [{ store: meta.store, image }];
  }

  get image(): StateImage | null {
    return this.states.at(-1)!.image;
  }

  giveMeta(meta: Meta): void {
    this.meta = meta;
    this.metas.push(meta);
  }

  giveState(image: StateImage | null): void {
    this.states.push({ store: this.meta.store, image });
  }

  issued(): void {
    this.issuedState = this.states.length - 1;
    this.issuedMeta = this.metas.length - 1;
  }

  committed(): void {
    this.durableState = this.issuedState;
    this.durableMeta = this.issuedMeta;
  }

  /** Checks what was recovered and goes on from there. `isSettled`: the power failed, so that all there is is durable. */
  recovered(store: RecoveredStore, isSettled: boolean): void {
    const image = stateOf(store);
    const state = this.find(this.durableState, this.issuedState, (at) => {
      expect(image).toStrictEqual(this.states[at]!.image);
    });
    const meta = this.find(this.durableMeta, this.issuedMeta, (at) => {
      expect(store.meta).toStrictEqual(withRaisedPromise(this.metas[at]!, image));
    });
    if (image !== null) expect(this.states[state]!.store).toBe(store.meta.store);
    this.states.length = state + 1;
    this.metas.length = meta + 1;
    this.issued();
    if (isSettled) this.committed();
    else {
      this.durableState = Math.min(this.durableState, state);
      this.durableMeta = Math.min(this.durableMeta, meta);
    }
    this.meta = store.meta;
  }

  /** The newest index for which `check` does not complain; complains as the newest did when there is none. */
  private find(from: number, to: number, check: (at: number) => void): number {
    let complaint: unknown;
    for (let at = to; at >= from; at--) {
      try {
        check(at);
        return at;
      } catch (error) {
        complaint ??= error;
      }
    }
    throw complaint;
  }
}
