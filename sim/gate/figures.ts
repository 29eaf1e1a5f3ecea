// What a gate measures, for whoever compares and for its baseline.

import { machineName, type Percentiles } from './baseline.ts';

/** What was measured, null where nothing was. Times in simulated ms. */
export interface Figures {
  digest: string | null;
  events: number;
  eventsPerSecond: number | null;
  machine: string;
  cells: number | null;
  killed: { readonly noticed: number; readonly planted: number } | null;
  failOver: Percentiles | null;
  reclaim: Percentiles | null;
}

export function noFigures(): Figures {
  return {
    digest: null,
    events: 0,
    eventsPerSecond: null,
    machine: machineName(),
    cells: null,
    killed: null,
    failOver: null,
    reclaim: null,
  };
}
