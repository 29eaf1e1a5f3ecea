// Scenarios drawn by fast-check. A draw has two stages: the swarm (what this run has at all), then everything within it.
// The second stage is an arbitrary of the scenario as it is saved, field by field, so that a saved one shrinks as well.

import fc, { type Arbitrary } from 'fast-check';
import { drawsOf } from './draws.ts';
import {
  faultArbitrary,
  initialDrifts,
  isInitial,
  isPoint,
  isStoreLoss,
  isStranding,
  strandedClient,
} from './fault-arbitraries.ts';
import {
  type ClientPlan,
  type FaultPlan,
  type LinkPlan,
  SCENARIO_SCHEMA,
  type Scenario,
} from './scenario.ts';
import { fields, fixed, MILLISECOND, multiple, RATES, SECOND, step } from './steps.ts';
import { type Habits, type Swarm, type SwarmOptions, swarmArbitrary } from './swarm.ts';

const MOST_DRIFT_PPM = 10_000;
const FEATURES = ['cad', 'mesh'] as const;

const DATE_GRID_MS = 100;
/** An hour, half a day, a month, a year. */
const FAR_DATES_MS = [3600, 43_200, 30 * 86_400, 365 * 86_400].map((s) => s * 1000);

/** Mean pauses between sessions, and mean times for which a unit is held. */
const HASTY = [1000, 500, 200, 100, 50].map((ms) => ms * MILLISECOND);
const CALM = [2, 4, 8, 15, 30].map((s) => s * SECOND);
const SHORT_HOLDS = [1000, 200, 500, 2000, 5000].map((ms) => ms * MILLISECOND);
const LONG_HOLDS = [10, 20, 40, 80, 160].map((s) => s * SECOND);

/** Smallest and largest delay of the run's links, in µs: a switch, a rack, a campus, a country. */
const LINKS = ['200 1000', '50 200', '1000 10000', '5000 25000'] as const;

const link: Arbitrary<LinkPlan> = step(LINKS).map(
  (text) => {
    const [delayFrom, delayTo] = text.split(' ');
    return { delayFrom: Number(delayFrom), delayTo: Number(delayTo) };
  },
  (value) => {
    const { delayFrom, delayTo } = value as LinkPlan;
    return `${delayFrom} ${delayTo}` as (typeof LINKS)[number];
  },
);

const none = fixed<FaultPlan[]>([]);

const MOST_STRANDINGS = 3;

const SYNCS = [1, 5, 20].map((ms) => ms * MILLISECOND);

/** Every scenario that a seed may draw; `seed` names the random streams of its run. */
export function scenarioArbitrary(seed: number, options: SwarmOptions = {}): Arbitrary<Scenario> {
  return swarmArbitrary(options).chain((swarm) => scenarioWithin(swarm, seed));
}

/** The scenario of a seed: drawn from that seed alone, wherever, whenever and however often it is drawn. */
export function scenarioOf(seed: number, options: SwarmOptions = {}): Scenario {
  return scenarioArbitrary(seed, options).generate(drawsOf(seed), undefined).value;
}

/** Every scenario of a swarm. It accepts what it drew, so that a saved scenario of that swarm can be shrunk. */
export function scenarioWithin(swarm: Swarm, seed: number): Arbitrary<Scenario> {
  return fields({
    schema: fc.constant(SCENARIO_SCHEMA),
    seed: fc.constant(seed),
    environment: fc.constant(swarm.environment),
    servers: fc.constant(swarm.servers),
    ...(swarm.founders < swarm.servers ? { founders: fc.constant(swarm.founders) } : {}),
    licenses: fc.tuple(
      ...FEATURES.slice(0, swarm.features).flatMap((feature) =>
        Array.from({ length: swarm.strings }, () => licenseOf(feature, swarm)),
      ),
    ),
    clients: fc.tuple(...Array.from({ length: swarm.clients }, () => clientOf(swarm.habits))),
    settings: fixed(swarm.settings),
    driftPpm: fc.constant(MOST_DRIFT_PPM),
    link,
    syncFrom: fc.constant(50),
    syncTo: step(SYNCS),
    logLimitBytes: step([65_536, 16_384, 4096]),
    ...(swarm.begins === 'founded' ? {} : { begins: fc.constant(swarm.begins) }),
    faults: faultsOf(swarm),
    chaosUntil: fc.constant(swarm.chaosUntil),
    clientsUntil: fc.constant(swarm.clientsUntil),
    endsAt: fc.constant(swarm.endsAt),
    core: fixed(swarm.core),
  });
}

function licenseOf(feature: string, swarm: Swarm): Arbitrary<Scenario['licenses'][number]> {
  const always = {
    feature: fc.constant(feature),
    version: fc.constant('1.0'),
    hardLimit: fc.integer({ min: 1, max: swarm.strikes === 'requests' ? 2 : 6 }),
    keyLifetimeMs: fc.constant(swarm.keyLifetimeMs),
  };
  const softLimit = fc.nat({ max: 5 });
  if (!swarm.hasDates) return fc.oneof(fields(always), fields({ ...always, softLimit }));
  const startsAfterMs = dateOf(swarm);
  const endsAfterMs = dateOf(swarm);
  const isTamperChecked = fc.boolean();
  const middle = Math.floor(swarm.chaosUntil / MILLISECOND / 2);
  return fc.oneof(
    fields({ ...always, endsAfterMs, isTamperChecked }),
    fields({ ...always, softLimit, endsAfterMs, isTamperChecked }),
    fields({ ...always, softLimit, startsAfterMs, isTamperChecked }),
    fields({
      ...always,
      startsAfterMs: multiple(DATE_GRID_MS, middle, DATE_GRID_MS),
      endsAfterMs: multiple(middle + DATE_GRID_MS, 2 * middle, DATE_GRID_MS),
      isTamperChecked,
    }),
    fields({ ...always, isTamperChecked }),
  );
}

/** Mostly while faults strike; some only where a clock was set forward. */
function dateOf(swarm: Swarm): Arbitrary<number> {
  const soon = multiple(DATE_GRID_MS, swarm.chaosUntil / MILLISECOND, DATE_GRID_MS);
  return fc.oneof(soon, soon, soon, step(FAR_DATES_MS));
}

const clientsByHabit = new Map<string, Arbitrary<ClientPlan>>();

/** Built once per set of habits: building arbitraries costs more than drawing from them. */
function clientOf(habits: Habits): Arbitrary<ClientPlan> {
  const name = JSON.stringify(habits);
  let client = clientsByHabit.get(name);
  if (client === undefined) {
    client = buildClient(habits);
    clientsByHabit.set(name, client);
  }
  return client;
}

function buildClient(habits: Habits): Arbitrary<ClientPlan> {
  return fields({
    meanThink: step(habits.areHasty ? HASTY : CALM),
    meanHold: step(habits.holdLong ? LONG_HOLDS : SHORT_HOLDS),
    sessions: step(habits.areHasty ? [8, 16, 32, 64] : [4, 8, 16]),
    neverReleasePpm: habits.forgetToRelease ? step(RATES) : fc.constant(0),
    crashPpm: habits.crash ? step(RATES) : fc.constant(0),
    mostUnits: habits.askForSeveral ? fc.integer({ min: 1, max: 4 }) : fc.constant(1),
    ...(habits.giveUp ? { giveUpPpm: step(RATES) } : {}),
    skip: fixed<number[]>([]),
  });
}

/** The drifts that last for the whole run, then up to `mostFaults` others, clients left alone for long, a store that is lost. */
function faultsOf(swarm: Swarm): Arbitrary<FaultPlan[]> {
  const kinds = swarm.kinds
    .filter((kind) => !isStoreLoss(kind))
    .map((kind) => ({
      weight: isPoint(kind, swarm.environment) ? 3 : 1,
      arbitrary: faultArbitrary(kind, swarm),
    }));
  const losses = swarm.kinds.filter(isStoreLoss).map((kind) => faultArbitrary(kind, swarm));
  const loss = losses.length === 0 ? none : fc.tuple(fc.oneof(...losses));
  const later =
    kinds.length === 0 ? none : fc.array(fc.oneof(...kinds), { maxLength: swarm.mostFaults, size: 'max' });
  const drifts = initialDrifts(swarm);
  const strandings = swarm.strandsClients
    ? fc.array(strandedClient(swarm), { maxLength: MOST_STRANDINGS, size: 'max' })
    : none;
  return fc.tuple(fc.oneof(drifts, drifts, drifts, none), later, strandings, loss).map(
    (parts) => parts.flat(),
    (value) => {
      const faults = (value as FaultPlan[]).filter(({ kind }) => !isStoreLoss(kind));
      const others = faults.filter((plan) => !isInitial(plan));
      let end = others.length;
      const most = swarm.strandsClients ? MOST_STRANDINGS : 0;
      while (end > 0 && others.length - end < most && isStranding(others[end - 1]!)) end--;
      const lost = (value as FaultPlan[]).filter(({ kind }) => isStoreLoss(kind));
      return [faults.filter(isInitial), others.slice(0, end), others.slice(end), lost];
    },
  );
}
