import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { record } from '../../sim/explain/record.ts';
import { loadScenario } from '../../sim/scenario/load.ts';
import { saveScenario } from '../../sim/scenario/save.ts';
import type { Scenario } from '../../sim/scenario/scenario.ts';
import { Run } from '../../sim/simulate.ts';
import { LEAST, plainText } from '../../sim/tui/frame.ts';
import { widthOf } from '../../sim/tui/lines.ts';
import { nodeViewOf } from '../../sim/tui/node-view.ts';
import { Session } from '../../sim/tui/session.ts';
import { Tape } from '../../sim/tui/tape.ts';
import { Timeline } from '../../sim/tui/timeline.ts';
import { whatIfs } from '../../sim/tui/what-if.ts';

function scenario(name: string): Scenario {
  const loaded = loadScenario(readFileSync(new URL(`scenarios/${name}.json`, import.meta.url), 'utf8'));
  if (!loaded.ok) throw new Error(loaded.reason);
  return loaded.scenario;
}

const FAIL_OVER = scenario('fail-over');

const KEYS = [
  ..."hljkgGHLfFeEtTvVwWxs?iqnN/&:m'+-123456789ac7. ",
  'left',
  'right',
  'up',
  'down',
  'shift+left',
  'shift+right',
  'tab',
  'shift+tab',
  'enter',
  'escape',
  'backspace',
  'home',
  'end',
];

function opened(of: Scenario): Session {
  const session = new Session(of, { save: () => 'saved as x.json', opensAtViolation: true });
  settle(session);
  return session;
}

function settle(session: Session): void {
  while (session.roll(1000));
}

function typed(session: Session, ...keys: string[]): string {
  for (const key of keys) {
    session.press(key);
    settle(session);
  }
  return plainText(session.frame({ columns: 120, rows: 40 }));
}

describe('a tape', () => {
  test('has the events of the run as it is recorded, however it was cut into slices', () => {
    const { events, digest } = record(FAIL_OVER);
    const tape = new Tape(FAIL_OVER);
    while (!tape.roll(0.01));
    expect(tape.events).toEqual(events);
    expect(tape.digest()).toBe(digest);
  });

  test('shows every moment as it was, in whatever order they are asked for', () => {
    const tape = new Tape(FAIL_OVER).rollOut();
    const moments = fc.array(fc.nat({ max: tape.events.length }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(moments, (wanted) => {
        for (const events of wanted) {
          const { world } = new Run(FAIL_OVER);
          while (world.events < events && world.step());
          const shown = tape.at(events);
          expect(shown.digest()).toBe(world.digest());
          for (let node = 0; node < 6; node++) {
            expect(nodeViewOf(shown, node)).toEqual(nodeViewOf(world, node));
          }
        }
      }),
      { numRuns: 15 },
    );
  });
});

describe('a timeline', () => {
  test('knows who led when, what lasted, and how many units were believed to be held', () => {
    const tape = new Tape(FAIL_OVER).rollOut();
    const timeline = new Timeline(FAIL_OVER);
    timeline.extend(tape.events, true);
    const led = timeline.standings.get('s1')!.filter(({ kind }) => kind === 'leader');
    expect(led).toHaveLength(2);
    expect(led[0]!.to).toBe(5_000_000);
    expect(timeline.standings.get('s1')!.find(({ kind }) => kind === 'down')).toMatchObject({
      from: 5_000_000,
      to: 9_000_000,
    });
    expect(timeline.disturbances).toMatchObject([
      { kind: 'crash', from: 5_000_000, to: 9_000_000, nodes: ['s1'] },
    ]);
    const levels = timeline.levels.get('cad')!;
    expect(Math.max(...levels.map(({ units }) => units))).toBe(2);
    expect(Math.min(...levels.map(({ units }) => units))).toBe(0);
    expect(levels.at(-1)!.units).toBe(
      [...timeline.beliefs.values()].flat().filter(({ to }) => to === Number.POSITIVE_INFINITY).length,
    );
  });

  test('is the same whether it grew event by event or at once', () => {
    const { events } = record(FAIL_OVER);
    const once = new Timeline(FAIL_OVER);
    once.extend(events, true);
    const grown = new Timeline(FAIL_OVER);
    for (let count = 1; count <= events.length; count++) grown.extend(events.slice(0, count), false);
    grown.extend(events, true);
    expect(grown).toEqual(once);
  });
});

describe('a session', () => {
  test('takes any keys, and its frames are always as large as the screen', () => {
    const session = opened(scenario('one-way-cut'));
    const sizes = fc.record({
      columns: fc.integer({ min: 20, max: 180 }),
      rows: fc.integer({ min: 5, max: 60 }),
    });
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...KEYS), { maxLength: 12 }), sizes, (keys, screen) => {
        for (const key of keys) {
          session.press(key);
          settle(session);
        }
        const frame = session.frame(screen);
        if (screen.columns < LEAST.columns || screen.rows < LEAST.rows) {
          expect(plainText(frame)).toMatch(/^The window is/);
          return;
        }
        expect(frame).toHaveLength(screen.rows);
        for (const line of frame) expect(widthOf(line)).toBe(screen.columns);
      }),
      { numRuns: 60 },
    );
  });

  test('walks by events, seconds, nodes and jumps, forwards and back', () => {
    const session = opened(FAIL_OVER);
    const at = (...keys: string[]): string => /event ([\d,]+) \//.exec(typed(session, ...keys))![1]!;
    expect(at()).toBe('1');
    expect(at('right', 'l', 'right')).toBe('4');
    expect(at('left')).toBe('3');
    const fault = at('f');
    expect(typed(session)).toContain('fault: crash of s1');
    expect(at('e', 'E')).toBe(at('e', 'E'));
    expect(at('g', 'f')).toBe(fault);
    expect(typed(session, ':', '1', '1', 'enter')).toMatch(/ 1[01]\.\d{3} \d{3} s /);
    expect(typed(session, 'H')).toMatch(/ (9|10)\.\d{3} \d{3} s /);
    expect(at('G')).toBe(at('end'));
    expect(typed(session, 'v')).toContain('no violation after this');
    expect(typed(session, ':', 'x', 'enter')).toContain('expected a time in seconds such as 41.2, saw x');
    expect(at('m', 'g', "'")).toBe(at('G'));
  });

  test('finds, filters and follows', () => {
    const session = opened(FAIL_OVER);
    expect(typed(session, '/', ...'take-over', 'enter')).toMatch(/▶.*sends take-over/s);
    expect(typed(session, '/', ...'no such thing', 'enter')).toContain('"no such thing" is not after this');
    expect(typed(session, 'g', 't')).toMatch(/grants handle/);
    const handle = /grants handle ([0-9a-f]{8})/.exec(typed(session))![1]!;
    const followed = typed(session, 'enter');
    expect(followed).toContain(`only "${handle}"`);
    const rows = followed.split('\n').filter((row) => /^[▶ ] +\d+\.\d{3} \d{3} /.test(row));
    expect(rows.length).toBeGreaterThan(3);
    expect(typed(session, 'escape')).not.toContain('only "');
  });

  test('walks back along causes to the beginning, and forward again', () => {
    const session = opened(FAIL_OVER);
    typed(session, 'g', 't');
    const idOf = (text: string): number => Number(/event ([\d,]+) \//.exec(text)![1]!.replaceAll(',', ''));
    let id = idOf(typed(session));
    for (let steps = 0; steps < 1000; steps++) {
      const text = typed(session, 'w');
      if (text.includes('nothing asked for it')) break;
      expect(idOf(text)).toBeLessThan(id);
      id = idOf(text);
    }
    expect(typed(session)).toContain('nothing asked for it');
    expect(idOf(typed(session, 'W'))).toBeGreaterThan(id);
  });

  test('runs on without a fault, shows where the two part, and saves what it ran', () => {
    const session = opened(FAIL_OVER);
    expect(typed(session, 's')).toContain('nothing to save');
    expect(typed(session, 'f', 'x')).toMatch(/▶ 1 {2}there were no: crash of s1/);
    const text = typed(session, 'enter');
    expect(text).toMatch(/what if there were no: crash of s1.*: ✓ it passes; they part at 5\.\d{3} \d{3} s/);
    expect(text).toMatch(/this run +│ +what if/);
    expect(typed(session, 's')).toContain('saved as x.json');
    expect(typed(session, 'escape')).not.toContain('what if there');
  });

  test('shows what the event at the cursor changed of a node', () => {
    const session = opened(FAIL_OVER);
    expect(typed(session, 'g', 't')).toMatch(/●cad +mine 1 {2}previous 0 {2}of 2/);
    expect(typed(session, 'tab', 'f')).toMatch(/s1 {2}down/);
  });
});

test('whatever could have been otherwise is a scenario that can be saved and read', () => {
  const tape = new Tape(scenario('one-way-cut')).rollOut();
  const timeline = new Timeline(tape.scenario);
  timeline.extend(tape.events, true);
  for (const event of tape.events) {
    if (event.id % 7 !== 0) continue;
    const sentAt = event.from === undefined ? null : tape.events[event.cause - 1]!.at;
    for (const { text, scenario: other } of whatIfs(tape.scenario, event, timeline.disturbances, sentAt)) {
      const loaded = loadScenario(saveScenario(other));
      expect(loaded, text).toMatchObject({ ok: true });
    }
  }
});

test('a message that is lost, or late, is the only difference up to there', () => {
  const tape = new Tape(FAIL_OVER).rollOut();
  const event = tape.events.find(
    ({ kind, notes }) => kind === 'delivery' && notes.some(({ what }) => what === 'received'),
  )!;
  const [lost, late] = whatIfs(FAIL_OVER, event, [], tape.events[event.cause - 1]!.at);
  const without = new Tape(lost!.scenario).rollOut();
  const isSame = ({ at, kind, node, from }: typeof event): boolean =>
    at === event.at && kind === event.kind && node === event.node && from === event.from;
  expect(without.events.some(isSame)).toBe(false);
  const later = new Tape(late!.scenario).rollOut();
  expect(later.events.some(isSame)).toBe(false);
  expect(later.events.some((other) => isSame({ ...other, at: other.at - 1_000_000 }))).toBe(true);
});
