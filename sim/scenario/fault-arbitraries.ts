// How each kind of fault is drawn, and in which environments. Times lie on a coarse grid, magnitudes are log-uniform.
// A new kind of fault is a file in `sim/faults` and a row here.

import fc, { type Arbitrary } from 'fast-check';
import type { MilestoneName } from './milestones.ts';
import {
  type Beginning,
  ENVIRONMENTS,
  type EnvironmentId,
  type FaultPlan,
  GROUPS,
  type Group,
  hasCore,
  type MilestonePlan,
  ROLES,
  type Target,
} from './scenario.ts';
import { fields, fixed, GRID, JUMPS, LATENESS, MILLISECOND, multiple, RATES, SECOND, step } from './steps.ts';

/** What of a run its faults depend on. */
export interface Surroundings {
  readonly begins: Beginning;
  readonly environment: EnvironmentId;
  readonly servers: number;
  readonly clients: number;
  readonly chaosFrom: number;
  readonly chaosUntil: number;
  readonly endsAt: number;
  readonly core: readonly number[];
  readonly strikes: Struck;
}

/**
 * What most faults of a run are meant to hit. *Hand-overs*: the best server goes and comes back, and what may wait for a milestone
 * waits for one of a hand-over. *Elections*: Leaders go, while votes come late, twice or not at all. *Half links*: the best server
 * goes and comes back, and does not hear some other ones or is not heard by them, in the end for ever. *Requests*: what clients ask is refused, repeated and comes late.
 * *Stores*: disks are lost, set back, rot and fill up while promises and states go to them, and those who have them start again.
 */
export type Struck = 'nothing' | 'hand-overs' | 'elections' | 'half links' | 'requests' | 'stores';

/** What a run may be meant to strike: with two servers there is nobody to vote with, and half links want a core [swarm.ts]. */
function strikesOf({ servers, environment }: Surroundings): readonly Struck[] {
  if (servers <= 2) return ['nothing', 'requests'];
  return hasCore(environment)
    ? ['nothing', 'hand-overs', 'half links']
    : ['nothing', 'hand-overs', 'elections', 'requests', 'stores'];
}

type Parameters = Readonly<Record<string, unknown>>;

interface Row {
  readonly environments: readonly EnvironmentId[];
  /** Smaller pools are not given it; absent: every pool may be. */
  readonly fewestServers?: number;
  /** Milestones that it may wait for, instead of a time. */
  readonly milestones?: readonly MilestoneName[];
  draw(around: Surroundings): Arbitrary<Parameters>;
}

const thePreferred: Arbitrary<Target> = fields({ role: fc.constant('preferred' as const) });
const theLeader: Arbitrary<Target> = fields({ role: fc.constant('leader' as const) });

const SERVER_ROLES = ROLES.filter((role) => role !== 'grantee');

/** Where a server stands between two steps of an election, a hand-over, a grant or a sync. */
const PHASES = [
  'sync handed',
  'synced',
  'granted',
  'renewed',
  'ended',
  'trial',
  'froze',
  'hand-over sent',
  'took over',
  'stood',
  'elected',
  'follows',
  'state fetched',
  'stepped down',
  'expired',
] as const;
/** Between the return of a better server and its first grant. */
const HAND_OVER_PHASES: ReadonlySet<MilestoneName> = new Set([
  'trial',
  'froze',
  'hand-over sent',
  'stood',
  'elected',
]);

/** When a promise or a state is on its way to a disk, or a store to its place. */
const STORE_PHASES: ReadonlySet<MilestoneName> = new Set([
  'follows',
  'sync handed',
  'granted',
  'state fetched',
  'took over',
  'admitted',
  'joined',
]);

/** What faults wait for in a run that is to strike that; absent: for anything. */
const PHASES_STRUCK: Readonly<Partial<Record<Struck, ReadonlySet<MilestoneName>>>> = {
  'hand-overs': HAND_OVER_PHASES,
  stores: STORE_PHASES,
};

/** The kinds by which each is struck; anything else would mostly prevent it. */
export const STRIKING: Readonly<Record<Exclude<Struck, 'nothing'>, ReadonlySet<string>>> = {
  'hand-overs': new Set(['crash', 'crash-loop', 'rolling-restart', 'pause', 'partition', 'one-way-cut']),
  elections: new Set([
    'duplication',
    'delay',
    'stragglers',
    'loss',
    'crash',
    'crash-loop',
    'rolling-restart',
    'all-down',
    'pause',
    'partition',
  ]),
  'half links': new Set(['one-way-cut', 'crash', 'pause', 'partition']),
  stores: new Set([
    'crash',
    'crash-loop',
    'rolling-restart',
    'all-down',
    'partition',
    'failed-sync',
    'full-disk',
    'latent-corruption',
    'wiped-disk',
    'restored-image',
  ]),
  requests: new Set(['duplication', 'late-copies', 'stragglers', 'delay', 'loss', 'one-way-cut', 'crash']),
};

/** What lies on links and makes them worse than they are. */
const LINK_KINDS: ReadonlySet<string> = new Set([
  'duplication',
  'delay',
  'stragglers',
  'late-copies',
  'loss',
]);

/** As those, and what a client library notes. */
const ALL_PHASES = [...PHASES, 'holds', 'holds no more'] as const;
const ALL_SURVIVE = 1_000_000;

const MANY = [500_000, 200_000, 100_000] as const;

/** Within an election. */
const SOON = [1, 5, 20, 200].map((ms) => ms * MILLISECOND);

/** In ppm: a crystal, a bad one, a slewed clock, the bound of the protocol. */
const BOUNDED_DRIFTS = signed([10, 100, 1000, 5000, 10_000]);
/** E1 bounds no clock. */
const ANY_DRIFTS = [...BOUNDED_DRIFTS, ...signed([50_000, 200_000, 500_000])];

/** Where nothing must happen in time: how slow a pool may be there is no bound of liveness. */
const WITHOUT_CORE: readonly EnvironmentId[] = ['E1', 'E2', 'E4', 'E5', 'E6'];

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

/**
 * How much later than its message a copy turns up at least. The first steps lie where a server that has forgotten how a handle
 * ended may still take its request for a new one: within `strayAge`; the others beyond all that anybody remembers.
 */
const LATER = [10, 15, 20, 40, 90].map((s) => s * SECOND);
const AND_LATER = [10, 5, 20, 90].map((s) => s * SECOND);
/** How late a straggler is: longer than an attempt or an election, up to more than `strayAge`. */
const HELD_UP = [1, 2, 3, 5, 10, 20, 40].map((s) => s * SECOND);
/** Of what clients send: it is little, and each of their requests is worth a copy. */
const COPIED = [500_000, 1_000_000, 200_000, 50_000] as const;

/** Bytes that a full disk still has: none, part of a record, some records, some small logs. */
const ROOMS = [0, 50, 500, 5000] as const;

/** One of two copies of the log, the other, or meta. Not the license file: no checksum tells rot in it from an edit [2.4]. */
const ROTTEN_FILES = ['.a', '.b', 'meta'] as const;

const ROWS: Readonly<Record<string, Row>> = {
  loss: {
    environments: ENVIRONMENTS,
    draw: (around) => fields({ links: linksOf(around), ppm: step(ratesOf(around)) }),
  },
  duplication: {
    environments: ENVIRONMENTS,
    draw: (around) =>
      fields({
        links: linksOf(around),
        ppm: step(ratesOf(around)),
        within: step(around.strikes === 'elections' ? SOON : [...LATENESS, 10 * SECOND, 60 * SECOND]),
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
  'one-way-cut': {
    environments: ENVIRONMENTS,
    milestones: ALL_PHASES,
    draw: (around) => fields({ links: linksOf(around) }),
  },
  partition: { environments: ENVIRONMENTS, milestones: ALL_PHASES, draw: splitOf },
  crash: {
    environments: ENVIRONMENTS,
    milestones: ALL_PHASES,
    draw: (around) => fields({ target: aimedAt(around, targetOf(around)), ...lossesOf(around.environment) }),
  },
  pause: {
    environments: ENVIRONMENTS,
    milestones: ALL_PHASES,
    draw: (around) => fields({ target: aimedAt(around, targetOf(around)) }),
  },
  'monotonic-drift': {
    environments: ENVIRONMENTS,
    draw: (around) => fields({ target: targetOf(around), ppm: step(driftsOf(around.environment)) }),
  },
  'wall-jump': {
    environments: ['E4'],
    milestones: ALL_PHASES,
    draw: (around) =>
      fields({
        target: fc.oneof(aimedAt(around, targetOf(around)), serversOf(around)),
        byMs: step(signed(JUMPS.map((micros) => micros / MILLISECOND))),
      }),
  },
  'edited-file': {
    environments: ['E7'],
    draw: (around) => {
      const edit = fields({ target: storeOf(around), edit: editOf(around) });
      return fields({ edits: fc.array(edit, { minLength: 1, maxLength: 2 }) });
    },
  },
  'older-file': { environments: ['E7'], draw: (around) => fields({ target: storeOf(around) }) },

  'lowered-mark': {
    environments: ['E4'],
    milestones: ['expired', 'took over', 'granted'],
    draw: (around) =>
      fields({
        target: fc.oneof(theLeader, theLeader, storeOf(around)),
        aheadMs: step([0, 60, 3600, 43_200, 365 * 86_400].map((s) => s * 1000)),
        beforeMs: step([0, 0, 60, 3600, 365 * 86_400].map((s) => s * 1000)),
      }),
  },
  'slow-link': {
    environments: WITHOUT_CORE,
    draw: (around) =>
      fields({ links: linksOf(around), bytesPerSecond: step(BANDWIDTHS), queueBytes: step(QUEUES) }),
  },
  'flapping-link': {
    environments: ENVIRONMENTS,
    draw: (around) =>
      fields({ links: linksOf(around), cutFor: step(SPELLS), mendedFor: step(SPELLS.toReversed()) }),
  },
  corruption: {
    environments: ENVIRONMENTS,
    draw: (around) => fields({ links: linksOf(around), ppm: step(RATES) }),
  },
  'crash-loop': {
    environments: ENVIRONMENTS,
    draw: (around) =>
      fields({
        target: targetOf(around),
        downFor: step(SPELLS),
        upFor: step(SPELLS.toReversed()),
        ...lossesOf(around.environment),
      }),
  },
  'rolling-restart': {
    environments: ENVIRONMENTS,
    draw: (around) =>
      fields({
        downFor: step(SPELLS),
        gap: step([...SPELLS.toReversed(), 0]),
        ...lossesOf(around.environment),
      }),
  },
  'all-down': { environments: ENVIRONMENTS, draw: (around) => fields(lossesOf(around.environment)) },
  // Where wall clocks jump, servers: a client whose monotonic clock stands still ends its beliefs by its wall clock [§9].
  // Elsewhere a laptop that is shut: it alone may lose time, since the clock of a server that runs is bounded.
  suspended: {
    environments: ENVIRONMENTS,
    draw: (around) =>
      around.environment === 'E4'
        ? fields({ target: aimedAt(around, storeOf(around)) })
        : fields({ target: fields({ client: fc.nat({ max: around.clients - 1 }) }) }),
  },
  'slow-node': {
    environments: WITHOUT_CORE,
    draw: (around) => fields({ target: targetOf(around), by: step(LATENESS) }),
  },
  'slow-sync': {
    environments: WITHOUT_CORE,
    milestones: PHASES,
    draw: (around) => fields({ target: targetOf(around), factor: step(SLOWER) }),
  },
  'wall-drift': {
    environments: ['E4'],
    draw: (around) => fields({ target: targetOf(around), ppm: step(ANY_DRIFTS) }),
  },
  'wiped-disk': {
    environments: ['E5', 'E6'],
    fewestServers: 3,
    milestones: [...PHASES, 'admitted', 'joined'],
    draw: (around) => fields({ target: storeOf(around) }),
  },
  'failed-sync': {
    environments: ENVIRONMENTS,
    milestones: PHASES,
    draw: (around) => fields({ target: storeOf(around), ...lossesOf(around.environment) }),
  },
  'full-disk': {
    environments: ENVIRONMENTS,
    milestones: PHASES,
    draw: (around) => fields({ target: storeOf(around), room: step(ROOMS), copiesOnWrite: fc.boolean() }),
  },
  'late-copies': {
    environments: WITHOUT_CORE,
    draw: (around) =>
      fields({ links: strayingOf(around), ppm: step(COPIED), after: step(LATER), within: step(AND_LATER) }),
  },
  stragglers: {
    environments: WITHOUT_CORE,
    draw: (around) =>
      fields({
        links: strayingOf(around),
        ppm: step(ratesOf(around)),
        after: step(HELD_UP),
        within: step(HELD_UP),
      }),
  },
  'restored-image': {
    environments: ['E6'],
    draw: (around) => fields({ target: storeOf(around), keptFor: step(AGES) }),
  },
  'latent-corruption': {
    environments: ['E5'],
    fewestServers: 3,
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

/** Where faults of that kind are drawn. */
export function environmentsOf(kind: string): readonly EnvironmentId[] {
  return ROWS[kind]!.environments;
}

/** What an environment is there for: drawn more often than what it has in common with the others. */
const POINTS: Readonly<Partial<Record<EnvironmentId, readonly string[]>>> = {
  E4: ['wall-jump', 'wall-drift', 'lowered-mark'],
  E5: ['latent-corruption', 'crash', 'all-down'],
  E7: ['edited-file', 'older-file'],
};

export function isPoint(kind: string, environment: EnvironmentId): boolean {
  return POINTS[environment]?.includes(kind) ?? false;
}

export function kindsOf(environment: EnvironmentId, servers: number): readonly string[] {
  return DRAWN_KINDS.filter((kind) => {
    const { environments, fewestServers } = ROWS[kind]!;
    return environments.includes(environment) && servers >= (fewestServers ?? 1);
  });
}

export function faultArbitrary(kind: string, around: Surroundings): Arbitrary<FaultPlan> {
  const { milestones, draw } = ROWS[kind]!;
  const parameters = draw(around);
  const timed = fc.tuple(timeOf(around, around.chaosUntil - GRID), lastsFor(kind, around), parameters).map(
    ([at, lasts, parameters]) => planOf(kind, at, lasts, parameters, around),
    (value) => partsOf(kind, value, around),
  );
  if (milestones === undefined) return timed;
  // In the first half of the chaos, so that there is time for the milestone to come.
  const since = timeOf(around, around.chaosUntil / 2);
  const bound = fc.tuple(since, lastsFor(kind, around), parameters, whenOf(milestones, around)).map(
    ([at, lasts, parameters, when]) => boundPlan(planOf(kind, at, lasts, parameters, around), when, around),
    (value): [number, number, Parameters, Waiting] => {
      const { when, ...plan } = value as FaultPlan & { readonly when?: MilestonePlan };
      if (when === undefined) throw new Error('waits for no milestone');
      return [...partsOf(kind, plan, around), waitingOf(when)];
    },
  );
  // Those that wait for no milestone make the better server go and come back.
  return PHASES_STRUCK[around.strikes] === undefined ? fc.oneof(timed, bound) : fc.oneof(timed, bound, bound);
}

/**
 * That fault as it could have been drawn here, cut short where it must be, whatever the run is meant to strike; null: it could not
 * have been.
 */
export function fitted(plan: FaultPlan, around: Surroundings): FaultPlan | null {
  for (const strikes of strikesOf(around)) {
    const found = fittedWhere(plan, { ...around, strikes });
    if (found !== null) return found;
  }
  return null;
}

function fittedWhere(plan: FaultPlan, around: Surroundings): FaultPlan | null {
  if (!faultArbitrary(plan.kind, around).canShrinkWithoutContext(plan)) return null;
  const { when, ...unbound } = plan as FaultPlan & { readonly when?: MilestonePlan };
  const [at, lasts, parameters] = partsOf(plan.kind, unbound, around);
  const again = planOf(plan.kind, at, lasts, parameters, around);
  return when === undefined ? again : boundPlan(again, waitingOf(when), around);
}

/** What a plan says of its milestone, apart from what follows from the rest of it. */
interface Waiting {
  readonly milestone: MilestoneName;
  readonly nth: number;
  readonly delay: number;
  /** Only when whoever the fault is aimed at gets there. */
  readonly isOwn: boolean;
}

/** Mostly at once: in the very event that follows. */
const DELAYS = [0, 1, 5, 20, 100, 500].map((ms) => ms * MILLISECOND);

function whenOf(milestones: readonly MilestoneName[], around: Surroundings): Arbitrary<Waiting> {
  return fields({
    milestone: step(milestonesOf(milestones, around)),
    nth: step(around.strikes === 'hand-overs' ? [1, 2] : [1, 2, 3, 5, 10]),
    delay: fc.oneof(fc.constant(0), step(DELAYS)),
    // It is the Leader that gets there, and the others that are struck as well.
    isOwn: around.strikes === 'hand-overs' ? fc.constant(false) : fc.boolean(),
  });
}

/** The same fault bound to a milestone; it comes so early that the fault ends when the chaos does. */
function boundPlan(plan: FaultPlan, waiting: Waiting, around: Surroundings): FaultPlan {
  const { at, until } = plan;
  const { milestone, nth, delay, isOwn } = waiting;
  const aimed = isOwn ? aimOf(plan) : undefined;
  // Several at once get nowhere together.
  const aim = aimed === undefined || 'servers' in aimed || 'group' in aimed ? undefined : aimed;
  const isForEver = hasNoEnd(plan, around);
  const latest = isOfClient(plan) && around.environment !== 'E3' ? around.endsAt : around.chaosUntil;
  const lasts = isForEver ? 0 : Math.min(until - at, Math.floor((latest - at) / 2 / GRID) * GRID);
  // One microsecond less: the end of the chaos may itself be what brings the milestone.
  const before = Math.min(latest - lasts, around.chaosUntil) - delay - 1;
  const when = { milestone, nth, delay, before, ...(aim === undefined ? {} : { of: aim }) };
  return { ...plan, until: isForEver ? until : at + lasts, when };
}

function waitingOf({ milestone, nth, delay, of }: MilestonePlan): Waiting {
  return { milestone: milestone as MilestoneName, nth: nth ?? 1, delay, isOwn: of !== undefined };
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
  const when = multiple(around.chaosFrom, around.chaosUntil - GRID, GRID);
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
    plan.kind === 'partition' &&
    plan.when === undefined &&
    among === 'all' &&
    split?.isolate !== undefined &&
    'client' in split.isolate
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

/** While a pool may be forming, if nothing hinders it. */
const FORMING = 4 * SECOND;
const FORMING_PHASES = ['founds', 'formed', 'founds', 'formed', 'quarantine ended'] as const;

/** A pool forms itself within seconds: half of the faults of its run begin then, or nothing would ever strike it. */
function timeOf(around: Surroundings, latest: number): Arbitrary<number> {
  const any = multiple(around.chaosFrom, latest, GRID);
  if (around.begins === 'founded' || around.chaosFrom > GRID) return any;
  return fc.oneof(any, multiple(GRID, FORMING, GRID));
}

function milestonesOf(milestones: readonly MilestoneName[], around: Surroundings): readonly MilestoneName[] {
  const struck = PHASES_STRUCK[around.strikes];
  const phases = struck === undefined ? milestones : milestones.filter((milestone) => struck.has(milestone));
  return around.begins === 'founded' ? phases : [...phases, ...FORMING_PHASES];
}

const LONG = multiple(20 * SECOND, 90 * SECOND, GRID);

/** Short, middling and long are equally likely. */
function lastsFor(kind: string, around: Surroundings): Arbitrary<number> {
  const spans = [
    multiple(GRID, 2 * SECOND, GRID),
    multiple(2 * SECOND, 10 * SECOND, GRID),
    multiple(10 * SECOND, 90 * SECOND, GRID),
  ];
  // A better server must be back for some seconds before anything is handed over to it.
  if (around.strikes === 'hand-overs') return fc.oneof(...spans.slice(0, 2));
  // What lies on links is there while others do what it is to disturb.
  if (around.strikes !== 'nothing' && LINK_KINDS.has(kind))
    spans.push(...new Array<Arbitrary<number>>(6).fill(LONG));
  if (around.strikes === 'half links' && kind === 'one-way-cut') {
    const long = hasCore(around.environment) ? fc.constant(EVER) : LONG;
    spans.push(...new Array<Arbitrary<number>>(9).fill(long));
  }
  if (CUTS.has(kind)) spans.push(multiple(30 * SECOND, 90 * SECOND, GRID));
  // Clients ask so seldom that a short while has nothing to copy.
  if (kind === 'late-copies') spans.push(multiple(20 * SECOND, 90 * SECOND, GRID));
  // An image is put back within the fault: mostly it should not end before.
  if (kind === 'restored-image') spans.push(multiple(11 * SECOND, 15 * SECOND, GRID));
  return hasCore(around.environment) ? fc.oneof(...spans, fc.constant(EVER)) : fc.oneof(...spans);
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
  const latest = isOfClient(parameters) && !hasCore(around.environment) ? around.endsAt : around.chaosUntil;
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
  if (parameters.when !== undefined) throw new Error('waits for a milestone');
  return [at, hasNoEnd({ until }, around) ? EVER : until - at, parameters];
}

function hasNoEnd({ until }: { readonly until: number }, around: Surroundings): boolean {
  return hasCore(around.environment) && until === around.endsAt;
}

/** A server outside the core keeps its failure for ever: the core must live with what is half-connected [E3]. */
function isOutside(parameters: Parameters, core: readonly number[]): boolean {
  const target = aimOf(parameters);
  return core.length > 0 && target !== undefined && 'server' in target && !core.includes(target.server);
}

/** A client that stays broken would leave nothing to judge. */
function isOfClient(parameters: Parameters): boolean {
  const target = aimOf(parameters);
  if (target === undefined) return false;
  return 'client' in target || ('role' in target && target.role === 'grantee');
}

function aimOf(parameters: Parameters): Target | Group | undefined {
  const { target, links, split } = parameters as {
    readonly target?: Target | Group;
    readonly links?: { readonly of?: Target };
    readonly split?: { readonly isolate?: Target | Group };
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
  if (around.strikes === 'hand-overs' || around.strikes === 'half links') return fc.oneof(thePreferred, role);
  if (around.strikes === 'elections' || around.strikes === 'stores') return fc.oneof(server, role);
  return fc.oneof(server, server, role, role, client);
}

/** Several servers at once, a few or all: what a time server does that is wrong. */
function serversOf(around: Surroundings): Arbitrary<{ readonly servers: readonly number[] }> {
  const all = Array.from({ length: around.servers }, (_, server) => server);
  return fields({ servers: fc.oneof(fc.subarray(all, { minLength: 1 }), fixed(all)) });
}

/** Rarely a minority or a bare majority at once, in a pool that has both. A hand-over is struck at its two ends. */
function aimedAt(around: Surroundings, one: Arbitrary<Target>): Arbitrary<Target | Group> {
  if (around.servers < 3 || around.strikes === 'hand-overs') return one;
  const several: Arbitrary<Group> = fields({
    group: step(GROUPS),
    from: fc.nat({ max: around.servers - 1 }),
  });
  return fc.oneof({ weight: 9, arbitrary: one }, { weight: 1, arbitrary: several });
}

/** A node that has a disk: clients have none. */
function storeOf(around: Surroundings): Arbitrary<Target> {
  const server: Arbitrary<Target> = fields({ server: fc.nat({ max: around.servers - 1 }) });
  const role: Arbitrary<Target> = fields({ role: step(SERVER_ROLES) });
  return fc.oneof(server, role);
}

/** Versions that a text may say: 1 says nothing, since every pool is founded with it. */
const TEXT_VERSIONS = [1, 1, 1, 2, 3, 4, 6, 9] as const;

/**
 * Limits above and below what is out, new serials, dates that do not come within the run, another order of preference; where
 * all servers are whole in the end, another set as well. The first one stays: clients know where to ask.
 */
function editOf({ servers, core }: Surroundings): Arbitrary<Parameters> {
  const all = Array.from({ length: servers }, (_, server) => server);
  const fewest = core.length === servers ? 1 : servers;
  const chosen = fc.shuffledSubarray(all, { minLength: fewest }).filter((set) => set.includes(0));
  return fields({
    version: step(TEXT_VERSIONS),
    limits: fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 2 }),
    renewal: fc.nat({ max: 3 }),
    endsAfterMs: step([365, 730].map((days) => days * 86_400_000)),
    servers: fc.oneof(fixed(all), chosen),
  });
}

/** Who is cut off: a client as likely as a server, since a holder that nobody hears is what key lifetimes are for. */
function cutOffOf(around: Surroundings): Arbitrary<Target> {
  const client: Arbitrary<Target> = fields({ client: fc.nat({ max: around.clients - 1 }) });
  return fc.oneof(targetOf(around), client);
}

/** Mostly what clients ask for: between servers heartbeats are nearly all that there is to copy. */
function strayingOf(around: Surroundings): Arbitrary<unknown> {
  const links = linksOf(around);
  return around.strikes === 'elections'
    ? links
    : fc.oneof(fixed('from clients'), fixed('from clients'), links);
}

function linksOf(around: Surroundings): Arbitrary<unknown> {
  if (around.strikes === 'elections') return fixed('servers');
  if (around.strikes === 'requests') return fixed('from clients');
  if (around.strikes === 'half links') return gapOf(around);
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

/** Where something rare is to be hit, many of the few messages that it takes. */
function ratesOf({ strikes }: Surroundings): readonly number[] {
  return strikes === 'elections' || strikes === 'requests' ? MANY : RATES;
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

/** Two servers that do not hear each other, or one that is not heard by the other; mostly one of them is the best. */
function gapOf(around: Surroundings): Arbitrary<[number, number][]> {
  const one = fc.oneof(fc.constant(0), fc.nat({ max: around.servers - 1 }));
  const other = fc.nat({ max: around.servers - 2 });
  return fc.tuple(one, other, step(['both', 'in', 'out'] as const)).map(
    ([from, other, way]): [number, number][] => {
      const to = other < from ? other : other + 1;
      const gap: [number, number][] = [];
      if (way !== 'in') gap.push([from, to]);
      if (way !== 'out') gap.push([to, from]);
      return gap;
    },
    (value) => {
      const gap = value as [number, number][];
      if (gap.some((ends) => ends.some((node) => node >= around.servers)))
        throw new Error('not between servers');
      const [from, to] = gap[0]!;
      return [from, to < from ? to : to - 1, gap.length === 2 ? 'both' : 'out'];
    },
  );
}

/** Two sides, or one node alone; of the servers only, or of all. */
function splitOf(around: Surroundings): Arbitrary<Parameters> {
  const halves = (among: 'servers' | 'all', nodes: number): Arbitrary<Parameters> =>
    fields({ split: fields({ halves: sideOf(nodes) }), among: fc.constant(among) });
  const all = halves('all', around.servers + around.clients);
  const alone: Arbitrary<Parameters> = fields({
    split: fields({ isolate: aimedAt(around, cutOffOf(around)) }),
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
