// `regency usage`: what was used and what was refused, by feature and by day, out of the usage logs of a pool's servers.

import { createReadStream, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { parseCivilTime } from '../core/time-text.ts';
import { asTable } from './table.ts';
import { CannotGoOn, type ExitCode, endingWith, onOneLine, painted, print, printError } from './terminal.ts';
import { readUsageLine, summarize, type Usage, type UsageLine, type UsageSummary } from './usage-summary.ts';

const EXAMPLES = `
Examples:
  $ regency usage /var/lib/regency                      a server's data folder: its usage.ndjson, and those before it
  $ regency usage s1 s2 s3 --by-day                     of all servers together: the lead moves between them
  $ regency usage s1/usage.ndjson --since 2027-01-01 --until 2027-02-01 --json

Days are in UTC. The peak is the number of tokens that were out at once; what was out when the oldest log began is told by the
first take-over in it.

Exit code: 0 shown, 2 a log cannot be read.
`;

interface Options {
  readonly byDay?: boolean;
  readonly since?: string;
  readonly until?: string;
  readonly json?: boolean;
}

export function usageCommand(): Command {
  return new Command('usage')
    .description('show what was used and what was refused, out of usage logs')
    .argument('<log...>', 'usage.ndjson of a server, or its data folder')
    .option('--by-day', 'day by day')
    .option('--since <instant>', 'from then on, like 2027-01-31, in UTC')
    .option('--until <instant>', 'before then')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(endingWith(usage));
}

async function usage(paths: readonly string[], options: Options): Promise<ExitCode> {
  const period = { since: instantOf(options.since), until: instantOf(options.until) };
  const lines: UsageLine[] = [];
  for (const log of paths.flatMap(logsAt)) await readLog(log, lines);
  const summary = summarize(lines, period);
  if (options.json) print(JSON.stringify(asJson(summary)));
  else print((options.byDay ? dayLines(summary) : featureLines(summary)).join('\n'));
  return 0;
}

function instantOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  const at = parseCivilTime(text);
  if (at === null)
    throw new CannotGoOn(`${text} is no instant: expected one like 2027-01-31 or 2027-01-31T18:00Z`);
  return new Date(at).toISOString();
}

function logsAt(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => /^usage\.ndjson(\.\d+)?$/.test(name));
    if (names.length === 0)
      throw new CannotGoOn(`${path} has no usage.ndjson: is it a server's data folder?`);
    return names.map((name) => join(path, name));
  } catch (error) {
    if (error instanceof CannotGoOn) throw error;
    throw new CannotGoOn(`cannot read ${path}: ${(error as Error).message}`);
  }
}

async function readLog(path: string, lines: UsageLine[]): Promise<void> {
  let unread = 0;
  try {
    for await (const text of createInterface({ input: createReadStream(path) })) {
      const line = readUsageLine(text);
      if (line === null) unread++;
      else lines.push(line);
    }
  } catch (error) {
    throw new CannotGoOn(`cannot read ${path}: ${(error as Error).message}`);
  }
  // The last line of a server that was killed may be half a one.
  if (unread > 0)
    printError(`${onOneLine(path)}: ${unread} ${unread === 1 ? 'line was' : 'lines were'} left out`);
}

const HEADING = [
  'feature',
  'version',
  'peak',
  'at (UTC)',
  'grants',
  'releases',
  'lapses',
  'denials',
  'because of',
];

function featureLines({ features }: UsageSummary): readonly string[] {
  return withHeading(HEADING, [...features].map(cellsOf));
}

function dayLines({ days }: UsageSummary): readonly string[] {
  const rows = [...days].flatMap(([day, features]) => [...features].map((each) => [day, ...cellsOf(each)]));
  return withHeading(['day', ...HEADING], rows);
}

function cellsOf([key, usage]: readonly [string, Usage]): string[] {
  const [feature = '', version = ''] = key.split('|');
  const { peak, peakAt, grants, releases, lapses, denials, denialsByCode } = usage;
  const because = Object.entries(denialsByCode).map(([code, times]) => `${code} × ${times}`);
  const at = peakAt === null ? '-' : peakAt.slice(0, 16).replace('T', ' ');
  const numbers = [grants, releases, lapses, denials].map(String);
  return [feature, version || '-', String(peak), at, ...numbers, because.join(', ')].map(onOneLine);
}

function withHeading(titles: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return ['nothing was used'];
  const [heading = '', ...lines] = asTable(titles, rows);
  return [painted('dim', heading), ...lines];
}

function asJson({ features, days }: UsageSummary): object {
  const rows = (of: ReadonlyMap<string, Usage>) =>
    [...of].map(([key, usage]) => ({ feature: key.split('|')[0], version: key.split('|')[1], ...usage }));
  return {
    schema: 'regency/usage@1',
    features: rows(features),
    days: [...days].map(([day, of]) => ({ day, features: rows(of) })),
  };
}
