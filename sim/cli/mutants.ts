// `regency-sim mutants`: plants known bugs in the pool, one at a time, and says how many seeds it takes to notice each. What
// a campaign that passes is worth is what it would have found.

import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Command } from 'commander';
import { CannotGoOn, painted, print } from '../../src/cli/terminal.ts';
import { aligned } from '../campaign/columns.ts';
import { grouped } from '../campaign/numbers.ts';
import type { SeedRange } from '../campaign/plan.ts';
import type { Strategy } from '../campaign/strategy.ts';
import { type Kill, kill, type ShrunkKill } from '../mutants/kill.ts';
import type { Mutant } from '../mutants/patch.ts';
import type { PatchedModules } from '../mutants/patched-build.ts';
import type { EnvironmentId, Scenario } from '../scenario/scenario.ts';
import { shrinkInThread } from '../shrink/in-thread.ts';
import { sizeOf } from '../shrink/size.ts';
import { endingWith } from './command.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { interruptible } from './interruptible.ts';
import { writeJson } from './json-output.ts';
import {
  isMetAsItShould,
  type Met,
  meet,
  reportMet,
  verdictOf as verdictOfMet,
} from './mutants-exhaustive.ts';
import {
  checkOutput,
  defaultWorkers,
  environmentOption,
  jsonOption,
  readCount,
  readDuration,
  readSeeds,
  readWorkers,
  strategyOption,
} from './options.ts';
import { mutantIn, mutantsFolder, planted } from './planting.ts';

interface MutantsOptions {
  readonly seeds?: SeedRange;
  readonly only?: string;
  readonly quick?: true;
  readonly patch?: readonly string[];
  readonly maxKills?: number;
  readonly workers: number;
  readonly strategy: Strategy;
  readonly environment?: EnvironmentId;
  readonly everywhere?: true;
  readonly json?: string;
  readonly shrink?: true;
  /** Seconds. */
  readonly exhaustive?: number;
}

/** No failure is shrunk for longer. */
const LONGEST_SHRINK_MS = 60_000;

interface Planted {
  readonly mutant: Mutant;
  readonly modules: PatchedModules;
}

const EXAMPLES = `
Examples:
  $ regency-sim mutants                               the whole list
  $ regency-sim mutants --only M04,M09                two of it
  $ regency-sim mutants --only M07,M08 --exhaustive 1m
                                                      every path of small pools instead of drawn runs
  $ regency-sim mutants --quick                       within a minute: would it still notice what is noticed soon?
  $ git diff > my.patch && git stash && regency-sim mutants --patch my.patch
                                                      would it notice this change?
  $ regency-sim mutants --json - | jq '.mutants[] | {id, firstSeed}'

A mutant is a patch of the sources, applied as they are loaded; nothing on disk is changed. It needs the sources
beside the compiled project. Those marked equivalent change nothing that matters, and must not be noticed.

Exit code: 0 every mutant was noticed and no equivalent one, 2 bad usage or a patch that does not fit, 4 the harness
itself failed, 5 a mutant survived or an equivalent one was noticed, 130 interrupted.
`;

export function mutantsCommand(): Command {
  return new Command('mutants')
    .description('plant known bugs and count the seeds until each is noticed')
    .option(
      '--seeds <seeds>',
      'how many each, from 1 on, or A..B (default: 2000; with --quick: 60)',
      readSeeds,
    )
    .option('--only <ids>', 'of the list, only these: M04,M09')
    .option(
      '--quick',
      'of the list, those that are noticed soon (properties/mutants/quick.json), each until it is',
    )
    .option('--patch <files...>', 'these patches (as git diff prints them) instead of the list')
    .option(
      '--max-kills <count>',
      'enough is known of a mutant that so many seeds have noticed (default: 50; with --quick: 1)',
      readCount,
    )
    .option(
      '--workers <count>',
      'mutants at a time; the results do not depend on it',
      readWorkers,
      defaultWorkers(),
    )
    .option('--shrink', 'shrink the first failure of each, and say what is left of it')
    .option(
      '--exhaustive <time>',
      'instead of seeds: every path from every start of `exhaustive`, for at most that time each',
      readDuration,
    )
    .addOption(strategyOption())
    .addOption(environmentOption('where each bug shows, by its patch, in turn'))
    .option('--everywhere', 'in all environments as they are drawn for a campaign, wherever a bug shows')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(endingWith(mutants));
}

async function mutants(given: MutantsOptions): Promise<ExitCode> {
  const options = withDefaults(given);
  if (options.json !== undefined) checkOutput(options.json);
  const list = await Promise.all(chosen(options).map(plant));
  if (options.exhaustive !== undefined) return meetAll(list, options, options.exhaustive);
  const { kills, isInterrupted } = await interruptible(
    () => process.stderr.write('stopping; once more to stop at once\n'),
    async (interrupt) => ({
      kills: await killAll(list, options, interrupt),
      isInterrupted: interrupt.aborted,
    }),
  );
  report(kills, options);
  if (isInterrupted) return EXIT.interrupted;
  return kills.every(isAsItShould) ? EXIT.passed : EXIT.notCovered;
}

/** So many at a time as there are workers; in the order of the list. */
async function meetAll(
  list: readonly Planted[],
  { workers, json }: MutantsOptions,
  seconds: number,
): Promise<ExitCode> {
  const all: Met[] = [];
  let next = 0;
  const isInterrupted = await interruptible(
    () => process.stderr.write('stopping; once more to stop at once\n'),
    async (interrupt) => {
      const work = async (): Promise<void> => {
        for (let index = next++; index < list.length && !interrupt.aborted; index = next++) {
          const { mutant, modules } = list[index]!;
          const met = await meet(mutant, modules, seconds, interrupt);
          all[index] = met;
          process.stderr.write(
            `${met.id} ${verdictOfMet(met)} in ${met.seconds.toFixed(1)} s: ${met.title}\n`,
          );
        }
      };
      await Promise.all(Array.from({ length: Math.min(workers, list.length) }, work));
      return interrupt.aborted;
    },
  );
  const met = all.filter((each) => each !== undefined);
  reportMet(met, json);
  if (isInterrupted) return EXIT.interrupted;
  return met.every(isMetAsItShould) ? EXIT.passed : EXIT.notCovered;
}

/** All that a search needs to know. */
type Search = MutantsOptions & Required<Pick<MutantsOptions, 'seeds' | 'maxKills'>>;

const QUICK_SEEDS = 60;
const MANY_SEEDS = 2000;
const MANY_KILLS = 50;

function withDefaults(given: MutantsOptions): Search {
  const { quick, only, patch } = given;
  if (quick && (only !== undefined || patch !== undefined))
    throw new CannotGoOn('--quick is a list of its own: expected neither --only nor --patch beside it');
  return {
    ...given,
    seeds: given.seeds ?? { first: 1, count: quick ? QUICK_SEEDS : MANY_SEEDS },
    maxKills: given.maxKills ?? (quick ? 1 : MANY_KILLS),
  };
}

function chosen({ patch, only, quick }: Search): Mutant[] {
  if (patch !== undefined) return patch.map((path) => mutantIn(path, basename(path)));
  const folder = mutantsFolder();
  const all = readdirSync(folder)
    .filter((name) => name.endsWith('.patch'))
    .toSorted()
    .map((name) => mutantIn(new URL(name, folder), name));
  const ids = quick
    ? (JSON.parse(readFileSync(new URL('quick.json', folder), 'utf8')) as readonly string[])
    : only?.split(',');
  if (ids === undefined) return all;
  return ids.map((id) => {
    const mutant = all.find((each) => each.id === id);
    if (mutant !== undefined) return mutant;
    throw new CannotGoOn(
      `${quick ? 'quick.json' : '--only'} ${id}: there is no such mutant; known are ${all.map((each) => each.id).join(' ')}`,
    );
  });
}

async function plant(mutant: Mutant): Promise<Planted> {
  return { mutant, modules: await planted(mutant) };
}

/** So many at a time as there are workers; in the order of the list. */
async function killAll(
  list: readonly Planted[],
  { seeds, maxKills, workers, strategy, environment, everywhere, shrink }: Search,
  interrupt: AbortSignal,
): Promise<Kill[]> {
  const kills: Kill[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < list.length && !interrupt.aborted; index = next++) {
      const { mutant, modules } = list[index]!;
      const draw = { strategy, environment, inTurn: everywhere ? [] : mutant.environments };
      const { kill: done, scenario } = await kill(mutant, modules, {
        seeds,
        mostKills: maxKills,
        draw,
        interrupt,
      });
      kills[index] = shrink ? { ...done, shrunk: await shrunkBy(mutant, modules, scenario) } : done;
      process.stderr.write(`${done.id} ${verdictOf(done)} in ${done.seconds.toFixed(1)} s: ${done.title}\n`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, list.length) }, work));
  return kills.filter((each) => each !== undefined);
}

/** What is left of its first failure; null: there was none, or it could not be shrunk. */
async function shrunkBy(
  { id }: Mutant,
  modules: PatchedModules,
  scenario: Scenario | null,
): Promise<ShrunkKill | null> {
  if (scenario === null) return null;
  const order = {
    scenario,
    wanted: null,
    budgetMs: LONGEST_SHRINK_MS,
    build: id,
  };
  const result = await shrinkInThread(order, { modules });
  if (result.kind !== 'shrunk') return null;
  const { signature, shrunk, seconds } = result;
  const { runs, isComplete } = shrunk;
  return {
    signature,
    faultsBefore: scenario.faults.length,
    ...sizeOf(shrunk.scenario),
    runs,
    wallSeconds: seconds,
    isComplete,
  };
}

function isAsItShould({ isEquivalent, kills }: Kill): boolean {
  return isEquivalent === (kills === 0);
}

function verdictOf(one: Kill): string {
  if (one.isInterrupted && one.kills === 0) return 'not known yet';
  if (one.isEquivalent)
    return one.kills === 0 ? 'survives, as it should' : `NOTICED by seed ${firstSeedText(one)}`;
  return one.kills === 0 ? 'SURVIVES' : `noticed by seed ${firstSeedText(one)}`;
}

/** As `campaign`, `replay` and `shrink` want to be told it. */
function firstSeedText({ firstSeed, firstEnvironment }: Kill): string {
  if (firstSeed === null) return '–';
  return firstEnvironment === null ? grouped(firstSeed) : `${grouped(firstSeed)} in ${firstEnvironment}`;
}

function report(kills: readonly Kill[], { json, seeds }: Search): void {
  if (json !== undefined) {
    writeJson(json, { schema: 'regency-sim/mutants@1', seeds, mutants: kills });
    if (json === '-') return;
  }
  const rows = kills.map((one) => [
    one.id,
    firstSeedText(one),
    one.medianSeeds === null ? '–' : grouped(one.medianSeeds),
    `${grouped(one.kills)} of ${grouped(one.seeds)}`,
    intervalText(one),
    [...Object.entries(one.properties), ...(one.crashes === 0 ? [] : [['crash', one.crashes]])]
      .slice(0, 4)
      .map(([property, count]) => `${property} ${count}`)
      .join(', '),
  ]);
  print(
    aligned([['', 'first seed', 'median', 'noticed by', '95 %', 'violated, in so many seeds'], ...rows]).join(
      '\n',
    ),
  );
  reportShrunk(kills);
  const wrong = kills.filter((one) => !isAsItShould(one));
  const good = kills.length - wrong.length;
  print(`\n${good} of ${kills.length} as they should be`);
  for (const { id, crash } of kills) {
    if (crash !== null) print(`${id} threw where nothing may: ${crash}`);
  }
  for (const one of wrong) print(`${painted('red', one.id)} ${verdictOf(one)}: ${one.title}`);
}

function reportShrunk(kills: readonly Kill[]): void {
  const shrunk = kills.flatMap(({ id, shrunk }) => (shrunk == null ? [] : [{ id, ...shrunk }]));
  if (shrunk.length === 0) return;
  const rows = shrunk.map((one) => [
    one.id,
    one.signature,
    `${one.faultsBefore} → ${one.faults}`,
    String(one.servers),
    `${one.clients} / ${one.sessions}`,
    one.seconds.toFixed(1),
    String(one.runs),
    `${one.wallSeconds.toFixed(1)} s${one.isComplete ? '' : ', cut short'}`,
  ]);
  const head = ['', 'shrunk', 'faults', 'servers', 'clients / sessions', 'seconds', 'runs', 'took'];
  const medianOf = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[values.length >> 1]!;
  const times = shrunk.map(({ wallSeconds }) => wallSeconds);
  print(
    [
      '',
      ...aligned([head, ...rows]),
      '',
      `median ${medianOf(shrunk.map(({ faults }) => faults))} faults in ${medianOf(times).toFixed(1)} s; at worst ${Math.max(...shrunk.map(({ faults }) => faults))} faults, ${Math.max(...times).toFixed(1)} s`,
    ].join('\n'),
  );
}

/** In percent; `< 0.15 %` when it was never noticed. */
function intervalText({ kills, interval: [low, high] }: Kill): string {
  const percent = (share: number): string => (100 * share).toPrecision(2);
  return kills === 0 ? `< ${percent(high)} %` : `${percent(low)} … ${percent(high)} %`;
}
