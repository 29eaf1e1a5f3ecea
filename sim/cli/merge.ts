// `regency-sim merge`: one report of what several campaigns ran, on as many machines.

import { join } from 'node:path';
import { Command } from 'commander';
import { CannotGoOn, printError } from '../../src/cli/terminal.ts';
import { checkpointPath, checkpointText, readCheckpoint } from '../campaign/checkpoint.ts';
import { mergeParts, type Part } from '../campaign/merge.ts';
import { copyFailure, whyNotWritable, writeWhole } from '../campaign/store.ts';
import { codeOf, contextOf, report } from './campaign-report.ts';
import { endingWith } from './command.ts';
import type { ExitCode } from './exit-codes.ts';
import { checkOutput, jsonOption } from './options.ts';

interface MergeOptions {
  readonly out: string;
  readonly requireCoverage?: true;
  readonly json?: string;
}

const EXAMPLES = `
Examples:
  $ regency-sim campaign --seeds 100000 --shard 1/2 --out one     on one machine
  $ regency-sim campaign --seeds 100000 --shard 2/2 --out two     on another
  $ regency-sim merge one two                                     the report of all 100,000

Each folder is the --out of a campaign: all shards of one, or ranges of seeds that follow each other, run by the same
build. The report is the one that a single campaign would have given; its time is the sum of theirs.

Exit code: as of campaign; 2 when the parts do not make a whole.
`;

export function mergeCommand(): Command {
  return new Command('merge')
    .description('put together what several campaigns ran')
    .argument('<folders...>', 'where they kept it')
    .option('--out <folder>', 'where the whole is kept', '.regency')
    .option('--require-coverage', 'as of campaign')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(endingWith(merge));
}

async function merge(folders: readonly string[], options: MergeOptions): Promise<ExitCode> {
  const { out, json, requireCoverage } = options;
  const reason = whyNotWritable(join(out, 'failures'));
  if (reason !== null)
    throw new CannotGoOn(`cannot keep the whole in --out ${out}: ${reason}; name another folder`);
  if (json !== undefined) checkOutput(json);
  const parts = folders.map(partIn);
  const merged = mergeParts(parts);
  if (!merged.ok) throw new CannotGoOn(merged.reason);
  const { tally } = merged.value.state;
  for (const [signature, { smallestSeed }] of Object.entries(tally.findings)) {
    const finder = parts.find(
      ({ checkpoint }) => checkpoint.state.tally.findings[signature]?.smallestSeed === smallestSeed,
    )!;
    if (finder.name !== out && !copyFailure(finder.name, out, signature)) {
      printError(`${finder.name} keeps no failure ${signature} any more; seed ${smallestSeed} has it`);
    }
  }
  writeWhole(checkpointPath(out), checkpointText(merged.value));
  const result = { tally, ending: merged.value.ending ?? 'done' };
  const context = contextOf({ ...merged.value, out, ...(requireCoverage ? { requireCoverage } : {}) });
  report(result, json, context);
  return codeOf(result, context);
}

function partIn(folder: string): Part {
  const read = readCheckpoint(folder);
  if (!read.ok) throw new CannotGoOn(`the campaign in ${folder} ${read.reason}`);
  return { name: folder, checkpoint: read.value };
}
