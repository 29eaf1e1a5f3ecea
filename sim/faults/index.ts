// Every kind of fault, by name. A new one is a file and a line here.

import type { FaultPlan, MilestonePlan } from '../scenario/scenario.ts';
import { allDown } from './all-down.ts';
import { corruption } from './corruption.ts';
import { crash } from './crash.ts';
import { crashLoop } from './crash-loop.ts';
import { delay } from './delay.ts';
import { duplication } from './duplication.ts';
import { editedFile } from './edited-file.ts';
import { failedSync } from './failed-sync.ts';
import type { FaultKind } from './fault.ts';
import { flappingLink } from './flapping-link.ts';
import { fullDisk } from './full-disk.ts';
import { lateCopies } from './late-copies.ts';
import { latentCorruption } from './latent-corruption.ts';
import { loss } from './loss.ts';
import { loweredMark } from './lowered-mark.ts';
import { monotonicDrift } from './monotonic-drift.ts';
import { olderFile } from './older-file.ts';
import { oneWayCut } from './one-way-cut.ts';
import { partition } from './partition.ts';
import { pause } from './pause.ts';
import { priorities } from './priorities.ts';
import { reordering } from './reordering.ts';
import { restoredImage } from './restored-image.ts';
import { rollingRestart } from './rolling-restart.ts';
import { slowLink } from './slow-link.ts';
import { slowNode } from './slow-node.ts';
import { slowSync } from './slow-sync.ts';
import { stragglers } from './stragglers.ts';
import { suspended } from './suspended.ts';
import { wallDrift } from './wall-drift.ts';
import { wallJump } from './wall-jump.ts';
import { describeWhen } from './when.ts';
import { wipedDisk } from './wiped-disk.ts';

const ALL: readonly FaultKind[] = [
  loss,
  duplication,
  reordering,
  delay,
  oneWayCut,
  partition,
  crash,
  pause,
  monotonicDrift,
  wallJump,
  slowLink,
  flappingLink,
  corruption,
  crashLoop,
  rollingRestart,
  allDown,
  stragglers,
  suspended,
  slowNode,
  slowSync,
  wallDrift,
  wipedDisk,
  restoredImage,
  latentCorruption,
  editedFile,
  olderFile,
  lateCopies,
  failedSync,
  fullDisk,
  loweredMark,
  priorities,
];

/** Frozen, so that snapshots share it. */
export const FAULT_KINDS: ReadonlyMap<string, FaultKind> = Object.freeze(
  new Map(ALL.map((each) => [each.kind, each])),
);

/** What is wrong with the plan, or null. */
export function mistakeIn(plan: FaultPlan): string | null {
  const kind = FAULT_KINDS.get(plan.kind);
  if (kind === undefined)
    return `there is no fault "${plan.kind}" (known: ${[...FAULT_KINDS.keys()].join(', ')})`;
  const checked = kind.schema.safeParse(plan);
  if (checked.success) return null;
  return checked.error.issues
    .map((issue) => `${issue.path.join('.') || plan.kind}: ${issue.message}`)
    .join('; ');
}

/** One line for people, without the times, but with the milestone that it waits for. */
export function describeFault(plan: FaultPlan): string {
  const text = FAULT_KINDS.get(plan.kind)?.describe(plan) ?? plan.kind;
  return text + describeWhen(plan.when as MilestonePlan | undefined);
}
