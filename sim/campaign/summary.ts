// What a campaign found, for programs and for people. Everything but the two times (and the speed that follows from
// them) is the same for any number of workers.

import type { CampaignResult, Ending } from './campaign.ts';
import { cardLines, cellsOf } from './card.ts';
import { aligned } from './columns.ts';
import { assertedIn, type CoverageGoal, checksOf, type Gaps, gapsOf, hasGaps, labelsOf } from './coverage.ts';
import { brief, grouped, narrow, spanOf } from './numbers.ts';
import type { SeedRange, Shard } from './plan.ts';
import { type Risk, raisingKinds, risksOf } from './risk.ts';
import { reportOf, type StateReport } from './states.ts';
import type { Strategy } from './strategy.ts';
import type { Finding, Tally } from './tally.ts';
import { type Distribution, distributionsOf, TIMES } from './times.ts';

/** What the reader needs beside the result. */
export interface SummaryContext {
  readonly seeds: SeedRange;
  readonly shard: Shard;
  readonly strategy: Strategy;
  readonly wallSeconds: number;
  /** What it should have checked and reached. */
  readonly goal: CoverageGoal;
  /** A campaign that fell short of the goal has not passed. */
  readonly isCoverageRequired: boolean;
  /** Where the scenario of a signature was written. */
  readonly pathOf: (signature: string) => string;
  /** The commands that replay a saved scenario, and a seed. */
  readonly replayOfFile: (path: string) => string;
  readonly replayOfSeed: (seed: number) => string;
}

export const CAMPAIGN_SCHEMA = 'regency-sim/campaign@1';

export function jsonSummary(result: CampaignResult, context: SummaryContext) {
  const { tally, ending } = result;
  const gaps = gapsOf(tally, context.goal);
  return {
    schema: CAMPAIGN_SCHEMA,
    seeds: { first: context.seeds.first, count: tally.seeds },
    shard: context.shard.of === 1 ? null : context.shard,
    strategy: context.strategy,
    passed: tally.failedSeeds === 0 && !(context.isCoverageRequired && hasGaps(gaps)),
    ending,
    violations: ranked(tally).map(([signature, finding]) => ({
      signature,
      property: finding.property,
      reason: finding.reason,
      count: finding.count,
      smallestSeed: finding.smallestSeed,
      risks: risksOf(finding.exposure, tally.exposure),
      scenario: context.pathOf(signature),
      replay: context.replayOfFile(context.pathOf(signature)),
    })),
    harnessFailures: { count: tally.harnessFailed, first: tally.harnessFailures },
    digest: tally.digest,
    events: tally.events,
    eventsPerSecond: Math.round(tally.events / context.wallSeconds),
    simulatedSeconds: tally.simulatedMs / 1000,
    wallSeconds: Number(context.wallSeconds.toFixed(3)),
    counts: byName(tally.counts),
    times: distributionsOf(tally.times),
    faults: byName(tally.faults),
    labels: labelsOf(tally, context.goal),
    environments: byName(tally.environments),
    checked: checksOf(tally, context.goal),
    coverage: {
      required: context.isCoverageRequired,
      missing: gaps,
      card: cellsOf(tally, context.goal.card),
      states: stateReport(tally, context),
    },
    numbers: byName(tally.numbers),
  };
}

/** Lines without colours; the last one is the verdict. */
export function textSummary(result: CampaignResult, context: SummaryContext): string[] {
  const { tally } = result;
  const gaps = gapsOf(tally, context.goal);
  return [
    ...headOf(result, context),
    ...sectionOf('faults', faultRows(tally)),
    ...sectionOf('faults by what the pool was in the middle of', cardLines(tally, context.goal.card)),
    ...sectionOf('abstract states of the pool', stateLines(stateReport(tally, context))),
    ...sectionOf('counts', columnsOf(byName(tally.counts), grouped)),
    ...sectionOf('numbers', numberRows(tally)),
    ...sectionOf('times in simulated ms', timeRows(tally)),
    ...sectionOf('labels', labelRows(tally, context.goal)),
    ...sectionOf('checks (– = not asserted there)', [...checkRows(tally, context.goal), ...warningsOf(gaps)]),
    ...sectionOf(
      'violations',
      ranked(tally).flatMap(([signature, finding]) => findingLines(signature, finding, tally, context)),
    ),
    ...sectionOf(
      'failures of the harness itself',
      tally.harnessFailures.flatMap(({ seed, error }) => [
        `seed ${seed}: ${error.split('\n', 1)[0]}`,
        `  ${context.replayOfSeed(seed)}`,
      ]),
    ),
    ...sectionOf('not covered', context.isCoverageRequired ? gapLines(gaps) : []),
    '',
    `digest ${tally.digest}`,
    verdictOf(result, context.isCoverageRequired ? gaps : NO_GAPS),
  ];
}

/** Of a shard as of the whole range: the seeds of the others came by nothing here. */
function stateReport(tally: Tally, { seeds, shard }: SummaryContext): StateReport {
  const runs = Object.values(tally.environments).reduce((sum, count) => sum + count, 0);
  return reportOf(tally.states, runs, seeds.first, Math.min(seeds.count, tally.seeds * shard.of));
}

function stateLines(report: StateReport): string[] {
  const { distinct, isEstimated, seenInOneRun, unseenMass, expectedNew, growth } = report;
  if (distinct === 0) return [];
  const about = isEstimated ? 'about ' : '';
  const half = Math.ceil(growth.length / 2);
  const cell = (point: StateReport['growth'][number] | undefined): string[] =>
    point === undefined ? ['', ''] : [grouped(point.seeds), grouped(point.states)];
  const rows = Array.from({ length: half }, (_, row) => [
    '',
    ...cell(growth[row]),
    ...cell(growth[half + row]),
  ]);
  return [
    `${about}${grouped(distinct)} seen, ${about}${grouped(seenInOneRun)} of them in one run only`,
    `${(100 * unseenMass).toFixed(2)} % of what a further run comes by is new (Good–Turing)`,
    `the next ${grouped(expectedNew.runs)} seeds are expected to show about ${grouped(expectedNew.states)} new ones`,
    ...aligned([['', 'seeds', 'states', 'seeds', 'states'], ...rows]),
  ];
}

function headOf({ tally, ending }: CampaignResult, { seeds, shard, wallSeconds }: SummaryContext): string[] {
  const speed = grouped(Math.round(tally.events / wallSeconds));
  const part = shard.of === 1 ? '' : `, part ${shard.number} of ${shard.of}`;
  return [
    `${grouped(tally.seeds)} seeds from ${seeds.first}${part}${ENDINGS[ending]}`,
    `${grouped(tally.events)} events in ${spanOf(wallSeconds)}: ${speed} events/s, ${grouped(Math.round(tally.seeds / wallSeconds))} seeds/s`,
    `${spanOf(tally.simulatedMs / 1000)} of simulated time`,
  ];
}

const ENDINGS: Readonly<Record<Ending, string>> = {
  done: '',
  failures: ', ended by --max-failures',
  time: ', ended by --for',
  interrupted: ', interrupted',
};

const NO_GAPS: Gaps = { checks: [], labels: [] };

function verdictOf({ tally, ending }: CampaignResult, gaps: Gaps): string {
  if (tally.harnessFailed > 0)
    return `THE HARNESS FAILED in ${grouped(tally.harnessFailed)} seeds: they have no verdict`;
  const found = Object.keys(tally.findings).length;
  if (found > 0)
    return `FAILED: ${grouped(tally.failedSeeds)} of ${grouped(tally.seeds)} seeds, ${found} signature${found === 1 ? '' : 's'}`;
  if (ending === 'interrupted') return 'interrupted; no violation up to here';
  return hasGaps(gaps)
    ? `NOT COVERED: checks never made: ${gaps.checks.length}, labels never reached: ${gaps.labels.length}`
    : 'passed: no property was violated';
}

/** The properties in their order; a column for each environment that was drawn. */
function checkRows(tally: Tally, goal: CoverageGoal): string[] {
  const checks = checksOf(tally, goal);
  const rows = goal.properties
    .filter((property) => assertedIn(property, goal).length > 0)
    .map(({ id, name }) => [
      `${id.padEnd(3)} ${name}`,
      ...goal.environments.map((environment) => {
        const times = checks[id]![environment];
        return times === undefined ? '–' : narrow(times);
      }),
    ]);
  const runs = goal.environments.map((environment) => narrow(tally.environments[environment] ?? 0));
  return rows.length === 0 ? [] : aligned([['', ...goal.environments], ['    runs', ...runs], ...rows]);
}

function numberRows(tally: Tally): string[] {
  const rows = Object.entries(byName(tally.numbers)).map(([name, value]) => [
    name,
    Number.isInteger(value) ? grouped(value) : String(value),
  ]);
  return rows.length === 0 ? [] : aligned(rows);
}

/** Those of which there was any. */
function timeRows(tally: Tally): string[] {
  const distributions = distributionsOf(tally.times);
  const textOf = (percentile: number | null): string => (percentile === null ? '–' : grouped(percentile));
  const rowOf = (name: string, { count, p50, p99 }: Distribution): string[] => [
    name,
    grouped(count),
    textOf(p50),
    textOf(p99),
  ];
  const rows = TIMES.filter((name) => distributions[name].count > 0).map((name) =>
    rowOf(TIME_TITLES[name], distributions[name]),
  );
  return rows.length === 0 ? [] : aligned([['', 'count', 'p50', 'p99'], ...rows]);
}

const TIME_TITLES = {
  failOver: 'a Leader lost, until another has taken over',
  reclaim: 'a better server up, until it has the lead',
  unavailable: 'no server serves',
} as const;

function labelRows(tally: Tally, goal: CoverageGoal): string[] {
  const rows = Object.entries(labelsOf(tally, goal)).map(([label, { count, firstSeed }]) => [
    label,
    brief(count),
    firstSeed === null ? 'never' : String(firstSeed),
  ]);
  return rows.length === 0 ? [] : aligned([['', 'count', 'first seed'], ...rows]);
}

function warningsOf(gaps: Gaps): string[] {
  return gapLines({ checks: gaps.checks, labels: [] }).map((line) => `warning: ${line}`);
}

function gapLines({ checks, labels }: Gaps): string[] {
  return [
    ...checks.map(({ property, environment }) => `${property} was never checked in ${environment}`),
    ...labels.map((label) => `never reached: ${label}`),
  ];
}

function findingLines(signature: string, finding: Finding, tally: Tally, context: SummaryContext): string[] {
  const { count, smallestSeed, reason } = finding;
  return [
    `${signature}  ${grouped(count)} ×, smallest seed ${smallestSeed}`,
    `  ${reason}`,
    `  ${context.replayOfFile(context.pathOf(signature))}`,
    ...raisingKinds(risksOf(finding.exposure, tally.exposure)).map((risk) => `  ${riskText(risk)}`),
  ];
}

/** `one-way-cut: 31 of 40 failing runs, 212 of 960 others: 3.9 × as likely (2.7 … 5.6)`. */
function riskText({ kind, failing, others, relativeRisk, interval }: Risk): string {
  const times = (factor: number): string => (factor < 10 ? factor.toFixed(1) : grouped(Math.round(factor)));
  return `${kind}: ${grouped(failing[0])} of ${grouped(failing[1])} failing runs, ${grouped(others[0])} of ${grouped(others[1])} others: ${times(relativeRisk)} × as likely (${times(interval[0])} … ${times(interval[1])})`;
}

function faultRows(tally: Tally): string[] {
  const rows = Object.entries(byName(tally.faults)).map(([kind, { scheduled, applied, consequential }]) => [
    kind,
    ...[scheduled, applied, consequential].map(grouped),
  ]);
  return rows.length === 0 ? [] : aligned([['', 'scheduled', 'applied', 'consequential'], ...rows]);
}

function columnsOf<T>(values: Readonly<Record<string, T>>, textOf: (value: T) => string): string[] {
  const entries = Object.entries(values);
  const width = Math.max(0, ...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `${name.padEnd(width)}  ${textOf(value)}`);
}

function sectionOf(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

/** Most frequent first; equals in the order of their names. */
function ranked(tally: Tally): [string, Finding][] {
  return Object.entries(tally.findings).sort(([a, x], [b, y]) => y.count - x.count || (a < b ? -1 : 1));
}

/** The same fields in alphabetical order, whatever the order in which they came. */
function byName<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
