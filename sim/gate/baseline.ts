// With what a gate compares: how long fail-overs and reclaims took in its drills, which is the same on every machine, and how many
// events a second of processor time went through, by machine. Not by the clock on the wall, which counts what else is running.

import { cpus } from 'node:os';
import { z } from 'zod';
import type { Distribution } from '../campaign/times.ts';
import { type Read, readJson } from './read-json.ts';

export const BASELINE_SCHEMA = 'regency-sim/gate-baseline@1';

const ms = z.int().min(0);
const percentiles = z.strictObject({ p50: ms, p99: ms });

const baseline = z.strictObject({
  schema: z.literal(BASELINE_SCHEMA),
  drills: z.strictObject({ runs: z.int().min(1), failOver: percentiles, reclaim: percentiles }).nullable(),
  /** Events a second of processor time, by the name of the machine. */
  eventsPerSecond: z.record(z.string(), z.int().min(1)),
});

export type Baseline = z.infer<typeof baseline>;
export type Percentiles = z.infer<typeof percentiles>;

export const NO_BASELINE: Baseline = { schema: BASELINE_SCHEMA, drills: null, eventsPerSecond: {} };

export function readBaseline(file: string): Read<Baseline> {
  return readJson(file, BASELINE_SCHEMA, baseline);
}

export function baselineText(baseline: Baseline): string {
  return `${JSON.stringify(baseline, null, 2)}\n`;
}

/** Null when there was none to measure. */
export function percentilesOf({ p50, p99 }: Distribution): Percentiles | null {
  return p50 === null || p99 === null ? null : { p50, p99 };
}

/** `Intel Xeon E5 × 2, Node 20`: two that share it are compared. */
export function machineName(): string {
  const processors = cpus();
  const model = (processors[0]?.model ?? process.arch).replaceAll(/\s+/g, ' ').trim();
  return `${model} × ${processors.length}, Node ${process.versions.node.split('.')[0]}`;
}
