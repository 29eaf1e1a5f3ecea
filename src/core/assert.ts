// Facts that hold unless the program itself is wrong. Always on; throws, never prints and never exits.

export class BrokenFact extends Error {
  override name = 'BrokenFact';
}

/** Throws BrokenFact when `condition` is false. `fact` says in words of the domain what should have been true. */
export function assert(condition: boolean, fact: string): asserts condition {
  if (!condition) throw new BrokenFact(`this should hold and does not: ${fact}`);
}
