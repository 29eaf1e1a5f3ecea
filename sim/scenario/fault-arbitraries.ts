// How each kind of fault is drawn, and in which environments. Times lie on a coarse grid, magnitudes are log-uniform.
// A new kind of fault is a file in `sim/faults` and a row here.

import fc, { type Arbitrary } from 'fast-check';
import { ENVIRONMENTS, type EnvironmentId, type FaultPlan, type Target } from './scenario.ts';
import { fields, GRID, JUMPS, LATENESS, MILLISECOND, multiple, RATES, SECOND, step } from './steps.ts';

/** What of a run its faults depend on. */
export interface Surroundings {
  readonly environment: EnvironmentId;
  readonly servers: number;
  readonly clients: number;
  readonly chaosUntil: number;
  readonly endsAt: number;
  readonly core: readonly number[];
}

type Parameters = Readonly<Record<string, unknown>>;

interface Row {
  readonly environments: readonly EnvironmentId[];
  draw(around: Surroundings): Arbitrary<Parameters>;
}

const ROLES = ['leader', 'preferred', 'next', 'candidate'] as const;
const ALL_SURVIVE = 1_000_000;

/** In ppm: a crystal, a bad one, a slewed clock, the bound of the protocol. */
const BOUNDED_DRIFTS = signed([10, 100, 1000, 5000, 10_000]);
/** E1 bounds no clock. */
const ANY_DRIFTS = [...BOUNDED_DRIFTS, ...signed([50_000, 200_000, 500_000])];

const NOWHERE: readonly EnvironmentId[] = [];

/** Bytes per second: from a line that is merely slow to one that a single heartbeat fills. */
const BANDWIDTHS = [64_000, 16_000, 4000, 1000] as const;
/** Bytes. */
const QUEUES = [65_536, 16_384, 4096, 1024] as const;
/** How long things stay up or down that come and go. */
const SPELLS = [100, 200, 500, 1000, 2000, 5000, 10_000].map((ms) => ms * MILLISECOND);
/** How old an image is when it is put back: at least so much that there is something to forget. */
const AGES = [10, 5, 2, 1].map((seconds) => seconds * SECOND);
/** How many times as long a sync takes. */
const SLOWER = [2, 5, 10, 50, 200] as const;

/** One of two copies, the other, or all files. */
const ROTTEN_FILES = ['.a', '.b', ''] as const;

const ROWS: Readonly<Record<string, Row>> = {
  loss: {
    environments: ENVIRONMENTS,
    draw: (around) => fields({ links: linksOf(around), ppm: step(RATES) }),
  },
  duplication: {
    environments: ENVIRONMENTS,
    draw: (around) =>
      fields({
        links: linksOf(around),
        ppm: step(RATES),
        within: step([...LATENESS, 10 * SECOND, 60 * SECOND]),
      }),
  },
  reordering: {
    environments: ENVIRONMENTS,
    draw: (around) => fields({ links: linksOf(around), ppm: step(RATES), within: step(LATENESS) }),
  },
  delay: {
    environments: ENVIRONMENTS,
    draw: (around) =>
      fields({
        links: linksOf(around),
        shape: step(['fixed', 'uniform', 'long tail'] as const),
        by: step(LATENESS),
      }),
  },
  'one-way-cut': { environments: ENVIRONMENTS, draw: (around) => fields({ links: linksOf(around) }) },
  partition: { environments: ENVIRONMENTS, draw: splitOf },
  crash: {
    environments: ENVIRONMENTS,
    draw: (around) => fields({ target: targetOf(around), ...lossesOf(around.environment) }),
  },
  pause: { environments: ENVIRONMENTS, draw: (around) => fields({ target: targetOf(around) }) },
  'monotonic-drift': {
    environments: ENVIRONMENTS,
    draw: (around) => fields({ target: targetOf(around), ppm: step(driftsOf(around.environment)) }),
  },
  'wall-jump': {
    environments: ['E4'],
    draw: (around) =>
      fields({ target: targetOf(around), byMs: step(signed(JUMPS.map((micros) => micros / MILLISECOND))) }),
  },

  // Ready to be drawn, and drawn nowhere yet: each environment that is added changes what every seed of it draws.
  'slow-link': {
    environments: NOWHERE,
    draw: (around) =>
      fields({ links: linksOf(around), bytesPerSecond: step(BANDWIDTHS), queueBytes: step(QUEUES) }),
  },
  'flapping-link': {
    environments: NOWHERE,
    draw: (around) =>
      fields({ links: linksOf(around), cutFor: step(SPELLS), mendedFor: step(SPELLS.toReversed()) }),
  },
  corruption: {
    environments: NOWHERE,
    draw: (around) => fields({ links: linksOf(around), ppm: step(RATES) }),
  },
  'crash-loop': {
    environments: NOWHERE,
    draw: (around) =>
      fields({
        target: targetOf(around),
        downFor: step(SPELLS),
        upFor: step(SPELLS.toReversed()),
        ...lossesOf(around.environment),
      }),
  },
  'rolling-restart': {
    environments: NOWHERE,
    draw: (around) =>
      fields({
        downFor: step(SPELLS),
        gap: step([...SPELLS.toReversed(), 0]),
        ...lossesOf(around.environment),
      }),
  },
  'all-down': { environments: NOWHERE, draw: (around) => fields(lossesOf(around.environment)) },
  suspended: { environments: NOWHERE, draw: (around) => fields({ target: targetOf(around) }) },
  'slow-node': {
    environments: NOWHERE,
    draw: (around) => fields({ target: targetOf(around), by: step(LATENESS) }),
  },
  'slow-sync': {
    environments: NOWHERE,
    draw: (around) => fields({ target: targetOf(around), factor: step(SLOWER) }),
  },
  'wall-drift': {
    environments: NOWHERE,
    draw: (around) => fields({ target: targetOf(around), ppm: step(ANY_DRIFTS) }),
  },
  'wiped-disk': { environments: ['E6'], draw: (around) => fields({ target: storeOf(around) }) },
  'restored-image': {
    environments: ['E6'],
    draw: (around) => fields({ target: storeOf(around), keptFor: step(AGES) }),
  },
  'latent-corruption': {
    environments: NOWHERE,
    draw: (around) =>
      fields({
        target: storeOf(around),
        ending: step(ROTTEN_FILES),
        placePpm: multiple(0, 1_000_000, 50_000),
        bytes: step([1, 8, 64, 512] as const),
      }),
  },
};

/** Every kind that there is, drawn or not. */
export const KNOWN_KINDS: readonly string[] = Object.keys(ROWS);

/** Every kind that is drawn, in any environment. */
export const DRAWN_KINDS: readonly string[] = KNOWN_KINDS.filter(
  (kind) => ROWS[kind]!.environments.length > 0,
);

export function kindsOf(environment: EnvironmentId): readonly string[] {
  return DRAWN_KINDS.filter((kind) => ROWS[kind]!.environments.includes(environment));
}

export function faultArbitrary(kind: string, around: Surroundings): Arbitrary<FaultPlan> {
  return fc
    .tuple(multiple(GRID, around.chaosUntil - GRID, GRID), lastsFor(kind, around), ROWS[kind]!.draw(around))
    .map(
      ([at, lasts, parameters]) => planOf(kind, at, lasts, parameters, around),
      (value) => partsOf(kind, value, around),
    );
}

/** A server loses what its store held: at most one in a run, so that nothing else is lost before it is replaced. */
export function isStoreLoss(kind: string): boolean {
  return kind === 'wiped-disk' || kind === 'restored-image';
}

/** From the beginning to the end of the run, each node's monotonic clock runs at a rate of its own. */
export function initialDrifts(around: Surroundings): Arbitrary<FaultPlan[]> {
  const targets = nodesOf(around);
  const rates = driftsOf(around.environment);
  const fastest = Math.max(...rates);
  // Mostly at the very bounds: only there is a margin that is missing ever used up.
  const any = fc.tuple(...targets.map(() => step([0, ...rates])));
  const extreme = fc.tuple(...targets.map(() => step([fastest, -fastest])));
  return fc.oneof(any, extreme, extreme).map(
    (rates) =>
      targets.flatMap((target, place) =>
        rates[place] === 0 ? [] : [driftPlan(target, rates[place]!, around)],
      ),
    (value) => {
      const drifts = value as readonly FaultPlan[];
      return targets.map(
        (target) => (drifts.find((plan) => isSame(plan.target, target))?.ppm as number | undefined) ?? 0,
      );
    },
  );
}

const SHORTEST_STRANDING = 25 * SECOND;
const LONGEST_STRANDING = 70 * SECOND;

/** A client alone for about as long as a key lives: the holder that must stop by itself before its units are reused. */
export function strandedClient(around: Surroundings): Arbitrary<FaultPlan> {
  const when = multiple(GRID, around.chaosUntil - GRID, GRID);
  const lasts = multiple(SHORTEST_STRANDING, LONGEST_STRANDING, GRID);
  const client = fields({ client: fc.nat({ max: around.clients - 1 }) });
  const split: Arbitrary<Parameters> = fields({
    split: fields({ isolate: client }),
    among: fc.constant('all'),
  });
  return fc.tuple(when, lasts, split).map(
    ([at, lasts, parameters]) => planOf('partition', at, lasts, parameters, around),
    (value) => {
      const { kind: _, at, until, ...parameters } = value as FaultPlan;
      // It may have been cut short by the end of the chaos, as it will be again.
      return [at, Math.min(LONGEST_STRANDING, Math.max(SHORTEST_STRANDING, until - at)), parameters];
    },
  );
}

/** Whether `strandedClient` may have drawn it. */
export function isStranding(plan: FaultPlan): boolean {
  const { split, among } = plan as {
    readonly split?: { readonly isolate?: Target };
    readonly among?: string;
  };
  return (
    plan.kind === 'partition' && among === 'all' && split?.isolate !== undefined && 'client' in split.isolate
  );
}

/** Whether it is one of `initialDrifts`: no other fault begins at 0. */
export function isInitial(plan: FaultPlan): boolean {
  return plan.at === 0;
}

function driftPlan(target: Target, ppm: number, around: Surroundings): FaultPlan {
  return { kind: 'monotonic-drift', at: 0, until: around.endsAt, target, ppm };
}

// ── when ──

/** For ever: only where a core is made whole in spite of it. */
const EVER = Number.MAX_SAFE_INTEGER;

/** What may cut a holder off from the pool: it may last longer than the shortest key lifetime, or no key ever lapses. */
const CUTS: ReadonlySet<string> = new Set(['one-way-cut', 'partition', 'pause', 'suspended']);

/** Short, middling and long are equally likely. */
function lastsFor(kind: string, around: Surroundings): Arbitrary<number> {
  const spans = [
    multiple(GRID, 2 * SECOND, GRID),
    multiple(2 * SECOND, 10 * SECOND, GRID),
    multiple(10 * SECOND, 90 * SECOND, GRID),
  ];
  if (CUTS.has(kind)) spans.push(multiple(30 * SECOND, 90 * SECOND, GRID));
  // An image is put back within the fault: mostly it should not end before.
  if (kind === 'restored-image') spans.push(multiple(11 * SECOND, 15 * SECOND, GRID));
  return around.environment === 'E3' ? fc.oneof(...spans, fc.constant(EVER)) : fc.oneof(...spans);
}

function planOf(
  kind: string,
  at: number,
  lasts: number,
  parameters: Parameters,
  around: Surroundings,
): FaultPlan {
  const isForEver = lasts === EVER ? !isOfClient(parameters) : isOutside(parameters, around.core);
  // Where nothing needs to be whole in the end, a client may stay cut off until its key has lapsed.
  const latest = isOfClient(parameters) && around.environment !== 'E3' ? around.endsAt : around.chaosUntil;
  return {
    kind,
    at,
    until: isForEver ? around.endsAt : Math.min(at + lasts, latest),
    ...parameters,
  };
}

function partsOf(kind: string, value: unknown, around: Surroundings): [number, number, Parameters] {
  const { kind: itsKind, at, until, ...parameters } = value as FaultPlan;
  if (itsKind !== kind) throw new Error(`not a fault of kind ${kind}`);
  return [at, around.environment === 'E3' && until === around.endsAt ? EVER : until - at, parameters];
}

/** A server outside the core keeps its failure for ever: the core must live with what is half-connected [E3]. */
function isOutside(parameters: Parameters, core: readonly number[]): boolean {
  const target = aimOf(parameters);
  return core.length > 0 && target !== undefined && 'server' in target && !core.includes(target.server);
}

/** A client that stays broken would leave nothing to judge. */
function isOfClient(parameters: Parameters): boolean {
  const target = aimOf(parameters);
  return target !== undefined && 'client' in target;
}

function aimOf(parameters: Parameters): Target | undefined {
  const { target, links, split } = parameters as {
    readonly target?: Target;
    readonly links?: { readonly of?: Target };
    readonly split?: { readonly isolate?: Target };
  };
  return target ?? links?.of ?? split?.isolate;
}

// ── where ──

function nodesOf(around: Surroundings): Target[] {
  return [
    ...Array.from({ length: around.servers }, (_, server) => ({ server })),
    ...Array.from({ length: around.clients }, (_, client) => ({ client })),
  ];
}

/** A role as likely as a server, and a client less so: the protocol is the servers'. */
function targetOf(around: Surroundings): Arbitrary<Target> {
  const server: Arbitrary<Target> = fields({ server: fc.nat({ max: around.servers - 1 }) });
  const role: Arbitrary<Target> = fields({ role: step(ROLES) });
  const client: Arbitrary<Target> = fields({ client: fc.nat({ max: around.clients - 1 }) });
  return fc.oneof(server, server, role, role, client);
}

/** A node that has a disk: clients have none. */
function storeOf(around: Surroundings): Arbitrary<Target> {
  const server: Arbitrary<Target> = fields({ server: fc.nat({ max: around.servers - 1 }) });
  const role: Arbitrary<Target> = fields({ role: step(ROLES) });
  return fc.oneof(server, role);
}

/** Who is cut off: a client as likely as a server, since a holder that nobody hears is what key lifetimes are for. */
function cutOffOf(around: Surroundings): Arbitrary<Target> {
  const client: Arbitrary<Target> = fields({ client: fc.nat({ max: around.clients - 1 }) });
  return fc.oneof(targetOf(around), client);
}

function linksOf(around: Surroundings): Arbitrary<unknown> {
  return fc.oneof(
    fields({
      of: cutOffOf(around),
      way: step(['both', 'in', 'out'] as const),
      among: step(['servers', 'all'] as const),
    }),
    fc.tuple(linkOf(around)),
    step(['servers', 'all'] as const),
  );
}

/** One direction between a server and any other node: clients have nothing to say to each other. */
function linkOf(around: Surroundings): Arbitrary<[number, number]> {
  const server = fc.nat({ max: around.servers - 1 });
  const other = fc.nat({ max: around.servers + around.clients - 2 });
  return fc.tuple(server, other, fc.boolean()).map(
    ([server, other, isTowardsServer]) => {
      const node = other < server ? other : other + 1;
      return isTowardsServer ? [node, server] : [server, node];
    },
    (value) => {
      const [from, to] = value as [number, number];
      const isTowardsServer = from >= around.servers;
      const [server, node] = isTowardsServer ? [to, from] : [from, to];
      return [server, node < server ? node : node - 1, isTowardsServer];
    },
  );
}

/** Two sides, or one node alone; of the servers only, or of all. */
function splitOf(around: Surroundings): Arbitrary<Parameters> {
  const halves = (among: 'servers' | 'all', nodes: number): Arbitrary<Parameters> =>
    fields({ split: fields({ halves: sideOf(nodes) }), among: fc.constant(among) });
  const all = halves('all', around.servers + around.clients);
  const alone: Arbitrary<Parameters> = fields({
    split: fields({ isolate: cutOffOf(around) }),
    among: step(['servers', 'all'] as const),
  });
  return around.servers === 1
    ? fc.oneof(all, alone)
    : fc.oneof(halves('servers', around.servers), all, alone);
}

/** Some of so many nodes, but not all. */
function sideOf(nodes: number): Arbitrary<number[]> {
  const all = Array.from({ length: nodes }, (_, node) => node);
  return fc.subarray(all, { minLength: 1, maxLength: nodes - 1 });
}

/** What a crash may take along: in E5 also halves of writes. */
function lossesOf(environment: EnvironmentId) {
  return {
    survivePpm: environment === 'E5' ? step([0, 200_000, 500_000, 800_000]) : step([ALL_SURVIVE, 500_000, 0]),
    torn: environment === 'E5' ? fc.boolean() : fc.constant(false),
  };
}

function driftsOf(environment: EnvironmentId): readonly number[] {
  return environment === 'E1' ? ANY_DRIFTS : BOUNDED_DRIFTS;
}

/** Each value, and each below zero. */
function signed(values: readonly number[]): number[] {
  return values.flatMap((value) => [value, -value]);
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
