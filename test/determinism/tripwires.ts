// Ambient time, ambient chance, and everything whose result depends on the machine throw while `work` runs: the last of the
// nets under hidden nondeterminism, after the types and the sources (ambient.test.ts).

import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

export class Tripped extends Error {
  override name = 'Tripped';
}

type Members = Record<string, unknown>;

/** Of these, the members named, or all functions but those named. */
interface Wires {
  readonly name: string;
  readonly owner: object;
  readonly members?: readonly string[];
  readonly allBut?: readonly string[];
}

/** Exact on every machine; the others may differ in the last bit [ECMA-262, 21.3.2]. */
const EXACT = ['abs', 'ceil', 'clz32', 'floor', 'fround', 'imul', 'max', 'min', 'round', 'sign', 'trunc'];

const WIRES: readonly Wires[] = [
  { name: 'Math', owner: Math, allBut: EXACT },
  { name: 'performance', owner: performance, members: ['now', 'mark', 'measure'] },
  {
    name: 'process',
    owner: process,
    members: ['hrtime', 'uptime', 'nextTick', 'cpuUsage', 'memoryUsage', 'resourceUsage', 'cwd'],
  },
  { name: 'webcrypto', owner: globalThis.crypto, members: ['randomUUID', 'getRandomValues'] },
  {
    name: 'crypto',
    owner: crypto,
    members: ['randomBytes', 'randomInt', 'randomUUID', 'randomFill', 'randomFillSync'],
  },
  {
    name: 'globalThis',
    owner: globalThis,
    members: ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch', 'structuredClone'],
  },
  { name: 'Intl', owner: Intl, members: ['DateTimeFormat', 'NumberFormat', 'Collator', 'PluralRules'] },
  { name: 'Promise.prototype', owner: Promise.prototype, members: ['then', 'catch', 'finally'] },
  {
    name: 'String.prototype',
    owner: String.prototype,
    members: ['localeCompare', 'toLocaleLowerCase', 'toLocaleUpperCase'],
  },
  { name: 'Number.prototype', owner: Number.prototype, members: ['toLocaleString'] },
  { name: 'BigInt.prototype', owner: BigInt.prototype, members: ['toLocaleString'] },
  { name: 'Array.prototype', owner: Array.prototype, members: ['toLocaleString'] },
];

/** `work` is synchronous. A tripwire that it touches throws Tripped there, and once more here if `work` swallowed it. */
export function underTripwires<T>(work: () => T): T {
  const touched: string[] = [];
  const mends: (() => void)[] = [];
  const replace = (owner: object, member: string, value: unknown) => {
    const before = Object.getOwnPropertyDescriptor(owner, member);
    Object.defineProperty(owner, member, { value, writable: true, configurable: true });
    mends.push(() => {
      if (before === undefined) delete (owner as Members)[member];
      else Object.defineProperty(owner, member, before);
    });
  };
  const trip = (what: string): never => {
    touched.push(what);
    throw new Tripped(`${what} was used during a run`);
  };

  let result: T;
  try {
    for (const { name, owner, members, allBut } of WIRES) {
      for (const member of members ?? functionsOf(owner).filter((each) => !allBut?.includes(each)))
        replace(owner, member, wire(`${name}.${member}`, trip));
    }
    replace(globalThis, 'Date', guardedDate(trip));
    for (const member of ['sort', 'toSorted'] as const)
      replace(Array.prototype, member, guardedSort(member, trip));
    syncBuiltinESMExports();
    result = work();
  } finally {
    for (const mend of mends.reverse()) mend();
    syncBuiltinESMExports();
  }
  if (touched.length > 0) throw new Tripped(`${touched.join(', ')} was used during a run`);
  return result;
}

/** Trips when it is called or constructed, and so does whatever hangs on it (`process.hrtime.bigint`). */
function wire(what: string, trip: (what: string) => never): unknown {
  const wired: object = new Proxy(class {}, {
    apply: () => trip(what),
    construct: () => trip(what),
    get: () => wired,
  });
  return wired;
}

function functionsOf(owner: object): string[] {
  return Object.getOwnPropertyNames(owner).filter((name) => typeof (owner as Members)[name] === 'function');
}

/** A date that is given may be looked at, in UTC. The present and the local time zone may not. */
function guardedDate(trip: (what: string) => never): unknown {
  const RealDate = Date;
  class GuardedDate extends RealDate {
    constructor(...given: unknown[]) {
      if (given.length === 0) trip('new Date()');
      if (given.length > 1) trip('new Date() of local parts');
      super(...(given as [number]));
    }
    static override now(): number {
      return trip('Date.now');
    }
    static override parse(): number {
      return trip('Date.parse');
    }
  }
  for (const name of functionsOf(RealDate.prototype)) {
    if (/^(get|set)(?!UTC|Time$)|^to(?!ISOString|JSON)/.test(name))
      Object.defineProperty(GuardedDate.prototype, name, { value: () => trip(`Date.prototype.${name}`) });
  }
  return new Proxy(GuardedDate, { apply: () => trip('Date()') });
}

/** Without a comparison it compares texts: numbers come out in an order that nobody meant. */
function guardedSort(member: 'sort' | 'toSorted', trip: (what: string) => never): unknown {
  const real = Array.prototype[member];
  return function (this: unknown[], compare?: (a: unknown, b: unknown) => number) {
    return real.call(this, compare ?? trip(`Array.prototype.${member} without a comparison`));
  };
}
