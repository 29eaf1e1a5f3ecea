// Untrusted text → a scenario, or the reason why not. Everything is bounded and nothing unknown is let through, so that
// a run never meets a plan that it cannot carry out. Never throws.

import { z } from 'zod';
import { nearestName } from '../../src/core/nearest-name.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import { FAULT_KINDS } from '../faults/index.ts';
import { complaint, complaintOf, show } from './complaint.ts';
import { MILESTONES } from './milestones.ts';
import { ENVIRONMENTS, type FaultPlan, hasCore, SCENARIO_SCHEMA, type Scenario } from './scenario.ts';

export type Loaded =
  | { readonly ok: true; readonly scenario: Scenario }
  | { readonly ok: false; readonly reason: string };

/** 7 days of true time, in µs: no run is longer. */
const LONGEST_RUN = 7 * 86_400 * 1_000_000;
export const MOST_CHARACTERS = 4_000_000;
const MOST_SERVERS = 11;
const SCHEMA_FAMILY = 'regency/scenario@';

const time = z.int().min(0).max(LONGEST_RUN);
const ppm = z.int().min(0).max(1_000_000);
const word = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);

/** Ten years. */
const MOST_CIVIL_MS = 315_360_000_000;

const license = z.strictObject({
  feature: word,
  version: word,
  hardLimit: z.int().min(1).max(100_000),
  keyLifetimeMs: z.int().min(30_000).max(54_000_000),
  softLimit: z.int().min(0).max(100_000).optional(),
  startsAfterMs: z.int().min(0).max(MOST_CIVIL_MS).optional(),
  endsAfterMs: z.int().min(1).max(MOST_CIVIL_MS).optional(),
  isTamperChecked: z.boolean().optional(),
});

const client = z.strictObject({
  meanThink: time,
  meanHold: time,
  sessions: z.int().min(0).max(100_000),
  neverReleasePpm: ppm,
  crashPpm: ppm,
  giveUpPpm: ppm.optional(),
  mostUnits: z.int().min(1).max(100_000),
  skip: z.array(z.int().min(0).max(100_000)).max(100_000),
});

const settings = z.strictObject(
  Object.fromEntries(
    Object.keys(DEFAULT_SETTINGS).map((name) => [name, z.number().min(1).max(86_400_000).optional()]),
  ),
);

/** The rest of a fault is what its kind says. */
const fault = z.looseObject({ kind: z.string(), at: time, until: time });

const place = z.int().min(0).max(100_000);
const event = z.int().min(1).max(Number.MAX_SAFE_INTEGER);

/** Whether it can be made where it stands only the run can say; one that cannot is not made. */
const move = z.discriminatedUnion('move', [
  z.strictObject({ before: event, move: z.enum(['hold', 'copy']) }),
  z.strictObject({ before: event, move: z.literal('release'), held: place }),
  z.strictObject({ before: event, move: z.literal('crash'), node: place, keeps: z.boolean() }),
  z.strictObject({ before: event, move: z.enum(['restart', 'pause', 'resume']), node: place }),
  z.strictObject({ before: event, move: z.literal('cut'), nodes: z.array(place).max(MOST_SERVERS) }),
  z.strictObject({ before: event, move: z.literal('mend'), cut: place }),
  z.strictObject({
    before: event,
    move: z.literal('jump'),
    node: place,
    byMs: z.int().min(-MOST_CIVIL_MS).max(MOST_CIVIL_MS),
  }),
]);

const shape = z.strictObject({
  schema: z.literal(SCENARIO_SCHEMA),
  savedBy: z
    .string()
    .regex(/^[ -~]{1,200}$/)
    .optional(),
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  environment: z.enum(ENVIRONMENTS),
  servers: z.int().min(1).max(MOST_SERVERS),
  founders: z.int().min(1).max(MOST_SERVERS).optional(),
  licenses: z.array(license).min(1).max(64),
  clients: z.array(client).max(1000),
  settings,
  driftPpm: z.int().min(0).max(500_000),
  link: z.strictObject({ delayFrom: time, delayTo: time }),
  syncFrom: time,
  syncTo: time,
  logLimitBytes: z
    .int()
    .min(1024)
    .max(1 << 30),
  begins: z.enum(['blank', 'first installation']).optional(),
  faults: z.array(fault).max(1000),
  moves: z.array(move).max(10_000).optional(),
  chaosUntil: time,
  clientsUntil: time,
  endsAt: time.min(1),
  core: z
    .array(
      z
        .int()
        .min(0)
        .max(MOST_SERVERS - 1),
    )
    .max(MOST_SERVERS),
});

export function loadScenario(text: string): Loaded {
  if (text.length > MOST_CHARACTERS) {
    return no(`the text is too long: expected at most ${MOST_CHARACTERS} characters, saw ${text.length}`);
  }
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    return no(`not JSON: ${error instanceof Error ? firstLine(error.message) : 'unreadable'}`);
  }
  return checkScenario(data);
}

/** The same for data that was already parsed as JSON. */
export function checkScenario(data: unknown): Loaded {
  const stranger = wrongSchema(data);
  if (stranger !== null) return no(stranger);
  const parsed = shape.safeParse(data);
  if (!parsed.success) return no(complaintOf(parsed.error.issues[0]!, data));
  const scenario = parsed.data as unknown as Scenario;
  const wrong = firstWrongFault(scenario) ?? firstContradiction(scenario);
  return wrong === null ? { ok: true, scenario } : no(wrong);
}

/** Asked first: a scenario of another version would only collect complaints about its fields. */
function wrongSchema(data: unknown): string | null {
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    return complaint([], 'an object', show(data));
  const schema = Object.hasOwn(data, 'schema') ? (data as { schema: unknown }).schema : undefined;
  if (schema === SCENARIO_SCHEMA) return null;
  if (typeof schema === 'string' && schema.startsWith(SCHEMA_FAMILY)) {
    return `unknown schema version: this program reads "${SCENARIO_SCHEMA}", saw ${show(schema)}; use the release that saved it`;
  }
  return complaint(['schema'], `"${SCENARIO_SCHEMA}"`, show(schema));
}

/** A target that the pool does not have is no mistake: it is not hit, so that a plan survives the shrinking of its pool. */
function firstWrongFault(scenario: Scenario): string | null {
  for (const [place, plan] of scenario.faults.entries()) {
    const at = ['faults', place];
    const kind = FAULT_KINDS.get(plan.kind);
    if (kind === undefined)
      return complaint([...at, 'kind'], `one of ${[...FAULT_KINDS.keys()].join(', ')}`, show(plan.kind));
    const parsed = kind.schema.safeParse(plan);
    if (!parsed.success) return complaintOf(parsed.error.issues[0]!, plan, at);
    const stranger = wrongMilestone(plan, at);
    if (stranger !== null) return stranger;
    if (plan.at > plan.until)
      return complaint([...at, 'until'], `at least its begin, ${plan.at}`, String(plan.until));
    if (plan.until > scenario.endsAt) {
      return complaint(
        [...at, 'until'],
        `at most the end of the run, ${scenario.endsAt}`,
        String(plan.until),
      );
    }
  }
  return null;
}

/** A misspelt milestone would never be reached, and its fault never begin. */
function wrongMilestone(plan: FaultPlan, at: readonly PropertyKey[]): string | null {
  const { when } = plan as { readonly when?: { readonly milestone: string } };
  if (when === undefined || (MILESTONES as readonly string[]).includes(when.milestone)) return null;
  const nearest = nearestName(when.milestone, MILESTONES);
  const expected = nearest === null ? `one of ${MILESTONES.join(', ')}` : `a milestone, perhaps "${nearest}"`;
  return complaint([...at, 'when', 'milestone'], expected, show(when.milestone));
}

function firstContradiction(scenario: Scenario): string | null {
  const { link, syncFrom, syncTo, chaosUntil, clientsUntil, endsAt, core, servers, licenses } = scenario;
  if (link.delayFrom > link.delayTo)
    return complaint(['link', 'delayTo'], `at least delayFrom, ${link.delayFrom}`, String(link.delayTo));
  if (syncFrom > syncTo) return complaint(['syncTo'], `at least syncFrom, ${syncFrom}`, String(syncTo));
  if (chaosUntil > clientsUntil)
    return complaint(['clientsUntil'], `at least chaosUntil, ${chaosUntil}`, String(clientsUntil));
  if (clientsUntil > endsAt)
    return complaint(['clientsUntil'], `at most endsAt, ${endsAt}`, String(clientsUntil));
  for (const [place, { startsAfterMs, endsAfterMs }] of licenses.entries()) {
    if (startsAfterMs !== undefined && endsAfterMs !== undefined && startsAfterMs >= endsAfterMs)
      return complaint(
        ['licenses', place, 'endsAfterMs'],
        `more than startsAfterMs, ${startsAfterMs}`,
        String(endsAfterMs),
      );
  }
  const stranger = firstStrangeNode(scenario);
  if (stranger !== null) return stranger;
  if (new Set(core).size < core.length) return complaint(['core'], 'each server once', 'one of them twice');
  const outside = core.findIndex((server) => server >= servers);
  if (outside >= 0)
    return complaint(['core', outside], `the index of a server, 0 to ${servers - 1}`, String(core[outside]));
  if ((core.length > 0 || hasCore(scenario.environment)) && !isQuorate(core, servers)) {
    return complaint(
      ['core'],
      servers === 2 ? 'server 0, which weighs more than server 1' : `a majority of ${servers} servers`,
      show(core),
    );
  }
  return null;
}

function firstStrangeNode({ moves, servers, clients }: Scenario): string | null {
  for (const [place, move] of (moves ?? []).entries()) {
    if ('node' in move && move.node >= servers + clients.length)
      return complaint(
        ['moves', place, 'node'],
        `a node, 0 to ${servers + clients.length - 1}`,
        String(move.node),
      );
  }
  return null;
}

/** A majority; in a pool of two the first server, which weighs 2 of 3 [§15]. */
function isQuorate(core: readonly number[], servers: number): boolean {
  return servers === 2 ? core.includes(0) : 2 * core.length > servers;
}

function no(reason: string): Loaded {
  return { ok: false, reason };
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!;
}
