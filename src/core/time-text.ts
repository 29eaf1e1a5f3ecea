// Civil times and durations as people write them: `2027-01-31`, `2027-01-31T18:00Z`, `5m`, `90s`.
// A date is the instant at which its day begins, in UTC; there are no time zones and no leap seconds.
// The calendar is reckoned here, since the core has no Date.

import type { CivilTime, Duration } from './time.ts';

const MS_PER_DAY = 86_400_000;

/** The last instant that has a text: 9999-12-31T23:59:59.999Z. */
export const LAST_CIVIL_TIME = 253_402_300_799_999 as CivilTime;

const CIVIL = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?Z)?$/;

/** Reads `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM[:SS[.mmm]]Z`, years 1970 to 9999; null for anything else. */
export function parseCivilTime(text: string): CivilTime | null {
  const parts = CIVIL.exec(text);
  if (parts === null) return null;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part ?? 0)) as Six;
  const isOnCalendar = year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
  if (!isOnCalendar || hour > 23 || minute > 59 || second > 59) return null;
  const ms = Number((parts[7] ?? '').padEnd(3, '0'));
  const days = daysBefore(year, month) + day - 1;
  return (days * MS_PER_DAY + ((hour * 60 + minute) * 60 + second) * 1000 + ms) as CivilTime;
}

type Six = [number, number, number, number, number, number];

/** The shortest text that `parseCivilTime` reads as this instant; 0 ≤ time ≤ LAST_CIVIL_TIME. */
export function formatCivilTime(time: CivilTime): string {
  const { year, month, day } = dateOf(Math.floor(time / MS_PER_DAY));
  const date = `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
  const inDay = time % MS_PER_DAY;
  if (inDay === 0) return date;
  const ms = inDay % 1000;
  const second = Math.floor(inDay / 1000) % 60;
  const minute = Math.floor(inDay / 60_000) % 60;
  const hour = Math.floor(inDay / 3_600_000);
  const seconds =
    ms > 0 ? `:${padded(second, 2)}.${padded(ms, 3)}` : second > 0 ? `:${padded(second, 2)}` : '';
  return `${date}T${padded(hour, 2)}:${padded(minute, 2)}${seconds}Z`;
}

/** The units of a duration, the largest first, in microseconds. */
const UNITS = [
  ['h', 3_600_000_000],
  ['m', 60_000_000],
  ['s', 1_000_000],
  ['ms', 1000],
  ['us', 1],
] as const;

/** Reads one whole number and one unit, `h m s ms us`; null for anything else. */
export function parseDuration(text: string): Duration | null {
  const parts = /^(0|[1-9]\d{0,15})(h|m|s|ms|us)$/.exec(text);
  if (parts === null) return null;
  const unit = UNITS.find(([name]) => name === parts[2])![1];
  const duration = Number(parts[1]) * unit;
  return Number.isSafeInteger(duration) ? (duration as Duration) : null;
}

/** In the largest unit that leaves a whole number: `90s`, `5m`, `1h`. */
export function formatDuration(duration: Duration): string {
  if (duration === 0) return '0s';
  const [name, unit] = UNITS.find(([, size]) => duration % size === 0)!;
  return `${duration / unit}${name}`;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

function daysIn(year: number, month: number): number {
  return month === 2 && isLeap(year) ? 29 : DAYS_IN_MONTH[month - 1]!;
}

/** Days from 1970-01-01 to the first of that month. */
function daysBefore(year: number, month: number): number {
  const past = year - 1;
  const leapDays = Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400) - 477;
  let days = (year - 1970) * 365 + leapDays;
  for (let each = 1; each < month; each++) days += daysIn(year, each);
  return days;
}

function dateOf(days: number): { year: number; month: number; day: number } {
  let year = 1970 + Math.floor(days / 365.2425);
  if (daysBefore(year, 1) > days) year--;
  else if (daysBefore(year + 1, 1) <= days) year++;
  let month = 12;
  while (daysBefore(year, month) > days) month--;
  return { year, month, day: days - daysBefore(year, month) + 1 };
}

function padded(number: number, width: number): string {
  return String(number).padStart(width, '0');
}
