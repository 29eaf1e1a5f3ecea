// The axes on which a pool's scenario gets simpler, in the order in which they pay: first what makes every later run
// shorter, then what a reader has to keep in mind, then numbers. Nothing here makes the outside world harder than the
// environment allows: rates, delays, jumps and losses only shrink.

import { type Axis, fewer, rounder, simpler } from './axis.ts';
import { durations, faultDetails, withoutClient, withoutServer, withServers } from './fault-axes.ts';
import type { ClientPlan, FaultPlan, Move, Scenario } from './scenario.ts';
import { GRID, MILLISECOND, SECOND } from './steps.ts';

/** A run goes on for so long after the violation while other things are tried: what is simpler may also be slower. */
const SLACK = 2 * SECOND;

/** Streams of chance for a pool of another size, which draws anew in any case. */
const OTHER_SEEDS = [1, 2, 3, 4] as const;

const kinds = fewer<string>({
  name: 'kinds of fault',
  parts: ({ faults }) => [...new Set(faults.map(({ kind }) => kind))],
  keeping: (scenario, kept) => ({
    ...scenario,
    faults: scenario.faults.filter(({ kind }) => kept.includes(kind)),
  }),
});

const faults = fewer<FaultPlan>({
  name: 'faults',
  parts: (scenario) => scenario.faults,
  keeping: (scenario, kept) => ({ ...scenario, faults: kept }),
});

const moves = fewer<Move>({
  name: 'moves',
  parts: (scenario) => scenario.moves ?? [],
  keeping: (scenario, kept) => (scenario.moves === undefined ? scenario : { ...scenario, moves: kept }),
});

const idleFaults = simpler('faults that did nothing', function* (scenario, sighting) {
  const mattered = scenario.faults.filter((_, place) => sighting.faults[place]!.hadConsequences);
  if (mattered.length < scenario.faults.length) yield { ...scenario, faults: mattered };
});

const clients = fewer<number>({
  name: 'clients',
  parts: (scenario) => scenario.clients.flatMap(({ sessions }, client) => (sessions > 0 ? [client] : [])),
  keeping: (scenario, kept) => ({
    ...scenario,
    // It stays as a node, so that the links of the others keep their numbers, and with them their chance.
    clients: scenario.clients.map((client, place) =>
      kept.includes(place) || client.sessions === 0 ? client : withSessions(client, 0),
    ),
  }),
});

const idleClients = simpler('clients that ask for nothing', function* (scenario) {
  const last = scenario.clients.findLastIndex(({ sessions }) => sessions > 0);
  if (last + 1 < scenario.clients.length) yield { ...scenario, clients: scenario.clients.slice(0, last + 1) };
  // Those before another one: the links of the others get other numbers, and draw anew.
  for (let client = last - 1; client >= 0; client--) {
    if (scenario.clients[client]!.sessions > 0) continue;
    for (const seed of [scenario.seed, ...OTHER_SEEDS]) yield withoutClient({ ...scenario, seed }, client);
  }
});

const end = simpler('end', function* (scenario, { at }) {
  const after = onGrid(at + SLACK);
  if (after < scenario.endsAt) yield endingAt(scenario, after);
  if (at < scenario.endsAt) return;
  // What is judged when the run is over: does it end as well earlier?
  for (const [part, of] of [
    [1, 4],
    [1, 2],
    [3, 4],
    [7, 8],
    [15, 16],
  ] as const) {
    const earlier = onGrid((scenario.endsAt * part) / of);
    if (earlier < scenario.endsAt) yield endingAt(scenario, earlier);
  }
});

const exactEnd = simpler('exact end', function* (scenario, { at }) {
  const earliest = Math.min(onGrid(at), scenario.endsAt);
  if (earliest < scenario.endsAt) yield endingAt(scenario, earliest);
});

const earlier = simpler('earlier', function* (scenario) {
  const begins = scenario.faults.filter(({ at }) => at > 0).map(({ at }) => at);
  const first = Math.min(...begins, scenario.chaosUntil);
  for (const by of [first - SECOND, onGrid(first / 2), onGrid(first / 4), onGrid(first / 8)]) {
    if (by >= SECOND) yield earlierBy(scenario, by);
  }
});

const servers = simpler('servers', function* (scenario) {
  const sizes = [3, 1, 5, scenario.servers - 1].filter((size) => size > 0 && size < scenario.servers);
  for (const size of new Set(sizes)) {
    for (const seed of [scenario.seed, ...OTHER_SEEDS]) yield withServers({ ...scenario, seed }, size);
  }
  if (scenario.servers < 2) return;
  for (let gone = scenario.servers - 2; gone >= 0; gone--) {
    for (const seed of [scenario.seed, OTHER_SEEDS[0]]) yield withoutServer({ ...scenario, seed }, gone);
  }
});

const inOrder = simpler('order of faults', function* (scenario) {
  const faults = scenario.faults.toSorted((a, b) => a.at - b.at);
  if (isChanged(scenario, { faults })) yield { ...scenario, faults };
});

const sessions = simpler('sessions', function* (scenario, sighting) {
  const begun = scenario.clients.map((client, place) =>
    withSessions(client, Math.min(client.sessions, sighting.sessions[place]!)),
  );
  if (begun.some((client, place) => client.sessions < scenario.clients[place]!.sessions))
    yield { ...scenario, clients: begun };
  for (const [place, client] of scenario.clients.entries()) {
    for (const fewest of new Set([1, client.sessions >> 1, client.sessions - 1])) {
      if (fewest < client.sessions && fewest > 0)
        yield withClient(scenario, place, withSessions(client, fewest));
    }
  }
});

const singleSessions = fewer<readonly [client: number, session: number]>({
  name: 'single sessions',
  parts: ({ clients }) =>
    clients.flatMap(({ sessions, skip }, client) =>
      Array.from({ length: Math.min(sessions, 200) }, (_, session) => [client, session] as const).filter(
        ([, session]) => !skip.includes(session),
      ),
    ),
  keeping: (scenario, kept) => ({
    ...scenario,
    clients: scenario.clients.map((client, place) => ({
      ...client,
      skip: Array.from({ length: client.sessions }, (_, session) => session).filter(
        (session) =>
          client.skip.includes(session) ||
          (session < 200 && !kept.some((one) => one[0] === place && one[1] === session)),
      ),
    })),
  }),
});

const PLAIN: Partial<ClientPlan> = { neverReleasePpm: 0, crashPpm: 0, mostUnits: 1, skip: [] };

const habits = simpler('habits of clients', function* (scenario) {
  yield* changedClients(scenario, ({ giveUpPpm: _, ...client }) => ({ ...client, ...PLAIN }));
  for (const name of Object.keys(PLAIN) as (keyof ClientPlan)[]) {
    if (name !== 'skip') yield* changedClients(scenario, (client) => ({ ...client, [name]: PLAIN[name] }));
  }
  yield* changedClients(scenario, ({ giveUpPpm: _, ...client }) => client);
  yield* changedClients(scenario, (client) => ({ ...client, meanThink: SECOND }));
  for (const meanHold of [SECOND, 10 * SECOND])
    yield* changedClients(scenario, (client) =>
      client.meanHold === SECOND ? client : { ...client, meanHold },
    );
});

const settings = fewer<string>({
  name: 'settings',
  parts: (scenario) => Object.keys(scenario.settings),
  keeping: (scenario, kept) => ({
    ...scenario,
    settings: Object.fromEntries(Object.entries(scenario.settings).filter(([name]) => kept.includes(name))),
  }),
});

/** Constant delays, and a log that is never rewritten. */
const chance = simpler('chance of links and disks', function* (scenario) {
  const link = { delayFrom: MILLISECOND, delayTo: MILLISECOND };
  const sync = { syncFrom: MILLISECOND, syncTo: MILLISECOND };
  const log = { logLimitBytes: 65_536 };
  for (const plan of [{ link, ...sync, ...log }, { link }, sync, log]) {
    if (isChanged(scenario, plan)) yield { ...scenario, ...plan };
  }
});

/** A pool that is there already, instead of one that has to form itself. */
const beginning = simpler('beginning', function* ({ begins, ...founded }) {
  if (begins !== undefined) yield founded;
});

const licenses = fewer<number>({
  name: 'licenses',
  parts: (scenario) => scenario.licenses.map((_, place) => place),
  keeping: (scenario, kept) => ({
    ...scenario,
    licenses: scenario.licenses.filter((_, place) => kept.includes(place)),
  }),
});

const licenseTerms = simpler('license strings', function* (scenario) {
  const dateless = scenario.licenses.map(
    ({ startsAfterMs: _, endsAfterMs: __, isTamperChecked: ___, softLimit: ____, ...license }) => license,
  );
  if (isChanged(scenario, { licenses: dateless })) yield { ...scenario, licenses: dateless };
  for (const [place, license] of scenario.licenses.entries()) {
    const { startsAfterMs, endsAfterMs, isTamperChecked, ...always } = license;
    const simplerOnes = [
      ...(startsAfterMs === undefined ? [] : [without(license, 'startsAfterMs')]),
      ...(endsAfterMs === undefined ? [] : [without(license, 'endsAfterMs')]),
      ...(isTamperChecked === undefined ? [] : [without(license, 'isTamperChecked')]),
      ...(license.softLimit === undefined ? [] : [without(license, 'softLimit')]),
      ...(endsAfterMs === undefined
        ? []
        : rounder(endsAfterMs, (startsAfterMs ?? 999) + 1).map((ms) => ({ ...license, endsAfterMs: ms }))),
      ...(always.keyLifetimeMs > 30_000 ? [{ ...license, keyLifetimeMs: 30_000 }] : []),
      ...Array.from({ length: Math.min(3, always.hardLimit - 1) }, (_, less) => ({
        ...license,
        hardLimit: 1 + less,
      })),
    ];
    for (const one of simplerOnes) {
      yield { ...scenario, licenses: scenario.licenses.map((each, at) => (at === place ? one : each)) };
    }
  }
});

export const AXES: readonly Axis[] = [
  end,
  idleFaults,
  kinds,
  faults,
  moves,
  clients,
  sessions,
  idleClients,
  beginning,
  servers,
  earlier,
  singleSessions,
  habits,
  settings,
  licenses,
  licenseTerms,
  chance,
  durations,
  faultDetails,
];

/** Once, when nothing else helps any more. */
export const LAST_AXES: readonly Axis[] = [exactEnd, idleClients, inOrder];

// ── inside ──

/** The same, but over at that time: what would begin later is left out. */
function endingAt(scenario: Scenario, at: number): Scenario {
  const chaosUntil = Math.min(scenario.chaosUntil, at);
  return {
    ...scenario,
    faults: scenario.faults
      .filter((fault) => fault.at < at)
      .map((fault) => ({ ...fault, until: Math.min(fault.until, at) })),
    chaosUntil,
    clientsUntil: Math.max(chaosUntil, Math.min(scenario.clientsUntil, at)),
    endsAt: at,
  };
}

/** Everything that does not begin with the run comes so much earlier. */
function earlierBy(scenario: Scenario, by: number): Scenario {
  const moved = (time: number): number => Math.max(0, time - by);
  return {
    ...scenario,
    faults: scenario.faults.map((fault) => {
      const when = fault.when as { readonly before?: number } | undefined;
      return {
        ...fault,
        at: moved(fault.at),
        until: Math.max(moved(fault.at), fault.until - by),
        ...(when?.before === undefined ? {} : { when: { ...when, before: moved(when.before) } }),
      };
    }),
    chaosUntil: moved(scenario.chaosUntil),
    clientsUntil: moved(scenario.clientsUntil),
    endsAt: Math.max(1, moved(scenario.endsAt)),
  };
}

function* changedClients(scenario: Scenario, change: (client: ClientPlan) => ClientPlan): Iterable<Scenario> {
  const all = scenario.clients.map(change);
  if (isChanged(scenario, { clients: all })) yield { ...scenario, clients: all };
}

function withSessions(client: ClientPlan, sessions: number): ClientPlan {
  return { ...client, sessions, skip: client.skip.filter((session) => session < sessions) };
}

function withClient(scenario: Scenario, place: number, client: ClientPlan): Scenario {
  return { ...scenario, clients: scenario.clients.map((each, at) => (at === place ? client : each)) };
}

function isChanged(scenario: Scenario, plan: Partial<Scenario>): boolean {
  return Object.entries(plan).some(
    ([name, value]) => JSON.stringify(scenario[name as keyof Scenario]) !== JSON.stringify(value),
  );
}

function without<T extends object, Name extends keyof T>(from: T, name: Name): Omit<T, Name> {
  const { [name]: _, ...rest } = from;
  return rest;
}

function onGrid(time: number): number {
  return Math.ceil(time / GRID) * GRID;
}
