// `regency-sim demo`: plants a bug in the pool, finds it, shrinks what it found and explains it.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { CannotGoOn, painted, print } from '../../src/cli/terminal.ts';
import { packageFolder } from '../../src/cli/version.ts';
import { keepFailure, scenarioPath, whyNotWritable } from '../campaign/store.ts';
import { RANDOM_DRAW } from '../campaign/strategy.ts';
import { kill } from '../mutants/kill.ts';
import { shrinkInThread } from '../shrink/in-thread.ts';
import { sizeOf, sizeText } from '../shrink/size.ts';
import { buildName } from './build-name.ts';
import { endingWith } from './command.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { shrunkFiles, tellingLines } from './failure-files.ts';
import { replayOfFile } from './invocation.ts';
import { mutantIn, mutantsFolder, planted } from './planting.ts';

/** The winner of an election keeps its own state: a grant that was confirmed is forgotten. */
const DEFAULT = 'M09';

const MOST_SEEDS = 400;

const EXAMPLES = `
Examples:
  $ regency-sim demo                a confirmed grant is forgotten by the next Leader
  $ regency-sim demo --plant M22    the last token is granted twice in one batch

Nothing on disk is changed but <out>/failures. Exit code: 0 found, 2 bad usage, 5 not found in ${MOST_SEEDS} seeds.
`;

interface DemoOptions {
  readonly plant: string;
  readonly out: string;
}

export function demoCommand(): Command {
  return new Command('demo')
    .description('plant a bug, find it, shrink it, explain it: half a minute')
    .option('--plant <id>', 'which bug of the list', DEFAULT)
    .option('--out <folder>', 'where failures are kept', '.regency')
    .addHelpText('after', EXAMPLES)
    .action(endingWith(demo));
}

async function demo({ plant, out }: DemoOptions): Promise<ExitCode> {
  const reason = whyNotWritable(join(out, 'failures'));
  if (reason !== null)
    throw new CannotGoOn(`cannot keep failures in --out ${out}: ${reason}; name another folder`);
  const folder = mutantsFolder();
  const name = readdirSync(folder).find((each) => each.startsWith(`${plant}-`));
  if (name === undefined)
    throw new CannotGoOn(`--plant ${plant}: there is no such bug in properties/mutants`);
  const mutant = mutantIn(new URL(name, folder), name);
  const modules = await planted(mutant);

  print(`planted   ${mutant.id}: ${mutant.title}`);
  const seeds = { first: 1, count: MOST_SEEDS };
  const { kill: found, scenario } = await kill(mutant, modules, { seeds, mostKills: 1, draw: RANDOM_DRAW });
  if (scenario === null) {
    print(`not found in ${found.seeds} seeds`);
    return EXIT.notCovered;
  }
  print(
    `found     by seed ${found.firstSeed}, after ${found.events} events and ${found.seconds.toFixed(1)} s`,
  );
  const build = buildName({ name: mutant.id, modules });
  const result = await shrinkInThread({ scenario, wanted: null, budgetMs: 20_000, build }, { modules });
  if (result.kind !== 'shrunk')
    throw new Error(`seed ${found.firstSeed} failed once and does not fail again`);

  const { signature, shrunk, explanation, seconds } = result;
  const path = scenarioPath(out, signature);
  const patch = join(packageFolderPath(), 'properties', 'mutants', name);
  const replay = replayOfFile(path, patch);
  keepFailure(out, signature, shrunkFiles(scenario, result, { build, replay }));
  print(
    [
      `shrunk    from ${sizeText(sizeOf(scenario))}`,
      `          to ${sizeText(sizeOf(shrunk.scenario))}: ${shrunk.runs} runs, ${seconds.toFixed(1)} s`,
      '',
      `${painted('red', signature)}  ${explanation.sentence}`,
      '',
      ...tellingLines(result),
      `All of it, with the recorded run: ${path.replace(/scenario\.json$/, '')}`,
      replay,
    ].join('\n'),
  );
  return EXIT.passed;
}

function packageFolderPath(): string {
  return fileURLToPath(packageFolder());
}
