import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type SearchLimits, type SearchResult, search } from '../../sim/search/search.ts';
import type { Key, Space } from '../../sim/search/space.ts';

/** A machine of counters, each of which can go up to its top: its states are all tuples. */
interface Counters {
  readonly values: number[];
}

class CounterSpace implements Space<Counters, number> {
  private readonly tops: readonly number[];
  private readonly wrong: (values: readonly number[]) => boolean;

  constructor(tops: readonly number[], wrong: (values: readonly number[]) => boolean = () => false) {
    this.tops = tops;
    this.wrong = wrong;
  }

  copy({ values }: Counters): Counters {
    return { values: [...values] };
  }

  moves({ values }: Counters): readonly number[] {
    return this.tops.flatMap((top, place) => (values[place]! < top ? [place] : []));
  }

  cost(): number {
    return 0;
  }

  make({ values }: Counters, place: number): void {
    values[place]!++;
  }

  key({ values }: Counters): Key {
    return { low: values.reduce((key, value) => key * 100 + value, 0), high: 7 };
  }

  isWrong({ values }: Counters): boolean {
    return this.wrong(values);
  }
}

const LIMITS: SearchLimits = { depth: 100, budget: 0, room: 2 ** 12, first: false };
const NEVER_OVER = { isOver: () => false };

describe('a machine with a known number of states', () => {
  // Of 4 · 5 · 6 tuples those with a choice are looked up: not the last one, nor those before it in which only one counter can
  // still rise, but for a few on the way.
  test('every state with a choice is met once, and every transition out of it is made once', () => {
    const { counts, found, isStopped } = search(
      new CounterSpace([3, 4, 5]),
      { values: [0, 0, 0] },
      // One round.
      { ...LIMITS, depth: 1000 },
      NEVER_OVER,
    );
    expect(found).toBeNull();
    expect(isStopped).toBe(false);
    expect(counts.complete).toEqual({ depth: 1000, budget: 0 });
    expect(counts.unfinished).toBe(0);
    const withChoice = 4 * 5 * 6 - (3 + 4 + 5) - 1;
    const rest = counts.states - withChoice;
    expect(rest).toBeGreaterThanOrEqual(0);
    expect(rest).toBeLessThanOrEqual(3 + 4 + 5);
  });

  test('the states of a machine in which there is always a choice are counted exactly', () => {
    // Beside the counters a switch that can always be turned: 2 · 4 · 5 states.
    class Switched extends CounterSpace {
      override moves(state: Counters): readonly number[] {
        return [2, 3, ...super.moves(state).filter((place) => place < 2)];
      }
      override make({ values }: Counters, place: number): void {
        if (place >= 2) values[2] = place - 2;
        else values[place]!++;
      }
    }
    const { counts } = search(new Switched([3, 4, 1]), { values: [0, 0, 0] }, LIMITS, NEVER_OVER);
    expect(counts.states).toBe(2 * 4 * 5);
  });

  test('what is wrong is found on the shortest path', () => {
    const space = new CounterSpace([9, 9, 9], ([a, b]) => a! >= 2 && b! >= 3);
    const { found } = search(space, { values: [0, 0, 0] }, LIMITS, NEVER_OVER);
    expect(found?.path.toSorted()).toEqual([0, 0, 1, 1, 1]);
  });

  test('a state beyond the depth is not met, and the path is said to be unfinished', () => {
    const space = new CounterSpace([9, 9], ([a, b]) => a! + b! > 8);
    const { found, counts } = search(space, { values: [0, 0] }, { ...LIMITS, depth: 8 }, NEVER_OVER);
    expect(found).toBeNull();
    expect(counts.unfinished).toBeGreaterThan(0);
    expect(search(space, { values: [0, 0] }, { ...LIMITS, depth: 9 }, NEVER_OVER).found?.path).toHaveLength(
      9,
    );
  });

  test('one that is stopped says what was complete by then', () => {
    let asked = 0;
    const { isStopped, counts } = search(
      new CounterSpace([20, 20, 20]),
      { values: [0, 0, 0] },
      { ...LIMITS, depth: 60 },
      { isOver: () => ++asked > 20 },
    );
    expect(isStopped).toBe(true);
    expect(counts.complete?.depth ?? 0).toBeLessThan(60);
  });

  test('a table without room forgets nothing that it found, and finds the same', () => {
    const space = new CounterSpace([5, 5], ([a, b]) => a === 5 && b === 5);
    const small = search(space, { values: [0, 0] }, { ...LIMITS, room: 4, depth: 10 }, NEVER_OVER);
    expect(small.counts.isFull).toBe(true);
    expect(small.found?.path).toHaveLength(10);
  });
});

/** Any graph: from each state so many moves, each with its cost and where it leads. */
interface Graph {
  readonly moves: readonly (readonly { readonly to: number; readonly cost: number }[])[];
  readonly wrong: readonly number[];
}

interface At {
  state: number;
}

interface GraphMove {
  readonly to: number;
  readonly cost: number;
}

class GraphSpace implements Space<At, GraphMove> {
  private readonly graph: Graph;

  constructor(graph: Graph) {
    this.graph = graph;
  }

  copy({ state }: At): At {
    return { state };
  }

  moves({ state }: At, budget: number): readonly GraphMove[] {
    return this.graph.moves[state]!.filter(({ cost }) => cost <= budget);
  }

  cost({ cost }: GraphMove): number {
    return cost;
  }

  make(at: At, { to }: GraphMove): void {
    at.state = to;
  }

  key({ state }: At): Key {
    return { low: state, high: ~state };
  }

  isWrong({ state }: At): boolean {
    return this.graph.wrong.includes(state);
  }
}

const SIZE = 12;

const graphs = fc.record({
  moves: fc.array(fc.array(fc.record({ to: fc.nat(SIZE - 1), cost: fc.nat(2) }), { maxLength: 3 }), {
    minLength: SIZE,
    maxLength: SIZE,
  }),
  wrong: fc.array(fc.integer({ min: 1, max: SIZE - 1 }), { maxLength: 2 }),
});

/** The obvious way: by length, the states that can be reached at which costs. The least length at which something wrong is. */
function shortest({ moves, wrong }: Graph, depth: number, budget: number): number | null {
  let reached = new Map([[0, new Set([0])]]);
  for (let length = 0; length <= depth; length++) {
    for (const state of reached.keys()) if (wrong.includes(state)) return length;
    const next = new Map<number, Set<number>>();
    for (const [state, costs] of reached) {
      for (const { to, cost } of moves[state]!) {
        for (const spent of costs) {
          if (spent + cost > budget) continue;
          next.set(to, (next.get(to) ?? new Set()).add(spent + cost));
        }
      }
    }
    reached = next;
  }
  return null;
}

function isPath({ moves, wrong }: Graph, { found }: SearchResult<At, GraphMove>): boolean {
  let state = 0;
  for (const move of found!.path) {
    if (!moves[state]!.includes(move)) return false;
    state = move.to;
  }
  const cost = found!.path.reduce((sum, move) => sum + move.cost, 0);
  return wrong.includes(state) && cost === found!.cost;
}

test('on any graph it finds something exactly when a path within depth and budget leads to it, and then a shortest one', () => {
  fc.assert(
    fc.property(graphs, fc.integer({ min: 1, max: 10 }), fc.nat(4), (graph, depth, budget) => {
      const result = search(
        new GraphSpace(graph),
        { state: 0 },
        { depth, budget, room: 2 ** 8, first: false },
        NEVER_OVER,
      );
      const expected = shortest(graph, depth, budget);
      expect(result.found === null).toBe(expected === null);
      if (expected === null) {
        expect(result.counts.complete).toEqual({ depth, budget });
        return;
      }
      expect(isPath(graph, result)).toBe(true);
      // The round in which it was found: nothing is shorter with that budget.
      const round = result.counts.complete!;
      expect(result.found!.path).toHaveLength(shortest(graph, round.depth, round.budget)!);
      const earlier = result.rounds.slice(0, -1);
      for (const { complete } of earlier)
        expect(shortest(graph, complete!.depth, complete!.budget)).toBeNull();
    }),
    { numRuns: 2000 },
  );
});
