// The swarm draw of a seed: what this run has at all. Each kind of fault and each habit of clients is switched on or off,
// so that runs differ in kind and not only in degree: what never happens in a run gives room to what does. Everything on
// which other parts of a scenario depend is drawn here; the rest is drawn within it.

import fc, { type Arbitrary } from 'fast-check';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import { kindsOf } from './fault-arbitraries.ts';
import { ENVIRONMENTS, type EnvironmentId } from './scenario.ts';
import { fields, GRID, MILLISECOND, multiple, SECOND, step } from './steps.ts';

export interface Swarm {
  readonly environment: EnvironmentId;
  readonly servers: number;
  readonly clients: number;
  readonly features: number;
  readonly keyLifetimeMs: number;
  /** The kinds of fault that this run may have. */
  readonly kinds: readonly string[];
  readonly mostFaults: number;
  readonly habits: Habits;
  readonly settings: Readonly<Record<string, number>>;
  readonly chaosUntil: number;
  readonly clientsUntil: number;
  readonly endsAt: number;
  readonly core: readonly number[];
}

/** What the clients of a run do besides asking for a unit, renewing and releasing it. */
export interface Habits {
  readonly areHasty: boolean;
  readonly holdLong: boolean;
  readonly askForSeveral: boolean;
  readonly forgetToRelease: boolean;
  readonly crash: boolean;
}

const POOL_SIZES = [3, 3, 3, 1, 2, 4, 5, 5, 7] as const;
const CLIENTS = [2, 1, 3, 3, 4, 4, 6, 8] as const;
const LIFETIMES_MS = [30_000, 30_000, 30_000, 40_000, 60_000, 120_000] as const;
const CHAOS_FROM = 20 * SECOND;
const CHAOS_TO = 90 * SECOND;
/** The pool keeps a handle for at most L · (1+ρ)/(1−ρ), and its clock may be slow as well [§9]. */
const LAPSE_PER_MILLE = 1031;

export interface SwarmOptions {
  readonly environment?: EnvironmentId | undefined;
}

const habits: Arbitrary<Habits> = fields({
  areHasty: fc.boolean(),
  holdLong: fc.boolean(),
  askForSeveral: fc.boolean(),
  forgetToRelease: fc.boolean(),
  crash: fc.boolean(),
});

/** One time out of four: small bounds, so that the long ways round are taken (a state in parts, a state instead of deltas). */
const bounds = rarely({
  mostDeltas: step([64, 8, 1]),
  handlesPerPart: step([16, 4, 1]),
  mostPending: step([64, 8, 2]),
});

const pace = step([1, 1, 1, 2] as const);
const longestStableForMs = step([4000, 4000, 8000, 60_000] as const);

export function swarmArbitrary(options: SwarmOptions = {}): Arbitrary<Swarm> {
  return fc
    .tuple(environmentOf(options), step(POOL_SIZES))
    .chain(([environment, servers]) => swarmOf(environment, servers));
}

function environmentOf(options: SwarmOptions): Arbitrary<EnvironmentId> {
  return options.environment === undefined ? step(ENVIRONMENTS) : fc.constant(options.environment);
}

const swarms = new Map<string, Arbitrary<Swarm>>();

/** Built once for each of the few pairs: building arbitraries costs more than drawing from them. */
function swarmOf(environment: EnvironmentId, servers: number): Arbitrary<Swarm> {
  const name = `${environment} ${servers}`;
  let swarm = swarms.get(name);
  if (swarm === undefined) {
    swarm = buildSwarm(environment, servers);
    swarms.set(name, swarm);
  }
  return swarm;
}

function buildSwarm(environment: EnvironmentId, servers: number): Arbitrary<Swarm> {
  const kinds = kindsOf(environment);
  return fields({
    clients: step(CLIENTS),
    features: step([1, 1, 2] as const),
    keyLifetimeMs: step(LIFETIMES_MS),
    kinds: fc.subarray([...kinds]),
    mostFaults: step([12, 12, 8, 4, 2]),
    habits,
    pace,
    longestStableForMs,
    bounds,
    chaosUntil: multiple(CHAOS_FROM, CHAOS_TO, GRID),
    waitsForLapse: fc.boolean(),
    core: environment === 'E3' ? quorumOf(servers) : fc.constant<number[]>([]),
  }).map(({ pace, longestStableForMs, bounds, waitsForLapse, ...drawn }) => {
    const settings = {
      ...paced(pace),
      ...bounds,
      ...(environment === 'E3' ? { longestStableFor: longestStableForMs } : {}),
    };
    return {
      ...drawn,
      ...endings(environment, servers, drawn, settings, waitsForLapse),
      environment,
      servers,
      settings,
    };
  });
}

/** Every set of servers that may serve alone: a majority, or the first of two [§15]. */
function quorumOf(servers: number): Arbitrary<number[]> {
  const all = Array.from({ length: servers }, (_, server) => server);
  if (servers === 2) return fc.constantFrom([0], [0, 1]);
  return fc.subarray(all, { minLength: Math.floor(servers / 2) + 1 });
}

/** A slower pool: every timer of servers doubled [§5]. */
function paced(factor: number): Record<string, number> {
  if (factor === 1) return {};
  const names = [
    'heartbeatInterval',
    'electionTimeout',
    'electionStagger',
    'quorumTimeout',
    'handOverTimeout',
    'stableFor',
    'handOverWait',
  ] as const;
  const settings: Record<string, number> = {};
  for (const name of names) settings[name] = (DEFAULT_SETTINGS[name] / MILLISECOND) * factor;
  settings.tombstoneRetention = 60_000 + settings.quorumTimeout!;
  return settings;
}

function endings(
  environment: EnvironmentId,
  servers: number,
  drawn: { readonly chaosUntil: number; readonly keyLifetimeMs: number },
  settings: Readonly<Record<string, number>>,
  waitsForLapse: boolean,
): Pick<Swarm, 'clientsUntil' | 'endsAt'> {
  const lapse = drawn.keyLifetimeMs * LAPSE_PER_MILLE;
  if (environment !== 'E3') {
    const clientsUntil = drawn.chaosUntil + 5 * SECOND;
    return { clientsUntil, endsAt: onGrid(clientsUntil + 5 * SECOND + (waitsForLapse ? lapse : 0)) };
  }
  const clientsUntil = onGrid(drawn.chaosUntil + settling(servers, settings));
  return { clientsUntil, endsAt: onGrid(clientsUntil + lapse + 10 * SECOND) };
}

/**
 * From the freeze until the most preferred server of the core serves: silence, an election in which every rank may be
 * tried, the longest back-off, and a wait for each better server that never gets ready [§7, §8]; and then some.
 */
function settling(servers: number, settings: Readonly<Record<string, number>>): number {
  const of = (
    name: 'electionTimeout' | 'electionStagger' | 'longestStableFor' | 'handOverWait' | 'handOverTimeout',
  ) => (settings[name] === undefined ? DEFAULT_SETTINGS[name] : settings[name] * MILLISECOND);
  return (
    3 * (of('electionTimeout') + servers * of('electionStagger')) +
    of('longestStableFor') +
    of('handOverWait') +
    3 * of('handOverTimeout') +
    5 * SECOND
  );
}

function onGrid(time: number): number {
  return Math.ceil(time / GRID) * GRID;
}

/** Each field present one time out of four. */
function rarely(fields: Readonly<Record<string, Arbitrary<number>>>): Arbitrary<Record<string, number>> {
  const names = Object.keys(fields);
  return fc
    .tuple(
      fc.array(fc.nat({ max: 3 }), { minLength: names.length, maxLength: names.length }),
      fc.tuple(...names.map((name) => fields[name]!)),
    )
    .map(([chosen, values]) =>
      Object.fromEntries(
        names.flatMap((name, place) => (chosen[place] === 3 ? [[name, values[place]!]] : [])),
      ),
    );
}
