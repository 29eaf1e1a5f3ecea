// The text of the pool's file (`lservrlf`), written and read by people as much as by programs:
//
//   regency pool file 1
//
//   pool cad-lab
//   version 3
//
//   server alpha 10.0.0.1:5093      # the most preferred first
//   server beta
//   server gamma
//
//   license serial=CAD-1 feature=cad version=2.1 hard-limit=15 expires=2027-01-31 key-lifetime=5m
//
// Reading is strict and bounded and never throws: every complaint names a place, what was expected there and what was
// seen. A word that is not known is refused rather than skipped: a mistyped `expires` would make a license permanent.
// The hash that names a version is that of the bytes, comments and all; nothing here knows of disks.

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { assert } from './assert.ts';
import { formatCode, VLS_POOL_FULL } from './codes.ts';
import { type Complaint, Complaints, comparePlaces, escaped, type Place, quoted } from './complaint.ts';
import type { License } from './license.ts';
import { nearestName } from './nearest-name.ts';
import { MOST_SERVERS, type PoolFile, type PoolServer } from './pool-file.ts';
import type { CivilTime, Duration } from './time.ts';
import { formatCivilTime, formatDuration, parseCivilTime, parseDuration } from './time-text.ts';
import { readUtf8 } from './utf8.ts';
import { cutIntoWords, type Line, type Pair, pairOf, type Word } from './words.ts';

export { encodeText } from './utf8.ts';

export const MOST_BYTES = 2 ** 20;
export const MOST_LICENSES = 10_000;
export const DEFAULT_PORT = 5093;

const MOST_TOKENS = 2 ** 31 - 1;
const SHORTEST_LIFE = 30_000_000;
const LONGEST_LIFE = 900 * 60_000_000;
const DEFAULT_LIFE = (5 * 60_000_000) as Duration;

const FORMAT = ['regency', 'pool', 'file', '1'];

export type PoolFileReading =
  | { readonly ok: true; readonly file: PoolFile }
  /** At least one, at most MOST_COMPLAINTS, in the order of their places. */
  | { readonly ok: false; readonly complaints: readonly Complaint[] };

/** The name of one version of the file [§12]: SHA-256 of its bytes, 64 hexadecimal digits. */
export function hashOfPoolFile(body: Uint8Array): string {
  return bytesToHex(sha256(body));
}

/** Reads a file's bytes, which must be UTF-8 and at most MOST_BYTES. */
export function readPoolFile(body: Uint8Array): PoolFileReading {
  if (body.length > MOST_BYTES) return refused({ line: 1, column: 1 }, `at most ${MOST_BYTES} bytes`, 'more');
  const reading = readUtf8(body);
  if (reading.ok) return parsePoolFile(reading.text);
  const byte = body[reading.offset]!.toString(16).padStart(2, '0');
  return refused(endOf(reading.before), 'UTF-8', `the byte 0x${byte} at offset ${reading.offset}`);
}

/** Never throws; at most MOST_BYTES characters. */
export function parsePoolFile(text: string): PoolFileReading {
  if (text.length > MOST_BYTES) return refused({ line: 1, column: 1 }, `at most ${MOST_BYTES} bytes`, 'more');
  const draft = new Draft();
  const lines = text.split('\n');
  for (let i = 0; i < lines.length && !draft.isRefused; i++) {
    const line = cutIntoWords(lines[i]!.replace(/\r$/, ''), i + 1, draft.complaints);
    if (line === null) draft.misread();
    else if (line.words.length > 0) draft.read(line);
  }
  return draft.finish(endOf(text));
}

function refused(at: Place, expected: string, seen: string): PoolFileReading {
  return { ok: false, complaints: [{ line: at.line, column: at.column, expected, seen }] };
}

function endOf(text: string): Place {
  return { line: text.split('\n').length, column: text.length - text.lastIndexOf('\n') };
}

/** A file that is being read: what its lines have said so far. */
class Draft {
  readonly complaints = new Complaints();
  /** What was said of the pool; a line that was refused has been said too, and is not missed again at the end. */
  readonly said = new Set<string>();
  /** Where each name was first used, to say so when it comes again. */
  readonly lineOfHost = new Map<string, number>();
  readonly lineOfAddress = new Map<string, number>();
  readonly lineOfSerial = new Map<string, number>();
  readonly servers: PoolServer[] = [];
  readonly licenses: License[] = [];
  poolName = '';
  version = 0;
  /** A line was not understood: what seems to be missing may be that one. */
  isMisread = false;
  /** The rest of the text would only be misread, or is too much. */
  isRefused = false;

  misread(): void {
    this.isMisread = true;
    if (!this.said.has('format') || this.complaints.isFull) this.isRefused = true;
  }

  read(line: Line): void {
    const [statement, ...rest] = line.words as [Word, ...Word[]];
    if (!this.said.has('format')) this.readFormat(line);
    else if (statement.text === 'pool') this.readPoolName(line, statement, rest);
    else if (statement.text === 'version') this.readVersion(line, statement, rest);
    else if (statement.text === 'server') this.readServer(line, statement, rest);
    else if (statement.text === 'license') this.readLicense(line, statement, rest);
    else {
      refuseUnknown(statement, STATEMENTS, this.complaints);
      this.misread();
    }
    if (this.complaints.isFull) this.isRefused = true;
  }

  finish(end: Place): PoolFileReading {
    if (!this.isRefused && !this.isMisread) {
      for (const missing of ['format', 'pool', 'version', 'server'] as const) {
        if (this.said.has(missing)) continue;
        this.complaints.add(end, MISSING[missing], 'the end of the file');
        if (missing === 'format') break;
      }
    }
    const complaints = this.complaints.list;
    if (complaints.length > 0) return { ok: false, complaints: complaints.toSorted(comparePlaces) };
    const { poolName, version, servers, licenses } = this;
    return { ok: true, file: { poolName, version, servers, licenses } };
  }

  private readFormat(line: Line): void {
    this.said.add('format');
    const wrong = line.words.findIndex((word, i) => word.text !== FORMAT[i]);
    if (wrong === -1 && line.words.length === FORMAT.length) return;
    const word = line.words[wrong];
    const expected = `the format line "${FORMAT.join(' ')}"`;
    this.complaints.add(word ?? line.end, expected, word ? quoted(word.text) : 'the end of the line');
    this.isRefused = true;
  }

  private readPoolName(line: Line, statement: Word, rest: readonly Word[]): void {
    if (!this.isFirst(statement)) return;
    this.poolName = this.wordOf(NAME, rest[0], line) ?? '';
    this.expectEnd(rest[1]);
  }

  private readVersion(line: Line, statement: Word, rest: readonly Word[]): void {
    if (!this.isFirst(statement)) return;
    this.version = this.wordOf(COUNT, rest[0], line) ?? 0;
    this.expectEnd(rest[1]);
  }

  private readServer(line: Line, statement: Word, rest: readonly Word[]): void {
    this.said.add('server');
    const host = this.wordOf(HOST, rest[0], line);
    const address = rest[1] === undefined ? null : this.wordOf(ADDRESS, rest[1], line);
    this.expectEnd(rest[2]);
    if (host === undefined || address === undefined) return;
    const listens = listeningAddress({ host, address });
    const isNew =
      this.isNew(this.lineOfHost, host.toLowerCase(), 'host', rest[0]!) &&
      this.isNew(this.lineOfAddress, listens.toLowerCase(), 'address', rest[1] ?? rest[0]!);
    if (!isNew) return;
    this.servers.push({ host, address });
    if (this.servers.length !== MOST_SERVERS + 1) return;
    const expected = `at most ${MOST_SERVERS} servers: ${formatCode(VLS_POOL_FULL)}`;
    this.complaints.add(statement, expected, `a twelfth, ${quoted(host)}`);
  }

  private readLicense(line: Line, statement: Word, rest: readonly Word[]): void {
    const license = readLicense(line, rest, this.complaints);
    if (license === null) return;
    const [serial] = rest.filter((word) => word.text.startsWith('serial='));
    if (!this.isNew(this.lineOfSerial, license.serial, 'serial', serial!)) return;
    if (this.licenses.length === MOST_LICENSES) {
      this.complaints.add(statement, `at most ${MOST_LICENSES} licenses`, 'one more');
      this.isRefused = true;
    } else {
      this.licenses.push(license);
    }
  }

  private isFirst(statement: Word): boolean {
    if (this.said.has(statement.text)) {
      this.complaints.add(statement, `one line "${statement.text}"`, 'a second one');
      return false;
    }
    this.said.add(statement.text);
    return true;
  }

  private isNew(lines: Map<string, number>, name: string, what: string, word: Word): boolean {
    const first = lines.get(name);
    if (first === undefined) lines.set(name, word.line);
    else this.complaints.add(word, `each ${what} once`, `the ${what} of line ${first} again`);
    return first === undefined;
  }

  private wordOf<T>(kind: Kind<T>, word: Word | undefined, line: Line): T | undefined {
    if (word !== undefined) return accepted(kind, word, this.complaints);
    this.complaints.add(line.end, kind.expected, 'the end of the line');
    return undefined;
  }

  private expectEnd(word: Word | undefined): void {
    if (word !== undefined) this.complaints.add(word, 'the end of the line', quoted(word.text));
  }
}

const STATEMENTS = ['pool', 'version', 'server', 'license'];

const MISSING = {
  format: `the format line "${FORMAT.join(' ')}"`,
  pool: 'a line "pool NAME"',
  version: 'a line "version NUMBER"',
  server: 'at least one line "server HOST"',
};

const FIELDS = [
  'serial',
  'feature',
  'version',
  'hard-limit',
  'soft-limit',
  'starts',
  'expires',
  'key-lifetime',
  'tamper-check',
  'signature',
] as const;

type Field = (typeof FIELDS)[number];

function isField(name: string): name is Field {
  return (FIELDS as readonly string[]).includes(name);
}

/** Null, and complaints, unless every word of the line is in order. */
function readLicense(line: Line, words: readonly Word[], complaints: Complaints): License | null {
  const before = complaints.list.length;
  const pairs = readPairs(words, complaints);
  /** What seems to be missing may be what was refused: `hard-limt=15`. */
  const isMisread = complaints.list.length > before;

  function optional<T, F>(name: Field, kind: Kind<T>, fallback: F): T | F | undefined {
    const pair = pairs.get(name);
    return pair === undefined ? fallback : accepted(kind, pair.value, complaints);
  }
  function required<T>(name: Field, kind: Kind<T>): T | undefined {
    if (!pairs.has(name) && !isMisread)
      complaints.add(line.end, `${name}=…, ${kind.expected}`, 'the end of the line');
    return optional(name, kind, undefined);
  }

  const serial = required('serial', NAME);
  const feature = required('feature', FEATURE);
  const version = optional('version', FEATURE_VERSION, '');
  const hardLimit = required('hard-limit', COUNT);
  const softLimit = optional('soft-limit', COUNT, null);
  const startsAt = optional('starts', CIVIL_TIME, null);
  const endsAt = optional('expires', CIVIL_TIME, null);
  const keyLifetime = optional('key-lifetime', KEY_LIFETIME, DEFAULT_LIFE);
  const isTamperChecked = optional('tamper-check', YES_OR_NO, false);
  const signature = optional('signature', SIGNATURE, null);

  if (hardLimit !== undefined && typeof softLimit === 'number' && softLimit > hardLimit) {
    const { value } = pairs.get('soft-limit')!;
    complaints.add(value, `at most the hard limit, ${hardLimit}`, quoted(value.text));
  }
  if (typeof startsAt === 'number' && typeof endsAt === 'number' && endsAt <= startsAt) {
    const { value } = pairs.get('expires')!;
    complaints.add(value, `an instant after starts=${formatCivilTime(startsAt)}`, quoted(value.text));
  }
  // A full list no longer grows.
  if (complaints.list.length > before || complaints.isFull) return null;
  return {
    serial: serial!,
    feature: feature!,
    version: version!,
    hardLimit: hardLimit!,
    softLimit: softLimit!,
    startsAt: startsAt!,
    endsAt: endsAt!,
    keyLifetime: keyLifetime!,
    isTamperChecked: isTamperChecked!,
    signature: signature!,
  };
}

function readPairs(words: readonly Word[], complaints: Complaints): Map<Field, Pair> {
  const pairs = new Map<Field, Pair>();
  for (const word of words) {
    const pair = pairOf(word);
    if (pair === null) {
      complaints.add(word, 'name=value', quoted(word.text));
      continue;
    }
    const name = pair.name.text;
    if (!isField(name)) refuseUnknown(pair.name, FIELDS, complaints);
    else if (pairs.has(name)) complaints.add(word, `one "${name}"`, 'a second one');
    else pairs.set(name, pair);
  }
  return pairs;
}

function refuseUnknown(word: Word, known: readonly string[], complaints: Complaints): void {
  const nearest = nearestName(word.text, known);
  const expected = nearest === null ? `one of ${known.join(', ')}` : `a known word, perhaps "${nearest}"`;
  complaints.add(word, expected, quoted(word.text));
}

/** One kind of value: how it is read, and how a complaint describes it. */
interface Kind<T> {
  readonly expected: string;
  /** Null when the text is no such value. */
  read(text: string): T | null;
}

function accepted<T>(kind: Kind<T>, word: Word, complaints: Complaints): T | undefined {
  const value = kind.read(word.text);
  if (value !== null) return value;
  complaints.add(word, kind.expected, quoted(word.text));
  return undefined;
}

function matching(expected: string, pattern: RegExp): Kind<string> {
  return { expected, read: (text) => (pattern.test(text) ? text : null) };
}

const NAME = matching('a name of 1 to 64 characters of A-Z a-z 0-9 . _ -', /^[A-Za-z0-9._-]{1,64}$/);
const HOST = matching('a host of 1 to 64 characters of A-Z a-z 0-9 . -', /^[A-Za-z0-9.-]{1,64}$/);

/** What tokens are counted by is `feature|version`: a bar in either could make two licenses one. */
const UNTRIMMED = /^ | $|["|]|[^ -~]/;
const FEATURE: Kind<string> = {
  expected: 'a feature of 1 to 24 printable ASCII characters but " and |, without spaces at its ends',
  read: (text) => (text.length < 1 || text.length > 24 || UNTRIMMED.test(text) ? null : text),
};
const FEATURE_VERSION: Kind<string> = {
  expected: 'a version of at most 11 printable ASCII characters but " and |, without spaces at its ends',
  read: (text) => (text.length > 11 || UNTRIMMED.test(text) ? null : text),
};

const COUNT: Kind<number> = {
  expected: `a whole number from 0 to ${MOST_TOKENS}`,
  read: (text) => (/^(0|[1-9]\d{0,9})$/.test(text) && Number(text) <= MOST_TOKENS ? Number(text) : null),
};

const CIVIL_TIME: Kind<CivilTime> = {
  expected: 'a date like 2027-01-31 or an instant like 2027-01-31T18:00Z, in UTC',
  read: parseCivilTime,
};

const KEY_LIFETIME: Kind<Duration> = {
  expected: 'a lifetime from 30s to 900m, like 5m or 90s',
  read: (text) => {
    const life = parseDuration(text);
    return life !== null && life >= SHORTEST_LIFE && life <= LONGEST_LIFE ? life : null;
  },
};

const YES_OR_NO: Kind<boolean> = {
  expected: 'yes or no',
  read: (text) => (text === 'yes' ? true : text === 'no' ? false : null),
};

const SIGNATURE = matching('a signature of 86 characters of A-Z a-z 0-9 _ -', /^[A-Za-z0-9_-]{86}$/);

const ADDRESS: Kind<string> = {
  expected: 'an address and a port from 1 to 65535, like 10.0.0.1:5093, host:5093 or [fe80::1]:5093',
  read: (text) => {
    const port = /^(?:[A-Za-z0-9.-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\]):([1-9]\d{0,4})$/.exec(text)?.[1];
    return port !== undefined && Number(port) <= 65_535 ? text : null;
  },
};

/** Where a server listens, said or not: `address:port`. */
export function listeningAddress({ host, address }: PoolServer): string {
  return address ?? `${host}:${DEFAULT_PORT}`;
}

/** The one canonical text of a file. What it says must be within the bounds that reading demands. */
export function printPoolFile(file: PoolFile): string {
  const servers = file.servers.map(({ host, address }) =>
    address === null ? `server ${host}\n` : `server ${host} ${address}\n`,
  );
  const licenses = file.licenses.map((license) => `license ${printLicense(license)}\n`);
  const pool = `pool ${file.poolName}\nversion ${file.version}\n`;
  return [`${FORMAT.join(' ')}\n`, pool, servers.join(''), licenses.join('')].filter(Boolean).join('\n');
}

/** What a vendor signs of a license: all that it gives, and the pool that it is for [12.11]. For ever. */
export function signedText(poolName: string, license: License): string {
  return `regency license 1\npool ${poolName}\nlicense ${printLicense({ ...license, signature: null })}\n`;
}

/** The fields of its line. */
export function printLicense(license: License): string {
  const { version, softLimit, startsAt, endsAt } = license;
  const said: Record<Field, string | null> = {
    serial: license.serial,
    feature: license.feature,
    version: version === '' ? null : version,
    'hard-limit': String(license.hardLimit),
    'soft-limit': softLimit === null ? null : String(softLimit),
    starts: startsAt === null ? null : formatCivilTime(startsAt),
    expires: endsAt === null ? null : formatCivilTime(endsAt),
    'key-lifetime': formatDuration(license.keyLifetime),
    'tamper-check': license.isTamperChecked ? 'yes' : null,
    signature: license.signature,
  };
  const words: string[] = [];
  for (const field of FIELDS) {
    const value = said[field];
    if (value !== null) words.push(`${field}=${inQuotesIfNeeded(value)}`);
  }
  return words.join(' ');
}

function inQuotesIfNeeded(value: string): string {
  assert(
    !/["\n\r]/.test(value),
    `a value of a license stays on its line: ${escaped('"')} and line ends are not in it`,
  );
  return value.includes(' ') ? `"${value}"` : value;
}
