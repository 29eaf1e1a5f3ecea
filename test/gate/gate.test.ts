// What a gate makes of what it sees. Everything runs in this thread; what is wrong is put around the simulator, as a build in which
// it is wrong would show it.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Crew, localCrew } from '../../sim/campaign/crew.ts';
import type { Simulate } from '../../sim/campaign/judge.ts';
import { gatePlan } from '../../sim/cli/gate-plan.ts';
import { BASELINE_SCHEMA, type Baseline } from '../../sim/gate/baseline.ts';
import { verdictOf } from '../../sim/gate/check.ts';
import { freshSeeds } from '../../sim/gate/fresh-seeds.ts';
import { type GatePlan, type GateResult, runGate } from '../../sim/gate/gate.ts';
import type { GateSettings } from '../../sim/gate/settings.ts';
import { drillOf } from '../../sim/scenario/drill.ts';
import { simulate } from '../../sim/simulate.ts';
import { CannotGoOn } from '../../src/cli/terminal.ts';

const SETTINGS: GateSettings = {
  schema: 'regency-sim/gate-settings@1',
  budgetSeconds: 600,
  corpus: { folder: 'corpus', violates: {} },
  seeds: 4,
  twice: 2,
  drills: 4,
  mutants: null,
  compared: 3,
  baseline: 'baseline.json',
  thresholds: {
    mostViolated: 0,
    everythingChecked: false,
    labels: [],
    leastCells: 0,
    leastKilled: 1,
    leastEventsPerSecond: 0.5,
    mostFailOver: 1.05,
    mostReclaim: 1.05,
  },
};

const BASELINE: Baseline = {
  schema: BASELINE_SCHEMA,
  drills: { runs: 4, failOver: { p50: 1663, p99: 1695 }, reclaim: { p50: 4223, p99: 4479 } },
  eventsPerSecond: {},
};

const PLAN: GatePlan = {
  settings: SETTINGS,
  corpus: [{ name: 'drill.json', scenario: drillOf(7), recorded: null }],
  seeds: freshSeeds('abc', SETTINGS.seeds),
  baseline: BASELINE,
  goal: {
    environments: [],
    properties: [],
    labels: ['never'],
    card: { kinds: ['crash'], phases: ['steady'], impossible: {} },
  },
  bugs: [],
  budgetSeconds: 600,
  workers: 2,
  base: null,
};

interface Around {
  readonly simulate?: Simulate;
  readonly interrupt?: AbortSignal;
}

function gate(changes: Partial<GatePlan>, around: Around = {}): Promise<GateResult> {
  const crew = (size: number): Crew => ({ ...localCrew(around.simulate ?? plainly), size });
  return runGate(
    { ...PLAN, ...changes },
    {
      crew,
      interrupt: around.interrupt ?? new AbortController().signal,
      onProgress: () => {},
      onFound: () => {},
      replayOfSeed: (seed) => `replay ${seed}`,
    },
  );
}

const plainly: Simulate = (scenario) => simulate(scenario);

/** As a build would that waits longer for a silent Leader. */
const slowly: Simulate = (scenario) =>
  simulate({ ...scenario, settings: { ...scenario.settings, electionTimeout: 1900 } });

function violating(property: string): Simulate {
  return (scenario) => ({
    ...simulate(scenario),
    violations: [{ property, reason: '6 of 5 tokens', pattern: '# of # tokens', at: 1, event: 2 }],
  });
}

function faultsOf({ checks }: GateResult): string[] {
  return checks
    .filter(({ fault }) => fault !== null)
    .map(({ part, name, fault }) => `${fault}: ${part}, ${name}`);
}

function saidBy({ checks }: GateResult, name: string): string {
  return checks.find((check) => check.name === name)!.said;
}

describe('A gate', () => {
  test('passes what has not changed, and sees the same for any number of workers', async () => {
    const [one, two] = [await gate({ workers: 1 }), await gate({ workers: 3 })];
    expect(faultsOf(one)).toEqual([]);
    expect(verdictOf(one)).toBe('passed');
    const told = ({ checks }: GateResult) =>
      checks.filter(({ name }) => name !== 'events a second').map(({ seconds: _, ...rest }) => rest);
    expect(told(two)).toEqual(told(one));
    expect(two.figures.digest).toBe(one.figures.digest);
  });

  test('runs other seeds for another commit, and the same for the same', () => {
    const first = new Set(['abc', 'abd', '', 'abc'].map((commit) => freshSeeds(commit, 5).first));
    expect(first.size).toBe(3);
    for (const seed of first) expect(Number.isSafeInteger(seed + 10_000_000)).toBe(true);
  });

  test('fails by a threshold when a fail-over takes longer, and names the baseline and the new figure', async () => {
    const slower = await gate({ corpus: [] }, { simulate: slowly });
    expect(faultsOf(slower)).toEqual(['threshold: drills, fail-over p99']);
    expect(saidBy(slower, 'fail-over p99')).toMatch(
      /^2,\d\d\d ms, at most 1,779 ms \(1\.05 × the baseline's 1,695 ms\)$/,
    );
  });

  test('fails by a threshold when there is nothing to compare with, or other drills', async () => {
    const none = await gate({ baseline: { ...BASELINE, drills: null } });
    expect(faultsOf(none)).toEqual(['threshold: drills, fail-over p99', 'threshold: drills, reclaim p99']);
    const others = await gate({ baseline: { ...BASELINE, drills: { ...BASELINE.drills!, runs: 5 } } });
    expect(faultsOf(others)).toHaveLength(2);
    expect(faultsOf(await gate({ baseline: null }))).toEqual([]);
  });

  test('fails by a threshold when it has become much slower on this machine', async () => {
    const { figures } = await gate({ corpus: [] });
    const fast = { ...BASELINE, eventsPerSecond: { [figures.machine]: 1_000_000_000 } };
    expect(faultsOf(await gate({ baseline: fast }))).toEqual(['threshold: seeds, events a second']);
    const slow = { ...BASELINE, eventsPerSecond: { [figures.machine]: 1 } };
    expect(faultsOf(await gate({ baseline: slow }))).toEqual([]);
  });

  test('fails by a threshold when something is not reached or not checked', async () => {
    const goal = {
      ...PLAN.goal,
      environments: ['E2'] as const,
      properties: [{ id: 'S99', name: 'Never', environments: ['E2'] as const }],
    };
    const thresholds = { ...SETTINGS.thresholds, everythingChecked: true, labels: ['never'], leastCells: 2 };
    const result = await gate({ goal, settings: { ...SETTINGS, drills: 0, thresholds } });
    expect(faultsOf(result)).toEqual([
      'threshold: seeds, properties checked',
      'threshold: seeds, labels',
      'threshold: seeds, coverage cells',
    ]);
    expect(saidBy(result, 'properties checked')).toBe('never checked: S99 in E2');
    expect(saidBy(result, 'labels')).toBe('never reached: never');
  });

  test('fails when a property is violated, keeps what showed it, and goes on with the drills', async () => {
    const result = await gate({ settings: { ...SETTINGS, seeds: 30 } }, { simulate: violating('S5') });
    expect(verdictOf(result)).toBe('violated');
    expect(faultsOf(result)).toEqual([
      'violated: corpus, drill.json',
      'violated: seeds, violations',
      'violated: drills, violations',
    ]);
    expect(result.checks.find(({ name }) => name === 'reclaim p99')!.isMade).toBe(true);
    const [finding] = Object.values(result.found.findings);
    expect(finding).toMatchObject({ property: 'S5', reason: '6 of 5 tokens' });
  });

  test('allows as many failing seeds as the settings say', async () => {
    const thresholds = { ...SETTINGS.thresholds, mostViolated: 8 };
    const settings = { ...SETTINGS, drills: 0, thresholds };
    const known = await gate({ corpus: [], settings }, { simulate: violating('S5') });
    expect(faultsOf(known)).toEqual([]);
  });

  test('wants the verdict of the corpus that is recorded, be it a violation', async () => {
    const recorded = Object.keys((await gate({}, { simulate: violating('S5') })).found.findings)[0]!;
    const corpus = [{ ...PLAN.corpus[0]!, recorded }];
    const settings = {
      ...SETTINGS,
      drills: 0,
      seeds: 1,
      twice: 0,
      thresholds: { ...SETTINGS.thresholds, mostViolated: 8 },
    };
    expect(faultsOf(await gate({ corpus, settings }, { simulate: violating('S5') }))).toEqual([]);
    expect(faultsOf(await gate({ corpus, settings }, { simulate: violating('S6') }))).toEqual([
      'violated: corpus, drill.json',
    ]);
    const healed = await gate({ corpus, settings });
    expect(faultsOf(healed)).toEqual(['threshold: corpus, drill.json']);
    expect(saidBy(healed, 'drill.json')).toBe(
      `recorded is that it shows ${recorded}; it passes: record that`,
    );
  });

  test('fails by nondeterminism when a run is not the same twice, and names the first such seed', async () => {
    const runs = new Map<number, number>();
    const byLuck: Simulate = (scenario) => {
      const times = (runs.get(scenario.seed) ?? 0) + 1;
      runs.set(scenario.seed, times);
      const outcome = simulate(scenario);
      const isOther = scenario.seed === PLAN.seeds.first + 1 && times === 2;
      return isOther ? { ...outcome, digest: '00000000000000ff' } : outcome;
    };
    const result = await gate({}, { simulate: byLuck });
    expect(verdictOf(result)).toBe('nondeterminism');
    expect(saidBy(result, 'run twice')).toMatch(
      new RegExp(`^seed ${PLAN.seeds.first + 1} is not the same run twice: .*; see replay \\d+ --twice$`),
    );
  });

  test('has no verdict when the harness throws', async () => {
    const throwing: Simulate = () => {
      throw new Error('no such moment');
    };
    const result = await gate({}, { simulate: throwing });
    expect(verdictOf(result)).toBe('harness failed');
    expect(saidBy(result, 'drill.json')).toContain('no such moment');
  });

  test('that ran out of time says what it has not looked at, and has not passed', async () => {
    const result = await gate({ budgetSeconds: 0 });
    expect(faultsOf(result)).toEqual([
      'threshold: corpus, drill.json',
      'threshold: determinism, run twice',
      'threshold: seeds, coverage',
      'threshold: drills, violations',
    ]);
  });

  test('that is interrupted in the middle says so', async () => {
    const interrupt = new AbortController();
    let runs = 0;
    const interrupting: Simulate = (scenario) => {
      if (++runs === 3) interrupt.abort();
      return simulate(scenario);
    };
    const result = await gate({}, { simulate: interrupting, interrupt: interrupt.signal });
    expect(verdictOf(result)).toBe('interrupted');
    expect(result.checks[0]).toMatchObject({ part: 'corpus', fault: null, isMade: true });
  });

  test('leaves planted bugs out when one is planted already, or a property is violated without', async () => {
    const settings = { ...SETTINGS, drills: 0, mutants: { list: 'list.json', seeds: 1 } };
    expect(saidBy(await gate({ settings, bugs: null }), 'kill score')).toBe('a bug is planted already');
    const violated = await gate({ settings }, { simulate: violating('S5') });
    expect(saidBy(violated, 'kill score')).toBe('a property is violated without planted bugs');
  });

  test('compares builds: with itself nothing differs; a slower one differs in what is slower, another in its verdicts', async () => {
    const comparisonWith = async (other: Simulate) =>
      (await gate({ base: { name: 'the build before', crew: () => localCrew(other) } })).comparison!;
    const itself = await comparisonWith(plainly);
    expect(itself).toMatchObject({ base: 'the build before', runs: 7, same: 7, verdictsChanged: 0 });
    for (const { base, here } of itself.figures) expect(here).toBe(base);
    const slower = await comparisonWith(slowly);
    expect(slower.same).toBe(0);
    expect(slower.verdicts).toEqual([]);
    const figure = (name: string) => slower.figures.find((each) => each.name === `${name}, drills`)!;
    expect(figure('fail-over p99').base! - figure('fail-over p99').here!).toBeGreaterThan(300);
    expect(figure('availability').base!).toBeLessThan(figure('availability').here!);
    expect(Math.abs(figure('reclaim p99').base! - figure('reclaim p99').here!)).toBeLessThan(300);
    const wrong = await comparisonWith(violating('S5'));
    expect(wrong).toMatchObject({ same: 7, verdictsChanged: 7 });
    expect(wrong.verdicts[0]).toMatchObject({ base: [expect.stringMatching(/^S5-/)], here: [] });
  });

  test('takes a build that measures no times for what it is', async () => {
    const { times: _, ...olderCounts } = (await localCrew(plainly).run({
      index: 0,
      first: 1,
      count: 1,
    })) as object as {
      times: unknown;
      counts: object;
    };
    const older: Crew = { ...localCrew(plainly), run: async () => olderCounts as never };
    const { comparison } = await gate({ base: { name: 'old', crew: () => older } });
    const availability = comparison!.figures.find(({ name }) => name === 'availability, seeds')!;
    expect(availability.base).toBeNull();
    expect(availability.here).not.toBeNull();
  });
});

describe('The settings', () => {
  const folder = mkdtempSync(join(tmpdir(), 'regency-gate-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'corpus'));

  function written(name: string, content: unknown): string {
    const path = join(folder, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  }

  test.each([
    [{ ...SETTINGS, seeds: 0 }, /is wrong at seeds: expected a number of at least 1, saw 0$/],
    [{ ...SETTINGS, seed: 1 }, /expected only the fields that belong here, saw "seed"/],
    ['{', /is no JSON$/],
    [{ schema: 'x@1' }, /is not of the schema regency-sim\/gate-settings@1$/],
    [
      { ...SETTINGS, thresholds: { ...SETTINGS.thresholds, labels: ['luck'] } },
      /requires a label that there is not: luck/,
    ],
    [
      { ...SETTINGS, corpus: { folder: 'none', violates: {} } },
      /^the corpus .*none cannot be read \(ENOENT\)$/,
    ],
    [
      { ...SETTINGS, corpus: { folder: 'corpus', violates: { 'x.json': 'S1-00000000' } } },
      /has no x\.json, of which a verdict is recorded$/,
    ],
    [{ ...SETTINGS, mutants: { list: 'none.json', seeds: 1 } }, /none\.json is not there$/],
    [
      { ...SETTINGS, baseline: written('wrong.json', { schema: BASELINE_SCHEMA }) },
      /wrong\.json is wrong at drills/,
    ],
  ])('%#: what cannot be is refused in one line', async (settings, line) => {
    const config = written('gate.json', settings);
    const refused = gatePlan({ config, commit: 'abc', workers: 1 });
    await expect(refused).rejects.toThrow(CannotGoOn);
    await expect(refused).rejects.toThrow(line);
  });

  test("of this project's own gate can be read, and name what there is", async () => {
    const plan = await gatePlan({ config: 'gate.json', commit: 'abc', workers: 1 });
    expect(plan.corpus.length).toBeGreaterThan(5);
    expect(plan.bugs!.length).toBeGreaterThan(10);
    expect(plan.baseline!.drills).not.toBeNull();
    expect(readFileSync('.ci/run', 'utf8')).toContain('npm run gate');
  });
});
