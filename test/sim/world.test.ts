import fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstDivergence, Trace } from '../../sim/kernel/trace.ts';
import type { FaultPlan } from '../../sim/scenario/scenario.ts';
import { DELIVERY } from '../../sim/world/event-kind.ts';
import type { Due, World } from '../../sim/world/world.ts';
import { type EchoPlan, echoWorld, sightings } from './echo.ts';

/** Everything at once, so that whatever keeps state somewhere is under way when a snapshot is taken. */
const TURMOIL: readonly FaultPlan[] = [
  { kind: 'loss', at: 0, until: 2_000_000, links: 'all', ppm: 50_000 },
  { kind: 'duplication', at: 100_000, until: 1_500_000, links: 'all', ppm: 100_000, within: 20_000 },
  { kind: 'reordering', at: 0, until: 900_000, links: 'all', ppm: 100_000, within: 30_000 },
  { kind: 'delay', at: 300_000, until: 1_000_000, links: 'servers', shape: 'long tail', by: 2000 },
  {
    kind: 'one-way-cut',
    at: 400_000,
    until: 700_000,
    links: [
      [0, 1],
      [3, 2],
    ],
  },
  { kind: 'partition', at: 900_000, until: 1_200_000, split: { halves: [0, 1] }, among: 'all' },
  { kind: 'crash', at: 250_000, until: 600_000, target: { server: 2 }, survivePpm: 500_000, torn: true },
  { kind: 'crash', at: 550_000, until: 650_000, target: { server: 2 }, survivePpm: 0, torn: false },
  { kind: 'pause', at: 200_000, until: 450_000, target: { server: 3 } },
  { kind: 'monotonic-drift', at: 100_000, until: 1_800_000, target: { server: 1 }, ppm: -200_000 },
  { kind: 'wall-jump', at: 500_000, until: 500_000, target: { server: 4 }, byMs: -3_600_000 },
];

/** The same for those kinds that keep state of their own. */
const MORE_TURMOIL: readonly FaultPlan[] = [
  { kind: 'slow-link', at: 0, until: 1_500_000, links: 'all', bytesPerSecond: 4000, queueBytes: 40 },
  { kind: 'flapping-link', at: 50_000, until: 900_000, links: [[0, 1]], cutFor: 30_000, mendedFor: 70_000 },
  { kind: 'corruption', at: 0, until: 2_000_000, links: 'all', ppm: 50_000 },
  {
    kind: 'crash-loop',
    at: 200_000,
    until: 1_000_000,
    target: { server: 1 },
    downFor: 20_000,
    upFor: 50_000,
    survivePpm: 500_000,
    torn: true,
  },
  {
    kind: 'rolling-restart',
    at: 300_000,
    until: 900_000,
    downFor: 60_000,
    gap: 40_000,
    survivePpm: 0,
    torn: false,
  },
  { kind: 'all-down', at: 1_200_000, until: 1_250_000, survivePpm: 500_000, torn: true },
  { kind: 'suspended', at: 100_000, until: 500_000, target: { server: 3 } },
  { kind: 'suspended', at: 400_000, until: 700_000, target: { server: 4 } },
  { kind: 'slow-node', at: 100_000, until: 1_600_000, target: { server: 0 }, by: 20_000 },
  { kind: 'slow-node', at: 600_000, until: 1_100_000, target: { server: 0 }, by: 15_000 },
  { kind: 'slow-sync', at: 0, until: 1_800_000, target: { server: 2 }, factor: 20 },
  { kind: 'wall-drift', at: 100_000, until: 1_800_000, target: { server: 1 }, ppm: -200_000 },
  {
    kind: 'pause',
    at: 0,
    until: 200_000,
    target: { server: 0 },
    when: { milestone: 'answered', of: { server: 0 }, nth: 9, delay: 50 },
  },
  { kind: 'restored-image', at: 100_000, until: 1_150_000, target: { server: 2 }, keptFor: 900_000 },
  { kind: 'wiped-disk', at: 1_300_000, until: 1_400_000, target: { server: 3 } },
  {
    kind: 'latent-corruption',
    at: 1_000_000,
    until: 1_000_000,
    target: { server: 4 },
    ending: '',
    placePpm: 0,
    bytes: 1,
  },
];

const plan: EchoPlan = { seed: 11, faults: TURMOIL, commits: true };

function digests(world: World): string[] {
  const seen: string[] = [];
  while (world.step()) seen.push(world.digest());
  return seen;
}

test('the same plan gives the same digest at every event', () => {
  const first = digests(echoWorld(plan));
  expect(first.length).toBeGreaterThan(1000);
  expect(digests(echoWorld(plan))).toEqual(first);
  expect(digests(echoWorld({ ...plan, seed: 12 })).at(-1)).not.toBe(first.at(-1));
});

test('the digest of this run is the same on every machine and in every release', () => {
  const world = echoWorld(plan);
  world.run();
  expect(`${world.events} ${world.digest()}`).toMatchInlineSnapshot(`"1385 c81852373e19944a"`);
});

test.each([
  ['one', plan],
  ['another', { ...plan, faults: MORE_TURMOIL }],
])(
  'a snapshot of any event goes on as the run did, as often as wanted, and the run is not disturbed by it: %s',
  (_, plan) => {
    const expected = digests(echoWorld(plan));
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: expected.length - 1 }),
        fc.integer({ min: 0, max: 300 }),
        (at, further) => {
          const world = echoWorld(plan);
          for (let i = 0; i < at; i++) world.step();
          const snapshot = world.snapshot();
          for (let i = 0; i < further; i++) world.step();
          expect(digests(snapshot.restore())).toEqual(expected.slice(at));
          const again = snapshot.restore();
          for (let i = 0; i < further; i++) again.step();
          expect(again.digest()).toBe(world.digest());
          expect(digests(world)).toEqual(expected.slice(Math.min(expected.length, at + further)));
          expect(snapshot.restore().digest()).toBe(at === 0 ? echoWorld(plan).digest() : expected[at - 1]);
        },
      ),
      { numRuns: 25 },
    );
  },
);

test('two runs are told apart at the first event in which they differ', () => {
  const trace = (faults: readonly FaultPlan[]) => {
    const kept = new Trace('all');
    echoWorld({ seed: 3, faults, trace: kept }).run();
    return kept;
  };
  expect(firstDivergence(trace([]), trace([]))).toBeNull();
  const parting = firstDivergence(
    trace([]),
    trace([{ kind: 'pause', at: 777_777, until: 800_000, target: { server: 0 } }]),
  );
  expect(parting?.b?.at).toBe(777_777);
});

/** Arrival times by link of frames that were sent before a given moment, while nothing had parted the runs yet. */
function arrivals(faults: readonly FaultPlan[], keep: (from: number, to: number) => boolean): string[] {
  const trace = new Trace('all');
  echoWorld({ seed: 21, faults, trace, delayFrom: 1000, delayTo: 900_000, nodes: 2 }).run();
  return trace
    .list()
    .filter((each) => each.kind === DELIVERY && keep(each.from, each.to))
    .map((each) => `${each.from}→${each.to} ${each.at}`);
}

test('taking one fault away leaves the draws of every other link alone', () => {
  const loss: FaultPlan = { kind: 'loss', at: 0, until: 2_000_000, links: [[0, 1]], ppm: 300_000 };
  const other: FaultPlan = {
    kind: 'duplication',
    at: 0,
    until: 2_000_000,
    links: [[1, 0]],
    ppm: 300_000,
    within: 100_000,
  };
  const delays = (faults: readonly FaultPlan[]) => {
    const world = echoWorld({ seed: 21, faults });
    world.run(1000);
    return [0, 1, 2, 3].map((from) =>
      Array.from({ length: 30 }, () => world.network.link(from, 4).drawDelay()),
    );
  };
  expect(delays([])).toEqual(delays([loss, other]));
  // A loss on 0→1 takes messages away; those that arrive do so when they would have.
  const calm = new Set(arrivals([], (from) => from === 0));
  expect(
    arrivals([{ ...loss, at: 0 }], (from) => from === 0)
      .slice(0, 2)
      .every((each) => calm.has(each)),
  ).toBe(true);
});

test('run stops at the time asked for and steps on from there', () => {
  const expected = digests(echoWorld(plan)).at(-1);
  const world = echoWorld(plan);
  for (let until = 0; until <= 2_000_000; until += 12_345) {
    world.run(until);
    expect(world.now).toBe(until);
  }
  world.run();
  expect(world.digest()).toBe(expected);
});

class Recorder implements Due {
  readonly times: number[] = [];

  due(world: World): void {
    this.times.push(world.now);
    if (this.times.length < 3) world.schedule(world.now + 1000, this);
  }
}

test('what the scenario asks for is called at its time', () => {
  const recorder = new Recorder();
  const world = echoWorld();
  world.schedule(5000, recorder);
  world.unschedule(world.schedule(5500, recorder));
  world.run();
  expect(recorder.times).toEqual([5000, 6000, 7000]);
});

test('the core is made whole: what is down starts, what is paused goes on, links between its nodes are clean', () => {
  const faults: readonly FaultPlan[] = [
    { kind: 'crash', at: 100_000, until: 1_900_000, target: { server: 0 }, survivePpm: 0, torn: false },
    { kind: 'pause', at: 100_000, until: 1_900_000, target: { server: 1 } },
    { kind: 'partition', at: 100_000, until: 1_900_000, split: { halves: [0, 2] }, among: 'all' },
    { kind: 'crash', at: 100_000, until: 3_000_000, target: { server: 4 }, survivePpm: 0, torn: false },
  ];
  const world = echoWorld({ faults });
  world.run(500_000);
  const before = sightings(world, 2).replies;
  world.makeWhole([0, 1, 2]);
  world.run(1_800_000);
  expect(sightings(world, 0).replies).toBeGreaterThan(0);
  expect(sightings(world, 1).replies).toBeGreaterThan(20);
  expect(sightings(world, 2).replies).toBeGreaterThan(before + 20);
  expect(world.machine(4)).toBeNull();
  world.run();
  expect(world.machine(0)).not.toBeNull();
  expect(sightings(world, 0).boots).toBe(2);
});

test('one frame that a node sends to itself comes back at once and meets no fault', () => {
  const world = echoWorld({
    faults: [{ kind: 'loss', at: 0, until: 1_000_000, links: 'all', ppm: 1_000_000 }],
  });
  world.run(10);
  const before = world.events;
  world.network.send(0, 0, 0, new Uint8Array(12), 12);
  world.run(10);
  expect(world.events).toBe(before + 1);
});
