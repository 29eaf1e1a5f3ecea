// What the thread does once the pool that it searches is in place: leads a run to where the search begins, searches, and makes
// of what is found a scenario that shows it again.

import { BrokenFact } from '../../src/core/assert.ts';
import type { Violation } from '../outcome.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { type SearchCounts, search } from '../search/search.ts';
import { signatureOf } from '../signature.ts';
import { type Run, simulate } from '../simulate.ts';
import type { Alphabet } from '../world/steering.ts';
import { movesOf, RunSpace, type Step } from './run-space.ts';
import { type PoolSize, STARTS, type Start, startOf } from './starts.ts';

export interface SearchOrder {
  /** Where it begins, by its name. */
  readonly from: string;
  /** Absent: as the start has it. */
  readonly servers?: number | undefined;
  readonly clients?: number | undefined;
  readonly seed: number;
  readonly alphabet: Alphabet;
  readonly depth: number;
  /** How often a path may depart from its order. */
  readonly departures: number;
  readonly room: number;
  readonly first: boolean;
  /** The search ends after so long; null: when it is complete. */
  readonly budgetMs: number | null;
}

export interface Found {
  readonly signature: string;
  readonly violation: Violation;
  readonly scenario: Scenario;
  /** Events and moves from the start on, and how many of them depart from the order. */
  readonly length: number;
  readonly departures: number;
}

export type SearchReport =
  | {
      readonly kind: 'searched';
      readonly size: PoolSize;
      /** Events before the search begins, and true time by then. */
      readonly startEvents: number;
      readonly startAt: number;
      readonly counts: SearchCounts;
      readonly rounds: readonly SearchCounts[];
      readonly isStopped: boolean;
      readonly found: Found | null;
      readonly seconds: number;
    }
  | { readonly kind: 'harness failure'; readonly error: string };

export interface SearchWatch {
  readonly isStopped: () => boolean;
  readonly onProgress: (counts: SearchCounts) => void;
}

const PROGRESS_EVERY_MS = 100;
const SECOND = 1_000_000;

export function searchFrom(order: SearchOrder, watch: SearchWatch): SearchReport {
  const began = performance.now();
  const overAt = order.budgetMs === null ? Number.POSITIVE_INFINITY : began + order.budgetMs;
  let told = began;
  try {
    const start = begin(order);
    const { run } = start;
    const startEvents = run.world.events;
    const startAt = run.world.now;
    const { servers, clients } = run.scenario;
    const { counts, rounds, found, isStopped } = search<Run, Step>(
      new RunSpace(order.alphabet),
      run,
      { depth: order.depth, budget: order.departures, room: order.room, first: order.first },
      {
        isOver: () => watch.isStopped() || performance.now() >= overAt,
        onProgress: (counts) => {
          const now = performance.now();
          if (now - told < PROGRESS_EVERY_MS) return;
          told = now;
          watch.onProgress(counts);
        },
      },
    );
    return {
      kind: 'searched',
      size: { servers, clients: clients.length },
      startEvents,
      startAt,
      counts,
      rounds,
      isStopped,
      found: found === null ? null : shown(start, found.path, found.cost, found.state),
      seconds: (performance.now() - began) / 1000,
    };
  } catch (error) {
    return {
      kind: 'harness failure',
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}

function begin({ from, servers, clients, seed, alphabet }: SearchOrder): Start {
  const kind = STARTS.find(({ name }) => name === from);
  if (kind === undefined) throw new RangeError(`there is no start named ${from}`);
  const size = { servers: servers ?? kind.size.servers, clients: clients ?? kind.size.clients };
  return startOf(kind, { size, seed, jumps: alphabet.kinds.includes('jump') });
}

/** The scenario of that path, and proof that it shows what was found: it is run once more, from its beginning. */
function shown(start: Start, path: readonly Step[], departures: number, state: Run): Found {
  const [seen] = state.outcome().violations;
  // Over soon after what was found, and at no time before: until then everything is the same.
  const endsAt = Math.ceil((state.world.now + SECOND) / SECOND) * SECOND;
  const scenario: Scenario = {
    ...state.scenario,
    moves: [...start.moves, ...movesOf(path)],
    chaosUntil: endsAt,
    clientsUntil: endsAt,
    endsAt,
  };
  const signature = signatureOf(seen!);
  const violation = simulate(scenario, { until: state.world.now }).violations.find(
    (each) => signatureOf(each) === signature,
  );
  if (violation === undefined || violation.event !== seen!.event)
    throw new BrokenFact(`the path that was found, run from its beginning, shows ${signature} at its end`);
  return { signature, violation, scenario, length: path.length, departures };
}
