// Chance for drawing scenarios: fast-check's interface on top of a named stream of the kernel, so that the draw of a
// seed hangs on that seed alone: not on the process, the order of draws, or fast-check's own way of spreading seeds
// (which keeps 32 bits of them).

import { Random } from 'fast-check';
import { type Chance, stream } from '../kernel/chance.ts';
import { CLONE } from '../kernel/clone.ts';

/** What fast-check's Random asks of a generator. */
class Draws {
  private readonly chance: Chance;

  constructor(chance: Chance) {
    this.chance = chance;
  }

  next(): number {
    return this.chance.uint32() | 0;
  }

  clone(): Draws {
    return new Draws(this.chance[CLONE]());
  }

  getState(): readonly number[] {
    const { x, y, z, w } = this.chance.state();
    return [x, y, z, w];
  }
}

export function drawsOf(seed: number): Random {
  return new Random(new Draws(stream(seed, 'scenario')));
}
