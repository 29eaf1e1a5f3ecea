// `regency-sim replay`: one run again, from its seed or from a saved scenario, with its verdict.

import { Command, Option } from 'commander';
import { CannotGoOn, painted, print, printError } from '../../src/cli/terminal.ts';
import { judge } from '../campaign/judge.ts';
import { grouped, spanOf } from '../campaign/numbers.ts';
import type { Strategy } from '../campaign/strategy.ts';
import { firstDivergence, Trace, type TraceRecord } from '../kernel/trace.ts';
import { ASSERTION, type Outcome, patternOf, type Violation } from '../outcome.ts';
import { describeScenario } from '../scenario/describe.ts';
import type { EnvironmentId, Scenario } from '../scenario/scenario.ts';
import { runInThread } from '../shrink/in-thread.ts';
import { signatureOf } from '../signature.ts';
import { simulate } from '../simulate.ts';
import type { Screen } from '../tui/frame.ts';
import type { Key } from '../tui/model.ts';
import { againstFor, againstLines } from './against.ts';
import { buildName } from './build-name.ts';
import { endingWith } from './command.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { writeJson } from './json-output.ts';
import { checkOutput, environmentOption, jsonOption, strategyOption } from './options.ts';
import { plantingOf } from './planting.ts';
import { replayOnProcesses } from './replay-on-processes.ts';
import { scenarioFrom } from './scenario-input.ts';
import { isOnTerminal, readKeys, readScreen, showOnScreen } from './screen.ts';

interface ReplayOptions {
  readonly headless?: true;
  readonly screen?: Screen;
  readonly keys?: readonly Key[];
  readonly strategy: Strategy;
  readonly environment?: EnvironmentId;
  readonly twice?: boolean;
  readonly onProcesses?: true;
  readonly patch?: string;
  readonly against?: string;
  readonly againstPatch?: string;
  readonly againstBuild?: string;
  readonly json?: string;
}

type Found = Pick<Violation, 'property' | 'reason'> &
  Partial<Pick<Violation, 'at' | 'event'>> & { readonly signature: string };

const EXAMPLES = `
Examples:
  $ regency-sim replay 4711                     the run of that seed
  $ regency-sim replay 4711 --environment E3    the same seed, drawn for that environment
  $ regency-sim replay .regency/failures/S5-1f3a9c02/scenario.json
  $ regency-sim replay 4711 --headless          just the verdict
  $ regency-sim replay 4711 --screen 120x40     one screen as text
  $ regency-sim replay 4711 --against-patch my.patch   beside the same run with a change, from where the two part
  $ regency-sim replay 4711 --twice             is it the same run when it is run again?
  $ regency-sim replay 4711 --on-processes      its faults, to real servers on this machine

On a terminal the run is shown there, at the violation if there is one: ? lists the keys. Without one, or with --headless,
--twice or --json, its verdict is printed.

Exit code: 0 passed, 1 a property was violated, 2 bad usage or scenario, 3 the two runs differ, 4 the harness itself failed,
130 interrupted.
`;

export function replayCommand(): Command {
  return new Command('replay')
    .description('look at the run of one seed, or of one saved scenario')
    .argument('<seed or file>', 'a seed, a scenario file, or - for a scenario on standard input')
    .addOption(strategyOption())
    .addOption(environmentOption())
    .option('--headless', 'print the verdict and end, as without a terminal')
    .option('--screen <size>', 'print one screen of the replay, such as 120x40, and end', readScreen)
    .option('--keys <keys>', 'with --screen: after these keys, such as "v w right"', readKeys)
    .option('--twice', 'run it twice and compare the two event by event')
    .addOption(
      new Option(
        '--on-processes',
        'do its faults to real servers, killed, stopped and cut off, in real time; what cannot be done is said',
      ).conflicts(['screen', 'keys', 'twice', 'headless']),
    )
    .option('--patch <file>', 'a planted bug, as git diff prints it')
    .option('--against <seed or file>', 'another run beside it, from where the two part')
    .option('--against-patch <file>', 'beside it the same scenario with a planted bug')
    .option(
      '--against-build <folder>',
      'beside it the same scenario as another checkout runs it, which was built',
    )
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(endingWith(replay));
}

async function replay(what: string, options: ReplayOptions): Promise<ExitCode> {
  const scenario = await scenarioFrom(what, options);
  if (options.json !== undefined) checkOutput(options.json);
  if (options.patch !== undefined && options.twice)
    throw new CannotGoOn('--twice goes without --patch: the two runs are compared in this very process');
  const against = await againstFor(scenario, options, options);
  if (against !== null && (options.twice || options.json !== undefined))
    throw new CannotGoOn('--against and its like go without --twice and --json');
  const isUnseen = against !== null && options.patch !== undefined && !isForScreen(options);
  if (isUnseen) throw new CannotGoOn('--against and --patch go together on a screen only');
  const planting = options.patch === undefined ? null : await plantingOf(options.patch);
  if (options.onProcesses) return replayOnProcesses(scenario, planting?.modules ?? null, options.json);
  if (isForScreen(options)) {
    const { screen, keys = [] } = options;
    const still = screen === undefined ? null : { screen, keys };
    return showOnScreen({ scenario, against, build: buildName(planting), still }, planting?.modules ?? null);
  }
  const isForPeople = options.json !== '-';
  if (isForPeople) print(describeScenario(scenario));

  const first = options.twice ? new Trace('all') : undefined;
  const judged =
    planting !== null
      ? await runInThread(scenario, planting.modules)
      : judge(
          (it) => simulate(it, first === undefined ? {} : { trace: first }),
          () => scenario,
        );
  if (judged.kind === 'harness failure') {
    printError(`regency-sim: the harness itself failed in seed ${scenario.seed}: ${judged.error}`);
    return EXIT.harnessFailed;
  }
  const outcome = judged.kind === 'outcome' ? judged.outcome : null;
  const found =
    judged.kind === 'outcome' ? judged.outcome.violations.map(withSignature) : [brokenFact(judged.fact)];

  const isSame = first === undefined || isSameAgain(scenario, first);
  if (options.json !== undefined)
    writeJson(options.json, jsonOf(scenario, outcome, found, options.twice ? isSame : null));
  if (isForPeople) print(textOf(outcome, found, options.twice === true && isSame));
  if (against !== null) print(['', ...againstLines(scenario, against)].join('\n'));
  if (!isSame) return EXIT.nondeterminism;
  return found.length > 0 ? EXIT.violated : EXIT.passed;
}

function isForScreen({ headless, screen, keys, twice, json }: ReplayOptions): boolean {
  const isTold = headless === true || twice === true || json !== undefined;
  if (screen !== undefined && isTold)
    throw new CannotGoOn('--screen goes without --headless, --twice and --json');
  if (keys !== undefined && screen === undefined) throw new CannotGoOn('--keys goes with --screen');
  return screen !== undefined || (!isTold && isOnTerminal());
}

/** Runs it again; when the two part, says where. */
function isSameAgain(scenario: Scenario, first: Trace): boolean {
  const second = new Trace('all');
  judge(
    (it) => simulate(it, { trace: second }),
    () => scenario,
  );
  const parted = firstDivergence(first, second);
  if (parted === null) return true;
  printError(
    `regency-sim: the run is not the same when it is run again: event ${parted.index} was ${recordText(parted.a)} and then ${recordText(parted.b)}`,
  );
  return false;
}

function recordText(record: TraceRecord | undefined): string {
  if (record === undefined) return 'none, the run had ended';
  const { at, kind, from, to, length, digest } = record;
  return `(at ${at} µs, kind ${kind}, ${from}→${to}, ${length} bytes, digest ${digest})`;
}

function withSignature(violation: Violation): Found {
  const { property, reason, at, event } = violation;
  return { signature: signatureOf(violation), property, reason, at, event };
}

function brokenFact(fact: string): Found {
  return {
    signature: signatureOf({ property: ASSERTION, pattern: patternOf(fact) }),
    property: ASSERTION,
    reason: fact,
  };
}

function jsonOf(
  scenario: Scenario,
  outcome: Outcome | null,
  found: readonly Found[],
  isDeterministic: boolean | null,
) {
  return {
    schema: 'regency-sim/replay@1',
    seed: scenario.seed,
    environment: scenario.environment,
    passed: found.length === 0,
    ...(isDeterministic === null ? {} : { deterministic: isDeterministic }),
    violations: found,
    digest: outcome?.digest ?? null,
    events: outcome?.events ?? null,
    simulatedSeconds: outcome === null ? null : outcome.simulated / 1_000_000,
    counts: outcome?.counts ?? {},
    faults: outcome?.faults ?? {},
    labels: outcome?.labels ?? {},
    checked: outcome?.checked ?? {},
    numbers: outcome?.numbers ?? {},
  };
}

function textOf(outcome: Outcome | null, found: readonly Found[], wasTheSameTwice: boolean): string {
  const lines = [''];
  if (outcome !== null) {
    const counts = Object.entries(outcome.counts).map(([name, count]) => `${name} ${grouped(count)}`);
    const faults = Object.entries(outcome.faults).map(
      ([kind, { scheduled, applied, consequential }]) => `${kind} ${scheduled}/${applied}/${consequential}`,
    );
    lines.push(
      `run       ${grouped(outcome.events)} events, ${spanOf(outcome.simulated / 1_000_000)}`,
      `counts    ${counts.join(', ') || 'none'}`,
      `faults    ${faults.join(', ') || 'none'} (scheduled/applied/consequential)`,
      `checks    ${grouped(Object.values(outcome.checked).reduce((sum, times) => sum + times, 0))} of ${Object.keys(outcome.checked).length} properties`,
      `digest    ${outcome.digest}${wasTheSameTwice ? ', twice, event by event' : ''}`,
    );
  }
  for (const { signature, reason, at, event } of found) {
    const when = at === undefined ? 'the run ended there' : `at ${at / 1_000_000} s, event ${event}`;
    lines.push('', `${painted('red', signature)}  ${when}`, `  ${reason}`);
  }
  lines.push(
    '',
    found.length === 0 ? painted('green', 'passed') : painted('red', `FAILED: ${found.length} violated`),
  );
  return lines.join('\n');
}
