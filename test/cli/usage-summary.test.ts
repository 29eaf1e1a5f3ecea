import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readUsageLine, summarize, type UsageLine } from '../../src/cli/usage-summary.ts';

const ALL = { since: null, until: null };

/** Of two servers: s1 leads in term 8, s2 in term 9; the log of s1 ends before what it granted last came back. */
const LINES: readonly UsageLine[] = [
  {
    at: '2027-01-31T10:00:00.000Z',
    what: 'take-over',
    term: 8,
    tokens: { 'cad|': { mine: 0, previous: 1 } },
  },
  ...[1, 2].map((i) => ({
    at: `2027-01-31T1${i}:00:00.000Z`,
    what: 'grant',
    feature: 'cad',
    version: '',
    units: 2,
    term: 8,
    index: i,
  })),
  {
    at: '2027-01-31T13:00:00.000Z',
    what: 'release',
    feature: 'cad',
    version: '',
    units: 2,
    term: 8,
    index: 3,
  },
  { at: '2027-01-31T14:00:00.000Z', what: 'denial', feature: 'cad', version: '', units: 9, code: 'FULL (9)' },
  // That release of the second two units, and the lapse of the one of before, were in a log that is lost.
  {
    at: '2027-02-01T00:30:00.000Z',
    what: 'take-over',
    term: 9,
    tokens: { 'cad|': { mine: 0, previous: 2 } },
  },
  { at: '2027-02-01T01:00:00.000Z', what: 'lapse', feature: 'cad', version: '', units: 2, term: 9, index: 1 },
  { at: '2027-02-01T02:00:00.000Z', what: 'grant', feature: 'cad', version: '', units: 1, term: 9, index: 2 },
  { at: '2027-02-01T02:00:00.000Z', what: 'server up' },
];

test('the peak is what was out at once, by day and in all, whatever the order of the lines', () => {
  const all = {
    grants: 3,
    releases: 1,
    lapses: 1,
    denials: 1,
    denialsByCode: { 'FULL (9)': 1 },
    peak: 5,
    peakAt: '2027-01-31T12:00:00.000Z',
  };
  fc.assert(
    fc.property(fc.shuffledSubarray([...LINES], { minLength: LINES.length }), (lines) => {
      const { features, days } = summarize(lines, ALL);
      expect([...features]).toEqual([['cad|', all]]);
      expect([...days.keys()]).toEqual(['2027-01-31', '2027-02-01']);
      expect(days.get('2027-01-31')?.get('cad|')).toEqual({ ...all, grants: 2, lapses: 0 });
      expect(days.get('2027-02-01')?.get('cad|')).toMatchObject({
        grants: 1,
        lapses: 1,
        denials: 0,
        peak: 2,
      });
    }),
    { numRuns: 100 },
  );
});

test('what is of another time is not counted, and yet is out', () => {
  const since = '2027-01-31T13:00:00.000Z';
  const { features } = summarize(LINES, { since, until: '2027-02-01T00:00:00.000Z' });
  expect(features.get('cad|')).toMatchObject({
    grants: 0,
    releases: 1,
    lapses: 0,
    denials: 1,
    peak: 5,
    peakAt: since,
  });
});

test('what is no line of a log is told apart', () => {
  expect(readUsageLine('{"at":"2027-01-31T10:00:00.000Z","server":"s1","wh')).toBeNull();
  expect(readUsageLine('null')).toBeNull();
  expect(readUsageLine('{"at":1,"what":"grant"}')).toBeNull();
  expect(readUsageLine('{"at":"2027-01-31T10:00:00.000Z","what":"grant"}')).toMatchObject({ what: 'grant' });
});
