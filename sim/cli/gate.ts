// `regency-sim gate`: what CI asks before a change goes in.

import { join } from 'node:path';
import { Command, Option } from 'commander';
import { CannotGoOn } from '../../src/cli/terminal.ts';
import { patchedCrew, threadCrew } from '../campaign/crew.ts';
import { keepFailure, scenarioPath, whyNotWritable, writeWhole } from '../campaign/store.ts';
import { RANDOM_DRAW } from '../campaign/strategy.ts';
import type { Tally } from '../campaign/tally.ts';
import { BASELINE_SCHEMA, baselineText, NO_BASELINE, readBaseline } from '../gate/baseline.ts';
import { type Verdict, verdictOf } from '../gate/check.ts';
import type { Figures } from '../gate/figures.ts';
import { type GatePlan, type GateResult, runGate } from '../gate/gate.ts';
import type { GateFinding, GateReport } from '../gate/report.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { buildName, type Planting } from './build-name.ts';
import { endingWith } from './command.ts';
import { presentCommit } from './commit.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { plainFiles } from './failure-files.ts';
import { beside, gatePlan } from './gate-plan.ts';
import {
  checkReporters,
  type GateReporter,
  readReporters,
  report,
  usualReporters,
} from './gate-reporters.ts';
import { interruptible } from './interruptible.ts';
import { replayOfFile, replayOfSeed } from './invocation.ts';
import { defaultWorkers, readDuration, readWorkers } from './options.ts';
import { plantingOf } from './planting.ts';
import { LiveLine } from './progress.ts';
import { shrinkFindings } from './shrink-findings.ts';

interface GateOptions {
  readonly config: string;
  readonly commit?: string;
  readonly base?: string;
  readonly patch?: string;
  /** Seconds. */
  readonly budget?: number;
  readonly workers: number;
  readonly out: string;
  readonly reporter?: readonly GateReporter[];
  readonly updateBaseline?: true;
}

const EXAMPLES = `
Examples:
  $ regency-sim gate                                  as gate.json says, for the commit that is checked out
  $ regency-sim gate --reporter plain,junit=gate.xml  and a file that CI systems show
  $ regency-sim gate --base ../before                 and what changed since that build
  $ regency-sim gate --patch my.patch                 would it let this change through?
  $ regency-sim gate --update-baseline                what it measures is what later ones are compared with

It runs the saved corpus, seeds that are fresh for each commit (some of them twice), drills that lose a Leader,
and planted bugs, and holds the thresholds of gate.json against what came of it (docs/gate.md). What there was no
time for is missing, and the gate has not passed. What fails is kept in <out>/failures/<signature>/, shrunk.

Exit code: 0 passed, 1 a property was violated, 2 bad usage, 3 a run was not the same twice, 4 the harness itself
failed, 5 a threshold was not met or the time was over, 130 interrupted.
`;

export function gateCommand(): Command {
  return new Command('gate')
    .description('say whether a change may go in: corpus, fresh seeds, thresholds')
    .option('--config <file>', 'what it looks at and demands', 'gate.json')
    .option('--commit <hash>', 'which seeds are fresh hangs on it (default: what git has checked out)')
    .option('--base <folder>', 'compare with the build in that checkout: the same scenarios under both')
    .option('--patch <file>', 'a planted bug, as git diff prints it')
    .option('--budget <time>', 'how long it may look (default: as the config says)', readDuration)
    .option('--workers <count>', 'threads; the results do not depend on it', readWorkers, defaultWorkers())
    .option('--out <folder>', 'where failures and reports are kept', '.regency/gate')
    .addOption(
      new Option(
        '--reporter <list>',
        'tty, plain, json, junit, github; the file with =, as in junit=gate.xml (default: tty or plain, on GitHub also github)',
      ).argParser(readReporters),
    )
    .addOption(
      new Option('--update-baseline', 'write what it measures into the baseline, if it passes').conflicts(
        'patch',
      ),
    )
    .addHelpText('after', EXAMPLES)
    .action(endingWith(gate));
}

async function gate(options: GateOptions): Promise<ExitCode> {
  const { out, patch } = options;
  const reporters = options.reporter ?? usualReporters();
  const reason = whyNotWritable(join(out, 'failures'));
  if (reason !== null)
    throw new CannotGoOn(`cannot keep failures in --out ${out}: ${reason}; name another folder`);
  checkReporters(reporters);
  const startedAt = performance.now();
  const planting = patch === undefined ? null : await plantingOf(patch);
  const commit = options.commit ?? presentCommit();
  const plan = await gatePlan({ ...options, commit });
  const build = buildName(planting);
  const { result, findings } = await looked(plan, options, planting, build);
  const given: GateReport = {
    build,
    commit,
    patch: patch ?? null,
    seeds: plan.seeds,
    checks: result.checks,
    findings,
    figures: result.figures,
    comparison: result.comparison,
    budgetSeconds: plan.budgetSeconds,
    wallSeconds: Number(((performance.now() - startedAt) / 1000).toFixed(3)),
  };
  const verdict = verdictOf(given);
  if (options.updateBaseline && verdict === 'passed')
    updateBaseline(beside(options.config, plan.settings.baseline), plan.settings.drills, result.figures);
  report(reporters, given, EXITS[verdict], out);
  return EXITS[verdict];
}

const EXITS: Readonly<Record<Verdict, ExitCode>> = {
  passed: EXIT.passed,
  violated: EXIT.violated,
  nondeterminism: EXIT.nondeterminism,
  'harness failed': EXIT.harnessFailed,
  threshold: EXIT.notCovered,
  interrupted: EXIT.interrupted,
};

/** Looks, and shrinks what it found. */
async function looked(
  plan: GatePlan,
  { out, patch, workers }: GateOptions,
  planting: Planting | null,
  build: string,
): Promise<{ readonly result: GateResult; readonly findings: readonly GateFinding[] }> {
  const line = new LiveLine(process.stderr);
  const kept = new Map<string, Scenario>();
  const sizes = new Map<string, string>();
  const keep = ({ findings }: Tally): void => {
    for (const [signature, { reason, scenario, smallestSeed }] of Object.entries(findings)) {
      // A later part may have met it with a smaller seed, and it is that one's reason that is told.
      if (kept.get(signature) === scenario) continue;
      const isNew = !kept.has(signature);
      kept.set(signature, scenario);
      const replay = replayOfFile(scenarioPath(out, signature), patch);
      keepFailure(out, signature, plainFiles(signature, reason, scenario, { build, replay }));
      if (isNew) line.note(`${signature} seed ${smallestSeed}: ${reason}`);
    }
  };
  try {
    return await interruptible(
      () => line.note('stopping; once more to stop at once'),
      async (interrupt) => {
        const result = await runGate(plan, {
          crew: (size) =>
            planting === null
              ? threadCrew(size, RANDOM_DRAW)
              : patchedCrew(size, planting.modules, RANDOM_DRAW),
          interrupt,
          onProgress: (text) => line.show(text),
          onFound: keep,
          replayOfSeed: (seed) => withPatch(replayOfSeed(seed, RANDOM_DRAW), patch),
        });
        await shrinkFindings(result.found, {
          out,
          build,
          planting,
          ...(patch === undefined ? {} : { patch }),
          workers,
          interrupt,
          onShrunk: (signature, text) => {
            sizes.set(signature, text);
            line.note(`${signature} shrunk to ${text}`);
          },
        });
        return { result, findings: findingsOf(result.found, sizes, out, patch) };
      },
    );
  } finally {
    line.clear();
  }
}

function findingsOf(
  { findings }: Tally,
  sizes: ReadonlyMap<string, string>,
  out: string,
  patch: string | undefined,
): GateFinding[] {
  return Object.entries(findings)
    .sort(([a, x], [b, y]) => y.count - x.count || (a < b ? -1 : 1))
    .map(([signature, { property, reason, count }]) => ({
      signature,
      property,
      reason,
      count,
      scenario: scenarioPath(out, signature),
      size: sizes.get(signature) ?? null,
      replay: replayOfFile(scenarioPath(out, signature), patch),
    }));
}

function withPatch(command: string, patch: string | undefined): string {
  return patch === undefined ? command : `${command} --patch ${patch}`;
}

/** What other machines measured stays. */
function updateBaseline(file: string, runs: number, figures: Figures): void {
  const { machine, eventsPerSecond, failOver, reclaim } = figures;
  const read = readBaseline(file);
  const { eventsPerSecond: known } = read.ok ? read.value : NO_BASELINE;
  const speeds = eventsPerSecond === null ? known : { ...known, [machine]: eventsPerSecond };
  const sorted = Object.entries(speeds).sort(([a], [b]) => (a < b ? -1 : 1));
  const drills = failOver === null || reclaim === null ? null : { runs, failOver, reclaim };
  writeWhole(
    file,
    baselineText({ schema: BASELINE_SCHEMA, drills, eventsPerSecond: Object.fromEntries(sorted) }),
  );
}
