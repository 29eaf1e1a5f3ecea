// What a gate looks at and what it demands, as `gate.json` says it. Paths in it are relative to its own folder.

import { z } from 'zod';
import { type Read, readJson } from './read-json.ts';

export const SETTINGS_SCHEMA = 'regency-sim/gate-settings@1';

const path = z.string().min(1).max(1000);
const ratio = z.number().min(0).max(1000);

const settings = z.strictObject({
  schema: z.literal(SETTINGS_SCHEMA),
  /** What is not run by then is missing, and the gate has not passed. */
  budgetSeconds: z.number().min(1).max(86_400),
  corpus: z.strictObject({
    /** Every *.json in it is a scenario. */
    folder: path,
    /** Those that must be violated: the file's name → the signature. All others must pass. */
    violates: z.record(z.string(), z.string().regex(/^[A-Z]+\d*-[0-9a-f]{8}$/)),
  }),
  /** Fresh ones, by the commit. */
  seeds: z.int().min(1).max(10_000_000),
  /** So many of them are run twice. */
  twice: z.int().min(0).max(10_000),
  /** Runs that lose a Leader and nothing else, always the same. */
  drills: z.int().min(0).max(100_000),
  /** Planted bugs by their ids in this file; each until it is noticed, for so many seeds at most. Null: none. */
  mutants: z.strictObject({ list: path, seeds: z.int().min(1).max(1_000_000) }).nullable(),
  /** Fresh seeds that `--base` runs with both builds. */
  compared: z.int().min(1).max(100_000),
  baseline: path,
  thresholds: z.strictObject({
    /** Fresh seeds in which something is violated. */
    mostViolated: z.int().min(0),
    /** Every property is checked wherever it is asserted. */
    everythingChecked: z.boolean(),
    /** Labelled states that fresh seeds must reach. */
    labels: z.array(z.string()).max(1000),
    /** Meetings of a kind of fault and a phase of the pool. */
    leastCells: z.int().min(0),
    /** Share of the planted bugs that are noticed. */
    leastKilled: z.number().min(0).max(1),
    /** Times what the baseline has. */
    leastEventsPerSecond: ratio,
    mostFailOver: ratio,
    mostReclaim: ratio,
  }),
});

export type GateSettings = z.infer<typeof settings>;
export type Thresholds = GateSettings['thresholds'];

export function readSettings(file: string): Read<GateSettings> {
  return readJson(file, SETTINGS_SCHEMA, settings);
}
