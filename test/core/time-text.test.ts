import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CivilTime, Duration } from '../../src/core/time.ts';
import {
  formatCivilTime,
  formatDuration,
  LAST_CIVIL_TIME,
  parseCivilTime,
  parseDuration,
} from '../../src/core/time-text.ts';

describe('civil times as text', () => {
  it('are the instants that the platform makes of them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LAST_CIVIL_TIME }), (time) => {
        expect(parseCivilTime(new Date(time).toISOString())).toBe(time);
        expect(new Date(formatCivilTime(time as CivilTime)).getTime()).toBe(time);
      }),
      { numRuns: 2000 },
    );
  });

  it('begin every day from 1970 to 9999 where the calendar begins it', () => {
    for (let time = 0; time <= LAST_CIVIL_TIME; time += 86_400_000 * 17) {
      if (parseCivilTime(formatCivilTime(time as CivilTime)) !== time) expect.fail(`the day ${time}`);
    }
    expect(formatCivilTime(Date.UTC(2000, 1, 29) as CivilTime)).toBe('2000-02-29');
    expect(formatCivilTime(Date.UTC(2099, 11, 31) as CivilTime)).toBe('2099-12-31');
  });

  it('are as short as they can be', () => {
    for (const text of [
      '2027-01-31',
      '2027-01-31T18:00Z',
      '2027-01-31T00:00:09Z',
      '2027-01-31T18:00:00.007Z',
    ]) {
      expect(formatCivilTime(parseCivilTime(text)!)).toBe(text);
    }
  });

  it('are refused when no calendar and no clock shows them', () => {
    const wrong = [
      '2027-02-29',
      '2100-02-29',
      '2027-04-31',
      '2027-00-10',
      '2027-1-31',
      '1969-12-31',
      '2027-01-31T24:00Z',
    ];
    for (const text of [
      ...wrong,
      '2027-01-31T18:60Z',
      '2027-01-31T18:00',
      '2027-01-31T18:00+01:00',
      '2027-01-31 18:00Z',
      '',
    ]) {
      expect(parseCivilTime(text), text).toBeNull();
    }
  });
});

describe('durations as text', () => {
  it('say what they are, in the largest unit that leaves a whole number', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (duration) => {
        expect(parseDuration(formatDuration(duration as Duration))).toBe(duration);
      }),
    );
    expect(formatDuration(300_000_000 as Duration)).toBe('5m');
    expect(formatDuration(90_000_000 as Duration)).toBe('90s');
    expect(formatDuration(3_600_000_000 as Duration)).toBe('1h');
  });

  it('are refused without a unit, with a fraction, with a sign, or beyond what a clock can count', () => {
    for (const text of [
      '5',
      'm',
      '5 m',
      '1.5m',
      '-5m',
      '05m',
      '9007199254740992us',
      '9999999999999h',
      '5M',
    ]) {
      expect(parseDuration(text), text).toBeNull();
    }
  });
});
