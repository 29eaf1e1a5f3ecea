import { expect, test } from 'vitest';
import type { Move } from '../../sim/scenario/scenario.ts';
import { DELIVERY, DISK_DONE, WAKE } from '../../sim/world/event-kind.ts';
import { type Alphabet, costOf, PAID_MOVES, Steering } from '../../sim/world/steering.ts';
import type { World } from '../../sim/world/world.ts';
import { type EchoPlan, echoWorld, sightings } from './echo.ts';

/** Two nodes, so that it is plain who is asked; nothing takes any time. */
const PLAN: EchoPlan = { nodes: 2, delayFrom: 0, delayTo: 0, commits: true, endsAt: 400_000 };

/** The first byte of a frame. */
const REQUEST = 1;
const REPLY = 2;

const EVERYTHING: Alphabet = { kinds: PAID_MOVES, jumps: [3_600_000] };

class Steered {
  readonly world: World;
  readonly steering: Steering;

  constructor(plan: EchoPlan = PLAN) {
    this.world = echoWorld({ ...plan, delayFrom: 10, delayTo: 10 });
    this.steering = new Steering(this.world, []);
  }

  step(): boolean {
    const isStep = this.world.step();
    this.steering.settle();
    return isStep;
  }

  /** Until the next event is of that kind, of that node; of a frame it may say what it is. */
  before(kind: number, node: number, what?: number): this {
    for (;;) {
      const next = this.world.next();
      if (next === null) throw new Error('no such event is left');
      const isIt = what === undefined || next.frame?.bytes[0] === what;
      if (this.world.now > 0 && next.kind === kind && next.node === node && isIt) return this;
      this.step();
    }
  }

  make(move: Record<string, unknown>): boolean {
    return this.steering.make({ before: this.world.events + 1, ...move } as Move);
  }

  toTheEnd(): this {
    while (this.step());
    return this;
  }
}

test('left alone it changes nothing', () => {
  const steered = new Steered();
  const plain = echoWorld({ ...PLAN, delayFrom: 10, delayTo: 10 });
  steered.toTheEnd();
  plain.run();
  expect(steered.world.digest()).toBe(plain.digest());
});

test('a message that is held does not arrive before it is let go, and then next of all', () => {
  const held = new Steered().before(DELIVERY, 1, REQUEST);
  const frame = held.world.next()!.frame;
  expect(held.make({ move: 'hold' })).toBe(true);
  const retriesBefore = sightings(held.world, 0).retries;
  held.before(WAKE, 0).step();
  expect(sightings(held.world, 0).retries).toBe(retriesBefore + 1);
  expect(held.make({ move: 'release', held: 0 })).toBe(true);
  expect(held.world.next()).toMatchObject({ kind: DELIVERY, node: 1 });
  expect(held.world.next()!.frame).toBe(frame);
  expect(held.world.nextAt()).toBe(held.world.now);
  expect(held.make({ move: 'release', held: 0 })).toBe(false);
});

test('a sync that is held ends when it is let go', () => {
  const held = new Steered().before(DISK_DONE, 1);
  expect(held.make({ move: 'hold' })).toBe(true);
  const { commits } = sightings(held.world, 1);
  const until = held.world.now + 100_000;
  while (held.world.nextAt() < until) {
    expect(held.world.next()).not.toMatchObject({ kind: DISK_DONE, node: 1 });
    held.step();
  }
  held.make({ move: 'release', held: 0 });
  expect(held.world.next()).toMatchObject({ kind: DISK_DONE, node: 1 });
  held.step();
  expect(sightings(held.world, 1).commits).toBeGreaterThan(commits);
});

test('a message that is copied comes twice', () => {
  const copied = new Steered().before(DELIVERY, 0, REPLY);
  copied.make({ move: 'copy' });
  const { repeats } = sightings(copied.world, 0);
  copied.step();
  expect(sightings(copied.world, 0).repeats).toBe(repeats);
  copied.make({ move: 'release', held: 0 });
  copied.step();
  expect(sightings(copied.world, 0).repeats).toBe(repeats + 1);
});

test('what was not synced is lost at a crash, or all of it is there', () => {
  const recovered = (keeps: boolean): number => {
    const crashed = new Steered().before(DISK_DONE, 1);
    expect(crashed.make({ move: 'crash', node: 1, keeps })).toBe(true);
    expect(crashed.make({ move: 'crash', node: 1, keeps })).toBe(false);
    expect(crashed.world.machine(1)).toBeNull();
    expect(crashed.make({ move: 'restart', node: 1 })).toBe(true);
    expect(crashed.make({ move: 'restart', node: 1 })).toBe(false);
    crashed.step();
    while (crashed.world.machine(1) === null) crashed.step();
    return crashed.world.hosts[1]!.presentFiles().get('count')?.[0] ?? 0;
  };
  expect(recovered(true)).toBeGreaterThan(recovered(false));
});

test('a held sync dies with its node', () => {
  const crashed = new Steered().before(DISK_DONE, 1);
  crashed.make({ move: 'hold' });
  crashed.make({ move: 'crash', node: 1, keeps: false });
  expect(crashed.make({ move: 'release', held: 0 })).toBe(false);
  crashed.toTheEnd();
});

test('who stands still handles what came meanwhile when it goes on', () => {
  const paused = new Steered().before(DELIVERY, 1, REQUEST);
  paused.make({ move: 'pause', node: 1 });
  const { requests } = sightings(paused.world, 1);
  paused.before(WAKE, 0);
  expect(sightings(paused.world, 1).requests).toBe(requests);
  expect(paused.make({ move: 'resume', node: 1 })).toBe(true);
  expect(paused.make({ move: 'resume', node: 1 })).toBe(false);
  for (let event = 0; event < 3; event++) paused.step();
  expect(sightings(paused.world, 1).requests).toBeGreaterThan(requests);
});

test('a cut stops everything between the two sides, both ways, until it is mended', () => {
  const cut = new Steered().before(DELIVERY, 1, REQUEST);
  cut.make({ move: 'cut', nodes: [1] });
  const { requests, replies } = sightings(cut.world, 0);
  const lost = cut.world.network.lost;
  cut.before(WAKE, 0).step();
  cut.before(WAKE, 0);
  expect(sightings(cut.world, 0)).toMatchObject({ requests, replies });
  expect(cut.world.network.lost).toBeGreaterThan(lost);
  expect(cut.make({ move: 'mend', cut: 0 })).toBe(true);
  expect(cut.make({ move: 'mend', cut: 0 })).toBe(false);
  cut.toTheEnd();
  expect(sightings(cut.world, 0).replies).toBeGreaterThan(replies);
});

test('a wall clock jumps', () => {
  const jumped = new Steered().before(DELIVERY, 1);
  const { clock } = jumped.world.hosts[1]!;
  const before = clock.wall(jumped.world.now);
  jumped.make({ move: 'jump', node: 1, byMs: 3_600_000 });
  expect(clock.wall(jumped.world.now)).toBe(before + 3_600_000);
});

test('moves that are open can be made, cost what they cost, and are not there without budget', () => {
  const steered = new Steered({ ...PLAN, nodes: 5, endsAt: 60_000_000 });
  const seen = new Set<string>();
  for (let event = 0; event < 2000; event++) {
    const free = steered.steering.open(0, EVERYTHING);
    expect(free.every((move) => costOf(move) === 0)).toBe(true);
    const open = steered.steering.open(1, EVERYTHING);
    for (const { move } of open) seen.add(move);
    // All are made somewhere, and mostly none.
    const move = open[(Math.imul(event, 0x9e3779b1) >>> 8) % (4 * open.length + 1)];
    if (move !== undefined) {
      expect(move.before).toBe(steered.world.events + 1);
      expect(steered.steering.make(move)).toBe(true);
    }
    steered.step();
  }
  expect([...seen].toSorted()).toEqual(
    ['copy', 'crash', 'cut', 'hold', 'jump', 'mend', 'pause', 'release', 'restart', 'resume'].toSorted(),
  );
});

test('a plan of moves is made before the events that it names, whatever of it can be made', () => {
  const moves: Move[] = [
    { before: 20, move: 'hold' },
    { before: 25, move: 'release', held: 7 },
    { before: 30, move: 'pause', node: 1 },
    { before: 60, move: 'resume', node: 1 },
  ];
  const world = echoWorld({ ...PLAN, delayFrom: 10, delayTo: 10 });
  const planned = new Steering(world, moves);
  for (let isOver = false; !isOver; ) {
    planned.follow();
    isOver = !world.step();
    planned.settle();
  }
  const byHand = new Steered();
  for (let isOver = false; !isOver; ) {
    for (const move of moves) if (move.before === byHand.world.events + 1) byHand.steering.make(move);
    isOver = !byHand.step();
  }
  expect(byHand.world.digest()).toBe(world.digest());
  expect(world.digest()).not.toBe(new Steered().toTheEnd().world.digest());
});
