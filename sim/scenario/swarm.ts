// The swarm draw of a seed: what this run has at all. Each kind of fault and each habit of clients is switched on or off,
// so that runs differ in kind and not only in degree: what never happens in a run gives room to what does. Everything on
// which other parts of a scenario depend is drawn here; the rest is drawn within it.

import fc, { type Arbitrary } from 'fast-check';
import { isPoint, kindsOf, STRIKING, type Struck } from './fault-arbitraries.ts';
import { type Beginning, ENVIRONMENTS, type EnvironmentId, hasCore } from './scenario.ts';
import { fields, fixed, GRID, multiple, SECOND, step } from './steps.ts';
import { chaosBegins, endingsOf, type Settings, settingsArbitrary } from './timing.ts';

export interface Swarm {
  readonly environment: EnvironmentId;
  readonly servers: number;
  readonly clients: number;
  readonly features: number;
  readonly keyLifetimeMs: number;
  /** License strings of a feature. */
  readonly strings: number;
  /** Whether license strings start and end. */
  readonly hasDates: boolean;
  /** The kinds of fault that this run may have. */
  readonly kinds: readonly string[];
  readonly mostFaults: number;
  readonly strikes: Struck;
  readonly habits: Habits;
  /** Whether clients are cut off for as long as their keys live. */
  readonly strandsClients: boolean;
  readonly settings: Settings;
  readonly begins: Beginning;
  /** Before this nothing breaks; what lasts for the whole run begins at 0 all the same. */
  readonly chaosFrom: number;
  readonly chaosUntil: number;
  readonly clientsUntil: number;
  readonly endsAt: number;
  readonly core: readonly number[];
  /** How many servers are in the pool at the start. */
  readonly founders: number;
}

/** What the clients of a run do besides asking for a unit, renewing and releasing it. */
export interface Habits {
  readonly areHasty: boolean;
  readonly holdLong: boolean;
  readonly askForSeveral: boolean;
  readonly forgetToRelease: boolean;
  readonly crash: boolean;
  readonly giveUp: boolean;
}

const POOL_SIZES = [3, 3, 3, 1, 2, 4, 5, 5, 7] as const;
/** Rare: they have more events and nothing else that smaller ones have not. */
const LARGE_POOL_SIZES = [9, 11] as const;
const OTHERS_FOR_A_LARGE_ONE = 39;
/** A pool of fewer servers cannot spare a store. */
const LEAST_SPARING = 3;
/** Where a core is made whole in the end, what stays half connected around it is the point; elsewhere what comes late or twice. */
const STRUCK: Readonly<Record<'core' | 'no core' | 'disks' | 'small', readonly Struck[]>> = {
  core: [...weighted('nothing', 6), 'hand-overs', ...weighted('half links', 3)],
  'no core': [
    ...weighted('nothing', 6),
    'hand-overs',
    ...weighted('elections', 2),
    ...weighted('requests', 2),
  ],
  disks: [...weighted('nothing', 6), 'hand-overs', 'elections', 'requests', ...weighted('stores', 4)],
  // With two servers there is nobody to vote with but the first, and with one nobody at all.
  small: [...weighted('nothing', 4), 'requests'],
};
/** Where disks lose what they have: what a crash takes, what rots, whole stores. */
const OF_DISKS: ReadonlySet<EnvironmentId> = new Set(['E1', 'E5', 'E6']);
const CLIENTS = [2, 1, 3, 3, 4, 4, 6, 8] as const;
const LIFETIMES_MS = [30_000, 30_000, 30_000, 40_000, 60_000, 120_000] as const;
const CHAOS_FROM = 20 * SECOND;
const CHAOS_TO = 90 * SECOND;
export interface SwarmOptions {
  readonly environment?: EnvironmentId | undefined;
}

const habits: Arbitrary<Habits> = fields({
  areHasty: fc.boolean(),
  holdLong: fc.boolean(),
  askForSeveral: fc.boolean(),
  forgetToRelease: fc.boolean(),
  crash: fc.boolean(),
  giveUp: fc.boolean(),
});

const poolSize: Arbitrary<number> = fc.oneof(
  { weight: OTHERS_FOR_A_LARGE_ONE, arbitrary: step(POOL_SIZES) },
  { weight: 1, arbitrary: step(LARGE_POOL_SIZES) },
);

export function swarmArbitrary(options: SwarmOptions = {}): Arbitrary<Swarm> {
  return fc
    .tuple(environmentOf(options), poolSize)
    .map(([environment, servers]): [EnvironmentId, number] => [
      environment,
      environment === 'E6' ? Math.max(servers, LEAST_SPARING) : servers,
    ])
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
  const kinds = kindsOf(environment, servers);
  return fields({
    clients: step(CLIENTS),
    features: step([1, 1, 2] as const),
    keyLifetimeMs: step(LIFETIMES_MS),
    strings: step([1, 2, 3]),
    // Dates are what wall clocks are for.
    hasDates: oneOutOf(environment === 'E4' ? 2 : 4),
    kinds: fc.subarray([...kinds]),
    makesPoint: fc.boolean(),
    mostFaults: step([12, 12, 12, 6, 3]),
    strikes: step(STRUCK[struckIn(environment, servers)]),
    partOfPool: hasCore(environment) && servers > 2 ? partOf(servers) : fc.constant<number[]>([]),
    habits,
    strandsClients: fc.boolean(),
    settings: settingsArbitrary(environment, servers),
    chaosUntil: multiple(CHAOS_FROM, CHAOS_TO, GRID),
    waitsForLapse: fc.boolean(),
    core: hasCore(environment) ? coreOf(environment, servers) : fc.constant<number[]>([]),
    begins: beginningOf(environment, servers),
    founders:
      environment === 'E7'
        ? step([servers, servers, Math.max(1, servers - 1), Math.ceil(servers / 2)])
        : fc.constant(servers),
  }).map(({ waitsForLapse, makesPoint, strings, kinds: some, partOfPool, ...others }) => {
    const drawn = others.strikes === 'half links' ? { ...others, core: partOfPool } : others;
    const founders = drawn.core.length === servers ? drawn.founders : servers;
    // Several strings differ from one only by their dates.
    const swarm = {
      ...drawn,
      strings: drawn.hasDates ? strings : 1,
      environment,
      servers,
      founders,
      kinds: kinds.filter((kind) => some.includes(kind) || (makesPoint && isPoint(kind, environment))),
      ...(drawn.strikes === 'nothing' ? {} : striking(drawn.strikes, kinds, drawn)),
      chaosFrom: chaosBegins(environment, drawn.begins, drawn.settings),
    };
    return { ...swarm, ...endingsOf(swarm, waitsForLapse) };
  });
}

/**
 * One run of eight begins with license files alone. In quarantine a core need not serve within any bound; and without the word
 * of whoever installs it a pool of one is never formed [14.9].
 */
function beginningOf(environment: EnvironmentId, servers: number): Arbitrary<Beginning> {
  const mayBeQuarantined = !hasCore(environment) && servers > 1;
  const others = fc.constant<Beginning>('founded');
  const blank = step<Beginning>(mayBeQuarantined ? ['first installation', 'blank'] : ['first installation']);
  return fc.oneof({ weight: 7, arbitrary: others }, { weight: 1, arbitrary: blank });
}

/** What is rare takes many steps to come about: what does not help it would mostly prevent it. */
function striking(
  struck: Exclude<Struck, 'nothing'>,
  kinds: readonly string[],
  { clients, habits }: { readonly clients: number; readonly habits: Habits },
): Pick<Swarm, 'kinds' | 'mostFaults' | 'habits' | 'clients'> {
  const isOfRequests = struck === 'requests';
  return {
    kinds: kinds.filter((kind) => STRIKING[struck].has(kind)),
    mostFaults: struck === 'elections' || struck === 'stores' ? 12 : 6,
    // Tokens are refused, come back, and are asked for again.
    clients: isOfRequests ? Math.max(clients, 4) : clients,
    habits: { ...habits, areHasty: true, ...(isOfRequests ? { holdLong: false, giveUp: true } : {}) },
  };
}

function struckIn(environment: EnvironmentId, servers: number): keyof typeof STRUCK {
  if (servers <= 2) return 'small';
  if (OF_DISKS.has(environment)) return 'disks';
  return hasCore(environment) ? 'core' : 'no core';
}

function weighted(struck: Struck, times: number): Struck[] {
  return new Array<Struck>(times).fill(struck);
}

function oneOutOf(count: number): Arbitrary<boolean> {
  return fc.nat({ max: count - 1 }).map((place) => place === count - 1);
}

/** Where people change who is in the pool, or who of two weighs more, all are whole in the end: any set is a quorum then. */
function coreOf(environment: EnvironmentId, servers: number): Arbitrary<readonly number[]> {
  if (environment !== 'E7') return quorumOf(servers);
  const all = fixed(Array.from({ length: servers }, (_, server) => server));
  return servers === 2 ? all : fc.oneof(all, quorumOf(servers));
}

/** A quorum with the best server and without some other one, which goes on in its own way. */
function partOf(servers: number): Arbitrary<number[]> {
  const others = Array.from({ length: servers - 1 }, (_, place) => place + 1);
  return fc
    .subarray(others, { minLength: Math.floor(servers / 2), maxLength: servers - 2 })
    .map((chosen) => [0, ...chosen]);
}

/** Every set of servers that may serve alone: a majority, or the first of two [§15]. */
function quorumOf(servers: number): Arbitrary<number[]> {
  const all = Array.from({ length: servers }, (_, server) => server);
  if (servers === 2) return fc.constantFrom([0], [0, 1]);
  return fc.subarray(all, { minLength: Math.floor(servers / 2) + 1 });
}
