// Which phases a pool can be in at all where a kind of fault is drawn: the cells of the card that no number of seeds would fill.

import { ENVIRONMENTS, type EnvironmentId } from '../scenario/scenario.ts';
import type { Phase } from './phases.ts';

interface Bound {
  /** Where draws can bring a pool into the phase. */
  readonly environments: readonly EnvironmentId[];
  /** A clause that goes on from "though". */
  readonly because: string;
}

const BY_EDIT: Bound = { environments: ['E7'], because: 'license files are edited in E7 alone' };

const BOUNDS: Readonly<Partial<Record<Phase, Bound>>> = {
  're-formation': { environments: [], because: 'no operator who re-forms a pool is drawn' },
  'change prepared': BY_EDIT,
  'joint change': BY_EDIT,
  'over-committed': BY_EDIT,
  quarantine: {
    environments: ENVIRONMENTS.filter((id) => id !== 'E3' && id !== 'E7'),
    because: 'where something must happen in time no pool begins in quarantine',
  },
  tamper: { environments: ['E4'], because: 'wall clocks are set back in E4 alone' },
};

/** Why no pool of these environments can be in that phase; null = one can. */
export function whyNever(phase: Phase, environments: readonly EnvironmentId[]): string | null {
  const bound = BOUNDS[phase];
  if (bound === undefined || environments.some((id) => bound.environments.includes(id))) return null;
  return bound.because;
}
