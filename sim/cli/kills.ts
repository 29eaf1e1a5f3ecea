// `regency-sim kills`: real servers on this machine, killed with -9 again and again under load. Is a grant lost, or given twice?

import { Command } from 'commander';
import { painted, print } from '../../src/cli/terminal.ts';
import { packageFolder } from '../../src/cli/version.ts';
import { grouped, spanOf } from '../campaign/numbers.ts';
import { killing } from '../metal/killing.ts';
import { type MetalOutcome, runOnProcesses } from '../metal/on-processes.ts';
import { patchedProgram } from '../metal/patched-program.ts';
import { endingWith } from './command.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { interruptible } from './interruptible.ts';
import { writeJson } from './json-output.ts';
import { checkOutput, jsonOption, readCount } from './options.ts';
import { plantingOf } from './planting.ts';
import { LiveLine } from './progress.ts';

const EXAMPLES = `
Examples:
  $ regency-sim kills                       a hundred, some minutes
  $ regency-sim kills --count 1000          half an hour or more
  $ regency-sim kills --patch properties/mutants/M14-empty-table.patch    would it notice?

Three servers with fsync and twelve clients, all of this machine, in pools of their own of two hundred strokes each. What
clients are told is judged as in every run: S5, no more units are held than there are; S6, a Leader counts all that was
acknowledged and is held; S20, no holder hears that its token was taken back.

Exit code: 0 nothing was violated, 1 something was, 2 bad usage, 4 the harness itself failed, 130 interrupted.
`;

/** Aims of one pool: enough to grow old in. */
const STROKES = 200;

interface Options {
  readonly count: number;
  readonly seed: number;
  readonly patch?: string;
  readonly json?: string;
}

export function killsCommand(): Command {
  return new Command('kills')
    .description(
      'kill real servers with -9 under load, again and again, and judge what their clients are told',
    )
    .option('--count <number>', 'at least so many', readCount, 100)
    .option('--seed <number>', 'whom, and when', readCount, 1)
    .option('--patch <file>', 'a planted bug, as git diff prints it')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(endingWith(kills));
}

async function kills({ count, seed, patch, json }: Options): Promise<ExitCode> {
  if (json !== undefined) checkOutput(json);
  const patched =
    patch === undefined ? null : patchedProgram((await plantingOf(patch)).modules, packageFolder());
  const line = new LiveLine(process.stderr);
  const pools: MetalOutcome[] = [];
  const sum = (of: (outcome: MetalOutcome) => number): number =>
    pools.reduce((total, outcome) => total + of(outcome), 0);
  const killed = (): number => sum((outcome) => outcome.kills);
  const isViolated = (): boolean => pools.some(({ violations }) => violations.length > 0);
  let isInterrupted = false;
  try {
    await interruptible(
      () => line.note('ending: what was seen so far follows'),
      async (interrupt) => {
        while (killed() < count && !isViolated() && !interrupt.aborted) {
          const strokes = Math.min(STROKES, count - killed());
          const before = killed();
          pools.push(
            await runOnProcesses(killing(seed + pools.length, strokes), {
              interrupt,
              ...(patched !== null && { program: patched.program }),
              progress: (now, grants, seconds) =>
                line.show(
                  `${before + now} of ${count} kills, ${grouped(grants)} grants, ${spanOf(seconds)} of pool ${pools.length + 1}`,
                ),
            }),
          );
        }
        isInterrupted = interrupt.aborted;
      },
    );
  } finally {
    line.clear();
    patched?.remove();
  }
  const violations = pools.flatMap((outcome) => outcome.violations);
  const checked = (property: string): number => sum((outcome) => outcome.checked[property] ?? 0);
  const said = (kind: string): number => sum((outcome) => outcome.said[kind] ?? 0);
  const figures = {
    pools: pools.length,
    kills: killed(),
    seconds: Math.round(sum((outcome) => outcome.seconds)),
    takeOvers: said('took over'),
    grants: said('granted'),
    acknowledgedGrants: said('requestsOk'),
    refusals: said('refused'),
    renewals: said('updatesOk'),
    releases: said('releasesOk'),
    checked: { S5: checked('S5'), S6: checked('S6'), S20: checked('S20') },
    mostOver: Math.max(...pools.map(({ numbers }) => numbers['held - limit, most'] ?? -Infinity)),
  };
  if (json !== undefined) writeJson(json, { schema: 'regency-sim/kills@1', seed, ...figures, violations });
  if (json !== '-') {
    print(
      [
        `${grouped(figures.kills)} kills in ${spanOf(figures.seconds)}, ${figures.pools} pools of three servers`,
        `${grouped(figures.acknowledgedGrants)} grants, ${grouped(figures.renewals)} renewals and ${grouped(figures.releases)} releases were acknowledged, ${grouped(figures.refusals)} requests refused; ${grouped(figures.takeOvers)} take-overs`,
        `checks    S5 ${grouped(figures.checked.S5)}, S6 ${grouped(figures.checked.S6)}, S20 ${grouped(figures.checked.S20)}; held beyond the limit at most: ${Math.max(0, figures.mostOver)}`,
        ...violations.map(({ reason, at }) => `${painted('red', 'at')} ${at / 1_000_000} s  ${reason}`),
        violations.length === 0
          ? painted('green', 'passed: no acknowledged grant was lost, no token granted twice')
          : painted('red', `FAILED: ${violations.length} violated`),
      ].join('\n'),
    );
  }
  if (violations.length > 0) return EXIT.violated;
  return isInterrupted ? EXIT.interrupted : EXIT.passed;
}
