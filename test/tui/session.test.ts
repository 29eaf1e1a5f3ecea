import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { record } from '../../sim/explain/record.ts';
import type { RecordedEvent } from '../../sim/explain/recording.ts';
import { Timeline } from '../../sim/explain/timeline.ts';
import { loadScenario } from '../../sim/scenario/load.ts';
import { saveScenario } from '../../sim/scenario/save.ts';
import type { Scenario } from '../../sim/scenario/scenario.ts';
import { Run } from '../../sim/simulate.ts';
import { LEAST, plainText } from '../../sim/tui/frame.ts';
import { widthOf } from '../../sim/tui/lines.ts';
import { nodeViewOf } from '../../sim/tui/node-view.ts';
import { matches, wantedIn } from '../../sim/tui/search.ts';
import { Session } from '../../sim/tui/session.ts';
import { Tape } from '../../sim/tui/tape.ts';
import { whatIfs } from '../../sim/tui/what-if.ts';

function scenario(name: string): Scenario {
  const loaded = loadScenario(readFileSync(new URL(`scenarios/${name}.json`, import.meta.url), 'utf8'));
  if (!loaded.ok) throw new Error(loaded.reason);
  return loaded.scenario;
}

const FAIL_OVER = scenario('fail-over');

/** A hand strikes between events 100 and 101, where a slice of a tape may end. */
const STEERED: Scenario = {
  ...FAIL_OVER,
  moves: [
    { before: 101, move: 'crash', node: 1, keeps: false },
    { before: 120, move: 'restart', node: 1 },
  ],
};

const KEYS = [
  ..."hljkgGHLfFeEtTrRdDoOvVwWxs?iqnN/&:m'+-123456789ac7. ",
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

  test('keeps what a hand does between two events, however it was cut into slices', () => {
    const { events } = record(STEERED);
    expect(events[99]!.notes).toContainEqual({ what: 'crashed', node: 's2' });
    const tape = new Tape(STEERED);
    while (!tape.roll(0.01));
    expect(tape.events).toEqual(events);
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

describe('what is searched for', () => {
  const { events } = record(FAIL_OVER);
  const found = (typed: string): readonly RecordedEvent[] =>
    events.filter((event) => matches(event, wantedIn(typed)));

  test('is a text, or asked of the node, the kind, the handle; all of it must be so', () => {
    expect(found('').length).toBe(events.length);
    expect(found('node:c1').every(({ node, from }) => node === 'c1' || from === 'c1')).toBe(true);
    expect(found('node:s1 kind:fault').map(({ kind }) => kind)).toEqual(['fault begins', 'fault ends']);
    const granted = found('kind:granted');
    const handle = granted[0]!.notes.find(({ what }) => what === 'granted')!.handle as string;
    expect(found(`handle:${handle.slice(0, 8)}`)).toContain(granted[0]);
    expect(found('kind:delivery receives node:s2')).toEqual(found('node:s2 kind:delivery receives'));
    const narrowed = found('kind:delivery node:s2 receives');
    expect(narrowed.length).toBeGreaterThan(0);
    expect(narrowed.length).toBeLessThan(found('kind:delivery node:s2').length);
    expect(found('receives append')).not.toEqual(found('append receives'));
    expect(found('node:s9')).toEqual([]);
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

  test('goes to the moves of a hand, which stand before the event that they came before', () => {
    const session = opened(STEERED);
    expect(typed(session, 'd')).toMatch(/move +before event 101: s2 dies.*\n▶/);
    expect(typed(session)).toContain('event 101 /');
    expect(typed(session, 'd')).toMatch(/move +before event 120: s2 starts.*\n▶/);
    expect(typed(session, 'd')).toContain('no move of a search after this');
    expect(typed(session, 'D')).toContain('event 101 /');
  });

  test('goes to the states that campaigns must reach', () => {
    const session = opened(scenario('one-way-cut'));
    expect(typed(session, 'g', 'r')).toContain(' reached: ');
    const texts = [typed(session)];
    while (!/ steps down.*\n.* reached: leader stepped down for lack of/.test(texts.at(-1)!))
      texts.push(typed(session, 'r'));
    for (const text of texts) expect(text).toMatch(/▶.*\n(.*\n){0,5}.* reached: /);
    for (const text of texts.toReversed().slice(1)) expect(typed(session, 'R')).toBe(text);
    expect(typed(session, 'R')).toContain('no state that campaigns must reach before this');
  });

  test('goes from one thing that an event asked for to the next', () => {
    const session = opened(FAIL_OVER);
    expect(typed(session, '/', ...'kind:delivery node:s3 receives append', 'enter')).toMatch(
      /▶.* s3 receives append/,
    );
    expect(typed(session, 'w')).toMatch(/▶.* s1 /);
    const first = typed(session, 'W');
    const texts = [first];
    while (!texts.at(-1)!.includes('nothing else came of')) texts.push(typed(session, 'o'));
    const receivers = texts.flatMap((text) => /▶.* (s\d) receives append/.exec(text)?.[1] ?? []);
    expect(new Set(receivers)).toEqual(new Set(['s2', 's3']));
    while (!typed(session, 'O').includes('nothing else came of'));
    expect(typed(session, 'o', 'O').split('\n')[0]).toBe(first.split('\n')[0]);
  });

  test('closes what is asked with Esc, and nothing else; once more, and what if is gone', () => {
    const session = opened(FAIL_OVER);
    typed(session, 'f', 'x', 'enter');
    for (const opening of ['/', '&', ':', '?', 'x'])
      expect(typed(session, opening, 'escape'), opening).toContain('what if there were no: crash');
    expect(typed(session, 'escape')).not.toContain('what if there');
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
