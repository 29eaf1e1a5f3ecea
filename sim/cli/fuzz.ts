// `regency-sim fuzz`: does a server withstand bytes that nobody meant?

import { Command } from 'commander';
import { print } from '../../src/cli/terminal.ts';
import { grouped } from '../campaign/numbers.ts';
import { fuzz } from '../fuzz/fuzz.ts';
import { endingWith } from './command.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { readCount } from './options.ts';

const EXAMPLES = `
Examples:
  $ regency-sim fuzz                                  a minute or less
  $ regency-sim fuzz --frames 10000000 --seed 2       a quarter of an hour, other bytes

Exit code: 0 every frame was taken or refused, and the pool serves; 4 something was thrown: the message has the seed and
the frame.
`;

interface Options {
  readonly frames: number;
  readonly seed: number;
}

export function fuzzCommand(): Command {
  return new Command('fuzz')
    .description(
      'send a server bytes that nobody meant, and see that it takes or refuses each and serves afterwards',
    )
    .option('--frames <count>', 'how many', readCount, 500_000)
    .option('--seed <number>', 'which', readCount, 1)
    .addHelpText('after', EXAMPLES)
    .action(endingWith(run));
}

async function run({ frames, seed }: Options): Promise<ExitCode> {
  const began = performance.now();
  const counts = fuzz(seed, frames);
  const seconds = (performance.now() - began) / 1000;
  const { taken, refused, broken } = counts;
  print(`${grouped(counts.frames)} frames of seed ${seed} in ${seconds.toFixed(1)} s`);
  print(
    `${grouped(taken)} taken, ${grouped(refused)} refused, ${grouped(broken)} streams broken; the pool serves`,
  );
  return EXIT.passed;
}
