import { expect, test } from 'vitest';
import { CLONE, type CloneContext, cloneGraph } from '../../sim/kernel/clone.ts';

class Node {
  next: Node | null = null;
  readonly values = new Map<object, Set<number>>();
}

test('identity, cycles and prototypes survive', () => {
  const a = new Node();
  a.next = a;
  a.values.set(a, new Set([1, 2]));
  const copy = cloneGraph({ a, again: a, list: [a, null, undefined, 5, 'x'] });
  expect(copy.a).not.toBe(a);
  expect(copy.a).toBeInstanceOf(Node);
  expect(copy.a.next).toBe(copy.a);
  expect(copy.again).toBe(copy.a);
  expect(copy.list).toEqual([copy.a, null, undefined, 5, 'x']);
  expect([...copy.a.values.keys()][0]).toBe(copy.a);
  copy.a.values.get(copy.a)!.add(3);
  expect(a.values.get(a)!.size).toBe(2);
});

test('views of one buffer still share it, and no longer share it with the original', () => {
  const buffer = new ArrayBuffer(16);
  const original = {
    bytes: new Uint8Array(buffer, 4, 8),
    view: new DataView(buffer),
    wide: new Float64Array(buffer, 8, 1),
  };
  const copy = cloneGraph(original);
  copy.view.setUint8(5, 77);
  expect(copy.bytes[1]).toBe(77);
  expect(copy.bytes.length).toBe(8);
  expect(copy.wide.byteOffset).toBe(8);
  expect(original.bytes[1]).toBe(0);
});

test('functions and frozen objects are shared', () => {
  const frozen = Object.freeze({ deep: { changed: false } });
  const call = () => 1;
  const copy = cloneGraph({ frozen, call });
  expect(copy.frozen).toBe(frozen);
  expect(copy.call).toBe(call);
});

test('an object may say how it is cloned', () => {
  class Counter {
    count = 0;
    part: object = {};
    [CLONE](context: CloneContext): Counter {
      const clone = new Counter();
      clone.count = this.count;
      clone.part = context.clone(this.part);
      return clone;
    }
  }
  const counter = new Counter();
  counter.count = 4;
  const copy = cloneGraph({ counter, part: counter.part, again: counter });
  expect(copy.counter.count).toBe(4);
  expect(copy.again).toBe(copy.counter);
  expect(copy.counter.part).toBe(copy.part);
});

test('a very long list does not exhaust the stack', () => {
  const first = new Node();
  let last = first;
  for (let i = 0; i < 200_000; i++) {
    last.next = new Node();
    last = last.next;
  }
  let length = 0;
  for (let node: Node | null = cloneGraph(first); node !== null; node = node.next) length++;
  expect(length).toBe(200_001);
});

test('what hides its state is refused rather than shared', () => {
  expect(() => cloneGraph({ later: Promise.resolve() })).toThrow(/hidden/);
  expect(() => cloneGraph({ weak: new WeakMap() })).toThrow(/hidden/);
});
