import { describe, expect, test } from 'vitest';
import { describeFault, FAULT_KINDS, mistakeIn } from '../../sim/faults/index.ts';
import type { FaultPlan } from '../../sim/scenario/scenario.ts';
import type { FaultCount } from '../../sim/world/fault-run.ts';
import type { RoleResolver, World } from '../../sim/world/world.ts';
import { type EchoPlan, echoWorld, RETRY_AFTER, Sightings, sightings } from './echo.ts';

const END = 2_000_000;
const DURING = { at: 0, until: END };

function runWith(faults: readonly FaultPlan[], more: EchoPlan = {}): World {
  for (const plan of faults) expect(mistakeIn(plan)).toBeNull();
  const world = echoWorld({ seed: 5, endsAt: END, faults, ...more });
  world.run();
  return world;
}

function all(world: World): Sightings[] {
  return world.hosts.map((host) => (host.isUp ? sightings(world, host.node) : new Sightings()));
}

function sum(
  world: World,
  field: 'requests' | 'replies' | 'repeats' | 'overtaken' | 'retries' | 'commits' | 'boots',
): number {
  return all(world).reduce((total, seen) => total + seen[field], 0);
}

function count(world: World, kind: string): FaultCount | undefined {
  return world.faultCounts().get(kind);
}

const CONSEQUENTIAL: FaultCount = { scheduled: 1, applied: 1, consequential: 1 };

test('without faults nothing is lost, doubled, overtaken or late', () => {
  const world = runWith([]);
  expect(sum(world, 'retries') + sum(world, 'repeats') + sum(world, 'overtaken')).toBe(0);
  expect(sum(world, 'boots')).toBe(5);
  expect(world.network.lost).toBe(0);
  for (const seen of all(world)) {
    expect(seen.shortest).toBeGreaterThanOrEqual(2000);
    expect(seen.longest).toBeLessThanOrEqual(20_000);
  }
});

describe('loss', () => {
  test('loses messages at its rate, so that requests are repeated', () => {
    const world = runWith([{ kind: 'loss', ...DURING, links: 'all', ppm: 100_000 }]);
    expect(world.network.lost / world.network.sent).toBeGreaterThan(0.06);
    expect(world.network.lost / world.network.sent).toBeLessThan(0.14);
    expect(sum(world, 'retries')).toBeGreaterThan(50);
    expect(count(world, 'loss')).toEqual(CONSEQUENTIAL);
  });

  test('is applied without consequence where nothing is lost', () => {
    const world = runWith([{ kind: 'loss', ...DURING, links: 'all', ppm: 0 }]);
    expect(sum(world, 'retries')).toBe(0);
    expect(count(world, 'loss')).toEqual({ scheduled: 1, applied: 1, consequential: 0 });
  });

  test('touches only the links chosen, and ends', () => {
    const world = echoWorld({
      seed: 5,
      faults: [{ kind: 'loss', at: 0, until: 500_000, links: [[0, 1]], ppm: 1_000_000 }],
    });
    world.run(500_000);
    expect(sightings(world, 0).retries).toBeGreaterThan(0);
    const lost = world.network.lost;
    expect(lost).toBeGreaterThan(0);
    world.run();
    expect(world.network.lost).toBe(lost);
    expect(world.network.link(0, 1).modifiers).toEqual([]);
  });

  test('is scheduled only, when it lies beyond the end of the run', () => {
    const world = runWith([{ kind: 'loss', at: END + 1, until: END + 2, links: 'all', ppm: 100_000 }]);
    expect(count(world, 'loss')).toEqual({ scheduled: 1, applied: 0, consequential: 0 });
  });
});

test('duplication delivers messages a second time', () => {
  const world = runWith([{ kind: 'duplication', ...DURING, links: 'all', ppm: 200_000, within: 10_000 }]);
  expect(sum(world, 'repeats')).toBeGreaterThan(100);
  expect(sum(world, 'retries')).toBe(0);
  expect(count(world, 'duplication')).toEqual(CONSEQUENTIAL);
});

test('reordering lets later messages overtake earlier ones', () => {
  const world = runWith([{ kind: 'reordering', ...DURING, links: 'all', ppm: 200_000, within: 400_000 }], {
    nodes: 2,
  });
  expect(sum(world, 'overtaken')).toBeGreaterThan(5);
  expect(world.network.lost).toBe(0);
  expect(count(world, 'reordering')).toEqual(CONSEQUENTIAL);
});

describe('delay', () => {
  test('fixed: every round trip is that much longer, twice', () => {
    const world = runWith([{ kind: 'delay', ...DURING, links: 'all', shape: 'fixed', by: 7000 }]);
    for (const seen of all(world)) {
      expect(seen.shortest).toBeGreaterThanOrEqual(16_000);
      expect(seen.longest).toBeLessThanOrEqual(34_000);
    }
    expect(count(world, 'delay')).toEqual(CONSEQUENTIAL);
  });

  test('uniform: between nothing and that much', () => {
    const seen = all(runWith([{ kind: 'delay', ...DURING, links: 'all', shape: 'uniform', by: 12_000 }]));
    expect(Math.max(...seen.map((each) => each.longest))).toBeGreaterThan(25_000);
    expect(Math.min(...seen.map((each) => each.shortest))).toBeLessThan(10_000);
  });

  test('long tail: mostly short, sometimes many times that', () => {
    const world = runWith([{ kind: 'delay', ...DURING, links: 'all', shape: 'long tail', by: 2000 }]);
    const seen = all(world);
    expect(Math.min(...seen.map((each) => each.shortest))).toBeLessThan(8000);
    expect(Math.max(...seen.map((each) => each.longest))).toBeGreaterThan(40_000);
  });
});

test('a one-way cut stops one direction only: a node hears the others and reaches nobody', () => {
  const links = { of: { server: 2 }, way: 'out', among: 'all' } as const;
  const world = runWith([{ kind: 'one-way-cut', ...DURING, links }]);
  const seen = sightings(world, 2);
  expect(seen.requests).toBeGreaterThan(10);
  expect(seen.replies).toBe(0);
  expect(count(world, 'one-way-cut')).toEqual(CONSEQUENTIAL);
  expect(describeFault({ kind: 'one-way-cut', ...DURING, links })).toBe('cut from s3');
});

describe('partition', () => {
  test('halves: each side talks among itself and never to the other', () => {
    const world = runWith([{ kind: 'partition', ...DURING, split: { halves: [0, 1] }, among: 'all' }]);
    for (const node of [0, 1]) expect([...sightings(world, node).newestFrom.slice(2, 5)]).toEqual([0, 0, 0]);
    for (const node of [2, 3, 4]) expect([...sightings(world, node).newestFrom.slice(0, 2)]).toEqual([0, 0]);
    expect(sightings(world, 0).newestFrom[1]).toBeGreaterThan(0);
    expect(sightings(world, 2).newestFrom[4]).toBeGreaterThan(0);
    expect(count(world, 'partition')).toEqual(CONSEQUENTIAL);
  });

  test('isolate: one node hears nobody and is heard by nobody', () => {
    const world = runWith([
      { kind: 'partition', ...DURING, split: { isolate: { server: 3 } }, among: 'all' },
    ]);
    expect(sightings(world, 3).requests + sightings(world, 3).replies).toBe(0);
    expect(sightings(world, 0).newestFrom[3]).toBe(0);
  });

  test('among servers: clients still reach both sides', () => {
    const plan = { kind: 'partition', ...DURING, split: { halves: [0] }, among: 'servers' } as const;
    const world = runWith([plan], { servers: 3 });
    expect([...sightings(world, 0).newestFrom.slice(0, 5)].map((each) => each > 0)).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
  });

  test('two that overlap on a link: the end of one leaves the other in force', () => {
    const first: FaultPlan = {
      kind: 'partition',
      at: 0,
      until: 600_000,
      split: { halves: [0, 1] },
      among: 'all',
    };
    const second: FaultPlan = {
      kind: 'partition',
      at: 300_000,
      until: END,
      split: { isolate: { server: 0 } },
      among: 'all',
    };
    const world = runWith([first, second]);
    expect(sightings(world, 0).newestFrom[2]).toBe(0);
    expect(sightings(world, 1).newestFrom[2]).toBeGreaterThan(0);
  });
});

describe('crash', () => {
  const crash: FaultPlan = {
    kind: 'crash',
    at: 500_000,
    until: 900_000,
    target: { server: 1 },
    survivePpm: 0,
    torn: false,
  };

  test('the node is silent until its restart, which boots a new machine', () => {
    const world = echoWorld({ seed: 5, faults: [crash], endsAt: END });
    world.run(500_000);
    expect(world.machine(1)).toBeNull();
    expect(world.hosts[1]!.isUp).toBe(false);
    const heard = sightings(world, 0).newestFrom[1]!;
    world.run(899_999);
    expect(sightings(world, 0).newestFrom[1]! - heard).toBeLessThanOrEqual(1);
    world.run();
    expect(sightings(world, 1).boots).toBe(2);
    expect(sightings(world, 0).newestFrom[1]).toBeGreaterThan(2_000_000);
    expect(sum(world, 'retries')).toBeGreaterThan(0);
    expect(count(world, 'crash')).toEqual(CONSEQUENTIAL);
  });

  test('what was committed is on the disk of the next boot, what was under way is not', () => {
    const world = echoWorld({ seed: 5, faults: [crash], endsAt: END, commits: true });
    world.run(499_999);
    const before = sightings(world, 1);
    const { requests } = before;
    world.run();
    const { recovered } = sightings(world, 1);
    expect(recovered).toBeGreaterThan(0);
    expect(recovered).toBeLessThanOrEqual(requests);
  });

  test('a batch under way is told to nobody after the crash', () => {
    // A crash every 7 ms meets many commits in all stages; the machine throws nothing and the disk asserts nothing.
    const faults = Array.from(
      { length: 100 },
      (_, i): FaultPlan => ({
        ...crash,
        at: 10_000 * i + 13,
        until: 10_000 * i + 7000,
        survivePpm: 400_000,
        torn: true,
      }),
    );
    const world = runWith(faults, { commits: true });
    expect(sightings(world, 1).boots).toBe(101);
    expect(count(world, 'crash')).toEqual({ scheduled: 100, applied: 100, consequential: 100 });
  });

  test('two that overlap keep the node down until the last of them ends', () => {
    const world = echoWorld({ seed: 5, faults: [crash, { ...crash, at: 600_000, until: 1_200_000 }] });
    world.run(1_199_999);
    expect(world.machine(1)).toBeNull();
    world.run(1_200_001);
    expect(world.machine(1)).not.toBeNull();
    expect(count(world, 'crash')).toEqual({ scheduled: 2, applied: 2, consequential: 1 });
  });

  test('a fault without an end keeps it down', () => {
    const world = runWith([{ ...crash, until: Number.MAX_SAFE_INTEGER }]);
    expect(world.machine(1)).toBeNull();
  });
});

describe('pause', () => {
  const pause: FaultPlan = { kind: 'pause', at: 300_000, until: 1_300_000, target: { server: 4 } };

  test('what comes meanwhile is handled afterwards, in order, with the timer late', () => {
    const world = echoWorld({ seed: 5, faults: [pause], endsAt: END });
    world.run(300_000);
    const before = { ...sightings(world, 4) };
    world.run(1_299_999);
    expect(sightings(world, 4).requests).toBe(before.requests);
    expect(sightings(world, 4).retries).toBe(before.retries);
    world.run(1_300_000);
    const after = sightings(world, 4);
    expect(after.requests - before.requests).toBeGreaterThan(10);
    expect(after.overtaken).toBe(0);
    world.run();
    expect(sum(world, 'retries')).toBeGreaterThan(5);
    expect(count(world, 'pause')).toEqual(CONSEQUENTIAL);
  });

  test('a timer that fell due meanwhile fires late by the rest of the pause', () => {
    const cutOff: FaultPlan = {
      kind: 'partition',
      at: 0,
      until: END,
      split: { isolate: { server: 4 } },
      among: 'all',
    };
    const world = runWith([cutOff, pause]);
    expect(sightings(world, 4).latest).toBeGreaterThan(1_000_000 - RETRY_AFTER - 1);
  });

  test('what a paused machine was writing becomes durable meanwhile, and it hears of it afterwards', () => {
    const world = runWith([{ ...pause, at: 301_000 }], { commits: true });
    expect(sightings(world, 4).commits).toBeGreaterThan(10);
  });

  test('a process that dies while it is paused starts afresh, not paused', () => {
    const crash: FaultPlan = {
      kind: 'crash',
      at: 500_000,
      until: 600_000,
      target: { server: 4 },
      survivePpm: 0,
      torn: false,
    };
    const world = echoWorld({ seed: 5, faults: [pause, crash], commits: true });
    world.run(1_000_000);
    expect(sightings(world, 4)).toMatchObject({ boots: 2 });
    expect(world.hosts[4]!.isPaused).toBe(false);
    world.run();
    expect(sightings(world, 4).replies).toBeGreaterThan(20);
  });

  test('two that overlap: the node goes on after the last', () => {
    const world = echoWorld({ seed: 5, faults: [pause, { ...pause, at: 400_000, until: 1_500_000 }] });
    world.run(1_499_999);
    expect(world.hosts[4]!.isPaused).toBe(true);
    world.run(1_500_000);
    expect(world.hosts[4]!.isPaused).toBe(false);
  });
});

describe('monotonic drift', () => {
  const cutOff: FaultPlan = {
    kind: 'partition',
    at: 0,
    until: END,
    split: { isolate: { server: 0 } },
    among: 'all',
  };
  const drift: FaultPlan = { kind: 'monotonic-drift', ...DURING, target: { server: 0 }, ppm: 200_000 };

  test('a fast clock fires its timers early in true time, and never early by its own reading', () => {
    const calm = sightings(runWith([cutOff]), 0).retries;
    const world = runWith([cutOff, drift]);
    expect(calm).toBe(40);
    expect(sightings(world, 0).retries).toBe(48);
    expect(sightings(world, 0).latest).toBeLessThan(10);
    expect(world.hosts[0]!.clock.local(world.now)).toBe(1_000_000 + END * 1.2);
    expect(count(world, 'monotonic-drift')).toEqual(CONSEQUENTIAL);
  });

  test('a change of rate moves a timer that is already set', () => {
    const world = echoWorld({ seed: 5, faults: [cutOff, { ...drift, at: 25_000, ppm: -500_000 }] });
    world.run(74_999);
    expect(sightings(world, 0).retries).toBe(0);
    world.run(75_000);
    expect(sightings(world, 0).retries).toBe(1);
  });

  test('several add up within what the run allows, and each end takes its own part away', () => {
    const world = echoWorld({
      faults: [
        drift,
        { ...drift, until: 1_000_000, ppm: 100_000 },
        { ...drift, until: 1_500_000, ppm: -250_000 },
      ],
      mostMonotonicPpm: 150_000,
    });
    const rate = () => world.hosts[0]!.clock.monotonicPpm();
    world.run(1);
    expect(rate()).toBe(50_000);
    world.run(1_000_000);
    expect(rate()).toBe(-50_000);
    world.run(1_500_000);
    expect(rate()).toBe(150_000);
    world.run();
    expect(rate()).toBe(0);
  });
});

test('a wall jump changes the wall clock for good, and no timer', () => {
  const jump: FaultPlan = {
    kind: 'wall-jump',
    at: 1_000_000,
    until: 1_000_000,
    target: { server: 0 },
    byMs: -86_400_000,
  };
  const world = runWith([jump]);
  const calm = runWith([]);
  expect(sightings(world, 0).lastWall).toBe(sightings(calm, 0).lastWall - 86_400_000);
  expect(sightings(world, 1).lastWall).toBe(sightings(calm, 1).lastWall);
  expect(sightings(world, 0).replies).toBe(sightings(calm, 0).replies);
  expect(count(world, 'wall-jump')).toEqual(CONSEQUENTIAL);
});

describe('targets', () => {
  const resolver: RoleResolver = { resolve: (role) => (role === 'leader' ? 2 : -1) };

  test('a role is resolved when the fault begins', () => {
    const world = runWith(
      [
        {
          kind: 'crash',
          at: 100_000,
          until: END + 1,
          target: { role: 'leader' },
          survivePpm: 0,
          torn: false,
        },
      ],
      { roles: resolver },
    );
    expect(world.machine(2)).toBeNull();
  });

  test('a role that nobody plays is scheduled but not applied', () => {
    for (const plan of [
      { kind: 'crash', ...DURING, target: { role: 'candidate' }, survivePpm: 0, torn: false },
      { kind: 'pause', ...DURING, target: { role: 'candidate' } },
      { kind: 'monotonic-drift', ...DURING, target: { role: 'candidate' }, ppm: 5 },
      { kind: 'wall-jump', ...DURING, target: { role: 'candidate' }, byMs: 5 },
      { kind: 'partition', ...DURING, split: { isolate: { role: 'candidate' } }, among: 'all' },
      {
        kind: 'loss',
        ...DURING,
        links: { of: { role: 'candidate' }, way: 'both', among: 'all' },
        ppm: 1_000_000,
      },
    ] satisfies FaultPlan[]) {
      expect(count(runWith([plan], { roles: resolver }), plan.kind)).toEqual({
        scheduled: 1,
        applied: 0,
        consequential: 0,
      });
    }
  });

  test('clients are numbered after the servers, and who does not exist is not hit', () => {
    const aimed = (target: object) =>
      runWith([{ kind: 'crash', at: 1, until: END + 1, target, survivePpm: 0, torn: false }], { servers: 3 });
    expect(aimed({ client: 1 }).machine(4)).toBeNull();
    expect(count(aimed({ client: 2 }), 'crash')).toMatchObject({ applied: 0 });
    expect(count(aimed({ server: 3 }), 'crash')).toMatchObject({ applied: 0 });
  });
});

test('a plan that is wrong is told apart, with its field', () => {
  expect(mistakeIn({ kind: 'flood', at: 0, until: 1 })).toMatch(/no fault "flood"/);
  expect(mistakeIn({ kind: 'loss', at: 0, until: 1, links: 'all' })).toMatch(/ppm/);
  expect(mistakeIn({ kind: 'loss', at: 0, until: 1, links: 'all', ppm: 5, more: 1 })).toMatch(/more/);
});

test('every kind is named after itself and has a test here', () => {
  expect([...FAULT_KINDS.keys()].sort()).toEqual([
    'crash',
    'delay',
    'duplication',
    'loss',
    'monotonic-drift',
    'one-way-cut',
    'partition',
    'pause',
    'reordering',
    'wall-jump',
  ]);
  for (const [name, kind] of FAULT_KINDS) expect(kind.kind).toBe(name);
});
