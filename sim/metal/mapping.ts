// What of a scenario can be done to real processes, and what cannot, with the reason. Faults of links and of processes carry
// over as they are; what is inside a machine (its clocks, its disk's medium, its timers) does not.

import { FAULT_KINDS } from '../faults/index.ts';
import type { FaultPlan, Scenario } from '../scenario/scenario.ts';

/** The shortest life that a license file may give to a token, ms. */
const SHORTEST_LIFE_MS = 30_000;

const CLOCKS = "all processes have this machine's clocks";
const MEDIUM = "the medium is this machine's, and it keeps what was written when a process is killed";

/** The kinds of faults that cannot be done to processes, and why. Every other kind is done. */
export const EXCLUDED_FAULTS: Readonly<Record<string, string>> = {
  corruption: 'TCP has checksums of its own; spoiled bytes would only break the connection',
  'edited-file': 'the file lies in a folder of which only its server writes while it runs',
  'failed-sync': MEDIUM,
  'full-disk': MEDIUM,
  'latent-corruption': MEDIUM,
  'lowered-mark': 'it is an order of an operator about clocks that were set back, and none was',
  'monotonic-drift': CLOCKS,
  'older-file': 'the file lies in a folder of which only its server writes while it runs',
  'restored-image': MEDIUM,
  'slow-node': 'a process can be stopped from outside, not made slow',
  'slow-sync': MEDIUM,
  suspended: CLOCKS,
  'wall-drift': CLOCKS,
  'wall-jump': CLOCKS,
  'wiped-disk': MEDIUM,
};

export interface Exclusion {
  readonly what: string;
  /** How many there were; 1 for what there is one of. */
  readonly count: number;
  readonly because: string;
}

export interface Mapped {
  readonly scenario: Scenario;
  readonly exclusions: readonly Exclusion[];
}

/** The scenario as it is run on processes, or why nothing of it can be. */
export function mappedToProcesses(scenario: Scenario): Mapped | string {
  if (scenario.moves !== undefined)
    return 'a hand steers it event by event, and events of processes cannot be put in order';
  const exclusions: Exclusion[] = [];
  const leaveOut = (what: string, because: string, count = 1): void => {
    exclusions.push({ what, count, because });
  };
  const isDone = ({ kind }: FaultPlan): boolean => EXCLUDED_FAULTS[kind] === undefined;
  for (const kind of FAULT_KINDS.keys()) {
    const count = scenario.faults.filter((fault) => fault.kind === kind && !isDone(fault)).length;
    if (count > 0) leaveOut(`fault ${kind}`, EXCLUDED_FAULTS[kind]!, count);
  }
  if (Object.keys(scenario.settings).length > 0)
    leaveOut('timers other than the usual', 'a server has no options for them');
  if (scenario.licenses.some(({ keyLifetimeMs }) => keyLifetimeMs < SHORTEST_LIFE_MS))
    leaveOut('lives of keys below 30 s', 'a license file has none: they are 30 s');
  if (scenario.licenses.some((each) => each.startsAfterMs !== undefined || each.endsAfterMs !== undefined))
    leaveOut('start and end dates', 'they are dates of a simulated calendar');
  if (scenario.founders !== undefined && scenario.founders < scenario.servers)
    leaveOut(
      'servers that come later',
      'they come with an edit of the license file',
      scenario.servers - scenario.founders,
    );
  const founders = Math.min(scenario.servers, scenario.founders ?? scenario.servers);
  if (scenario.begins !== undefined)
    leaveOut(
      'how the pool forms itself',
      'who has no slot yet cannot be told by what it sends: it is formed before the run',
    );
  const { begins: _begins, founders: _founders, ...rest } = scenario;
  return {
    exclusions,
    scenario: {
      ...rest,
      // Clocks of one machine: whatever rests on them is asserted.
      environment: scenario.core.length > 0 ? 'E3' : 'E2',
      servers: founders,
      licenses: scenario.licenses.map(({ startsAfterMs: _starts, endsAfterMs: _ends, ...license }) => ({
        ...license,
        keyLifetimeMs: Math.max(license.keyLifetimeMs, SHORTEST_LIFE_MS),
      })),
      settings: {},
      driftPpm: 10_000,
      faults: scenario.faults.filter(isDone),
      core: scenario.core.filter((server) => server < founders),
    },
  };
}
