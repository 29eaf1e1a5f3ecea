// `regency-sim bench`: how many events a second the simulator handles, with every property on and with none, in one
// process and on the same scenario. Ratios of one run are what to compare; machines differ. With `--tombstones`: what many
// short grants leave behind.

import { Command, Option } from 'commander';
import { print } from '../../src/cli/terminal.ts';
import { grouped } from '../campaign/numbers.ts';
import { SCENARIO_SCHEMA, type Scenario } from '../scenario/scenario.ts';
import { Run } from '../simulate.ts';
import { benchPool } from './bench-pool.ts';
import { benchReplay } from './bench-replay.ts';
import { benchTombstones } from './bench-tombstones.ts';
import { endingWith } from './command.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { writeJson } from './json-output.ts';
import { checkOutput, jsonOption, readCount, readDuration } from './options.ts';

const SECOND = 1_000_000;
const RUNS_PER_BLOCK = 25;
const BLOCKS = 5;

const EXAMPLES = `
Examples:
  $ regency-sim bench                       a minute or less
  $ taskset -c 1 regency-sim bench          on one core
  $ regency-sim bench --replay              the replay's waiting times and memory
  $ regency-sim bench --tombstones 30m      half a simulated hour of 1,000 short grants a second
  $ regency-sim bench --pool                three real servers, beside etcd if it is there; fail-overs; half an hour
`;

/** Five servers, twenty clients that keep asking for fifteen tokens, nothing broken: 200 s of true time. */
function calmPool(seed: number): Scenario {
  const client = {
    meanThink: 2 * SECOND,
    meanHold: 10 * SECOND,
    sessions: 100_000,
    neverReleasePpm: 0,
    crashPpm: 0,
    mostUnits: 1,
    skip: [],
  };
  return {
    schema: SCENARIO_SCHEMA,
    seed,
    environment: 'E2',
    servers: 5,
    licenses: [{ feature: 'cad', version: '1.0', hardLimit: 15, keyLifetimeMs: 30_000 }],
    clients: Array.from({ length: 20 }, () => client),
    settings: {},
    driftPpm: 10_000,
    link: { delayFrom: 200, delayTo: 1000 },
    syncFrom: 50,
    syncTo: 1000,
    logLimitBytes: 65_536,
    faults: [],
    chaosUntil: 60 * SECOND,
    clientsUntil: 160 * SECOND,
    endsAt: 200 * SECOND,
    core: [],
  };
}

/** The same for long enough that it is 100,000 events, with a leader that dies now and then. */
function longPool(): Scenario {
  const pool = calmPool(1);
  const end = 1200 * SECOND;
  const faults = Array.from({ length: 20 }, (_, at) => ({
    kind: 'crash',
    at: (30 + 55 * at) * SECOND,
    until: (40 + 55 * at) * SECOND,
    target: { role: 'leader' as const },
    survivePpm: 0,
    torn: false,
  }));
  return { ...pool, faults, chaosUntil: end, clientsUntil: end, endsAt: end };
}

interface Block {
  readonly eventsPerSecond: number;
  readonly simulatedPerSecond: number;
}

function block(isWatched: boolean): Block {
  let events = 0;
  let simulated = 0;
  const began = performance.now();
  for (let seed = 1; seed <= RUNS_PER_BLOCK; seed++) {
    const run = new Run(calmPool(seed));
    if (!isWatched) run.context.observer = {};
    while (run.step());
    events += run.world.events;
    simulated += run.world.now / SECOND;
  }
  const seconds = (performance.now() - began) / 1000;
  return { eventsPerSecond: events / seconds, simulatedPerSecond: simulated / seconds };
}

function spread(values: readonly number[]): { least: number; median: number; most: number } {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    least: sorted[0]!,
    median: sorted[Math.floor(sorted.length / 2)]!,
    most: sorted[sorted.length - 1]!,
  };
}

interface BenchOptions {
  readonly json?: string;
  /** Simulated seconds. */
  readonly tombstones?: number;
  readonly replay?: true;
  readonly pool?: true;
  readonly failOvers: number;
}

async function bench({ json, tombstones, replay, pool, failOvers }: BenchOptions): Promise<ExitCode> {
  if (json !== undefined) checkOutput(json);
  if (tombstones !== undefined) {
    benchTombstones(tombstones, print);
    return EXIT.passed;
  }
  if (replay) {
    benchReplay(longPool(), print);
    return EXIT.passed;
  }
  if (pool) {
    await benchPool({ failOvers, print });
    return EXIT.passed;
  }
  block(true); // the compiler's own time is not what is measured
  block(false);
  const watched: Block[] = [];
  const bare: Block[] = [];
  for (let i = 0; i < BLOCKS; i++) {
    watched.push(block(true));
    bare.push(block(false));
  }
  const withAll = spread(watched.map((each) => each.eventsPerSecond));
  const without = spread(bare.map((each) => each.eventsPerSecond));
  const simulated = spread(watched.map((each) => each.simulatedPerSecond));
  const share = spread(watched.map((each, i) => 1 - each.eventsPerSecond / bare[i]!.eventsPerSecond));
  if (json !== undefined) {
    const figures = {
      eventsPerSecond: withAll,
      eventsPerSecondBare: without,
      shareOfProperties: share,
      simulatedPerSecond: simulated,
    };
    writeJson(json, {
      schema: 'regency-sim/bench@1',
      blocks: BLOCKS,
      runsPerBlock: RUNS_PER_BLOCK,
      ...figures,
    });
    return EXIT.passed;
  }
  const row = (
    name: string,
    { least, median, most }: ReturnType<typeof spread>,
    show: (value: number) => string,
  ): string => `  ${name.padEnd(36)}${show(median).padStart(12)}   (${show(least)} … ${show(most)})`;
  const whole = (value: number): string => grouped(Math.round(value));
  print(
    [
      `whole runs: 5 servers, 20 clients, calm; ${BLOCKS} blocks of ${RUNS_PER_BLOCK} runs, median (least … most)`,
      row('events/s, all properties', withAll, whole),
      row('events/s, no properties', without, whole),
      row("properties' share of the time, %", share, (value) => (100 * value).toFixed(0)),
      row('simulated seconds per second', simulated, whole),
    ].join('\n'),
  );
  return EXIT.passed;
}

export function benchCommand(): Command {
  return new Command('bench')
    .description('measure how many events a second the simulator handles')
    .addOption(
      new Option('--tombstones <time>', 'instead: so much simulated time of 1,000 short grants a second')
        .argParser(readDuration)
        .conflicts('json'),
    )
    .addOption(
      new Option('--replay', 'instead: how long a reader of a run of 100,000 events waits').conflicts([
        'json',
        'tombstones',
      ]),
    )
    .addOption(
      new Option('--pool', 'instead: grants and renewals of real servers, and their fail-over').conflicts([
        'json',
        'tombstones',
        'replay',
      ]),
    )
    .option('--fail-overs <count>', 'with --pool: so many, each of a new pool', readCount, 100)
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(endingWith(bench));
}
