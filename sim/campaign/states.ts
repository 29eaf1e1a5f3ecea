// Which abstract states the runs of a campaign came by, and what that says of those that no run has come by yet. States are
// numbers that spread evenly; of more than can be kept only a share is, chosen by the numbers themselves: those that end with so
// many zero bits. So what is kept hangs on what was seen alone, in whatever order and grouping it is put together.

/** How one state was seen: the smallest seed that came by it, and how many runs did, counted up to MOST_RUNS. */
export type Sighting = readonly [firstSeed: number, runs: number];

export interface States {
  /** Of the states seen, those are kept that are a multiple of 2^depth; 0 = all of them. */
  depth: number;
  /** How many are kept. */
  kept: number;
  /** Sum over the runs of how many different states each came by, be they kept or not. */
  visits: number;
  /** By number. */
  readonly seen: Record<string, Sighting>;
}

/** One run, two runs, or more: that is all that estimates ask for. */
const MOST_RUNS = 3;
const MOST_KEPT = 65_536;

export function noStates(): States {
  return { depth: 0, kept: 0, visits: 0, seen: {} };
}

/** The states that one run came by, each once. */
export function addStates(states: States, seed: number, run: readonly number[], most = MOST_KEPT): void {
  states.visits += run.length;
  for (const state of run) if (isKept(state, states.depth)) add(states, String(state), [seed, 1]);
  thinOut(states, most);
}

/** Adds `part` to `whole`. */
export function mergeStates(whole: States, part: States, most = MOST_KEPT): void {
  whole.visits += part.visits;
  if (part.depth > whole.depth) deepen(whole, part.depth);
  for (const [state, sighting] of Object.entries(part.seen))
    if (isKept(Number(state), whole.depth)) add(whole, state, sighting);
  thinOut(whole, most);
}

/** Whether it was seen, or need not be told apart from what was, since states like it are not kept. */
export function isKnown({ seen, depth }: States, state: string): boolean {
  return seen[state] !== undefined || !isKept(Number(state), depth);
}

/** What is known, and what may be expected. Counts of states are estimates once only a share of them is kept. */
export interface StateReport {
  readonly distinct: number;
  readonly isEstimated: boolean;
  readonly seenInOneRun: number;
  readonly seenInTwoRuns: number;
  readonly visits: number;
  /** The share of what a further run comes by that no run has come by yet. */
  readonly unseenMass: number;
  readonly expectedNew: { readonly runs: number; readonly states: number };
  /** How many different states the first so many seeds came by. */
  readonly growth: readonly { readonly seeds: number; readonly states: number }[];
}

const NEXT_RUNS = 1000;

/** `runs`: how many came to an outcome; `first`, `count`: the seeds from which they are. */
export function reportOf(states: States, runs: number, first: number, count: number): StateReport {
  const scale = 2 ** states.depth;
  const sightings = Object.values(states.seen);
  const once = scale * sightings.filter(([, times]) => times === 1).length;
  const twice = scale * sightings.filter(([, times]) => times === 2).length;
  const firstSeeds = Float64Array.from(sightings, ([firstSeed]) => firstSeed - first).sort();
  let seen = 0;
  const growth = pointsUpTo(count).map((seeds) => {
    while (seen < firstSeeds.length && firstSeeds[seen]! < seeds) seen++;
    return { seeds, states: seen * scale };
  });
  return {
    distinct: scale * sightings.length,
    isEstimated: states.depth > 0,
    seenInOneRun: once,
    seenInTwoRuns: twice,
    visits: states.visits,
    unseenMass: states.visits === 0 ? 1 : Number(Math.min(1, once / states.visits).toFixed(6)),
    expectedNew: { runs: NEXT_RUNS, states: Math.round(expectedIn(NEXT_RUNS, runs, once, twice)) },
    growth,
  };
}

/**
 * How many states that nobody has seen yet the next `more` runs are expected to come by, after `runs` of them in which `once`
 * states were seen in one run and `twice` in two. There are at least once²/2·twice states left (Chao); were they all as likely
 * as each other, each further run would come by a share of once/(runs·left + once) of them. Rarer ones come later, so this is
 * rather too few the farther it looks ahead.
 */
export function expectedIn(more: number, runs: number, once: number, twice: number): number {
  if (once === 0 || runs === 0) return 0;
  const bias = (runs - 1) / runs;
  const left = twice > 0 ? (bias * once * once) / (2 * twice) : (bias * once * (once - 1)) / 2;
  return left === 0 ? 0 : left * (1 - (1 - once / (runs * left + once)) ** more);
}

/** 1, 2, 5, 10, 20 … and the last. */
function pointsUpTo(count: number): number[] {
  const points: number[] = [];
  for (let power = 1; power <= count; power *= 10) {
    for (const digit of [1, 2, 5]) if (digit * power < count) points.push(digit * power);
  }
  return count > 0 ? [...points, count] : [];
}

function isKept(state: number, depth: number): boolean {
  return depth === 0 || state % 2 ** depth === 0;
}

function add(states: States, state: string, [firstSeed, runs]: Sighting): void {
  const known = states.seen[state];
  if (known === undefined) {
    states.kept++;
    states.seen[state] = [firstSeed, runs];
    return;
  }
  states.seen[state] = [Math.min(known[0], firstSeed), Math.min(MOST_RUNS, known[1] + runs)];
}

function thinOut(states: States, most: number): void {
  while (states.kept > most) deepen(states, states.depth + 1);
}

function deepen(states: States, depth: number): void {
  states.depth = depth;
  for (const state of Object.keys(states.seen)) {
    if (isKept(Number(state), depth)) continue;
    delete states.seen[state];
    states.kept--;
  }
}
