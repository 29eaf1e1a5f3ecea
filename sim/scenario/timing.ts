// The timers of a run and its end: how fast its pool is, and how long it goes on after the faults so that what must have
// happened by then can be judged. The properties have bounds of their own; a run that is too short for one of them is
// only not judged by it.

import fc, { type Arbitrary } from 'fast-check';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import { type Beginning, type EnvironmentId, hasCore } from './scenario.ts';
import { fields, GRID, MILLISECOND, SECOND, step } from './steps.ts';

/** Overrides of the protocol's timers, in ms. */
export type Settings = Readonly<Record<string, number>>;

/** The pool keeps a handle for at most L · (1+ρ)/(1−ρ), and its clock may be slow as well [§9]. */
const LAPSE_PER_MILLE = 1031;

/**
 * One time out of four: small bounds, so that the long ways round are taken (a state in parts, a state instead of deltas), and
 * marks of pool time so often that a fail-over loses one.
 */
const bounds = rarely({
  mostDeltas: step([64, 8, 1]),
  handlesPerPart: step([16, 4, 1]),
  mostPending: step([64, 8, 2]),
  highWaterInterval: step([20_000, 5000, 1000]),
});

const pace = step([1, 1, 1, 2] as const);

/** How patient a Leader is with better servers, in ms; the longest back-off is only for pools that have few of them. */
const patience = (servers: number): Arbitrary<Settings> =>
  fields({
    longestStableFor: step(servers > 3 ? [4000] : [4000, 4000, 8000, 60_000]),
    handOverWait: step(servers > 3 ? [2000] : [2000, 5000]),
    trialPause: step(servers > 3 ? [500] : [500, 2000]),
  });

/** Where the end waits for the slowest reclaim, the waits are kept short, or most of a run would be waiting. */
export function settingsArbitrary(environment: EnvironmentId, servers: number): Arbitrary<Settings> {
  const waits: Arbitrary<Settings> = hasCore(environment) ? patience(servers) : fc.constant({});
  return fc
    .tuple(waits, pace, bounds)
    .map(([waits, pace, bounds]): Settings => ({ ...waits, ...paced(pace), ...bounds }));
}

/** A slower pool: the timers of an election and of a hand-over doubled [§5]. */
function paced(factor: number): Settings {
  if (factor === 1) return {};
  const names = [
    'heartbeatInterval',
    'electionTimeout',
    'electionStagger',
    'quorumTimeout',
    'attemptTimeout',
    'handOverTimeout',
    'stableFor',
  ] as const;
  const settings: Record<string, number> = {};
  for (const name of names) settings[name] = (DEFAULT_SETTINGS[name] / MILLISECOND) * factor;
  settings.tombstoneRetention = 60_000 + settings.quorumTimeout!;
  return settings;
}

/** What the end of a run depends on. */
interface Course {
  readonly environment: EnvironmentId;
  readonly servers: number;
  readonly keyLifetimeMs: number;
  readonly settings: Settings;
  readonly chaosUntil: number;
}

export interface Endings {
  readonly clientsUntil: number;
  readonly endsAt: number;
}

/** `waitsForLapse`: whether a run without a core waits until the last handle has lapsed. */
export function endingsOf(course: Course, waitsForLapse: boolean): Endings {
  const { environment, keyLifetimeMs, chaosUntil } = course;
  const lapse = keyLifetimeMs * LAPSE_PER_MILLE;
  if (!hasCore(environment)) {
    const clientsUntil = chaosUntil + 5 * SECOND;
    return { clientsUntil, endsAt: onGrid(clientsUntil + 5 * SECOND + (waitsForLapse ? lapse : 0)) };
  }
  const served = chaosUntil + timeToServe(course);
  const clientsUntil = onGrid(served + 10 * SECOND);
  const reclaimed = served + timeToReclaim(course);
  return { clientsUntil, endsAt: onGrid(Math.max(clientsUntil + lapse + 5 * SECOND, reclaimed)) };
}

/**
 * Before this nothing breaks. A formation needs every server, also those outside of a core: where one must serve in the end, the
 * pool is formed by then.
 */
export function chaosBegins(environment: EnvironmentId, begins: Beginning, settings: Settings): number {
  return hasCore(environment) && begins !== 'founded' ? formedBy(settings) : GRID;
}

/** A pool whose servers have nothing but their license file is formed by then, when nothing is broken [14.7, 14.8]. */
function formedBy(settings: Settings): number {
  return onGrid(timer(settings, 'electionTimeout') + timer(settings, 'electionStagger') + 2 * SECOND);
}

/** Silence, then several elections in which every rank may be tried [§7]. */
function timeToServe({ servers, settings }: Course): number {
  const election = timer(settings, 'electionTimeout') + servers * timer(settings, 'electionStagger');
  return 6 * election + 3 * timer(settings, 'electionTimeout') + 2 * SECOND;
}

/** One hand-over after the other, each after the longest back-off, missed trials and all the waiting that is allowed [§8]. */
function timeToReclaim({ servers, settings }: Course): number {
  const stage =
    timer(settings, 'longestStableFor') +
    timer(settings, 'handOverWait') +
    4 * timer(settings, 'trialPause') +
    3 * timer(settings, 'handOverTimeout') +
    SECOND;
  return Math.max(1, servers - 1) * stage + 10 * SECOND;
}

function timer(settings: Settings, name: keyof typeof DEFAULT_SETTINGS): number {
  const override = settings[name];
  return override === undefined ? DEFAULT_SETTINGS[name] : override * MILLISECOND;
}

function onGrid(time: number): number {
  return Math.ceil(time / GRID) * GRID;
}

/** Each field present one time out of four. */
function rarely(fields: Readonly<Record<string, Arbitrary<number>>>): Arbitrary<Settings> {
  const names = Object.keys(fields);
  const isPresent = fc.nat({ max: 3 }).map((place) => place === 3);
  return fc
    .tuple(fc.tuple(...names.map(() => isPresent)), fc.tuple(...names.map((name) => fields[name]!)))
    .map(([present, values]) =>
      Object.fromEntries(names.flatMap((name, place) => (present[place] ? [[name, values[place]!]] : []))),
    );
}
