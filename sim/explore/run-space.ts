// Runs of a pool as something to be searched: a state is a whole run (servers, clients, disks, messages under way, clocks, and
// the judges with all that they know), a move lets the next event happen or departs from it.

import { cloneGraph } from '../kernel/clone.ts';
import { Fingerprinting } from '../kernel/fingerprint.ts';
import type { Move } from '../scenario/scenario.ts';
import type { Key, Space } from '../search/space.ts';
import type { Run } from '../simulate.ts';
import { type Alphabet, costOf } from '../world/steering.ts';

/** The next event happens. */
export const LET: unique symbol = Symbol('let');

export type Step = Move | typeof LET;

/**
 * What nothing hangs on. Counts and labels of reports; scratch that is written before it is read; numbers by which the agenda
 * finds what is printed anyway; how many events and moves there were; and the streams from which delays are drawn, whose bounds
 * are equal here, so that nothing comes of what they draw.
 */
const IGNORED = [
  // Statistics.
  'Checker.event',
  'FaultRun.consequences',
  'Network.lost',
  'Network.sent',
  'Record.checks',
  'Record.labels',
  'Record.numbers',
  'RunContext.counts',
  'RunContext.times',
  'World.events',
  'World.runDigest',
  // Scratch.
  'ClientMachine.sender',
  'ClientProcess.decoder',
  'ClientProcess.encoder',
  'ClientProcess.refusedFrames',
  'Ground.lastSent',
  'Ground.spare',
  'Network.passage',
  'Object.tally',
  'ServerMachine.lastHost',
  'ServerMachine.lastNode',
  'ServerMachine.sender',
  'ServerProcess.decoder',
  'ServerProcess.encoded',
  'ServerProcess.encodedLength',
  'ServerProcess.encoder',
  'ServerProcess.lastRefusal',
  'ServerProcess.refusedFrames',
  'World.lastTime',
  'World.lastTimeBegan',
  // Places in the agenda.
  'Host.bootAppointment',
  'Host.diskAppointment',
  'Host.wakeAppointment',
  'Object.during',
  // The plan so far.
  'Steering.done',
  'Steering.plan',
  // Streams of which nothing comes.
  'Host.syncDelay',
  'Link.delay',
];

export class RunSpace implements Space<Run, Step> {
  private readonly alphabet: Alphabet;
  private readonly printing = new Fingerprinting(IGNORED);

  constructor(alphabet: Alphabet) {
    this.alphabet = alphabet;
  }

  copy(run: Run): Run {
    return cloneGraph(run);
  }

  moves(run: Run, budget: number): readonly Step[] {
    if (run.world.next() === null) return [];
    const departures = run.steering!.open(budget, this.alphabet);
    return departures.length === 0 ? ONLY_LET : [LET, ...departures];
  }

  cost(step: Step): number {
    return step === LET ? 0 : costOf(step);
  }

  make(run: Run, step: Step): void {
    if (step === LET) run.step();
    else run.steering!.make(step);
  }

  key(run: Run): Key {
    return this.printing.of(run);
  }

  isWrong(run: Run): boolean {
    return run.broken !== null || run.checker.violated > 0;
  }
}

const ONLY_LET: readonly Step[] = [LET];

/** What of a path is to be saved: everything else happens by itself. */
export function movesOf(path: readonly Step[]): Move[] {
  return path.filter((step) => step !== LET);
}
