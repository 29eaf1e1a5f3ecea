// What many runs add up to. Tallies can be put together in any grouping and order with the same result, so nothing in
// one may hang on who ran which seed, or when.

import { ASSERTION, type FaultCount, type Outcome, patternOf, type Violation } from '../outcome.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { hashOf, signatureOf } from '../signature.ts';
import { addExposure, copyOf, type Exposure, exposureOf } from './exposure.ts';
import { addStates, mergeStates, noStates, type States } from './states.ts';
import { addTimes, type Histograms, mergeTimes, noTimes } from './times.ts';

/** All violations of one signature. */
export interface Finding {
  readonly property: string;
  readonly pattern: string;
  /** Seeds in which it was met. */
  count: number;
  smallestSeed: number;
  /** The reason given by the smallest seed. */
  reason: string;
  /** What the smallest seed ran. */
  scenario: Scenario;
  /** What its runs had of each kind of fault. */
  readonly exposure: Exposure;
}

/** A run in which the harness itself threw: no verdict. */
export interface HarnessFailure {
  readonly seed: number;
  readonly error: string;
}

export interface LabelCount {
  count: number;
  firstSeed: number;
}

/** Kind of fault → phase of the pool → how many faults struck then, and the smallest seed in which one did. */
export type Card = Record<string, Record<string, LabelCount>>;

export interface Tally {
  /** Runs that ended with a verdict or a failure of the harness. */
  seeds: number;
  /** Runs with at least one violation, or a failure of the harness. */
  failedSeeds: number;
  events: number;
  /** Milliseconds, so that the sum of very many runs stays an exact integer. */
  simulatedMs: number;
  /** Sum over all seeds of a mixture of seed and digest, modulo 2^64, 16 hexadecimal digits. */
  digest: string;
  readonly counts: Record<string, number>;
  readonly faults: Record<string, FaultCount>;
  readonly card: Card;
  /** What all runs had of each kind of fault. */
  readonly exposure: Exposure;
  readonly labels: Record<string, LabelCount>;
  readonly states: States;
  readonly times: Histograms;
  /** Runs that were simulated, by environment. */
  readonly environments: Record<string, number>;
  /** Property → environment → times checked. */
  readonly checked: Record<string, Record<string, number>>;
  /** The largest value of each measured number. */
  readonly numbers: Record<string, number>;
  /** By signature. */
  readonly findings: Record<string, Finding>;
  harnessFailed: number;
  /** Of the smallest seeds; bounded. */
  harnessFailures: HarnessFailure[];
}

const MOST_HARNESS_FAILURES = 5;
const NO_DIGEST = '0'.repeat(16);
const LOW_64 = (1n << 64n) - 1n;

export function emptyTally(): Tally {
  return {
    seeds: 0,
    failedSeeds: 0,
    events: 0,
    simulatedMs: 0,
    digest: NO_DIGEST,
    counts: {},
    faults: {},
    card: {},
    exposure: {},
    labels: {},
    states: noStates(),
    times: noTimes(),
    environments: {},
    checked: {},
    numbers: {},
    findings: {},
    harnessFailed: 0,
    harnessFailures: [],
  };
}

export function addOutcome(tally: Tally, seed: number, outcome: Outcome, scenario: Scenario): void {
  tally.seeds++;
  tally.events += outcome.events;
  tally.simulatedMs += Math.round(outcome.simulated / 1000);
  tally.digest = sumOf(tally.digest, mixed(seed, outcome.digest));
  addCounts(tally.counts, outcome.counts);
  addCounts(tally.environments, { [outcome.environment]: 1 });
  for (const [property, times] of Object.entries(outcome.checked)) {
    addChecks(tally.checked, property, { [outcome.environment]: times });
  }
  keepLargest(tally.numbers, outcome.numbers);
  for (const [kind, count] of Object.entries(outcome.faults)) addFaults(tally.faults, kind, count);
  for (const [kind, phases] of Object.entries(outcome.strikes)) {
    for (const [phase, count] of Object.entries(phases))
      addStrikes(tally.card, kind, phase, { count, firstSeed: seed });
  }
  for (const [label, count] of Object.entries(outcome.labels)) {
    if (count > 0) addLabel(tally.labels, label, { count, firstSeed: seed });
  }
  addStates(tally.states, seed, outcome.states);
  addTimes(tally.times, outcome.times);
  const exposure = exposureOf(outcome.environment, outcome.faults);
  addExposure(tally.exposure, exposure);
  if (outcome.violations.length > 0) tally.failedSeeds++;
  for (const violation of outcome.violations) addViolation(tally, seed, violation, scenario, exposure);
}

/** A fact that the protocol takes for granted did not hold: a violation, in a run that could not go on. */
export function addBrokenFact(tally: Tally, seed: number, fact: string, scenario: Scenario): void {
  tally.seeds++;
  tally.failedSeeds++;
  tally.digest = sumOf(tally.digest, mixed(seed, hashOf(fact)));
  // It could not even begin: nobody knows of its faults.
  addViolation(tally, seed, { property: ASSERTION, reason: fact, pattern: patternOf(fact) }, scenario, {});
}

export function addHarnessFailure(tally: Tally, seed: number, error: string): void {
  tally.seeds++;
  tally.failedSeeds++;
  tally.harnessFailed++;
  tally.harnessFailures = smallest([...tally.harnessFailures, { seed, error }]);
}

/** Adds `part` to `whole`. */
export function mergeTally(whole: Tally, part: Tally): void {
  whole.seeds += part.seeds;
  whole.failedSeeds += part.failedSeeds;
  whole.events += part.events;
  whole.simulatedMs += part.simulatedMs;
  whole.digest = sumOf(whole.digest, part.digest);
  addCounts(whole.counts, part.counts);
  addCounts(whole.environments, part.environments);
  for (const [property, times] of Object.entries(part.checked)) addChecks(whole.checked, property, times);
  keepLargest(whole.numbers, part.numbers);
  for (const [kind, count] of Object.entries(part.faults)) addFaults(whole.faults, kind, count);
  for (const [kind, phases] of Object.entries(part.card)) {
    for (const [phase, count] of Object.entries(phases)) addStrikes(whole.card, kind, phase, count);
  }
  addExposure(whole.exposure, part.exposure);
  for (const [label, count] of Object.entries(part.labels)) addLabel(whole.labels, label, count);
  mergeStates(whole.states, part.states);
  mergeTimes(whole.times, part.times);
  for (const [signature, finding] of Object.entries(part.findings))
    addFinding(whole.findings, signature, finding);
  whole.harnessFailed += part.harnessFailed;
  whole.harnessFailures = smallest([...whole.harnessFailures, ...part.harnessFailures]);
}

function addViolation(
  tally: Tally,
  seed: number,
  violation: Pick<Violation, 'property' | 'pattern' | 'reason'>,
  scenario: Scenario,
  exposure: Exposure,
): void {
  const { property, pattern, reason } = violation;
  addFinding(tally.findings, signatureOf(violation), {
    property,
    pattern,
    count: 1,
    smallestSeed: seed,
    reason,
    scenario,
    exposure,
  });
}

function addFinding(findings: Record<string, Finding>, signature: string, added: Finding): void {
  const known = findings[signature];
  if (known === undefined) {
    findings[signature] = { ...added, exposure: copyOf(added.exposure) };
    return;
  }
  known.count += added.count;
  addExposure(known.exposure, added.exposure);
  if (added.smallestSeed < known.smallestSeed) {
    known.smallestSeed = added.smallestSeed;
    known.reason = added.reason;
    known.scenario = added.scenario;
  }
}

function addLabel(labels: Record<string, LabelCount>, label: string, added: LabelCount): void {
  const known = labels[label];
  if (known === undefined) {
    labels[label] = { ...added };
    return;
  }
  known.count += added.count;
  known.firstSeed = Math.min(known.firstSeed, added.firstSeed);
}

function addStrikes(card: Card, kind: string, phase: string, added: LabelCount): void {
  let known = card[kind];
  if (known === undefined) {
    known = {};
    card[kind] = known;
  }
  addLabel(known, phase, added);
}

function addFaults(faults: Record<string, FaultCount>, kind: string, added: Readonly<FaultCount>): void {
  const known = faults[kind];
  if (known === undefined) {
    faults[kind] = { scheduled: added.scheduled, applied: added.applied, consequential: added.consequential };
    return;
  }
  known.scheduled += added.scheduled;
  known.applied += added.applied;
  known.consequential += added.consequential;
}

function addChecks(
  checked: Record<string, Record<string, number>>,
  property: string,
  added: Readonly<Record<string, number>>,
): void {
  let known = checked[property];
  if (known === undefined) {
    known = {};
    checked[property] = known;
  }
  addCounts(known, added);
}

function keepLargest(largest: Record<string, number>, seen: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(seen)) largest[name] = Math.max(value, largest[name] ?? value);
}

function addCounts(sums: Record<string, number>, added: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(added)) sums[name] = (sums[name] ?? 0) + count;
}

function smallest(failures: readonly HarnessFailure[]): HarnessFailure[] {
  return failures.toSorted((a, b) => a.seed - b.seed).slice(0, MOST_HARNESS_FAILURES);
}

/** Both go in, so that two seeds which exchange their digests show. */
function mixed(seed: number, digest: string): string {
  return hex(avalanche(avalanche(BigInt(seed) + 1n) ^ BigInt(`0x${digest}`)));
}

function sumOf(a: string, b: string): string {
  return hex((BigInt(`0x${a}`) + BigInt(`0x${b}`)) & LOW_64);
}

/** The finaliser of SplitMix64. */
function avalanche(value: bigint): bigint {
  let mixed = (value * 0x9e3779b97f4a7c15n) & LOW_64;
  mixed = ((mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n) & LOW_64;
  mixed = ((mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn) & LOW_64;
  return mixed ^ (mixed >> 31n);
}

function hex(value: bigint): string {
  return value.toString(16).padStart(16, '0');
}
