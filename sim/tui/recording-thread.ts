// The thread in which a scenario is recorded by another pool than this one: with a planted bug, or as another build has it. It loads
// nothing of the project before its hooks are in place.

import { register } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { Recording } from '../explain/recording.ts';
import type { PatchedModules } from '../mutants/patched-build.ts';
import type { Scenario } from '../scenario/scenario.ts';

export interface RecordingOrder {
  readonly scenario: Scenario;
  readonly modules: PatchedModules | null;
  /** The URL of the module that records: this build's, or another's. */
  readonly recorder: string;
}

interface Records {
  record(scenario: Scenario): Recording;
}

const { scenario, modules, recorder } = workerData as RecordingOrder;
if (modules !== null) register('../campaign/patched-modules.js', import.meta.url, { data: modules });
const { record } = (await import(recorder)) as Records;
parentPort!.postMessage(record(scenario));
