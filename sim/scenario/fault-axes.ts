// How single faults get simpler, and what becomes of a plan when its pool gets smaller. Faults are plain data here: fields that
// name servers and nodes are known by their names, whichever kind they belong to.

import { replaced, rounder, type Sighting, simpler } from './axis.ts';
import {
  type FaultPlan,
  type FileEdit,
  foundersOf,
  type Group,
  hasCore,
  type MilestonePlan,
  type Scenario,
  type Target,
} from './scenario.ts';
import { GRID, SECOND } from './steps.ts';

export const durations = simpler('durations', function* (scenario) {
  for (const [place, fault] of scenario.faults.entries()) {
    for (const duration of rounder(fault.until - fault.at, GRID))
      yield withFault(scenario, place, { ...fault, until: fault.at + duration });
  }
});

export const faultDetails = simpler('details of faults', function* (scenario, sighting) {
  for (const [place, fault] of scenario.faults.entries()) {
    for (const one of plainer(fault, scenario, sighting.faults[place]!))
      yield withFault(scenario, place, one);
  }
});

/** The first `size` servers, and what is aimed at them. */
export function withServers(scenario: Scenario, size: number): Scenario {
  return renumbered(scenario, size, (server) => (server < size ? server : -1));
}

/** Without that server; those behind it move up. */
export function withoutServer(scenario: Scenario, gone: number): Scenario {
  return renumbered(scenario, scenario.servers - 1, (server) =>
    server === gone ? -1 : server > gone ? server - 1 : server,
  );
}

/** Without that client; those behind it move up. */
export function withoutClient(scenario: Scenario, gone: number): Scenario {
  const moved = (client: number): number => (client === gone ? -1 : client > gone ? client - 1 : client);
  const { servers } = scenario;
  const numbering: Numbering = {
    server: (server) => server,
    client: moved,
    node: (node) => {
      if (node < servers) return node;
      return moved(node - servers) < 0 ? -1 : moved(node - servers) + servers;
    },
  };
  return {
    ...scenario,
    clients: scenario.clients.filter((_, client) => client !== gone),
    faults: renumberedFaults(scenario, numbering),
  };
}

// ── a smaller pool ──

/** `of` gives a server's new number, -1 = it is gone, and with it what is aimed at it. */
function renumbered(scenario: Scenario, size: number, of: (server: number) => number): Scenario {
  const { founders: _, ...rest } = scenario;
  const founders = foundersOf(scenario);
  const founding = Array.from({ length: founders }, (_, server) => of(server)).filter(
    (server) => server >= 0,
  );
  const core = scenario.core.map(of).filter((server) => server >= 0);
  const isQuorum = size === 2 ? core.includes(0) : 2 * core.length > size;
  const numbering: Numbering = {
    server: of,
    client: (client) => client,
    node: (node) => (node < scenario.servers ? of(node) : node - scenario.servers + size),
  };
  return {
    ...rest,
    servers: size,
    ...(founding.length < size ? { founders: Math.max(1, founding.length) } : {}),
    core:
      hasCore(scenario.environment) && !isQuorum ? Array.from({ length: size }, (_, server) => server) : core,
    faults: renumberedFaults(scenario, numbering),
  };
}

function renumberedFaults({ faults }: Scenario, numbering: Numbering): FaultPlan[] {
  return faults.map((fault) => renumber(fault, numbering)).filter((fault) => fault !== GONE) as FaultPlan[];
}

const GONE = Symbol('gone');

type Renumber = (old: number) => number;

/** New numbers for old ones; -1: it is gone. */
interface Numbering {
  readonly server: Renumber;
  readonly client: Renumber;
  readonly node: Renumber;
}

/** The same plain data with every number of a server or a node replaced; GONE when what it is about is gone. */
function renumber(value: unknown, numbering: Numbering): unknown {
  if (Array.isArray(value)) {
    return value.map((each) => renumber(each, numbering)).filter((each) => each !== GONE);
  }
  if (typeof value !== 'object' || value === null) return value;
  const fields: [string, unknown][] = [];
  for (const [name, field] of Object.entries(value)) {
    const now = renumberField(name, field, numbering);
    if (now === GONE) return GONE;
    fields.push([name, now]);
  }
  return Object.fromEntries(fields);
}

function renumberField(name: string, field: unknown, numbering: Numbering): unknown {
  switch (name) {
    case 'server':
      return numberOrGone(numbering.server(field as number));
    case 'client':
      return numberOrGone(numbering.client(field as number));
    case 'servers':
      return Array.isArray(field) ? present(field as number[], numbering.server) : field;
    case 'halves':
      return present(field as number[], numbering.node);
    case 'links': {
      if (!Array.isArray(field)) return renumber(field, numbering);
      const links = (field as [number, number][]).map((ends) => ends.map(numbering.node));
      const left = links.filter((ends) => ends.every((node) => node >= 0));
      return left.length === 0 ? GONE : left;
    }
    case 'edits': {
      const edits = renumber(field, numbering) as unknown[];
      return edits.length === 0 ? GONE : edits;
    }
    default:
      return renumber(field, numbering);
  }
}

function numberOrGone(number: number): unknown {
  return number < 0 ? GONE : number;
}

function present(numbers: readonly number[], of: Renumber): unknown {
  const left = numbers.map(of).filter((number) => number >= 0);
  return left.length === 0 ? GONE : left;
}

// ── one fault ──

type FaultShown = Sighting['faults'][number];

function* plainer(fault: FaultPlan, scenario: Scenario, shown: FaultShown): Iterable<FaultPlan> {
  yield* plainerKind(fault);
  yield* byTime(fault, shown);
  yield* atServers(fault, scenario, shown);
  const late = fault.at % SECOND;
  if (late > 0) yield { ...fault, at: fault.at - late, until: fault.until - late };
  yield* milder(fault);
  yield* fewerEdits(fault);
  yield* fewerChanges(fault);
}

/** A kind that does less of the same; both are drawn in every environment. */
function* plainerKind({
  kind,
  at,
  until,
  target,
  survivePpm,
  torn,
  downFor,
}: FaultPlan): Iterable<FaultPlan> {
  if (kind === 'crash-loop')
    yield { kind: 'crash', at, until: Math.min(until, at + (downFor as number)), target, survivePpm, torn };
  if (kind === 'suspended') yield { kind: 'pause', at, until, target };
}

/** A fault that waited for a milestone begins at the time at which it began; or it waits for something simpler. */
function* byTime(fault: FaultPlan, { beganAt }: FaultShown): Iterable<FaultPlan> {
  const when = fault.when as MilestonePlan | undefined;
  if (when === undefined) return;
  const { when: _, ...timed } = fault;
  if (beganAt !== null) {
    const lasts = fault.until - fault.at;
    for (const at of [Math.floor(beganAt / GRID) * GRID, beganAt])
      yield { ...timed, kind: fault.kind, at, until: at + lasts };
  }
  const { milestone, delay } = when;
  const plainest = { milestone, delay: 0 };
  if (Object.keys(when).length > 2 || delay > 0) yield { ...fault, when: plainest };
  if (Object.keys(when).length > 2) yield { ...fault, when: { milestone, delay } };
  if (delay > 0) yield { ...fault, when: { ...when, delay: 0 } };
}

/** A server instead of a role: the one that it hit, else any; instead of a group the smaller one, or one of it. */
function* atServers(fault: FaultPlan, scenario: Scenario, { nodes }: FaultShown): Iterable<FaultPlan> {
  const target = fault.target as Target | Group | undefined;
  if (target === undefined || !('role' in target || 'group' in target)) return;
  if ('group' in target && target.group === 'majority')
    yield { ...fault, target: { ...target, group: 'minority' } };
  const hit = nodes.filter((node) => node < scenario.servers);
  const any = Array.from({ length: scenario.servers }, (_, server) => server);
  for (const server of new Set([...hit, ...any])) yield { ...fault, target: { server } };
}

const NOT_MAGNITUDES: ReadonlySet<string> = new Set(['at', 'until', 'survivePpm', 'placePpm']);

/** What is done again and again is not made to be done more often than this. */
const PERIODS: ReadonlySet<string> = new Set(['downFor', 'upFor', 'gap', 'cutFor', 'mendedFor']);

/** Of every number a smaller one; of a crash, that the disk loses nothing. */
function* milder(fault: FaultPlan): Iterable<FaultPlan> {
  if (fault.torn === true) yield { ...fault, torn: false };
  if (typeof fault.survivePpm === 'number' && fault.survivePpm < 1_000_000)
    yield { ...fault, survivePpm: 1_000_000, torn: false };
  if (fault.copiesOnWrite === true) yield { ...fault, copiesOnWrite: false };
  for (const [name, value] of Object.entries(fault)) {
    if (typeof value !== 'number' || NOT_MAGNITUDES.has(name)) continue;
    for (const number of rounder(value, PERIODS.has(name) ? GRID : 1, 4)) yield { ...fault, [name]: number };
  }
}

function* fewerEdits(fault: FaultPlan): Iterable<FaultPlan> {
  const edits = fault.edits as readonly { readonly edit: FileEdit }[] | undefined;
  if (edits === undefined) return;
  for (const place of edits.keys()) {
    if (edits.length > 1) yield { ...fault, edits: edits.filter((_, at) => at !== place) };
    const { edit } = edits[place]!;
    for (const name of Object.keys(edit)) {
      const { [name as keyof FileEdit]: _, ...rest } = edit;
      yield { ...fault, edits: replaced(edits, place, { ...edits[place]!, edit: rest }) };
    }
  }
}

/** Of the places at which somebody falls behind, fewer. */
function* fewerChanges(fault: FaultPlan): Iterable<FaultPlan> {
  if (fault.kind !== 'priorities') return;
  const changes = fault.changes as readonly number[];
  if (changes.length > 1) yield { ...fault, changes: [] };
  for (const place of changes.keys()) yield { ...fault, changes: changes.filter((_, at) => at !== place) };
}

function withFault(scenario: Scenario, place: number, fault: FaultPlan): Scenario {
  return { ...scenario, faults: replaced(scenario.faults, place, fault) };
}
