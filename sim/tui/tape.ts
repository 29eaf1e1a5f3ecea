// A run on tape: every event of it as a record, and from place to place a snapshot of the world, from which any moment is
// reached again by running on. It is made in slices, so that a screen can be drawn before a long run is over; nothing stores the
// states between two snapshots.

import { Recorder } from '../explain/recorder.ts';
import type { RecordedEvent } from '../explain/recording.ts';
import { cloneGraph } from '../kernel/clone.ts';
import type { Outcome, Violation } from '../outcome.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { Run } from '../simulate.ts';
import type { World } from '../world/world.ts';

/** Events between two snapshots: to run so many again takes a few milliseconds, to store one about a megabyte. */
const APART = 1000;
/** Beyond so many every second one is given up, and they lie twice as far apart. */
const MOST_SNAPSHOTS = 48;
/** Going back by single steps runs so many again at most. */
const NEAR = 64;
/**
 * So many events are run again at once and forgotten: objects of a clone have shapes of their own, and code that has seen only those of
 * the run is compiled anew when somebody jumps.
 */
const REHEARSED = 100;
/** Steps between two looks at the clock. */
const STEPS_AT_ONCE = 50;

interface Snapshot {
  /** Events that had been handled. */
  readonly events: number;
  readonly world: World;
}

type Verdict = Pick<Outcome, 'digest' | 'violations'>;

export class Tape {
  readonly scenario: Scenario;
  /** Grows until the run is over. */
  readonly events: RecordedEvent[] = [];
  private readonly recorder: Recorder;
  /** Null once it is over: what is left of it is its verdict. */
  private run: Run | null;
  private verdict: Verdict;
  private snapshots: Snapshot[];
  private apart = APART;
  /** The moment that was asked for last, and one shortly before it: the next one is mostly near them. */
  private last: Snapshot | null = null;
  private near: Snapshot | null = null;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    this.recorder = new Recorder(scenario.servers);
    this.run = new Run(scenario, undefined, this.recorder);
    this.verdict = { digest: this.run.world.digest(), violations: [] };
    this.snapshots = [{ events: 0, world: cloneGraph(this.run.world) }];
  }

  get isOver(): boolean {
    return this.run === null;
  }

  /** None before it is over. */
  violations(): readonly Violation[] {
    return this.verdict.violations;
  }

  /** 16 hexadecimal digits over all that happened; over nothing before it is over. */
  digest(): string {
    return this.verdict.digest;
  }

  /** Goes on for about so many milliseconds. True: the run is over. */
  roll(milliseconds: number): boolean {
    const until = performance.now() + milliseconds;
    while (this.run !== null && performance.now() < until) this.rollOn(this.run);
    this.takeDown();
    return this.isOver;
  }

  /** To the end at once. */
  rollOut(): this {
    while (this.run !== null) this.rollOn(this.run);
    this.takeDown();
    return this;
  }

  /** The world as it was after the first `events` events. Only to be looked at, and until the next call. */
  at(events: number): World {
    const { last, near } = this;
    let from = this.snapshots[0]!;
    for (const snapshot of this.snapshots) if (snapshot.events <= events) from = snapshot;
    if (near !== null && near.events <= events && near.events > from.events) from = near;
    // It is used up by going on; whoever was given it has looked.
    if (last !== null && last.events <= events && last.events >= from.events) {
      return this.advanced(last.world, events);
    }
    const world = cloneGraph(from.world);
    if (events - from.events > NEAR) {
      while (world.events < events - NEAR / 2 && world.step());
      this.near = { events: world.events, world: cloneGraph(world) };
    }
    return this.advanced(world, events);
  }

  private advanced(world: World, events: number): World {
    while (world.events < events && world.step());
    this.last = { events, world };
    return world;
  }

  private rollOn(run: Run): void {
    for (let steps = 0; steps < STEPS_AT_ONCE; steps++) {
      if (run.step()) continue;
      if (run.broken === null) run.checker.ended(this.scenario.endsAt);
      const { digest, violations } = run.outcome();
      this.verdict = { digest, violations };
      this.run = null;
      // It would keep the judges, and they the world.
      this.recorder.standBefore({}, {});
      return;
    }
    if (run.world.events >= this.snapshots.at(-1)!.events + this.apart) this.keepSnapshot(run.world);
  }

  private keepSnapshot(world: World): void {
    this.snapshots.push({ events: world.events, world: cloneGraph(world) });
    const rehearsed = cloneGraph(world);
    for (let steps = 0; steps < REHEARSED && rehearsed.step(); steps++);
    if (this.snapshots.length <= MOST_SNAPSHOTS) return;
    this.snapshots = this.snapshots.filter((_, place) => place % 2 === 0);
    this.apart *= 2;
  }

  /** What was recorded since. Violations are marked once the run is over, when all of them are known. */
  private takeDown(): void {
    const taken = this.isOver ? this.recorder.take() : this.recorder.takeFinished();
    for (const event of taken) this.events.push(event);
    if (!this.isOver) return;
    for (const { property, reason, event } of this.violations()) {
      const place = Math.min(event, this.events.length) - 1;
      const seen = this.events[place];
      if (seen === undefined) continue;
      const note = { what: 'violated' as const, property, reason };
      if (!seen.notes.some((known) => known.what === 'violated' && known.property === property))
        this.events[place] = { ...seen, notes: [...seen.notes, note] };
    }
  }
}
