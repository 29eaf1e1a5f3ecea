import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Agenda } from '../../sim/kernel/agenda.ts';
import { cloneGraph } from '../../sim/kernel/clone.ts';
import { Fingerprinting } from '../../sim/kernel/fingerprint.ts';
import { echoWorld } from './echo.ts';

const printing = new Fingerprinting([]);

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.integer(),
    fc.double(),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 9 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ maxLength: 3 }), tie('value'), { maxKeys: 4 }),
    fc.array(fc.tuple(fc.string(), tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
  ),
})).value;

test('a clone has the same fingerprint, also the second time', () => {
  fc.assert(
    fc.property(plain, (value) => {
      const print = printing.of(value);
      expect(printing.of(cloneGraph(value))).toEqual(print);
      expect(printing.of(value)).toEqual(print);
    }),
  );
});

test('values that differ in any part have different fingerprints', () => {
  const values = [
    [],
    [[]],
    {},
    new Map(),
    new Set(),
    null,
    false,
    true,
    0,
    1,
    -1,
    0.5,
    2 ** 32,
    2 ** 32 + 1,
    -(2 ** 32),
    Number.NaN,
    '',
    '0',
    'a',
    [1, 2],
    [2, 1],
    [[1], 2],
    { a: 1 },
    { b: 1 },
    { a: 1, b: 2 },
    { a: [1] },
    { a: { a: 1 } },
    new Map([['a', 1]]),
    new Map([[1, 'a']]),
    new Set([1, 2]),
    new Set([2, 1]),
    Uint8Array.of(1, 2),
    Uint8Array.of(1, 2, 0),
    Uint8Array.of(0, 1, 2),
    { a: 1, b: 1 },
    { a: '1' },
  ];
  const prints = values.map((value) => JSON.stringify(printing.of(value)));
  expect(new Set(prints).size).toBe(values.length);
});

test('one object in two places is not two objects of the same content', () => {
  const one = { x: 1 };
  expect(printing.of([one, one])).not.toEqual(printing.of([one, { x: 1 }]));
});

test('a change of a frozen object’s unfrozen neighbour shows, and what is ignored does not', () => {
  const frozen = Object.freeze({ deep: 1 });
  expect(printing.of({ frozen, x: 1 })).not.toEqual(printing.of({ frozen, x: 2 }));
  class Counted {
    x: number;
    y = 1;
    constructor(x: number) {
      this.x = x;
    }
  }
  const ignoring = new Fingerprinting(['Counted.x', 'Object.z']);
  expect(ignoring.of({ frozen, z: 1 })).toEqual(ignoring.of({ frozen, z: 2 }));
  expect(ignoring.of(new Counted(1))).toEqual(ignoring.of(new Counted(2)));
  expect(ignoring.of({ frozen, x: 1 })).not.toEqual(ignoring.of({ frozen, x: 2 }));
  expect(printing.of(new Counted(1))).not.toEqual(printing.of(new Counted(2)));
});

test('of an agenda what is pending counts, in its order, and not how it came to be', () => {
  const straight = new Agenda();
  straight.schedule(5, 1, 2, 3, 4, 'x');
  straight.schedule(5, 1, 2, 3, 5, 'y');
  const winding = new Agenda();
  const gone = winding.schedule(3, 9, 9, 9, 9, null);
  winding.schedule(5, 1, 2, 3, 4, 'x');
  winding.cancel(gone);
  const moved = winding.schedule(900_000, 1, 2, 3, 5, 'y');
  winding.move(moved, 5);
  expect(printing.of(winding)).toEqual(printing.of(straight));
  const turned = new Agenda();
  turned.schedule(5, 1, 2, 3, 5, 'y');
  turned.schedule(5, 1, 2, 3, 4, 'x');
  expect(printing.of(turned)).not.toEqual(printing.of(straight));
});

test('two worlds that went the same way look the same, and every event shows', () => {
  const world = echoWorld({ commits: true });
  const other = echoWorld({ commits: true });
  const prints = new Set<string>();
  for (let event = 0; event < 200; event++) {
    world.step();
    other.step();
    const print = printing.of(world);
    expect(printing.of(other)).toEqual(print);
    prints.add(JSON.stringify(print));
  }
  expect(prints.size).toBe(200);
});
