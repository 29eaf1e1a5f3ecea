// `regency rlf check`: what a pool file says, or everything that is wrong with it.

import { Command } from 'commander';
import type { Complaint } from '../core/complaint.ts';
import type { PoolFile } from '../core/pool-file.ts';
import { hashOfPoolFile, listeningAddress, MOST_BYTES, readPoolFile } from '../core/pool-file-text.ts';
import type { CivilTime } from '../core/time.ts';
import { formatCivilTime, formatDuration } from '../core/time-text.ts';
import { adviceOnServers } from './pool-advice.ts';
import { readInput } from './read-input.ts';
import { asTable } from './table.ts';
import { type ExitCode, endingWith, onOneLine, painted, print, printError } from './terminal.ts';

const EXAMPLES = `
Examples:
  $ regency rlf check lservrlf
  $ ssh alpha cat /etc/regency/lservrlf | regency rlf check -
  $ regency rlf check --json lservrlf | jq -r .hash

Exit code: 0 the file is in order, 1 it has complaints, 2 it cannot be read.
`;

export function rlfCheckCommand(): Command {
  return new Command('check')
    .description('check a pool file, and show the servers and licenses that it names')
    .argument('<file>', 'the pool file (lservrlf), or - for standard input')
    .option('--json', 'print one JSON object, whatever the outcome')
    .addHelpText('after', EXAMPLES)
    .action(endingWith(check));
}

async function check(path: string, options: { json?: boolean }): Promise<ExitCode> {
  const body = await readInput(path, MOST_BYTES);
  const reading = readPoolFile(body);
  if (options.json) {
    const outcome = reading.ok ? asJson(reading.file, body) : { ok: false, complaints: reading.complaints };
    print(JSON.stringify({ schema: 'regency/rlf-check@1', file: path, ...outcome }));
  } else if (reading.ok) {
    print(summary(reading.file, body));
    for (const advice of adviceOnServers(reading.file.servers.length)) {
      printError(`${onOneLine(path)}: ${painted('yellow', 'warning:', process.stderr)} ${advice}`);
    }
  } else {
    // Bytes that are not UTF-8 are shown as one replacement each; those before the complaint stand where they stood.
    const lines = new TextDecoder('utf-8', { ignoreBOM: true }).decode(body).split('\n');
    for (const complaint of reading.complaints) printError(described(path, complaint, lines));
  }
  return reading.ok ? 0 : 1;
}

function summary(file: PoolFile, body: Uint8Array): string {
  const servers = file.servers.map((server, i) => [String(i + 1), server.host, listeningAddress(server)]);
  const licenses = file.licenses.map((license) => [
    license.serial,
    license.feature,
    license.version || '-',
    String(license.hardLimit),
    license.softLimit === null ? '-' : String(license.softLimit),
    license.startsAt === null ? '-' : formatCivilTime(license.startsAt),
    license.endsAt === null ? 'never' : formatCivilTime(license.endsAt),
    formatDuration(license.keyLifetime),
    license.isTamperChecked ? 'yes' : 'no',
  ]);
  return [
    `pool ${painted('bold', file.poolName)}, version ${file.version}`,
    `hash ${hashOfPoolFile(body)}`,
    '',
    ...tableWithHeading(['preference', 'server', 'address'], servers),
    '',
    ...(licenses.length === 0 ? ['no licenses'] : tableWithHeading(LICENSE_HEADING, licenses)),
  ].join('\n');
}

const LICENSE_HEADING = [
  'serial',
  'feature',
  'version',
  'hard limit',
  'soft limit',
  'starts (UTC)',
  'expires (UTC)',
  'key lifetime',
  'tamper check',
];

function tableWithHeading(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const [heading = '', ...lines] = asTable(titles, rows);
  return [painted('dim', heading), ...lines];
}

function asJson(file: PoolFile, body: Uint8Array) {
  return {
    ok: true,
    hash: hashOfPoolFile(body),
    warnings: adviceOnServers(file.servers.length),
    pool: {
      name: file.poolName,
      version: file.version,
      servers: file.servers.map((server, i) => ({
        preference: i + 1,
        host: server.host,
        address: listeningAddress(server),
      })),
      licenses: file.licenses.map((license) => ({
        serial: license.serial,
        feature: license.feature,
        version: license.version,
        hardLimit: license.hardLimit,
        softLimit: license.softLimit,
        startsAt: isoTime(license.startsAt),
        endsAt: isoTime(license.endsAt),
        keyLifetimeMs: license.keyLifetime / 1000,
        isTamperChecked: license.isTamperChecked,
      })),
    },
  };
}

function isoTime(time: CivilTime | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}

/** Where, what was expected and seen, and the line with a caret below the place. */
function described(path: string, complaint: Complaint, lines: readonly string[]): string {
  const { line, column, expected, seen } = complaint;
  const place = painted('bold', `${onOneLine(path)}:${line}:${column}:`, process.stderr);
  const number = String(line).padStart(5);
  const { text, caretAt } = excerpt((lines[line - 1] ?? '').replace(/\r$/, ''), column - 1);
  const margin = ' '.repeat(number.length);
  const caret = painted('red', '^', process.stderr);
  return [
    `${place} expected ${expected}, seen ${seen}`,
    `${number} | ${text}`.trimEnd(),
    `${margin} | ${' '.repeat(caretAt)}${caret}`,
  ].join('\n');
}

const WIDEST_EXCERPT = 100;

/** The part of a line around a place in it. */
function excerpt(line: string, at: number): { text: string; caretAt: number } {
  if (line.length <= WIDEST_EXCERPT) return { text: onOneLine(line), caretAt: at };
  const from = Math.max(0, Math.min(at - WIDEST_EXCERPT / 2, line.length - WIDEST_EXCERPT));
  const shown = onOneLine(line.slice(from, from + WIDEST_EXCERPT));
  const before = from > 0 ? '… ' : '';
  const after = from + WIDEST_EXCERPT < line.length ? ' …' : '';
  return { text: before + shown + after, caretAt: before.length + at - from };
}
