// `regency-sim bench --tombstones`: simulated time with 1,000 short grants a second, and what they leave behind: tombstones,
// bytes of an image, bytes on a disk, and the process's memory when its garbage is gone. Line by line the heap is to be
// flat; the buffers, which hold the simulated disks, go up and down with the logs.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { grouped } from '../campaign/numbers.ts';
import { storedSizes } from '../pool/stored-sizes.ts';
import { shortGrants } from '../scenario/short-grants.ts';
import { Run } from '../simulate.ts';

const SECOND = 1_000_000;
const GRANTS_PER_SECOND = 1000;
const LINES = 12;

const COLUMNS = [
  'simulated s',
  'grants',
  'live',
  'tombstones',
  'image KB',
  'disk KB',
  'heap MB',
  'buffers MB',
  'speed',
];

export function benchTombstones(seconds: number, print: (line: string) => void): void {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const run = new Run(shortGrants(1, GRANTS_PER_SECOND, seconds));
  run.context.observer = {}; // properties remember every handle
  print(row(COLUMNS));
  for (let line = 1; line <= LINES; line++) {
    const from = run.world.now;
    const until = Math.round((line * seconds * SECOND) / LINES);
    const began = performance.now();
    while (run.step(until));
    const wallSeconds = (performance.now() - began) / 1000;
    if (run.broken !== null) throw new Error(run.broken.reason);
    const { live, tombstones, imageBytes, diskBytes } = storedSizes(run.world, run.scenario.servers);
    collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    const figures = [
      until / SECOND,
      run.context.counts.grants,
      live,
      tombstones,
      imageBytes / 1024,
      diskBytes / 1024,
    ];
    const speed = (until - from) / SECOND / wallSeconds;
    print(
      row([
        ...figures.map((figure) => grouped(Math.round(figure))),
        (heapUsed / 2 ** 20).toFixed(1),
        (arrayBuffers / 2 ** 20).toFixed(1),
        `${speed.toFixed(1)}:1`,
      ]),
    );
  }
}

function row(cells: readonly string[]): string {
  return cells.map((cell) => cell.padStart(12)).join('');
}
