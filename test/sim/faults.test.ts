import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeFault, FAULT_KINDS, mistakeIn } from '../../sim/faults/index.ts';
import type { FaultPlan } from '../../sim/scenario/scenario.ts';
import type { FaultCount } from '../../sim/world/fault-run.ts';
import type { RoleResolver, World } from '../../sim/world/world.ts';
import { Decoder, Encoder } from '../../src/wire/frame.ts';
import { clientMessages } from '../wire/arbitraries.ts';
import { burst, LINK_DELAY, SENT_AT } from './burst.ts';
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

describe('slow link', () => {
  // 12 bytes take 10 ms.
  const slow: FaultPlan = {
    kind: 'slow-link',
    ...DURING,
    links: 'all',
    bytesPerSecond: 1200,
    queueBytes: 65_536,
  };
  const arrivals = (plan: FaultPlan) =>
    burst(plan, new Uint8Array(12), 10).arrivals.map((at) => at - SENT_AT - LINK_DELAY);

  test('a message is under way for as long as its bytes take', () => {
    const world = runWith([slow]);
    for (const seen of all(world)) expect(seen.shortest).toBeGreaterThanOrEqual(22_000);
    expect(world.network.lost).toBe(0);
    expect(sum(world, 'replies')).toBeLessThan(sum(runWith([]), 'replies') / 2);
    expect(count(world, 'slow-link')).toEqual(CONSEQUENTIAL);
  });

  test('later messages queue behind earlier ones', () => {
    expect(arrivals(slow)).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100].map((ms) => ms * 1000));
  });

  test('what finds no room in the queue is dropped; an idle link carries even without any room', () => {
    expect(arrivals({ ...slow, queueBytes: 36 })).toEqual([10_000, 20_000, 30_000]);
    expect(arrivals({ ...slow, queueBytes: 0 })).toEqual([10_000]);
    const world = runWith([{ ...slow, bytesPerSecond: 200, queueBytes: 12 }], { nodes: 2 });
    expect(world.network.lost).toBeGreaterThan(10);
    expect(sum(world, 'requests')).toBeGreaterThan(20);
  });

  test('ends: nothing waits afterwards', () => {
    const world = runWith([{ ...slow, until: 500_000 }]);
    expect(world.network.link(0, 1).modifiers).toEqual([]);
    expect(sum(world, 'replies')).toBeGreaterThan(sum(runWith([slow]), 'replies') * 1.5);
  });
});

describe('flapping link', () => {
  const flapping: FaultPlan = {
    kind: 'flapping-link',
    ...DURING,
    links: 'all',
    cutFor: 200_000,
    mendedFor: 300_000,
  };

  test('carries nothing that is sent in the first part of each period, and everything in the second', () => {
    const world = echoWorld({ seed: 5, faults: [flapping], endsAt: END });
    for (let begin = 0; begin < END; begin += 500_000) {
      // What was sent before still arrives, for as long as a link takes.
      world.run(begin + 10_001);
      const heard = sum(world, 'requests') + sum(world, 'replies');
      const { lost } = world.network;
      world.run(begin + 199_999);
      expect(sum(world, 'requests') + sum(world, 'replies')).toBe(heard);
      expect(world.network.lost).toBeGreaterThan(lost + 5);
      const lostByThen = world.network.lost;
      world.run(begin + 499_999);
      expect(world.network.lost).toBe(lostByThen);
      expect(sum(world, 'requests') + sum(world, 'replies')).toBeGreaterThan(heard + 100);
    }
    expect(count(world, 'flapping-link')).toEqual(CONSEQUENTIAL);
  });
});

describe('corruption', () => {
  const spoiling: FaultPlan = { kind: 'corruption', ...DURING, links: 'all', ppm: 100_000 };

  test('changes one byte of messages at its rate, and loses none', () => {
    const world = runWith([spoiling]);
    const rate = all(world).reduce((total, { spoiled }) => total + spoiled, 0) / world.network.sent;
    expect(rate).toBeGreaterThan(0.06);
    expect(rate).toBeLessThan(0.14);
    expect(world.network.lost).toBe(0);
    expect(sum(world, 'retries')).toBeGreaterThan(50);
    expect(count(world, 'corruption')).toEqual(CONSEQUENTIAL);
  });

  test('is caught by the checksum of a frame, wherever the byte is', () => {
    const encoder = new Encoder();
    const [call] = fc.sample(clientMessages.call, { seed: 1, numRuns: 1 });
    const length = encoder.encode(call!);
    const frame = encoder.bytes.slice(0, length);
    expect(new Decoder().client(frame, 0, length)).not.toBeNull();
    const { received } = burst({ ...spoiling, ppm: 1_000_000 }, frame, 2000);
    const places = new Set<number>();
    for (const each of received) {
      const changed = [...each.keys()].filter((i) => each[i] !== frame[i]);
      expect(changed).toHaveLength(1);
      places.add(changed[0]!);
      expect(new Decoder().client(each, 0, length)).toBeNull();
    }
    expect(received).toHaveLength(2000);
    expect(places.size).toBe(length);
  });
});

describe('crash loop', () => {
  const loop: FaultPlan = {
    kind: 'crash-loop',
    at: 100_000,
    until: 1_150_000,
    target: { server: 1 },
    downFor: 40_000,
    upFor: 160_000,
    survivePpm: 0,
    torn: false,
  };

  test('the node dies with its period, and lives on when the fault ends', () => {
    const world = echoWorld({ seed: 5, faults: [loop], endsAt: END, commits: true });
    for (let begin = 100_000; begin < 1_150_000; begin += 200_000) {
      world.run(begin);
      expect(world.machine(1)).toBeNull();
      world.run(begin + 39_999);
      expect(world.machine(1)).toBeNull();
      world.run(Math.min(begin + 199_999, END));
      expect(world.machine(1)).not.toBeNull();
    }
    world.run();
    expect(sightings(world, 1).boots).toBe(7);
    expect(world.faults[0]!.consequences).toBe(6);
    expect(count(world, 'crash-loop')).toEqual(CONSEQUENTIAL);
  });

  test('an end while the node is down starts it', () => {
    const world = runWith([{ ...loop, until: 120_000 }]);
    expect(sightings(world, 1).boots).toBe(2);
    expect(world.faults[0]!.consequences).toBe(1);
  });

  test('spares a node that was made whole', () => {
    const world = echoWorld({ seed: 5, faults: [{ ...loop, until: END }], endsAt: END });
    world.run(310_000);
    expect(world.machine(1)).toBeNull();
    world.makeWhole([1]);
    world.run();
    expect(sightings(world, 1).boots).toBe(3);
  });
});

describe('rolling restart', () => {
  const rolling: FaultPlan = {
    kind: 'rolling-restart',
    at: 100_000,
    until: 1_500_000,
    downFor: 100_000,
    gap: 200_000,
    survivePpm: 1_000_000,
    torn: false,
  };

  test('each server in turn, one at a time, and no client', () => {
    const world = echoWorld({ seed: 5, servers: 3, faults: [rolling], endsAt: END });
    for (let server = 0; server < 3; server++) {
      world.run(100_000 + 300_000 * server);
      expect(world.hosts.map(({ isUp }) => isUp)).toEqual([0, 1, 2, 3, 4].map((node) => node !== server));
      world.run(200_001 + 300_000 * server);
      expect(world.hosts.every(({ isUp }) => isUp)).toBe(true);
    }
    world.run();
    expect(all(world).map(({ boots }) => boots)).toEqual([2, 2, 2, 1, 1]);
    expect(world.faults[0]!.consequences).toBe(3);
    expect(count(world, 'rolling-restart')).toEqual(CONSEQUENTIAL);
  });

  test('an end in the middle starts who is down and leaves the others alone', () => {
    const world = runWith([{ ...rolling, until: 450_000 }]);
    expect(all(world).map(({ boots }) => boots)).toEqual([2, 2, 1, 1, 1]);
  });
});

test('all down: every server dies at once and starts again at once; clients live on', () => {
  const plan: FaultPlan = { kind: 'all-down', at: 500_000, until: 900_000, survivePpm: 0, torn: false };
  const world = echoWorld({ seed: 5, servers: 3, faults: [plan], endsAt: END });
  world.run(500_000);
  expect(world.hosts.map(({ isUp }) => isUp)).toEqual([false, false, false, true, true]);
  world.run(899_999);
  expect(world.hosts.map(({ isUp }) => isUp)).toEqual([false, false, false, true, true]);
  world.run();
  expect(all(world).map(({ boots }) => boots)).toEqual([2, 2, 2, 1, 1]);
  expect(world.faults[0]!.consequences).toBe(3);
  expect(count(world, 'all-down')).toEqual(CONSEQUENTIAL);
});

describe('suspended', () => {
  const asleep: FaultPlan = { kind: 'suspended', at: 300_000, until: 1_300_000, target: { server: 4 } };

  test('the process does not run, its monotonic clock stands still, its wall clock goes on', () => {
    const world = echoWorld({ seed: 5, faults: [asleep], endsAt: END });
    world.run(300_000);
    const before = { ...sightings(world, 4) };
    const { clock } = world.hosts[4]!;
    const [local, wall] = [clock.local(world.now), clock.wall(world.now)];
    world.run(1_299_999);
    expect(sightings(world, 4)).toMatchObject({ requests: before.requests, retries: before.retries });
    expect(clock.local(world.now)).toBe(local);
    expect(clock.wall(world.now) - wall).toBe(999);
    world.run();
    expect(clock.local(world.now) - local).toBe(700_000);
    expect(sightings(world, 4).requests - before.requests).toBeGreaterThan(20);
    expect(count(world, 'suspended')).toEqual(CONSEQUENTIAL);
  });

  test('a timer misses the time that was slept, and is not late', () => {
    const cutOff: FaultPlan = {
      kind: 'partition',
      ...DURING,
      split: { isolate: { server: 4 } },
      among: 'all',
    };
    expect(sightings(runWith([cutOff]), 4).retries).toBe(40);
    const world = runWith([cutOff, asleep]);
    expect(sightings(world, 4).retries).toBe(20);
    expect(sightings(world, 4).latest).toBe(0);
  });

  test('two that overlap: the node goes on after the last', () => {
    const world = echoWorld({ seed: 5, faults: [asleep, { ...asleep, at: 400_000, until: 1_500_000 }] });
    world.run(1_499_999);
    expect([world.hosts[4]!.isAsleep, world.hosts[4]!.isPaused]).toEqual([true, true]);
    expect(world.hosts[4]!.clock.isSuspended()).toBe(true);
    world.run(1_500_000);
    expect([world.hosts[4]!.isAsleep, world.hosts[4]!.isPaused]).toEqual([false, false]);
    expect(world.hosts[4]!.clock.isSuspended()).toBe(false);
  });

  test('a crash ends the sleep, and so does being made whole', () => {
    const crash: FaultPlan = {
      kind: 'crash',
      at: 500_000,
      until: 600_000,
      target: { server: 4 },
      survivePpm: 0,
      torn: false,
    };
    const crashed = echoWorld({ seed: 5, faults: [asleep, crash] });
    const whole = echoWorld({ seed: 5, faults: [asleep] });
    whole.run(600_000);
    whole.makeWhole([4]);
    for (const world of [crashed, whole]) {
      world.run(700_000);
      expect(world.hosts[4]!.clock.isSuspended()).toBe(false);
      const { replies } = sightings(world, 4);
      world.run(1_299_999);
      expect(sightings(world, 4).replies).toBeGreaterThan(replies + 20);
      world.run();
      expect(world.hosts[4]!.clock.isSuspended()).toBe(false);
    }
  });
});

describe('slow node', () => {
  const slow: FaultPlan = { kind: 'slow-node', ...DURING, target: { server: 0 }, by: 30_000 };
  const cutOff: FaultPlan = { kind: 'partition', ...DURING, split: { isolate: { server: 0 } }, among: 'all' };

  test('every message reaches it late by that much, none is lost or overtaken', () => {
    const world = runWith([slow]);
    expect(sightings(world, 0).shortest).toBeGreaterThanOrEqual(32_000);
    expect(sightings(world, 1).shortest).toBeLessThan(10_000);
    expect(Math.max(...all(world).map(({ longest }) => longest))).toBeGreaterThan(40_000);
    expect(world.network.lost + sum(world, 'overtaken')).toBe(0);
    expect(count(world, 'slow-node')).toEqual(CONSEQUENTIAL);
  });

  test('every timer fires late by that much', () => {
    const world = runWith([cutOff, slow]);
    expect(sightings(world, 0).latest).toBe(30_000);
    expect(sightings(world, 0).retries).toBe(END / (RETRY_AFTER + 30_000));
  });

  test('a machine that asks again and again to be woken at once is woken all the same', () => {
    const world = echoWorld({ seed: 5, faults: [cutOff, slow] });
    const host = world.hosts[0]!;
    for (let at = 0; at < 1_000_000; at += 10_000) {
      world.run(at);
      host.wakeAt(host.clock.local(at));
    }
    expect(sightings(world, 0).retries).toBeGreaterThan(20);
  });

  test('two add up, and the end of each takes its own part away, of timers that are set as well', () => {
    const world = echoWorld({
      seed: 5,
      faults: [cutOff, { ...slow, until: 1_000_000 }, { ...slow, until: 500_000, by: 10_000 }],
    });
    world.run(499_999);
    expect(sightings(world, 0).latest).toBe(40_000);
    world.run(1_000_000);
    const { retries } = sightings(world, 0);
    world.run();
    expect(sightings(world, 0).retries - retries).toBeGreaterThanOrEqual(19);
  });

  test('what waits when the fault ends is not overtaken by what comes then', () => {
    const late = burst({ ...slow, until: 3000, target: { server: 1 }, by: 50_000 }, new Uint8Array(4), 3);
    expect(late.arrivals).toEqual([52_000, 52_000, 52_000]);
    const world = runWith(
      Array.from({ length: 30 }, (_, i) => ({ ...slow, at: i * 60_000, until: i * 60_000 + 30_000 })),
    );
    expect(sum(world, 'overtaken')).toBe(0);
  });
});

describe('priorities', () => {
  const ordered: FaultPlan = {
    kind: 'priorities',
    ...DURING,
    servers: [2, 0, 1],
    step: 30_000,
    changes: [],
  };
  const lateBy = (world: World, server: number) => {
    const { shortest } = sightings(world, server);
    return shortest < 30_000 ? 0 : shortest < 60_000 ? 30_000 : 60_000;
  };

  test('each server of the order is slower than the one before it, and the others are as quick as the first', () => {
    const world = runWith([ordered]);
    expect([0, 1, 2, 3].map((server) => lateBy(world, server))).toEqual([30_000, 60_000, 0, 0]);
    expect(count(world, 'priorities')).toEqual(CONSEQUENTIAL);
  });

  test('at an interesting event whoever comes to it falls behind all others', () => {
    const world = echoWorld({ seed: 5, faults: [{ ...ordered, servers: [0, 1, 2, 3, 4], changes: [1] }] });
    world.run(1);
    // The first answer is an interesting event of an echo; every server but the one that has it moves up.
    let first = -1;
    while (first < 0 && world.step())
      first = [0, 1, 2, 3, 4].findIndex((server) => sightings(world, server).replies > 0);
    const late = () => [0, 1, 2, 3, 4].map((server) => world.hosts[server]!.lateBy);
    const before = [0, 30_000, 60_000, 90_000, 120_000];
    expect(late()).toEqual(before);
    world.step();
    const after = before.map((by, server) =>
      server === first ? 120_000 : server > first ? by - 30_000 : by,
    );
    expect(late()).toEqual(after);
    world.run(END + 1);
    expect(late()).toEqual([0, 0, 0, 0, 0]);
  });
});

describe('slow sync', () => {
  const slow: FaultPlan = { kind: 'slow-sync', ...DURING, target: { server: 2 }, factor: 50 };

  test('batches of that node take so many times as long, and nobody else waits', () => {
    const calm = runWith([], { commits: true });
    const world = runWith([slow], { commits: true });
    expect(sightings(world, 2).commits).toBeLessThan(sightings(calm, 2).commits / 4);
    expect(sightings(world, 2).commits).toBeGreaterThan(5);
    expect(sightings(world, 2).requests).toBe(sightings(calm, 2).requests);
    expect(sightings(world, 1).commits).toBe(sightings(calm, 1).commits);
    expect(count(world, 'slow-sync')).toEqual(CONSEQUENTIAL);
  });

  test('ends, and is without consequence where nothing is written', () => {
    const half = runWith([{ ...slow, until: 1_000_000 }], { commits: true });
    const whole = runWith([slow], { commits: true });
    expect(sightings(half, 2).commits).toBeGreaterThan(sightings(whole, 2).commits * 2);
    expect(count(runWith([slow]), 'slow-sync')).toEqual({ scheduled: 1, applied: 1, consequential: 0 });
  });
});

describe('wall drift', () => {
  const drift: FaultPlan = {
    kind: 'wall-drift',
    at: 500_000,
    until: 1_500_000,
    target: { server: 0 },
    ppm: 200_000,
  };

  test('the wall clock runs at its rate for a while, keeps its error, and moves no timer', () => {
    const world = runWith([drift]);
    const calm = runWith([]);
    expect(sightings(world, 0).lastWall).toBe(sightings(calm, 0).lastWall + 200);
    expect(sightings(world, 1).lastWall).toBe(sightings(calm, 1).lastWall);
    expect(sightings(world, 0).replies).toBe(sightings(calm, 0).replies);
    expect(world.hosts[0]!.clock.wallPpm()).toBe(0);
    expect(count(world, 'wall-drift')).toEqual(CONSEQUENTIAL);
  });

  test('several add up, and each end takes its own part away', () => {
    const world = echoWorld({ faults: [drift, { ...drift, until: 1_000_000, ppm: -500_000 }] });
    world.run(999_999);
    expect(world.hosts[0]!.clock.wallPpm()).toBe(-300_000);
    world.run(1_000_000);
    expect(world.hosts[0]!.clock.wallPpm()).toBe(200_000);
  });
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
      { kind: 'wall-drift', ...DURING, target: { role: 'candidate' }, ppm: 5 },
      { kind: 'suspended', ...DURING, target: { role: 'candidate' } },
      { kind: 'slow-node', ...DURING, target: { role: 'candidate' }, by: 5000 },
      { kind: 'slow-sync', ...DURING, target: { role: 'candidate' }, factor: 5 },
      { kind: 'full-disk', ...DURING, target: { role: 'candidate' }, room: 0, copiesOnWrite: true },
      {
        kind: 'crash-loop',
        ...DURING,
        target: { role: 'candidate' },
        downFor: 5,
        upFor: 5,
        survivePpm: 0,
        torn: false,
      },
      { kind: 'corruption', ...DURING, links: [[0, 9]], ppm: 1_000_000 },
      { kind: 'flapping-link', ...DURING, links: [[9, 0]], cutFor: 5, mendedFor: 5 },
      { kind: 'slow-link', ...DURING, links: [[9, 8]], bytesPerSecond: 5, queueBytes: 5 },
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

  test('in a world without servers there is none to restart', () => {
    for (const plan of [
      { kind: 'all-down', ...DURING, survivePpm: 0, torn: false },
      { kind: 'rolling-restart', ...DURING, downFor: 5, gap: 5, survivePpm: 0, torn: false },
    ] satisfies FaultPlan[]) {
      const world = runWith([plan], { servers: 0 });
      expect(count(world, plan.kind)).toEqual({ scheduled: 1, applied: 0, consequential: 0 });
      expect(sum(world, 'boots')).toBe(5);
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

describe('a group of servers', () => {
  const held = (servers: number, target: object): number[] => {
    const world = echoWorld({ seed: 5, endsAt: END, servers, nodes: servers + 2 });
    const run = world.inject({ kind: 'pause', ...DURING, target });
    world.run(1);
    return [...run.nodes];
  };

  test('a majority is the fewest that are more than half, a minority are all others but no more', () => {
    const sizes = (group: string) =>
      [1, 2, 3, 4, 5, 11].map((servers) => held(servers, { group, from: 0 }).length);
    expect(sizes('majority')).toEqual([1, 2, 2, 3, 3, 6]);
    expect(sizes('minority')).toEqual([0, 0, 1, 1, 2, 5]);
  });

  test('begins with the server named and goes on from the first: never a client', () => {
    expect(held(5, { group: 'majority', from: 3 })).toEqual([3, 4, 0]);
    expect(held(5, { group: 'minority', from: 9 })).toEqual([4, 0]);
    expect(held(0, { group: 'majority', from: 0 })).toEqual([]);
  });

  const target = { group: 'majority', from: 1 } as const;

  test('each kind that takes one strikes all of it, and nobody else', () => {
    const calm = runWith([], { servers: 4 });
    const crashed = runWith([{ kind: 'crash', at: 5, until: END + 1, target, survivePpm: 0, torn: false }], {
      servers: 4,
    });
    expect(crashed.hosts.map(({ isUp }) => isUp)).toEqual([true, false, false, false, true]);
    const asleep = runWith([{ kind: 'suspended', at: 5, until: END + 1, target }], { servers: 4 });
    expect(asleep.hosts.map(({ isAsleep }) => isAsleep)).toEqual([false, true, true, true, false]);
    const jumped = runWith([{ kind: 'wall-jump', at: 5, until: 5, target, byMs: 1000 }], { servers: 4 });
    const jumps = jumped.hosts.map(
      (_, node) => sightings(jumped, node).lastWall - sightings(calm, node).lastWall,
    );
    expect(jumps).toEqual([0, 1000, 1000, 1000, 0]);
  });

  test('cut off, it talks among itself and reaches nobody else', () => {
    const world = echoWorld({ seed: 5, endsAt: END, servers: 3 });
    world.inject({ kind: 'partition', ...DURING, split: { isolate: target }, among: 'all' });
    world.run(1);
    const isCut = (from: number, to: number) => world.network.link(from, to).modifiers.length > 0;
    expect([isCut(1, 2), isCut(2, 1), isCut(0, 3)]).toEqual([false, false, false]);
    expect([isCut(1, 0), isCut(0, 2), isCut(2, 3), isCut(4, 1)]).toEqual([true, true, true, true]);
  });

  test('says so in its description', () => {
    expect(describeFault({ kind: 'pause', ...DURING, target })).toBe('pause of a majority from s2 on');
  });
});

describe('disks that forget: the echo counts its requests on its disk', () => {
  const target = { server: 1 };

  /** What the node found on its disk when it last started, and what it had counted when it went down. */
  function found(plan: FaultPlan): { recovered: number; counted: number; boots: number; world: World } {
    expect(mistakeIn(plan)).toBeNull();
    const world = echoWorld({ seed: 5, endsAt: END, commits: true, faults: [plan] });
    world.run(plan.at + ((plan.keptFor as number | undefined) ?? 0) - 1);
    const counted = world.hosts[1]!.files().get('count')?.[0] ?? 0;
    world.run();
    const { recovered, boots } = sightings(world, 1);
    return { recovered, counted, boots, world };
  }

  test('wiped disk: a node starts again with nothing', () => {
    const { recovered, counted, boots, world } = found({
      kind: 'wiped-disk',
      at: 1_000_000,
      until: 1_200_000,
      target,
    });
    expect(counted).toBeGreaterThan(5);
    expect(recovered).toBe(0);
    expect(boots).toBe(2);
    expect(count(world, 'wiped-disk')).toEqual(CONSEQUENTIAL);
  });

  test('restored image: a node starts again with what it had when the image was taken', () => {
    const plan = { kind: 'restored-image', at: 500_000, until: 1_500_000, target, keptFor: 800_000 };
    const { recovered, counted, boots, world } = found(plan);
    const atImage = echoWorld({ seed: 5, endsAt: END, commits: true });
    atImage.run(500_000);
    expect(recovered).toBe(atImage.hosts[1]!.files().get('count')![0]);
    expect(recovered).toBeGreaterThan(0);
    expect(counted).toBeGreaterThan(recovered);
    expect(boots).toBe(2);
    expect(count(world, 'restored-image')).toEqual(CONSEQUENTIAL);
  });

  test('restored image: one that is never put back has no consequence', () => {
    const plan = { kind: 'restored-image', at: 500_000, until: 700_000, target, keptFor: 800_000 };
    const { boots, world } = found(plan);
    expect(boots).toBe(1);
    expect(count(world, 'restored-image')).toEqual({ scheduled: 1, applied: 1, consequential: 0 });
  });

  test('latent corruption: bytes turn over in the files chosen, and matter when a start reads them', () => {
    const rot = {
      kind: 'latent-corruption',
      at: 10,
      until: 10,
      target,
      ending: 'unt',
      placePpm: 0,
      bytes: 4,
    };
    const world = echoWorld({ seed: 5, endsAt: END, servers: 5, commits: true });
    world.run(1_000_000);
    const before = world.hosts[1]!.files().get('count')![0]!;
    world.inject({ ...rot, ending: '.a' });
    world.inject(rot);
    world.run(1_000_000);
    expect(world.hosts[1]!.files().get('count')![0]).toBe(before ^ 0xff);
    expect(count(world, 'latent-corruption')).toEqual({ scheduled: 2, applied: 1, consequential: 0 });
    world.crash(1, { survivePpm: 0, torn: false }, 1_000_001);
    world.run(1_000_001);
    expect(sightings(world, 1).recovered).toBe(before ^ 0xff);
    expect(count(world, 'latent-corruption')).toEqual({ scheduled: 2, applied: 1, consequential: 1 });
  });

  test('a node without a disk is not hit', () => {
    for (const plan of [
      { kind: 'wiped-disk', ...DURING, target },
      { kind: 'restored-image', ...DURING, target, keptFor: 5 },
      { kind: 'latent-corruption', ...DURING, target, ending: '', placePpm: 0, bytes: 1 },
    ] satisfies FaultPlan[]) {
      expect(count(runWith([plan]), plan.kind)).toEqual({ scheduled: 1, applied: 0, consequential: 0 });
    }
  });
});

describe('no more stores are lost than the pool can spare', () => {
  const wiped = (server: number, at: number): FaultPlan => ({
    kind: 'wiped-disk',
    at,
    until: at + 1000,
    target: { server },
  });
  const rotten: FaultPlan = {
    kind: 'latent-corruption',
    at: 700_000,
    until: 700_000,
    target: { server: 2 },
    ending: '',
    placePpm: 0,
    bytes: 1,
  };

  test('a fault that would take one more is not applied, and counts as not applied', () => {
    const faults = [wiped(0, 500_000), wiped(1, 600_000), rotten];
    const world = runWith(faults, { commits: true, mostStoresLost: 1 });
    expect(count(world, 'wiped-disk')).toEqual({ scheduled: 2, applied: 1, consequential: 1 });
    expect(count(world, 'latent-corruption')).toEqual({ scheduled: 1, applied: 0, consequential: 0 });
    expect(sightings(world, 1).boots).toBe(1);
  });

  test('one that is lost already can be lost again, and one that counts again makes room for another', () => {
    const again = runWith([wiped(0, 500_000), wiped(0, 600_000)], { commits: true, mostStoresLost: 1 });
    expect(count(again, 'wiped-disk')).toEqual({ scheduled: 2, applied: 2, consequential: 2 });
    const world = echoWorld({
      commits: true,
      mostStoresLost: 1,
      faults: [wiped(0, 500_000), wiped(1, 600_000)],
    });
    world.run(550_000);
    world.hosts[0]!.storeCounts();
    world.run();
    expect(count(world, 'wiped-disk')).toEqual({ scheduled: 2, applied: 2, consequential: 2 });
  });

  test('rot that finds no file takes none', () => {
    const faults = [{ ...rotten, ending: '.none' }, wiped(1, 800_000)];
    const world = runWith(faults, { commits: true, mostStoresLost: 1 });
    expect(count(world, 'wiped-disk')).toEqual(CONSEQUENTIAL);
  });
});

describe('failed sync', () => {
  const failed: FaultPlan = {
    kind: 'failed-sync',
    at: 500_000,
    until: 900_000,
    target: { server: 1 },
    survivePpm: 0,
    torn: false,
  };

  test('the process dies of the next sync, is not told that its batch is done, and starts again when the fault ends', () => {
    const world = echoWorld({ seed: 5, endsAt: END, commits: true, faults: [failed] });
    world.run(500_000);
    const { commits } = sightings(world, 1);
    while (world.machine(1) !== null) {
      expect(sightings(world, 1).commits).toBe(commits);
      world.step();
    }
    expect(world.now).toBeLessThan(600_000);
    world.run(899_999);
    expect(world.machine(1)).toBeNull();
    world.run();
    expect(sightings(world, 1).boots).toBe(2);
    expect(sightings(world, 1).commits).toBeGreaterThan(commits);
    expect(count(world, 'failed-sync')).toEqual(CONSEQUENTIAL);
  });

  test('what of the failed batch is on the medium is left to chance', () => {
    const found = (survivePpm: number): number[] =>
      Array.from({ length: 20 }, (_, seed) => {
        const faults = [{ ...failed, survivePpm }];
        const world = echoWorld({ seed, endsAt: END, commits: true, faults });
        world.run(500_000);
        const before = world.hosts[1]!.files().get('count')![0]!;
        world.run(900_001);
        return sightings(world, 1).recovered - before;
      });
    const total = (each: number[]) => each.reduce((sum, one) => sum + one, 0);
    expect(new Set(found(0)).size).toBeGreaterThan(1);
    expect(total(found(1_000_000))).toBeGreaterThan(total(found(0)));
  });

  test('fails once, and none that begins after the fault', () => {
    const world = echoWorld({ seed: 5, endsAt: END, commits: true, faults: [failed] });
    world.run();
    expect(sightings(world, 1).boots).toBe(2);
    const without = runWith([failed]);
    expect(count(without, 'failed-sync')).toEqual({ scheduled: 1, applied: 0, consequential: 0 });
    const calm = runWith([{ ...failed, at: 500_000, until: 500_000 }], { commits: true });
    expect(sightings(calm, 1).boots).toBe(1);
    expect(count(calm, 'failed-sync')).toEqual({ scheduled: 1, applied: 1, consequential: 0 });
  });
});

describe('full disk', () => {
  const full: FaultPlan = {
    kind: 'full-disk',
    at: 500_000,
    until: 900_000,
    target: { server: 1 },
    room: 0,
    copiesOnWrite: true,
  };

  test('batches find no room while it lasts, the machine is told, and afterwards they fit', () => {
    const world = echoWorld({ seed: 5, endsAt: END, commits: true, faults: [full] });
    world.run(500_000);
    const { commits } = sightings(world, 1);
    const before = world.hosts[1]!.files().get('count')![0]!;
    world.run(899_999);
    expect(sightings(world, 1).fulls).toBeGreaterThan(5);
    // One may have been on its way.
    expect(sightings(world, 1).commits).toBeLessThanOrEqual(commits + 1);
    expect(world.hosts[1]!.files().get('count')![0]!).toBeLessThanOrEqual(before + 2);
    world.run();
    expect(sightings(world, 1).boots).toBe(1);
    expect(sightings(world, 1).commits).toBeGreaterThan(commits + 5);
    expect(sightings(world, 2).fulls).toBe(0);
    expect(count(world, 'full-disk')).toEqual(CONSEQUENTIAL);
  });

  test('is without consequence where there is room for what is written, or nothing is', () => {
    const roomy = { ...full, room: 10 };
    expect(count(runWith([roomy], { commits: true }), 'full-disk')).toMatchObject({ consequential: 0 });
    expect(count(runWith([{ ...full, copiesOnWrite: false }], { commits: true }), 'full-disk')).toMatchObject(
      {
        consequential: 0,
      },
    );
    expect(count(runWith([full]), 'full-disk')).toMatchObject({ consequential: 0 });
  });

  test('one of two that ends leaves the other, and a node made whole has room', () => {
    const longer = { ...full, until: END, room: 0 };
    const world = echoWorld({ seed: 5, endsAt: END, commits: true, faults: [full, longer] });
    world.run(950_000);
    const { commits } = sightings(world, 1);
    world.run(1_000_000);
    expect(sightings(world, 1).commits).toBe(commits);
    world.makeWhole([1]);
    world.run();
    expect(sightings(world, 1).commits).toBeGreaterThan(commits);
  });

  test('a paused machine is told afterwards', () => {
    const pause: FaultPlan = { kind: 'pause', at: 500_000, until: 800_000, target: { server: 1 } };
    const world = echoWorld({
      seed: 5,
      endsAt: END,
      commits: true,
      faults: [{ ...full, at: 490_000 }, pause],
    });
    world.run(799_999);
    const { fulls } = sightings(world, 1);
    world.run(800_000);
    expect(sightings(world, 1).fulls).toBe(fulls + 1);
  });
});

describe('late copies', () => {
  const late = { kind: 'late-copies', at: 0, until: 500_000, links: 'all', ppm: 200_000 } as const;

  test('turn up long after their message, when the fault has ended', () => {
    const world = echoWorld({ seed: 5, endsAt: END, faults: [{ ...late, after: 900_000, within: 100_000 }] });
    world.run(899_999);
    expect(sum(world, 'repeats') + sum(world, 'overtaken')).toBe(0);
    world.run();
    expect(sum(world, 'repeats') + sum(world, 'overtaken')).toBeGreaterThan(20);
    expect(sum(world, 'retries')).toBe(0);
    expect(count(world, 'late-copies')).toEqual(CONSEQUENTIAL);
  });

  test('of what clients ask: only to servers, and nothing between servers', () => {
    const world = echoWorld({ endsAt: END, servers: 3 });
    world.inject({ ...late, links: 'from clients', after: 5, within: 0 });
    world.run(1);
    const laid = (from: number, to: number) => world.network.link(from, to).modifiers.length;
    expect([laid(3, 0), laid(4, 2), laid(0, 3), laid(0, 1), laid(3, 4)]).toEqual([1, 1, 0, 0, 0]);
  });

  test('that come after the end of the run have no consequence', () => {
    const world = runWith([{ ...late, after: END + 1, within: 0 }]);
    expect(count(world, 'late-copies')).toEqual({ scheduled: 1, applied: 1, consequential: 0 });
  });
});

describe('stragglers', () => {
  const late = { kind: 'stragglers', at: 0, until: 500_000, links: 'all', within: 100_000 } as const;

  test('come long after they were sent, and nothing comes in their place', () => {
    const world = echoWorld({ seed: 5, endsAt: END, faults: [{ ...late, ppm: 1_000_000, after: 700_000 }] });
    world.run(499_999);
    expect(sum(world, 'replies')).toBe(0);
    world.run();
    expect(sum(world, 'replies')).toBeGreaterThan(0);
    expect(count(world, 'stragglers')).toEqual(CONSEQUENTIAL);
  });

  test('are some of all messages only', () => {
    const some = runWith([{ ...late, ppm: 200_000, after: 5_000 }]);
    expect(sum(some, 'overtaken')).toBeGreaterThan(0);
    expect(sum(some, 'overtaken')).toBeLessThan(sum(some, 'replies'));
    expect(count(some, 'stragglers')).toEqual(CONSEQUENTIAL);
  });
});

describe('a fault that waits for a milestone', () => {
  const down = {
    kind: 'crash',
    at: 200_000,
    until: 300_000,
    target: { server: 1 },
    survivePpm: 0,
    torn: false,
  };
  const of = { server: 1 };

  test('begins when it has come as often as asked, not before its time, and lasts as long as planned', () => {
    const world = echoWorld({
      seed: 5,
      endsAt: END,
      faults: [{ ...down, when: { milestone: 'answered', of, nth: 3, delay: 7 } }],
    });
    world.run(200_000 - 1);
    const before = sightings(world, 1).replies;
    let replies = before;
    while (world.machine(1) !== null) {
      replies = sightings(world, 1).replies;
      world.step();
    }
    expect(replies).toBe(before + 3);
    const began = world.now;
    while (world.machine(1) === null) world.step();
    expect(world.now).toBe(began + 100_000);
    expect(count(world, 'crash')).toEqual(CONSEQUENTIAL);
  });

  test('a crash between the hand-over of a batch to the disk and its sync loses the batch', () => {
    const when = { milestone: 'sync handed', of, delay: 0 };
    const world = runWith([{ ...down, at: 0, until: 100_000, when }], { commits: true });
    expect(sightings(world, 1).recovered).toBe(0);
    expect(count(world, 'crash')).toEqual(CONSEQUENTIAL);
  });

  test('is scheduled only, when the milestone is never reached, or too late', () => {
    for (const when of [
      { milestone: 'unheard of', delay: 0 },
      { milestone: 'answered', delay: 0, before: 100_000 },
      { milestone: 'answered', of: { role: 'candidate' }, delay: 0 },
    ]) {
      const world = runWith([{ ...down, when }]);
      expect(count(world, 'crash')).toEqual({ scheduled: 1, applied: 0, consequential: 0 });
    }
  });

  test('says so in its description', () => {
    const when = { milestone: 'froze', of: { role: 'leader' }, nth: 3, delay: 5000 } as const;
    expect(describeFault({ kind: 'pause', ...DURING, target: { server: 1 }, when })).toBe(
      'pause of s2, 5 ms after "froze" of the leader, time 3',
    );
    expect(
      describeFault({
        kind: 'pause',
        ...DURING,
        target: { server: 1 },
        when: { milestone: 'froze', delay: 0 },
      }),
    ).toBe('pause of s2, at "froze"');
  });

  test('only kinds that can wait accept it', () => {
    const when = { milestone: 'answered', delay: 0 };
    expect(mistakeIn({ kind: 'loss', ...DURING, links: 'all', ppm: 5, when })).toMatch(/when/);
  });
});

test('a plan that is wrong is told apart, with its field', () => {
  expect(mistakeIn({ kind: 'flood', at: 0, until: 1 })).toMatch(/no fault "flood"/);
  expect(mistakeIn({ kind: 'loss', at: 0, until: 1, links: 'all' })).toMatch(/ppm/);
  expect(mistakeIn({ kind: 'loss', at: 0, until: 1, links: 'all', ppm: 5, more: 1 })).toMatch(/more/);
});

test('every kind is named after itself and has a test here', () => {
  expect([...FAULT_KINDS.keys()].sort()).toEqual([
    'all-down',
    'corruption',
    'crash',
    'crash-loop',
    'delay',
    'duplication',
    'edited-file',
    'failed-sync',
    'flapping-link',
    'full-disk',
    'late-copies',
    'latent-corruption',
    'loss',
    'lowered-mark',
    'monotonic-drift',
    'older-file',
    'one-way-cut',
    'partition',
    'pause',
    'priorities',
    'reordering',
    'restored-image',
    'rolling-restart',
    'slow-link',
    'slow-node',
    'slow-sync',
    'stragglers',
    'suspended',
    'wall-drift',
    'wall-jump',
    'wiped-disk',
  ]);
  for (const [name, kind] of FAULT_KINDS) expect(kind.kind).toBe(name);
});
