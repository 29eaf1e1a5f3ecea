import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Complaint, comparePlaces, MOST_COMPLAINTS } from '../../src/core/complaint.ts';
import type { License } from '../../src/core/license.ts';
import type { PoolFile, PoolServer } from '../../src/core/pool-file.ts';
import {
  hashOfPoolFile,
  listeningAddress,
  MOST_BYTES,
  MOST_LICENSES,
  parsePoolFile,
  printPoolFile,
  readPoolFile,
} from '../../src/core/pool-file-text.ts';
import type { CivilTime, Duration } from '../../src/core/time.ts';
import { LAST_CIVIL_TIME } from '../../src/core/time-text.ts';
import { encodeText } from '../../src/core/utf8.ts';

function fixture(name: string): string {
  return readFileSync(new URL(`../fixtures/pool-files/${name}`, import.meta.url), 'utf8');
}

function shown(complaint: Complaint): string {
  const { line, column, expected, seen } = complaint;
  return `${line}:${column}: expected ${expected}, seen ${seen}`;
}

/** The complaints about a text, as they are shown; none when it is in order. */
function complaintsOf(text: string): string[] {
  const reading = parsePoolFile(text);
  return reading.ok ? [] : reading.complaints.map(shown);
}

function fileOf(text: string): PoolFile {
  const reading = parsePoolFile(text);
  if (!reading.ok) expect.fail(reading.complaints.map(shown).join('\n'));
  return reading.file;
}

/** A file in order but for the lines given. */
function fileWith(...lines: string[]): string {
  return ['regency pool file 1', 'pool lab', 'version 1', 'server alpha', ...lines].join('\n');
}

// Arbitrary files, at the bounds as often as between them.

function textOf(characters: string, minLength: number, maxLength: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...characters), minLength, maxLength });
}

const letters = 'abzABZ019';
const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i))
  .join('')
  .replace(/["|]/g, '');
const name = textOf(`${letters}._-`, 1, 64);
const host = textOf(`${letters}.-`, 1, 64);
const count = fc.oneof(fc.integer({ min: 0, max: 2 ** 31 - 1 }), fc.constantFrom(0, 1, 2 ** 31 - 1));
const port = fc.integer({ min: 1, max: 65_535 });
const address = fc.oneof(
  fc.tuple(host, port).map(([where, number]) => `${where}:${number}`),
  fc.tuple(fc.ipV6(), port).map(([where, number]) => `[${where}]:${number}`),
);
const feature = textOf(printable, 1, 24).filter((text) => text === text.trim());
const featureVersion = textOf(printable, 0, 11).filter((text) => text === text.trim());
const instant = fc.oneof(
  fc.integer({ min: 0, max: LAST_CIVIL_TIME }),
  fc.integer({ min: 0, max: 40_000 }).map((days) => days * 86_400_000),
  fc.integer({ min: 0, max: 60_000_000 }).map((minutes) => minutes * 60_000),
) as fc.Arbitrary<number> as fc.Arbitrary<CivilTime>;
const lifetime = fc.oneof(
  fc.integer({ min: 30_000_000, max: 54_000_000_000 }),
  fc.integer({ min: 1, max: 900 }).map((minutes) => minutes * 60_000_000),
) as fc.Arbitrary<number> as fc.Arbitrary<Duration>;

const license: fc.Arbitrary<License> = fc
  .record({
    serial: name,
    feature,
    version: featureVersion,
    limits: fc.tuple(count, fc.option(count)),
    times: fc.tuple(fc.option(instant), fc.option(instant)),
    keyLifetime: lifetime,
    isTamperChecked: fc.boolean(),
    signature: fc.option(textOf(`${letters}_-`, 86, 86)),
  })
  .filter(({ times: [a, b] }) => a === null || b === null || a !== b)
  .map(({ limits: [a, b], times: [from, to], ...rest }) => ({
    ...rest,
    hardLimit: b === null ? a : Math.max(a, b),
    softLimit: b === null ? null : Math.min(a, b),
    startsAt: from !== null && to !== null && to < from ? to : from,
    endsAt: from !== null && to !== null && to < from ? from : to,
  }));

const servers: fc.Arbitrary<PoolServer[]> = fc
  .uniqueArray(fc.record({ host, address: fc.option(address) }), {
    minLength: 1,
    maxLength: 11,
    selector: (server) => server.host.toLowerCase(),
  })
  .filter(
    (list) => new Set(list.map((server) => listeningAddress(server).toLowerCase())).size === list.length,
  );

const poolFile: fc.Arbitrary<PoolFile> = fc.record({
  poolName: name,
  version: count,
  servers,
  licenses: fc.uniqueArray(license, { maxLength: 12, selector: (each) => each.serial }),
});

/** Anything, and what comes near to a pool file. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', size: 'large' }),
  fc
    .array(
      fc.oneof(
        fc.constantFrom(
          'regency pool file 1',
          '\n',
          '\r\n',
          ' ',
          '\t',
          '#',
          '"',
          '=',
          'pool',
          'version',
          'server',
          'license',
          'lab',
          '1',
        ),
        fc.constantFrom(
          'serial=A',
          'feature=cad',
          'hard-limit=1',
          'expires=2027-01-31',
          'key-lifetime=5m',
          '\u0000',
          '\ud800',
          '\ufeff',
        ),
        fc.string({ maxLength: 3 }),
      ),
      { size: 'large' },
    )
    .map((pieces) => `regency pool file 1\n${pieces.join(' ')}`),
  poolFile.chain((file) => {
    const text = printPoolFile(file);
    return fc.tuple(fc.nat(text.length), fc.nat(20), fc.string({ maxLength: 5 })).map(([at, less, more]) => {
      return text.slice(0, at) + more + text.slice(at + less);
    });
  }),
);

describe('the text of a pool file', () => {
  it('says what was printed: reading it gives the same file', () => {
    fc.assert(
      fc.property(poolFile, (file) => {
        expect(fileOf(printPoolFile(file))).toEqual(file);
      }),
    );
  });

  it('has one canonical form: printing what was read of it gives the same text', () => {
    fc.assert(
      fc.property(poolFile, (file) => {
        const text = printPoolFile(file);
        expect(printPoolFile(fileOf(text))).toBe(text);
      }),
    );
  });

  it('may be laid out freely: spaces, comments, empty lines, line ends and the order of words carry no meaning', () => {
    const layout = fc.record({
      gap: fc.constantFrom(' ', '   ', '\t', ' \t '),
      indent: fc.constantFrom('', '  ', '\t'),
      tail: fc.constantFrom('', ' ', ' # it is so', '\t#', ' # "'),
      lineEnd: fc.constantFrom('\n', '\r\n'),
      between: fc.constantFrom('', '# a comment, ünï 数', '   '),
      isReversed: fc.boolean(),
    });
    fc.assert(
      fc.property(poolFile, layout, (file, { gap, indent, tail, lineEnd, between, isReversed }) => {
        const lines = printPoolFile(file).split('\n');
        const laidOut = lines.flatMap((line) => {
          const words = line.match(/(?:[^ "]|"[^"]*")+/g) ?? [];
          const [first, ...rest] = words;
          const order = isReversed && first === 'license' ? [first, ...rest.reverse()] : words;
          return [between, words.length === 0 ? '' : indent + order.join(gap) + tail];
        });
        expect(fileOf(laidOut.join(lineEnd))).toEqual(file);
      }),
    );
  });

  it('never makes the reader throw, and every complaint names a place within it', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const reading = parsePoolFile(text);
        if (reading.ok) return;
        const lines = text.split('\n');
        expect(reading.complaints.length).toBeGreaterThan(0);
        expect(reading.complaints.length).toBeLessThanOrEqual(MOST_COMPLAINTS);
        expect(reading.complaints).toEqual(reading.complaints.toSorted(comparePlaces));
        for (const { line, column, expected, seen } of reading.complaints) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(lines.length);
          expect(column).toBeGreaterThanOrEqual(1);
          expect(column).toBeLessThanOrEqual(lines[line - 1]!.length + 1);
          expect(expected).not.toBe('');
          expect(seen).not.toMatch(/\p{Cc}|\p{Cs}/u);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('that is damaged in one character says the same, or something else in that line only, or is refused there', () => {
    const damaged = poolFile.chain((file) => {
      const text = printPoolFile(file);
      const characters = fc.oneof(
        fc.constantFrom('\u0000', '"', '=', '#', ' ', '', '|', 'é'),
        fc.constantFrom(...letters),
      );
      return fc.tuple(fc.nat(text.length - 1), characters).map(([at, character]) => {
        return { file, text, at, mutated: text.slice(0, at) + character + text.slice(at + 1) };
      });
    });
    fc.assert(
      fc.property(damaged, ({ text, at, mutated }) => {
        if (text[at] === '\n') return;
        // A line turned into a comment is no damage.
        if (mutated[at] === '#' && (at === 0 || text[at - 1] === '\n')) return;
        const line = text.slice(0, at).split('\n').length;
        const reading = parsePoolFile(mutated);
        if (reading.ok) {
          const original = text.split('\n');
          const printed = printPoolFile(reading.file).split('\n');
          original.splice(line - 1, 1, printed[line - 1]!);
          expect(printed).toEqual(original);
          return;
        }
        // The second of two equal names is complained of, wherever it stands, and names the line of the first.
        // What the damaged line said is missing at the end.
        const elsewhere = [` of line ${line} again`, 'the end of the file'];
        const isNamed = reading.complaints.every((complaint) => {
          return complaint.line === line || elsewhere.some((words) => complaint.seen.endsWith(words));
        });
        expect(isNamed, reading.complaints.map(shown).join('\n')).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps the layout of the fixtures: what people write has one canonical form', () => {
    expect(printPoolFile(fileOf(fixture('cad-lab.lservrlf')))).toBe(fixture('cad-lab.canonical.lservrlf'));
    expect(fileOf(fixture('cad-lab.lservrlf')).licenses[1]).toEqual({
      serial: 'SIM-7',
      feature: 'Flow Solver',
      version: '',
      hardLimit: 4,
      softLimit: null,
      startsAt: null,
      endsAt: Date.UTC(2026, 11, 31, 18),
      keyLifetime: 90_000_000,
      isTamperChecked: false,
      signature: null,
    });
  });
});

describe('complaints', () => {
  it('are collected from the whole file, each with its place, what was expected and what was seen', () => {
    const complaints = complaintsOf(fixture('many-mistakes.lservrlf'));
    expect(`${complaints.join('\n')}\n`).toBe(fixture('many-mistakes.complaints.txt'));
  });

  it('end at twenty', () => {
    expect(complaintsOf(fileWith(...Array<string>(100).fill('servr beta')))).toHaveLength(MOST_COMPLAINTS);
  });

  it('are one when the file is of another format', () => {
    expect(complaintsOf(fixture('newer-format.lservrlf'))).toEqual([
      '1:19: expected the format line "regency pool file 1", seen "2"',
    ]);
    expect(complaintsOf('')).toEqual([
      '1:1: expected the format line "regency pool file 1", seen the end of the file',
    ]);
  });

  it('name what is missing at the end of the file', () => {
    expect(complaintsOf('regency pool file 1\n')).toEqual([
      '2:1: expected a line "pool NAME", seen the end of the file',
      '2:1: expected a line "version NUMBER", seen the end of the file',
      '2:1: expected at least one line "server HOST", seen the end of the file',
    ]);
  });

  it('name VLS_POOL_FULL (60) at the twelfth server, once', () => {
    expect(complaintsOf(fixture('twelve-servers.lservrlf'))).toEqual([
      '17:1: expected at most 11 servers: VLS_POOL_FULL (60), seen a twelfth, "s12"',
    ]);
  });

  // One mistake, one complaint: the line (which is the fifth), the column, and what it says.
  const examples: [title: string, line: string, complaint: string][] = [
    ['an unknown statement', 'sever beta', '5:1: expected a known word, perhaps "server", seen "sever"'],
    ['a statement like none', 'quux 5', '5:1: expected one of pool, version, server, license, seen "quux"'],
    ['a second pool', 'pool other', '5:1: expected one line "pool", seen a second one'],
    ['a host twice', 'server ALPHA x:1', '5:8: expected each host once, seen the host of line 4 again'],
    [
      'an address twice',
      'server b alpha:5093',
      '5:10: expected each address once, seen the address of line 4 again',
    ],
    [
      'a server without host',
      'server # none',
      '5:7: expected a host of 1 to 64 characters of A-Z a-z 0-9 . -, seen the end of the line',
    ],
    [
      'port 0',
      'server b c:0',
      '5:10: expected an address and a port from 1 to 65535, like 10.0.0.1:5093, host:5093 or [fe80::1]:5093, seen "c:0"',
    ],
    ['too many words', 'server b c:1 d', '5:14: expected the end of the line, seen "d"'],
    [
      'a word without value',
      'license serial=A feature=f hard-limit=1 tamper-check',
      '5:41: expected name=value, seen "tamper-check"',
    ],
    [
      'a field twice',
      'license serial=A serial=B feature=f hard-limit=1',
      '5:18: expected one "serial", seen a second one',
    ],
    [
      'a missing field',
      'license serial=A feature=f',
      '5:27: expected hard-limit=…, a whole number from 0 to 2147483647, seen the end of the line',
    ],
    [
      'a number too large',
      'license serial=A feature=f hard-limit=2147483648',
      '5:39: expected a whole number from 0 to 2147483647, seen "2147483648"',
    ],
    [
      'a bar in a feature',
      'license serial=A feature=a|b hard-limit=1',
      '5:26: expected a feature of 1 to 24 printable ASCII characters but " and |, without spaces at its ends, seen "a|b"',
    ],
    [
      'a lifetime too long',
      'license serial=A feature=f hard-limit=1 key-lifetime=901m',
      '5:54: expected a lifetime from 30s to 900m, like 5m or 90s, seen "901m"',
    ],
    [
      'an end at the start',
      'license serial=A feature=f hard-limit=1 starts=2027-01-31 expires=2027-01-31T00:00:00Z',
      '5:67: expected an instant after starts=2027-01-31, seen "2027-01-31T00:00:00Z"',
    ],
    [
      'a control character',
      'server b\u0007',
      '5:9: expected only characters that can be seen, spaces and tabs, seen U+0007',
    ],
    [
      'half a character',
      '# \ud83d',
      '5:3: expected only characters that can be seen, spaces and tabs, seen U+D83D',
    ],
    [
      'a long line',
      `# ${'x'.repeat(999)}`,
      '5:1001: expected a line of at most 1000 characters, seen 1001 characters',
    ],
  ];
  for (const [title, line, complaint] of examples) {
    it(`say where and what: ${title}`, () => {
      expect(complaintsOf(fileWith(line))).toEqual([complaint]);
    });
  }

  it('refuse a serial that was used before, and name its line', () => {
    const text = fileWith(
      'license serial=A feature=f hard-limit=1',
      'license feature=g serial=A hard-limit=1',
    );
    expect(complaintsOf(text)).toEqual(['6:19: expected each serial once, seen the serial of line 5 again']);
  });

  it('bound the file: its size and its number of licenses', () => {
    const licenses = Array.from(
      { length: MOST_LICENSES + 2 },
      (_, i) => `license serial=${i} feature=f hard-limit=1`,
    );
    expect(fileOf(fileWith(...licenses.slice(0, MOST_LICENSES))).licenses).toHaveLength(MOST_LICENSES);
    expect(complaintsOf(fileWith(...licenses))).toEqual([
      '10005:1: expected at most 10000 licenses, seen one more',
    ]);
    const complaint = '1:1: expected at most 1048576 bytes, seen more';
    expect(complaintsOf('\n'.repeat(MOST_BYTES + 1))).toEqual([complaint]);
    const reading = readPoolFile(new Uint8Array(MOST_BYTES + 1));
    expect(reading.ok ? [] : reading.complaints.map(shown)).toEqual([complaint]);
  });
});

describe("a pool file's bytes", () => {
  it('are UTF-8, or the first byte that is not is complained of by line and column', () => {
    const reading = readPoolFile(
      readFileSync(new URL('../fixtures/pool-files/latin-1.lservrlf', import.meta.url)),
    );
    const complaint = '5:15: expected UTF-8, seen the byte 0xe9 at offset 54';
    expect(reading.ok ? [] : reading.complaints.map(shown)).toEqual([complaint]);
  });

  it('of any content never make the reader throw', () => {
    fc.assert(fc.property(fc.uint8Array({ size: 'large' }), (body) => void readPoolFile(body)));
  });

  it('are named by their SHA-256, comments and all', () => {
    const body = encodeText(fixture('cad-lab.lservrlf'));
    expect(hashOfPoolFile(body)).toBe(createHash('sha256').update(body).digest('hex'));
    expect(hashOfPoolFile(body)).not.toBe(hashOfPoolFile(encodeText(fixture('cad-lab.canonical.lservrlf'))));
  });
});
