// Puts summaries together: shards of one campaign become that campaign, all others stay what they are, in their order. Sums only;
// `regency-sim merge` puts the folders themselves together, and knows more.

import type { CampaignData, CellData, FaultData, LabelData, TimesData, ViolationData } from './page/data.ts';
import type { CampaignPart } from './summaries.ts';

export function wholesOf(parts: readonly CampaignPart[]): CampaignData[] {
  const groups: CampaignPart[][] = [];
  for (const part of parts) {
    const group = groups.find((each) => belongsTo(part, each));
    if (group === undefined) groups.push([part]);
    else group.push(part);
  }
  return groups.map((group) => group.map(withoutShard).reduce(sumOf));
}

/** A shard of the same campaign of which that number is not there yet. */
function belongsTo({ shard, seeds, strategy }: CampaignPart, group: readonly CampaignPart[]): boolean {
  const first = group[0]!;
  return (
    shard !== null &&
    first.shard !== null &&
    first.shard.of === shard.of &&
    first.seeds.first === seeds.first &&
    first.strategy === strategy &&
    group.every((each) => each.shard?.number !== shard.number)
  );
}

function withoutShard({ shard, ...campaign }: CampaignPart): CampaignData {
  return shard === null
    ? campaign
    : { ...campaign, name: `${campaign.name} (${shard.number} of ${shard.of})` };
}

function sumOf(a: CampaignData, b: CampaignData): CampaignData {
  return {
    ...a,
    name: `${a.name}, ${b.name}`,
    seeds: { first: a.seeds.first, count: a.seeds.count + b.seeds.count },
    passed: a.passed && b.passed,
    ending: a.ending === 'done' ? b.ending : a.ending,
    violations: violationsOf(a, b),
    harnessFailures: a.harnessFailures + b.harnessFailures,
    digest: `${a.digest} ${b.digest}`,
    events: a.events + b.events,
    simulatedSeconds: a.simulatedSeconds + b.simulatedSeconds,
    wallSeconds: a.wallSeconds + b.wallSeconds,
    counts: united(a.counts, b.counts, add),
    faults: united(a.faults, b.faults, addFaults),
    labels: united(a.labels, b.labels, addLabels),
    environments: united(a.environments, b.environments, add),
    checked: united(a.checked, b.checked, (x, y) => united(x, y, add)),
    card: united(a.card, b.card, (x, y) => united(x, y, addCells)),
    times: a.times === null || b.times === null ? null : united(a.times, b.times, addTimes),
    // Which of them two parts have in common their reports do not say.
    states: null,
  };
}

function violationsOf(a: CampaignData, b: CampaignData): ViolationData[] {
  const bySignature = (all: readonly ViolationData[]): Record<string, ViolationData> =>
    Object.fromEntries(all.map((each) => [each.signature, each]));
  const all = united(bySignature(a.violations), bySignature(b.violations), (x, y) => ({
    ...(x.smallestSeed <= y.smallestSeed ? x : y),
    count: x.count + y.count,
    // They are of a part of the runs each.
    risks: [],
  }));
  return Object.values(all).sort((x, y) => y.count - x.count || (x.signature < y.signature ? -1 : 1));
}

function add(a: number, b: number): number {
  return a + b;
}

function addFaults(a: FaultData, b: FaultData): FaultData {
  return {
    scheduled: a.scheduled + b.scheduled,
    applied: a.applied + b.applied,
    consequential: a.consequential + b.consequential,
  };
}

function addLabels(a: LabelData, b: LabelData): LabelData {
  return { count: a.count + b.count, firstSeed: smaller(a.firstSeed, b.firstSeed) };
}

function addCells(a: CellData, b: CellData): CellData {
  return { ...a, count: a.count + b.count, firstSeed: smaller(a.firstSeed, b.firstSeed) };
}

function addTimes(a: TimesData, b: TimesData): TimesData {
  const counts = new Map(a.buckets);
  for (const [upper, count] of b.buckets) counts.set(upper, (counts.get(upper) ?? 0) + count);
  const buckets = [...counts].sort(([x], [y]) => x - y);
  const count = a.count + b.count;
  /** The upper end of the bucket in which the one of that rank is. */
  const quantile = (share: number): number | null => {
    let before = 0;
    for (const [upper, times] of buckets) {
      before += times;
      if (before >= share * count) return upper;
    }
    return null;
  };
  return { count, p50: quantile(0.5), p99: quantile(0.99), buckets };
}

function smaller(a: number | null, b: number | null): number | null {
  return a === null || (b !== null && b < a) ? b : a;
}

function united<Value>(
  a: Readonly<Record<string, Value>>,
  b: Readonly<Record<string, Value>>,
  join: (x: Value, y: Value) => Value,
): Record<string, Value> {
  const all = new Map(Object.entries(a));
  for (const [name, value] of Object.entries(b)) {
    const known = all.get(name);
    all.set(name, known === undefined ? value : join(known, value));
  }
  return Object.fromEntries(all);
}
