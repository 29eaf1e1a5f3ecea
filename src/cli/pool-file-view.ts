// A pool file as people see it, and as programs do; and what is wrong with one, place by place.

import type { Complaint } from '../core/complaint.ts';
import type { PoolFile } from '../core/pool-file.ts';
import { hashOfPoolFile, listeningAddress } from '../core/pool-file-text.ts';
import type { CivilTime } from '../core/time.ts';
import { formatCivilTime, formatDuration } from '../core/time-text.ts';
import { adviceOnServers } from './pool-advice.ts';
import { asTable } from './table.ts';
import { onOneLine, painted } from './terminal.ts';

export function summaryOf(file: PoolFile, body: Uint8Array): string {
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

export function jsonOf(file: PoolFile, body: Uint8Array) {
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
        signature: license.signature,
      })),
    },
  };
}

function isoTime(time: CivilTime | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}

/** One block for each complaint. Bytes that are not UTF-8 are shown as one replacement each; those before a complaint stand where they stood. */
export function describedComplaints(
  path: string,
  body: Uint8Array,
  complaints: readonly Complaint[],
): string[] {
  const lines = new TextDecoder('utf-8', { ignoreBOM: true }).decode(body).split('\n');
  return complaints.map((complaint) => described(path, complaint, lines));
}

/** What is allowed, and yet probably not meant. */
export function warningsOn(path: string, file: PoolFile): string[] {
  const warning = painted('yellow', 'warning:', process.stderr);
  return adviceOnServers(file.servers.length).map((advice) => `${onOneLine(path)}: ${warning} ${advice}`);
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
