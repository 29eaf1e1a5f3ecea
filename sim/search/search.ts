// Looks through everything that can happen: all paths of at most so many moves whose costs are within a budget. Depth first, so
// that memory holds one path; with a budget of nothing first, then of 1, 2 …, so that what is found is found at the least
// cost; and once something is found, only for what is shorter. A state that was searched with at least as much budget and
// depth left is not searched again.
//
// Complete means: every path from the start within that depth and budget was looked at, or ended in a state from which every
// continuation was. Two states with equal keys are taken for the same, which can go wrong once in 2^64 pairs.

import type { Space } from './space.ts';
import { Visited } from './visited.ts';

export interface Bounds {
  readonly depth: number;
  readonly budget: number;
}

export interface SearchLimits {
  /** Moves of one path, at most 32,767. */
  readonly depth: number;
  readonly budget: number;
  /** States that are remembered, a power of two; 16 bytes each. */
  readonly room: number;
  /** Enough once something is found; else it is looked for what is shorter. */
  readonly first: boolean;
}

export interface SearchCounts {
  /** The last round in which everything was looked at; null: not even the first. */
  readonly complete: Bounds | null;
  /** The longest path so far. */
  readonly deepest: number;
  /** Distinct states that were met and looked up; of a run of states in which nothing else could happen, only some are. */
  readonly states: number;
  /** Moves that were made. */
  readonly transitions: number;
  /** Paths that ended because the rest had been searched before. */
  readonly cut: number;
  /** Paths that ended at the depth, and so may go on. */
  readonly unfinished: number;
  /** No further states are remembered. */
  readonly isFull: boolean;
}

export interface Find<State, Move> {
  readonly path: readonly Move[];
  readonly cost: number;
  readonly state: State;
}

export interface SearchResult<State, Move> {
  readonly counts: SearchCounts;
  readonly found: Find<State, Move> | null;
  /** What had been counted at the end of each round that was completed. */
  readonly rounds: readonly SearchCounts[];
  /** It was over before it was complete. */
  readonly isStopped: boolean;
}

export interface SearchControls {
  /** Asked once per state that has a choice, and now and then between. */
  readonly isOver: () => boolean;
  readonly onProgress?: (counts: SearchCounts) => void;
}

/** A state on the present path with what is still to be tried there. */
interface Junction<State, Move> {
  readonly state: State;
  readonly moves: readonly Move[];
  next: number;
  /** Moves made before it, and what they cost. */
  readonly depth: number;
  readonly spent: number;
  /** Where it and the states between it and the junction before have their entries. */
  readonly entries: readonly Entry[];
}

interface Entry {
  readonly place: number;
  readonly depth: number;
  readonly spent: number;
}

export function search<State, Move>(
  space: Space<State, Move>,
  start: State,
  limits: SearchLimits,
  controls: SearchControls,
): SearchResult<State, Move> {
  return new Search(space, limits, controls).from(start);
}

/** Each depth with every budget, the last one first a quarter as deep. */
function roundsOf({ depth, budget }: SearchLimits): Bounds[] {
  const rounds: Bounds[] = [];
  for (const to of new Set([Math.ceil(depth / 4), Math.ceil(depth / 2), depth])) {
    for (let cost = 0; cost <= budget; cost++) rounds.push({ depth: to, budget: cost });
  }
  return rounds;
}

class Search<State, Move> {
  private readonly space: Space<State, Move>;
  private readonly limits: SearchLimits;
  private readonly controls: SearchControls;
  private readonly visited: Visited;
  private readonly path: Move[] = [];
  private readonly junctions: Junction<State, Move>[] = [];
  private found: Find<State, Move> | null = null;
  private longest: number;
  private budget = 0;
  private complete: Bounds | null = null;
  private deepest = 0;
  private transitions = 0;
  private cut = 0;
  private unfinished = 0;
  private isStopped = false;
  private hasEnough = false;

  constructor(space: Space<State, Move>, limits: SearchLimits, controls: SearchControls) {
    this.space = space;
    this.limits = limits;
    this.controls = controls;
    this.visited = new Visited(limits.room);
    this.longest = limits.depth;
  }

  from(start: State): SearchResult<State, Move> {
    const rounds: SearchCounts[] = [];
    for (const { depth, budget } of roundsOf(this.limits)) {
      this.longest = depth;
      this.budget = budget;
      this.unfinished = 0;
      this.round(start);
      if (this.isStopped || this.hasEnough) break;
      this.complete = { depth, budget };
      rounds.push(this.counts());
      if (this.found !== null) break;
    }
    return { counts: this.counts(), found: this.found, rounds, isStopped: this.isStopped };
  }

  /** Everything within the present depth and budget. */
  private round(start: State): void {
    this.path.length = 0;
    this.enter(this.space.copy(start), 0);
    for (let top = this.junctions.at(-1); top !== undefined; top = this.junctions.at(-1)) {
      if (this.isOver()) {
        this.junctions.length = 0;
        return;
      }
      this.path.length = top.depth;
      const move = this.nextOf(top);
      if (move === undefined) {
        this.junctions.pop();
        this.remember(top.entries);
        continue;
      }
      // The last one may have the state itself.
      const state = top.next === top.moves.length ? top.state : this.space.copy(top.state);
      this.make(state, move);
      this.enter(state, top.spent + this.space.cost(move));
    }
  }

  private nextOf(junction: Junction<State, Move>): Move | undefined {
    return junction.depth >= this.longest ? undefined : junction.moves[junction.next++];
  }

  /** Follows the path as long as nothing else could happen; then, or when the rest is known, it ends or becomes a junction. */
  private enter(state: State, before: number): void {
    const { space, visited } = this;
    let spent = before;
    const entries: Entry[] = [];
    for (let looksIn = 1, wait = 1; ; looksIn--) {
      const depth = this.path.length;
      if (depth > this.deepest) this.deepest = depth;
      if (space.isWrong(state)) {
        this.find(state, spent);
        break;
      }
      const left = this.budget - spent;
      const moves = space.moves(state, left);
      if (moves.length === 0) break;
      if (depth >= this.longest) {
        this.unfinished++;
        break;
      }
      const isJunction = moves.length > 1;
      // Where there is no choice a state is looked up after 1, 2, 4 … moves: a key costs more than a move.
      if (isJunction || looksIn === 0) {
        looksIn = wait;
        wait *= 2;
        const place = visited.place(space.key(state));
        if (visited.covers(place, left, this.longest - depth)) {
          this.cut++;
          break;
        }
        entries.push({ place, depth, spent });
        if (isJunction) {
          this.junctions.push({ state, moves, next: 0, depth, spent, entries });
          return;
        }
      }
      if (this.isOver()) return;
      const move = moves[0]!;
      spent += space.cost(move);
      this.make(state, move);
    }
    this.remember(entries);
  }

  /** Everything from there on was searched, as far as the longest path that is still looked at. */
  private remember(entries: readonly Entry[]): void {
    for (const { place, depth, spent } of entries)
      this.visited.searched(place, this.budget - spent, this.longest - depth);
  }

  private make(state: State, move: Move): void {
    this.transitions++;
    this.path.push(move);
    this.space.make(state, move);
  }

  private find(state: State, cost: number): void {
    const path = [...this.path];
    this.found = { path, cost, state };
    this.longest = path.length - 1;
    if (this.limits.first) this.hasEnough = true;
  }

  private isOver(): boolean {
    if (this.isStopped || this.hasEnough) return true;
    if ((this.transitions & 63) === 0) {
      if (this.controls.isOver()) this.isStopped = true;
      else this.controls.onProgress?.(this.counts());
    }
    return this.isStopped;
  }

  private counts(): SearchCounts {
    const { complete, deepest, transitions, cut, unfinished, visited } = this;
    return { complete, deepest, states: visited.met, transitions, cut, unfinished, isFull: visited.isFull };
  }
}
