// Which kinds of fault make a failure likelier, and by how much. For each kind the runs of one environment are a table of two
// by two: with a consequence of that kind or without, failed in this way or not. Tables of several environments are put together
// without being mixed (Mantel and Haenszel). What is claimed is what chance does not explain: the exact test of Fisher for "more
// often", corrected for as many kinds as were looked at (Holm). It says nothing about causes that always come together, and a
// run that failed has had no faults since: that makes a risk smaller, not larger.

import type { Exposure } from './exposure.ts';

export interface Risk {
  readonly kind: string;
  /** Failing runs in which it had a consequence, and all failing runs. */
  readonly failing: readonly [number, number];
  /** The same of the other runs of the environments in which any failed. */
  readonly others: readonly [number, number];
  /** So many times as likely is a failure with that kind as without, and both ends of the 95 % interval. */
  readonly relativeRisk: number;
  readonly interval: readonly [number, number];
  /** How probable so many or more would be by chance; for this kind alone, and corrected for all that were looked at. */
  readonly p: number;
  readonly correctedP: number;
}

/** From fewer failing runs nothing is said. */
const FEWEST_FAILURES = 3;
/** With more of them the tail of the normal distribution is as good. */
const MOST_EXACT = 2000;
const SIGNIFICANT = 0.05;
const Z_95 = 1.959964;

/** One environment: n runs, k of them with the kind; m failed, a of those with the kind. */
interface Table {
  readonly n: number;
  readonly k: number;
  readonly m: number;
  readonly a: number;
}

/** Every kind that some but not all of the runs had, the least explicable by chance first. */
export function risksOf(failing: Readonly<Exposure>, all: Readonly<Exposure>): Risk[] {
  // In one order, whoever ran what: sums of fractions hang on it.
  const strata = Object.entries(failing)
    .filter(([environment]) => (all[environment]?.runs ?? 0) > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const failures = strata.reduce((sum, [, { runs }]) => sum + runs, 0);
  if (failures < FEWEST_FAILURES) return [];
  const kinds = new Set(strata.flatMap(([environment]) => Object.keys(all[environment]!.kinds)));
  const risks: Risk[] = [];
  for (const kind of [...kinds].sort()) {
    const tables = strata.map(([environment, { runs, kinds }]): Table => {
      const whole = all[environment]!;
      return { n: whole.runs, k: whole.kinds[kind] ?? 0, m: runs, a: kinds[kind] ?? 0 };
    });
    if (tables.every(({ n, k }) => k === 0 || k === n)) continue;
    risks.push(riskOf(kind, tables));
  }
  risks.sort((a, b) => a.p - b.p || b.relativeRisk - a.relativeRisk || (a.kind < b.kind ? -1 : 1));
  return corrected(risks);
}

/** Those that chance does not explain. */
export function raisingKinds(risks: readonly Risk[]): Risk[] {
  return risks.filter(({ correctedP }) => correctedP < SIGNIFICANT);
}

/** The least p counts for all kinds, the next for one less, and none for less than the one before it. */
function corrected(risks: readonly Risk[]): Risk[] {
  let least = 0;
  return risks.map((risk, place) => {
    least = Math.max(least, Math.min(1, risk.p * (risks.length - place)));
    return { ...risk, correctedP: least };
  });
}

function riskOf(kind: string, tables: readonly Table[]): Risk {
  const sum = (of: (table: Table) => number): number => tables.reduce((total, table) => total + of(table), 0);
  const a = sum((table) => table.a);
  const m = sum((table) => table.m);
  const p = m <= MOST_EXACT ? exactTail(tables, a) : normalTail(tables, a);
  return {
    kind,
    failing: [a, m],
    others: [sum(({ k }) => k) - a, sum(({ n }) => n) - m],
    ...relativeRisk(tables),
    p,
    correctedP: p,
  };
}

/** With half a run more in each cell, so that none is empty: few failures then say less, and never infinity. */
function relativeRisk(tables: readonly Table[]): Pick<Risk, 'relativeRisk' | 'interval'> {
  let withKind = 0;
  let without = 0;
  let variance = 0;
  for (const { n, k, m, a } of tables) {
    const all = n + 2;
    const exposed = k + 1;
    const failed = m + 1;
    const both = a + 0.5;
    withKind += (both * (all - exposed)) / all;
    without += ((failed - both) * exposed) / all;
    variance += (failed * exposed * (all - exposed) - both * (failed - both) * all) / all ** 2;
  }
  const risk = withKind / without;
  const deviation = Z_95 * Math.sqrt(variance / (withKind * without));
  return { relativeRisk: risk, interval: [risk * Math.exp(-deviation), risk * Math.exp(deviation)] };
}

/** P(so many failing runs with the kind, or more), if who fails has nothing to do with it. */
function exactTail(tables: readonly Table[], seen: number): number {
  let sums = [1];
  for (const { n, k, m } of tables) {
    const next = new Array<number>(sums.length + m).fill(0);
    for (let a = Math.max(0, m - (n - k)); a <= Math.min(m, k); a++) {
      const probability = Math.exp(logChoose(k, a) + logChoose(n - k, m - a) - logChoose(n, m));
      for (const [before, other] of sums.entries()) next[before + a]! += probability * other;
    }
    sums = next;
  }
  let tail = 0;
  for (let a = sums.length - 1; a >= seen; a--) tail += sums[a]!;
  return Math.min(1, tail);
}

function normalTail(tables: readonly Table[], seen: number): number {
  let expected = 0;
  let variance = 0;
  for (const { n, k, m } of tables) {
    expected += (m * k) / n;
    if (n > 1) variance += (m * k * (n - k) * (n - m)) / (n * n * (n - 1));
  }
  if (variance === 0) return 1;
  const z = (seen - 0.5 - expected) / Math.sqrt(variance);
  return z < 0 ? 1 - upperTail(-z) : upperTail(z);
}

/** P(Z > z) for z ≥ 0, by the continued fraction, which is exact enough from where it matters on. */
function upperTail(z: number): number {
  let fraction = z;
  for (let i = 200; i > 0; i--) fraction = z + i / fraction;
  return z < 1e-9 ? 0.5 : Math.exp((-z * z) / 2) / (Math.sqrt(2 * Math.PI) * fraction);
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

const SMALL = 32;

function logFactorial(n: number): number {
  if (n < SMALL) {
    let sum = 0;
    for (let i = 2; i <= n; i++) sum += Math.log(i);
    return sum;
  }
  return n * Math.log(n) - n + Math.log(2 * Math.PI * n) / 2 + 1 / (12 * n) - 1 / (360 * n ** 3);
}
