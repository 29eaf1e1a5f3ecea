import { describe, expect, test } from 'vitest';
import { LET, movesOf, RunSpace, type Step } from '../../sim/explore/run-space.ts';
import { STARTS, startOf } from '../../sim/explore/starts.ts';
import { loadScenario } from '../../sim/scenario/load.ts';
import { saveScenario } from '../../sim/scenario/save.ts';
import { Run } from '../../sim/simulate.ts';
import { PAID_MOVES } from '../../sim/world/steering.ts';

const EVERYTHING = { kinds: PAID_MOVES, jumps: [3_600_000, -3_600_000] };

describe.each(STARTS)('from $name', (kind) => {
  test('nothing is wrong there, and its scenario leads there again, event for event', () => {
    const { run, moves } = startOf(kind, { size: kind.size, seed: 1, jumps: false });
    expect(run.outcome().violations).toEqual([]);
    const loaded = loadScenario(saveScenario({ ...run.scenario, moves }));
    if (!loaded.ok) throw new Error(loaded.reason);
    const again = new Run(loaded.scenario);
    while (again.world.events < run.world.events) again.step();
    expect(again.world.digest()).toBe(run.world.digest());
  });

  test('a run after any moves goes on as its scenario does, and equal keys mean equal futures', () => {
    const { run, moves } = startOf(kind, { size: kind.size, seed: 2, jumps: true });
    const space = new RunSpace(EVERYTHING);
    const futures = new Map<string, string>();
    let merges = 0;
    for (let walk = 0; walk < 12; walk++) {
      const state = space.copy(run);
      const path: Step[] = [];
      for (let step = 0; step < 24; step++) {
        const open = space.moves(state, step < 20 ? 1 : 0);
        if (open.length === 0) break;
        // A walk of its own for each number, without chance: mostly the next event, now and then one of the moves.
        const turn = Math.imul(walk * 31 + step + 1, 0x9e3779b1) >>> 8;
        const move = open[turn % 3 === 0 ? turn % open.length : 0]!;
        space.make(state, move);
        path.push(move);
        if (!path.includes(LET)) continue;
        const key = JSON.stringify(space.key(state));
        const future = futureOf(space.copy(state));
        merges += futures.has(key) ? 1 : 0;
        expect(futures.get(key) ?? future).toBe(future);
        futures.set(key, future);
      }
      const again = new Run({ ...run.scenario, moves: [...moves, ...movesOf(path)] });
      while (again.world.events < state.world.events) again.step();
      expect(again.world.digest()).toBe(state.world.digest());
    }
    expect(merges).toBeGreaterThan(0);
  });
});

/** All that comes of it by itself: what is sent and done, and what is judged. */
function futureOf(run: Run): string {
  const seen: unknown[] = [];
  for (let event = 0; event < 40 && run.world.next() !== null; event++) {
    const { kind, node, frame } = run.world.next()!;
    const bytes = frame === null ? '' : Buffer.from(frame.bytes.subarray(0, frame.length)).toString('hex');
    run.step();
    seen.push([run.world.now, kind, node, bytes]);
  }
  return JSON.stringify([seen, run.checker.violations().map(({ reason }) => reason)]);
}
