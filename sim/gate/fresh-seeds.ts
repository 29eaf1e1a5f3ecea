// Which seeds a commit has to pass: others for each, and the same for everybody who looks at it. A gate that always ran the same
// seeds would guard what they show, and nothing else.

import type { SeedRange } from '../campaign/plan.ts';
import { hashOf } from '../signature.ts';

/** 2^48 places, so that two commits hardly ever share a seed. */
const DIGITS = 12;

export function freshSeeds(commit: string, count: number): SeedRange {
  return { first: Number.parseInt(hashOf(`seeds of ${commit}`).slice(0, DIGITS), 16), count };
}
