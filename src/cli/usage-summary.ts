// What the usage logs of a pool's servers say together: how many tokens of each feature were out at most, and who was refused.
// A grant or an end is placed by its term and index, so it does not matter in which order logs are read; at a take-over the new
// Leader says what is out, which sets right what a log that is missing would have said.

/** A line of usage.ndjson, as far as it is of use here. */
export interface UsageLine {
  readonly at: string;
  readonly what: string;
  readonly feature?: string;
  readonly version?: string;
  readonly units?: number;
  readonly code?: string;
  readonly term?: number;
  readonly index?: number;
  readonly tokens?: Readonly<Record<string, { readonly mine: number; readonly previous: number }>>;
}

export interface Usage {
  grants: number;
  releases: number;
  lapses: number;
  denials: number;
  /** By code; those of a full house and those of a license that has ended are different matters. */
  readonly denialsByCode: Record<string, number>;
  /** Units out at once, at most. */
  peak: number;
  /** When that was first so; null = nothing was out. */
  peakAt: string | null;
}

export interface UsageSummary {
  /** By `feature|version`, in order. */
  readonly features: ReadonlyMap<string, Usage>;
  /** By day in UTC, then by `feature|version`. */
  readonly days: ReadonlyMap<string, ReadonlyMap<string, Usage>>;
}

export interface Period {
  /** From that instant on, as ISO text; null = from the beginning. */
  readonly since: string | null;
  /** Before that instant. */
  readonly until: string | null;
}

/** Null when the text is no line of a usage log. */
export function readUsageLine(text: string): UsageLine | null {
  try {
    const line = JSON.parse(text) as Partial<UsageLine> | null;
    return typeof line?.at === 'string' && typeof line.what === 'string' ? (line as UsageLine) : null;
  } catch {
    return null;
  }
}

export function summarize(lines: readonly UsageLine[], period: Period): UsageSummary {
  const counting = new Counting(period);
  for (const line of lines) if (line.what === 'denial') counting.deny(line);
  const placed = lines.filter((line) => line.term !== undefined);
  for (const line of placed.toSorted(comparePlaces)) counting.follow(line);
  const days = [...counting.days].map(([day, features]): [string, Map<string, Usage>] => [
    day,
    sorted(features),
  ]);
  return { features: sorted(counting.features), days: sorted(new Map(days)) };
}

/** A take-over has no index: it comes first in its term. */
function comparePlaces(a: UsageLine, b: UsageLine): number {
  return a.term! - b.term! || (a.index ?? 0) - (b.index ?? 0);
}

function sorted<T>(map: ReadonlyMap<string, T>): Map<string, T> {
  return new Map([...map].toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

class Counting {
  readonly features = new Map<string, Usage>();
  readonly days = new Map<string, Map<string, Usage>>();
  private readonly period: Period;
  private readonly out = new Map<string, number>();

  constructor(period: Period) {
    this.period = period;
  }

  deny(line: UsageLine): void {
    const code = line.code ?? 'for no reason';
    for (const usage of this.concerned(line, keyOf(line))) {
      usage.denials++;
      usage.denialsByCode[code] = (usage.denialsByCode[code] ?? 0) + 1;
    }
  }

  /** A line that has a place, in the order of places. */
  follow(line: UsageLine): void {
    if (line.what === 'take-over') {
      this.out.clear();
      for (const [key, { mine, previous }] of Object.entries(line.tokens ?? {}))
        this.becomes(line, key, mine + previous);
      return;
    }
    const key = keyOf(line);
    const before = this.out.get(key) ?? 0;
    const units = line.units ?? 0;
    if (line.what === 'grant') {
      for (const usage of this.concerned(line, key)) usage.grants++;
      this.becomes(line, key, before + units);
    } else if (line.what === 'release' || line.what === 'lapse') {
      for (const usage of this.concerned(line, key)) {
        if (line.what === 'release') usage.releases++;
        else usage.lapses++;
        // Until now: those of the day before, too.
        raise(usage, before, line.at);
      }
      this.becomes(line, key, Math.max(0, before - units));
    }
  }

  private becomes(line: UsageLine, key: string, units: number): void {
    this.out.set(key, units);
    for (const usage of this.concerned(line, key)) raise(usage, units, line.at);
  }

  /** Where that line is counted: in all, and in its day; nowhere when it is of another time. */
  private concerned({ at }: UsageLine, key: string): readonly Usage[] {
    const { since, until } = this.period;
    if ((since !== null && at < since) || (until !== null && at >= until)) return [];
    const day = at.slice(0, 10);
    let features = this.days.get(day);
    if (features === undefined) {
      features = new Map();
      this.days.set(day, features);
    }
    return [usageOf(this.features, key), usageOf(features, key)];
  }
}

function raise(usage: Usage, units: number, at: string): void {
  if (units <= usage.peak) return;
  usage.peak = units;
  usage.peakAt = at;
}

function usageOf(features: Map<string, Usage>, key: string): Usage {
  let usage = features.get(key);
  if (usage === undefined) {
    usage = { grants: 0, releases: 0, lapses: 0, denials: 0, denialsByCode: {}, peak: 0, peakAt: null };
    features.set(key, usage);
  }
  return usage;
}

function keyOf({ feature = '', version = '' }: UsageLine): string {
  return `${feature}|${version}`;
}
