// What a campaign found, for programs and for people. Everything but the two times (and the speed that follows from
// them) is the same for any number of workers.

import type { CampaignResult, Ending } from './campaign.ts';
import { grouped, spanOf } from './numbers.ts';
import type { SeedRange } from './plan.ts';
import type { Finding, Tally } from './tally.ts';

/** What the reader needs beside the result. */
export interface SummaryContext {
  readonly seeds: SeedRange;
  readonly wallSeconds: number;
  /** Where the scenario of a signature was written. */
  readonly pathOf: (signature: string) => string;
  /** The commands that replay a saved scenario, and a seed. */
  readonly replayOfFile: (path: string) => string;
  readonly replayOfSeed: (seed: number) => string;
}

export const CAMPAIGN_SCHEMA = 'regency-sim/campaign@1';

export function jsonSummary(result: CampaignResult, context: SummaryContext) {
  const { tally, ending } = result;
  return {
    schema: CAMPAIGN_SCHEMA,
    seeds: { first: context.seeds.first, count: tally.seeds },
    passed: tally.failedSeeds === 0,
    ending,
    violations: ranked(tally).map(([signature, finding]) => ({
      signature,
      property: finding.property,
      reason: finding.reason,
      count: finding.count,
      smallestSeed: finding.smallestSeed,
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
    faults: byName(tally.faults),
    labels: byName(tally.labels),
    checked: byName(tally.checked),
  };
}

/** Lines without colours; the last one is the verdict. */
export function textSummary(result: CampaignResult, context: SummaryContext): string[] {
  const { tally } = result;
  return [
    ...headOf(result, context),
    ...sectionOf('faults', faultRows(tally)),
    ...sectionOf('counts', columnsOf(byName(tally.counts), grouped)),
    ...sectionOf(
      'labels',
      columnsOf(
        byName(tally.labels),
        ({ count, firstSeed }) => `${grouped(count)}  first by seed ${firstSeed}`,
      ),
    ),
    ...sectionOf('checks', columnsOf(byName(tally.checked), grouped)),
    ...sectionOf(
      'violations',
      ranked(tally).flatMap(([signature, finding]) => findingLines(signature, finding, context)),
    ),
    ...sectionOf(
      'failures of the harness itself',
      tally.harnessFailures.flatMap(({ seed, error }) => [
        `seed ${seed}: ${error.split('\n', 1)[0]}`,
        `  ${context.replayOfSeed(seed)}`,
      ]),
    ),
    '',
    `digest ${tally.digest}`,
    verdictOf(result),
  ];
}

function headOf({ tally, ending }: CampaignResult, { seeds, wallSeconds }: SummaryContext): string[] {
  const speed = grouped(Math.round(tally.events / wallSeconds));
  return [
    `${grouped(tally.seeds)} seeds from ${seeds.first}${ENDINGS[ending]}`,
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

function verdictOf({ tally, ending }: CampaignResult): string {
  if (tally.harnessFailed > 0)
    return `THE HARNESS FAILED in ${grouped(tally.harnessFailed)} seeds: they have no verdict`;
  const found = Object.keys(tally.findings).length;
  if (found > 0)
    return `FAILED: ${grouped(tally.failedSeeds)} of ${grouped(tally.seeds)} seeds, ${found} signature${found === 1 ? '' : 's'}`;
  return ending === 'interrupted'
    ? 'interrupted; no violation up to here'
    : 'passed: no property was violated';
}

function findingLines(signature: string, finding: Finding, context: SummaryContext): string[] {
  const { count, smallestSeed, reason } = finding;
  return [
    `${signature}  ${grouped(count)} ×, smallest seed ${smallestSeed}`,
    `  ${reason}`,
    `  ${context.replayOfFile(context.pathOf(signature))}`,
  ];
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

/** The first column to the left, the others to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  '),
  );
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
