import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Agenda } from '../../sim/kernel/agenda.ts';
import { cloneGraph } from '../../sim/kernel/clone.ts';

const FAR = Number.MAX_SAFE_INTEGER;

/** The obvious queue: a list in the order of scheduling, searched for its first earliest entry. */
class Reference {
  private entries: { time: number; id: number }[] = [];
  present = 0;

  schedule(time: number, id: number): void {
    this.entries.push({ time, id });
  }

  scheduleNext(id: number): void {
    this.entries.unshift({ time: this.present, id });
  }

  cancel(id: number): void {
    this.entries = this.entries.filter((each) => each.id !== id);
  }

  first(): number | undefined {
    return this.entries.toSorted((a, b) => a.time - b.time)[0]?.id;
  }

  take(limit: number): { time: number; id: number } | null {
    let best = -1;
    for (let i = 0; i < this.entries.length; i++) {
      if (best < 0 || this.entries[i]!.time < this.entries[best]!.time) best = i;
    }
    if (best < 0 || this.entries[best]!.time > limit) {
      if (limit < FAR) this.present = Math.max(this.present, limit);
      return null;
    }
    const [taken] = this.entries.splice(best, 1);
    this.present = taken!.time;
    return taken!;
  }

  firstTime(): number {
    return this.entries.reduce((first, each) => Math.min(first, each.time), Number.POSITIVE_INFINITY);
  }

  size(): number {
    return this.entries.length;
  }

  ids(): number[] {
    return this.entries.map((each) => each.id);
  }
}

/** After how long: at once, soon and often at equal times, on the edges of the wheel's digits, or almost for ever. */
const delay = fc.oneof(
  fc.constant(0),
  fc.nat(3),
  fc.nat(40),
  fc.nat(12_000),
  fc.nat(60_000_000),
  fc.integer({ min: 0, max: 50 }).map((bit) => 2 ** bit),
  fc.integer({ min: 1, max: 50 }).map((bit) => 2 ** bit - 1),
  fc.integer({ min: 0, max: FAR }),
);

const action = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('schedule' as const), delay }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('burst' as const),
      delay,
      count: fc.integer({ min: 2, max: 20 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('take' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('take until' as const), delay }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat(1000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('schedule next' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clone' as const) }) },
);

test('takes events in the order of their times, equal times in the order of scheduling but for those that go before all of the present, and never a cancelled one', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 200, size: 'max' }), (actions) => {
      let agenda = new Agenda();
      const reference = new Reference();
      const appointments = new Map<number, number>();
      let lastId = 0;
      const schedule = (after: number) => {
        const id = ++lastId;
        const time = Math.min(FAR, agenda.now + after);
        appointments.set(id, agenda.schedule(time, id & 7, id & 3, id, -id, id));
        reference.schedule(time, id);
      };
      const takeBoth = (limit: number): boolean => {
        const expected = reference.take(limit);
        const record = agenda.take(limit);
        if (expected === null) {
          expect(record).toBe(-1);
          return false;
        }
        const { id } = expected;
        const seen = [
          agenda.now,
          agenda.aOf(record),
          agenda.kindOf(record),
          agenda.nodeOf(record),
          agenda.bOf(record),
          agenda.takeReference(record),
        ];
        expect(seen).toEqual([expected.time, id, id & 7, id & 3, -id, id]);
        appointments.delete(id);
        return true;
      };
      for (const each of actions) {
        if (each.do === 'schedule') schedule(each.delay);
        else if (each.do === 'burst') for (let i = 0; i < each.count; i++) schedule(each.delay);
        else if (each.do === 'schedule next') {
          const id = ++lastId;
          appointments.set(id, agenda.scheduleNext(id & 7, id & 3, id, -id, id));
          reference.scheduleNext(id);
        } else if (each.do === 'take') takeBoth(FAR);
        else if (each.do === 'take until') {
          const until = Math.min(FAR, agenda.now + each.delay);
          if (!takeBoth(until) && until < FAR) expect(agenda.now).toBe(until);
        } else if (each.do === 'clone') agenda = cloneGraph(agenda);
        else {
          const ids = reference.ids();
          const id = ids[each.which % Math.max(1, ids.length)];
          if (id === undefined) continue;
          reference.cancel(id);
          agenda.cancel(appointments.get(id)!);
        }
        const first = agenda.first();
        expect(first < 0 ? undefined : agenda.aOf(first)).toBe(reference.first());
        if (agenda.size !== reference.size() || agenda.firstTime() !== reference.firstTime()) {
          expect([agenda.size, agenda.firstTime()]).toEqual([reference.size(), reference.firstTime()]);
        }
      }
      while (takeBoth(FAR));
      expect(agenda.size).toBe(0);
    }),
    { numRuns: 300 },
  );
});

test('an event scheduled for the present, while one of the present is handled, comes after those already waiting', () => {
  const agenda = new Agenda();
  for (let i = 0; i < 100; i++) agenda.schedule(5000, 0, 0, i, 0, null);
  const order: number[] = [];
  for (let record = agenda.take(FAR); record >= 0; record = agenda.take(FAR)) {
    const a = agenda.aOf(record);
    order.push(a);
    if (a < 100 && a % 2 === 0) agenda.schedule(agenda.now, 0, 0, 1000 + a, 0, null);
  }
  expect(order.slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  expect(order.slice(100)).toEqual(Array.from({ length: 50 }, (_, i) => 1000 + 2 * i));
});

test('holds many thousands of events', () => {
  const agenda = new Agenda();
  const times: number[] = [];
  for (let i = 0; i < 20_000; i++) {
    const time = (i * 7_919_337) % 1_000_003;
    times.push(time);
    agenda.schedule(time, 0, 0, 0, 0, null);
  }
  times.sort((x, y) => x - y);
  for (const time of times) {
    agenda.take(FAR);
    expect(agenda.now).toBe(time);
  }
});

test('refuses an event of the past', () => {
  const agenda = new Agenda();
  agenda.schedule(10, 0, 0, 0, 0, null);
  agenda.take(FAR);
  expect(() => agenda.schedule(9, 0, 0, 0, 0, null)).toThrow();
});
