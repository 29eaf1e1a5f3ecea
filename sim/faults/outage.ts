// What all faults have in common that take processes down: what the disk loses, and that a node stays down until whoever
// took it down lets go of it.

import * as z from 'zod';
import type { CrashOptions } from '../world/disk-model.ts';
import type { FaultRun } from '../world/fault-run.ts';
import type { World } from '../world/world.ts';
import { percent, ppm } from './fault.ts';

/** Fields of a plan. */
export const losses = {
  /** How likely each write that was never synced survives all the same. */
  survivePpm: ppm,
  /** Whether a write that survives may be cut short. */
  torn: z.boolean(),
};

/** The node dies, and does not start again before `run` lets it up. */
export function takeDown(world: World, run: FaultRun, node: number, options: CrashOptions): void {
  if (world.crash(node, options)) run.consequences++;
  world.hosts[node]!.holdDown(run);
}

/** Those that `run` still keeps down may start again. */
export function letAllUp(world: World, run: FaultRun): void {
  for (const node of run.nodes) world.hosts[node]!.letUp(run);
}

export function describeLosses(options: CrashOptions): string {
  return `${percent(options.survivePpm)} of un-synced writes survive${options.torn ? ', torn' : ''}`;
}
