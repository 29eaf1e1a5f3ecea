import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scenarioOf } from '../../sim/scenario/arbitrary.ts';
import { describeScenario } from '../../sim/scenario/describe.ts';
import { checkScenario, loadScenario } from '../../sim/scenario/load.ts';
import { describeMove } from '../../sim/scenario/moves.ts';
import { saveScenario } from '../../sim/scenario/save.ts';
import type { Scenario } from '../../sim/scenario/scenario.ts';

const PAUSE = { kind: 'pause', at: 0, until: 1, target: { server: 0 } };

const seeds = fc.nat({ max: Number.MAX_SAFE_INTEGER });

/** What the loader says against a scenario in which some fields were replaced. */
function reasonAgainst(changes: Record<string, unknown>, seed = 11): string {
  const loaded = checkScenario({ ...scenarioOf(seed, { environment: 'E3' }), ...changes });
  return loaded.ok ? 'accepted' : loaded.reason;
}

describe('a saved scenario', () => {
  test('is read back as it was', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const scenario = scenarioOf(seed);
        expect(loadScenario(saveScenario(scenario))).toEqual({ ok: true, scenario });
      }),
    );
  });

  test('is read back with the moves of a hand that steers it', () => {
    const scenario: Scenario = {
      ...scenarioOf(11, { environment: 'E3' }),
      moves: [
        { before: 3, move: 'hold' },
        { before: 3, move: 'copy' },
        { before: 4, move: 'release', held: 0 },
        { before: 5, move: 'crash', node: 0, keeps: true },
        { before: 5, move: 'restart', node: 0 },
        { before: 6, move: 'pause', node: 0 },
        { before: 7, move: 'resume', node: 0 },
        { before: 8, move: 'cut', nodes: [0] },
        { before: 9, move: 'mend', cut: 0 },
        { before: 9, move: 'jump', node: 0, byMs: -1000 },
      ],
    };
    expect(loadScenario(saveScenario(scenario))).toEqual({ ok: true, scenario });
    expect(describeScenario(scenario)).toMatch(/steered +10 moves/);
    for (const move of scenario.moves!)
      expect(describeMove(move, scenario.servers)).toMatch(/^before event \d: [^[\]]+$/);
  });

  test('is the same text whatever the order of its fields', () => {
    const scenario = scenarioOf(11);
    const reversed = Object.fromEntries(Object.entries(scenario).reverse()) as unknown as Scenario;
    expect(saveScenario(reversed)).toBe(saveScenario(scenario));
  });

  test('is described without an undefined or unknown part', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(describeScenario(scenarioOf(seed))).not.toMatch(/undefined|NaN|Infinity|\[object/);
      }),
    );
  });
});

describe('the loader', () => {
  test('answers any text without throwing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => !loadScenario(text).ok),
    );
  });

  test('answers any change of one field without throwing', () => {
    const scenario = scenarioOf(11, { environment: 'E3' });
    const names = Object.keys(scenario).filter((name) => name !== 'schema');
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.jsonValue(), (name, value) => {
        const loaded = checkScenario({ ...scenario, [name]: value });
        if (!loaded.ok) expect(loaded.reason).toMatch(/expected .+, saw .+/);
      }),
    );
  });

  test('answers every text that was cut off', () => {
    const text = saveScenario(scenarioOf(11));
    for (let length = 0; length < text.length - 2; length++)
      expect(loadScenario(text.slice(0, length)).ok).toBe(false);
  });

  test('is not overcome by depth', () => {
    expect(loadScenario('['.repeat(1_000_000)).ok).toBe(false);
  });

  test('names the version that it knows when it meets another one', () => {
    expect(reasonAgainst({ schema: 'regency/scenario@2' })).toBe(
      'unknown schema version: this program reads "regency/scenario@1", saw "regency/scenario@2"; use the release that saved it',
    );
    expect(reasonAgainst({ schema: 7 })).toBe('schema: expected "regency/scenario@1", saw 7');
  });

  test.each([
    [{ seed: -1 }, 'seed: expected a number of at least 0, saw -1'],
    [{ seed: 1.5 }, 'seed: expected an integer, saw 1.5'],
    [{ servers: '3' }, 'servers: expected a number, saw "3"'],
    [
      { environment: 'E9' },
      'environment: expected "E1" or "E2" or "E3" or "E4" or "E5" or "E6" or "E7", saw "E9"',
    ],
    [{ extra: 1 }, 'the scenario: expected only the fields that belong here, saw "extra"'],
    [{ endsAt: undefined }, 'endsAt: expected a number, saw nothing (the field is missing)'],
    [{ settings: { heartbeat: 5 } }, 'settings: expected only the fields that belong here, saw "heartbeat"'],
    [{ core: [] }, /^core: expected .*saw an empty list$/],
    [
      { licenses: [{ feature: 'cad', version: '1', hardLimit: 1, keyLifetimeMs: 29_999 }] },
      'licenses[0].keyLifetimeMs: expected a number of at least 30000, saw 29999',
    ],
    [
      { faults: [{ kind: 'gremlin', at: 0, until: 1 }] },
      /^faults\[0\]\.kind: expected one of loss, .*, saw "gremlin"$/,
    ],
    [
      { faults: [{ kind: 'pause', at: 5, until: 1, target: { server: 0 } }] },
      'faults[0].until: expected at least its begin, 5, saw 1',
    ],
    [
      { faults: [{ kind: 'loss', at: 0, until: 1, links: 'all', ppm: 2_000_000 }] },
      'faults[0].ppm: expected a number of at most 1000000, saw 2000000',
    ],
    [
      { faults: [{ kind: 'pause', at: 0, until: 1 }] },
      'faults[0].target: expected one of the shapes that this field may have, saw nothing (the field is missing)',
    ],
    [
      { faults: [{ ...PAUSE, when: { milestone: 'frose', delay: 0 } }] },
      'faults[0].when.milestone: expected a milestone, perhaps "froze", saw "frose"',
    ],
    [
      { faults: [{ ...PAUSE, when: { milestone: 'the end of all days', delay: 0 } }] },
      /^faults\[0\]\.when\.milestone: expected one of canvassed, .*, saw "the end of all days"$/,
    ],
    [{ faults: [{ ...PAUSE, when: { milestone: 'froze', delay: 0 } }] }, 'accepted'],
  ])('says where, what it expected and what it saw: %j', (changes, reason) => {
    if (typeof reason === 'string') expect(reasonAgainst(changes)).toBe(reason);
    else expect(reasonAgainst(changes)).toMatch(reason);
  });
});
