// What a campaign does with its findings once it is over: the smallest seed of each signature is shrunk and explained, within a
// bounded time. What was kept before stays until there is something better.

import { keepFailure, scenarioPath } from '../campaign/store.ts';
import type { Tally } from '../campaign/tally.ts';
import { shrinkInThread } from '../shrink/in-thread.ts';
import { sizeOf, sizeText } from '../shrink/size.ts';
import type { Planting } from './build-name.ts';
import { shrunkFiles } from './failure-files.ts';
import { replayOfFile } from './invocation.ts';

export interface FindingsOptions {
  readonly out: string;
  readonly build: string;
  /** The planted bug with which they were found, and where its patch is. */
  readonly planting: Planting | null;
  readonly patch?: string;
  /** How many at a time. */
  readonly workers: number;
  readonly interrupt: AbortSignal;
  readonly onShrunk: (signature: string, text: string) => void;
}

const EACH_MS = 15_000;
const ALL_MS = 60_000;

export async function shrinkFindings({ findings }: Tally, options: FindingsOptions): Promise<void> {
  const { out, build, planting, patch, workers, interrupt, onShrunk } = options;
  const modules = planting?.modules;
  const waiting = Object.entries(findings).sort(([, a], [, b]) => a.smallestSeed - b.smallestSeed);
  const overAt = performance.now() + ALL_MS;
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const budgetMs = Math.min(EACH_MS, overAt - performance.now());
      if (budgetMs <= 0 || interrupt.aborted) return;
      const [signature, { scenario }] = next;
      const result = await shrinkInThread(
        { scenario, wanted: signature, budgetMs, build },
        { interrupt, modules },
      );
      if (result.kind !== 'shrunk') continue;
      const replay = replayOfFile(scenarioPath(out, signature), patch);
      keepFailure(out, signature, shrunkFiles(scenario, result, { build, replay }));
      onShrunk(signature, sizeText(sizeOf(result.shrunk.scenario)));
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, waiting.length) }, work));
}
