// Which kinds of fault runs had, counted by run and not by fault: in how many did it have a consequence? Kept apart by
// environment, since a kind that is drawn in one only would otherwise seem to cause whatever is asserted there only.

import type { FaultCount } from '../outcome.ts';

export interface Exposed {
  runs: number;
  /** By kind: runs in which it had a consequence. */
  readonly kinds: Record<string, number>;
}

/** By environment. */
export type Exposure = Record<string, Exposed>;

export function exposureOf(environment: string, faults: Readonly<Record<string, FaultCount>>): Exposure {
  const kinds: Record<string, number> = {};
  for (const [kind, { consequential }] of Object.entries(faults)) if (consequential > 0) kinds[kind] = 1;
  return { [environment]: { runs: 1, kinds } };
}

/** Adds `part` to `whole`. */
export function addExposure(whole: Exposure, part: Readonly<Exposure>): void {
  for (const [environment, { runs, kinds }] of Object.entries(part)) {
    let known = whole[environment];
    if (known === undefined) {
      known = { runs: 0, kinds: {} };
      whole[environment] = known;
    }
    known.runs += runs;
    for (const [kind, count] of Object.entries(kinds)) known.kinds[kind] = (known.kinds[kind] ?? 0) + count;
  }
}

/** A copy that shares nothing. */
export function copyOf(exposure: Readonly<Exposure>): Exposure {
  const copy: Exposure = {};
  addExposure(copy, exposure);
  return copy;
}
