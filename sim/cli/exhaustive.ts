// `regency-sim exhaustive`: every path that a small pool can take from a moment of interest, instead of a drawn one. Ctrl-C ends it with
// what it has looked at so far.

import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { CannotGoOn, painted, print, printError } from '../../src/cli/terminal.ts';
import { aligned } from '../campaign/columns.ts';
import { grouped, spanOf } from '../campaign/numbers.ts';
import { keepFailure, scenarioPath, whyNotWritable } from '../campaign/store.ts';
import { searchInThread } from '../explore/in-thread.ts';
import { STARTS } from '../explore/starts.ts';
import type { Found, SearchOrder, SearchReport } from '../explore/work.ts';
import type { Bounds, SearchCounts } from '../search/search.ts';
import { shrinkInThread } from '../shrink/in-thread.ts';
import { PAID_MOVES, type PaidMove } from '../world/steering.ts';
import { buildName, type Planting } from './build-name.ts';
import { endingWith } from './command.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { plainFiles, shrunkFiles } from './failure-files.ts';
import { interruptible } from './interruptible.ts';
import { replayOfFile } from './invocation.ts';
import { writeJson } from './json-output.ts';
import { checkOutput, jsonOption, readCount, readDuration } from './options.ts';
import { plantingOf } from './planting.ts';
import { LiveLine } from './progress.ts';

interface ExhaustiveOptions {
  readonly from: string;
  readonly depth: number;
  readonly departures: number;
  readonly moves: readonly PaidMove[];
  readonly jumps: readonly number[];
  readonly servers?: number;
  readonly clients?: number;
  readonly seed: number;
  readonly seconds?: number;
  readonly first?: true;
  readonly patch?: string;
  readonly out: string;
  readonly json?: string;
}

/** States that are remembered: 2^22 take 72 MB. */
export const ROOM = 2 ** 22;

/** Every kind of move but jumps of wall clocks, which few things hang on. */
export const USUAL_MOVES: readonly PaidMove[] = ['hold', 'copy', 'crash', 'pause', 'cut'];

/** An hour forward and back. */
export const USUAL_JUMPS = [3_600_000, -3_600_000] as const;

const LONGEST_DEPTH = 10_000;
const MOST_DEPARTURES = 100;
const SHRINK_MS = 15_000;

const EXAMPLES = `
Examples:
  $ regency-sim exhaustive                              from the first grant, every path with one departure
  $ regency-sim exhaustive --from freeze --departures 2 --seconds 5m
  $ regency-sim exhaustive --from elected --moves hold,copy --departures 3
  $ regency-sim exhaustive --from behind --patch properties/mutants/M07-duplicate-vote.patch
  $ regency-sim exhaustive --json - | jq '.counts'

Where it can begin (--from):
${STARTS.map(({ name, text, size }) => `  ${name.padEnd(10)} ${size.servers} servers, ${size.clients} client${size.clients === 1 ? '' : 's'}: ${text}`).join('\n')}

In the order in which it would happen by itself no message and no sync takes any time. A path departs from it before an event
by a move that costs 1: the message or sync that is next is held, or a copy of the message; the node of the event dies (with
or without what it had written), stands still, or its wall clock jumps; or one of the two servers is cut off from the others.
What was held comes later at no cost, or never; whoever died starts, whoever stood still goes on, and cuts are mended.
--depth counts events and moves.

Exit code: 0 nothing was found, 1 a property was violated, 2 bad usage, 4 the harness itself failed, 130 interrupted.
`;

export function exhaustiveCommand(): Command {
  return new Command('exhaustive')
    .description('look at every path that a small pool can take, up to a depth')
    .option('--from <start>', 'where it begins, see below', readStart, 'granted')
    .option('--depth <count>', 'events and moves of one path', readUpTo(LONGEST_DEPTH), 40)
    .option('--departures <count>', 'how often a path departs from its order', readDepartures, 1)
    .option('--moves <kinds>', `by which moves: ${PAID_MOVES.join(',')}`, readMoves, USUAL_MOVES)
    .option('--jumps <ms>', 'by how much wall clocks jump, with --moves jump', readJumps, USUAL_JUMPS)
    .option('--servers <count>', 'as many as the start has, by default', readUpTo(7))
    .option('--clients <count>', 'as many as the start has, by default', readUpTo(4))
    .option(
      '--seed <seed>',
      'of the chance that is left: when clients ask, the numbers of boots',
      readCount,
      1,
    )
    .option('--seconds <time>', 'end the search after that time: 30s, 5m', readDuration)
    .option('--first', 'end with the first violation, instead of looking for a shorter path to one')
    .option('--patch <file>', 'a planted bug, as git diff prints it')
    .option('--out <folder>', 'where failures are kept', '.regency')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(endingWith(exhaustive));
}

async function exhaustive(options: ExhaustiveOptions): Promise<ExitCode> {
  const reason = whyNotWritable(join(options.out, 'failures'));
  if (reason !== null)
    throw new CannotGoOn(`cannot keep failures in --out ${options.out}: ${reason}; name another folder`);
  if (options.json !== undefined) checkOutput(options.json);
  const planting = options.patch === undefined ? null : await plantingOf(options.patch);
  const { report, isInterrupted } = await searching(options, planting);
  if (report.kind === 'harness failure') {
    printError(`regency-sim: the harness itself failed: ${report.error}`);
    return EXIT.harnessFailed;
  }
  const replay = report.found === null ? null : await keep(report.found, options, planting);
  tell(report, options, replay);
  if (report.found !== null) return EXIT.violated;
  return isInterrupted ? EXIT.interrupted : EXIT.passed;
}

async function searching(
  options: ExhaustiveOptions,
  planting: Planting | null,
): Promise<{ readonly report: SearchReport; readonly isInterrupted: boolean }> {
  const line = new LiveLine(process.stderr);
  const began = performance.now();
  try {
    return await interruptible(
      () => line.note('stopping with what was looked at; once more to stop at once'),
      async (interrupt) => ({
        report: await searchInThread(orderOf(options), {
          modules: planting?.modules,
          interrupt,
          onProgress: (counts) => line.show(progressText(counts, (performance.now() - began) / 1000)),
        }),
        isInterrupted: interrupt.aborted,
      }),
    );
  } finally {
    line.clear();
  }
}

function orderOf(options: ExhaustiveOptions): SearchOrder {
  const { from, servers, clients, seed, moves, jumps, depth, departures, first, seconds } = options;
  return {
    from,
    servers,
    clients,
    seed,
    alphabet: { kinds: moves, jumps },
    depth,
    departures,
    room: ROOM,
    first: first === true,
    budgetMs: seconds === undefined ? null : seconds * 1000,
  };
}

/** Shrunk and explained when that can be done in time, else as it was found; returns the command that replays it. */
async function keep(
  { signature, violation, scenario }: Found,
  { out, patch }: ExhaustiveOptions,
  planting: Planting | null,
): Promise<string> {
  const build = buildName(planting);
  const replay = replayOfFile(scenarioPath(out, signature), patch);
  const result = await shrinkInThread(
    { scenario, wanted: signature, budgetMs: SHRINK_MS, build },
    { modules: planting?.modules },
  );
  const files =
    result.kind === 'shrunk'
      ? shrunkFiles(scenario, result, { build, replay })
      : plainFiles(signature, violation.reason, scenario, { build, replay });
  keepFailure(out, signature, files);
  return replay;
}

type Searched = SearchReport & { readonly kind: 'searched' };

function tell(report: Searched, options: ExhaustiveOptions, replay: string | null): void {
  const { json } = options;
  if (json !== undefined) {
    writeJson(json, jsonOf(report, options, replay));
    if (json === '-') return;
  }
  print(textOf(report, options, replay));
}

function jsonOf(report: Searched, options: ExhaustiveOptions, replay: string | null) {
  const { size, counts, rounds, isStopped, found, seconds, startEvents, startAt } = report;
  const { from, depth, departures, moves, jumps, seed } = options;
  return {
    schema: 'regency-sim/exhaustive@1',
    from,
    ...size,
    seed,
    depth,
    departures,
    moves,
    ...(moves.includes('jump') ? { jumps } : {}),
    startEvents,
    startSeconds: startAt / 1_000_000,
    passed: found === null,
    stopped: isStopped,
    counts,
    rounds,
    seconds,
    statesPerSecond: counts.states / seconds,
    violation:
      found === null
        ? null
        : {
            signature: found.signature,
            property: found.violation.property,
            reason: found.violation.reason,
            length: found.length,
            departures: found.departures,
            scenario: scenarioPath(options.out, found.signature),
            replay,
          },
  };
}

function textOf(report: Searched, options: ExhaustiveOptions, replay: string | null): string {
  const { size, counts, rounds, isStopped, found, seconds, startEvents } = report;
  const { from, depth, departures, moves, seconds: most } = options;
  const rows = rounds.map(({ complete, states, transitions, cut, unfinished }) => [
    String(complete!.depth),
    String(complete!.budget),
    ...[states, transitions, cut, unfinished].map(grouped),
  ]);
  const head = ['depth', 'departures', 'states', 'transitions', 'cut', 'unfinished'];
  const lines = [
    `from      ${from}, after ${grouped(startEvents)} events: ${size.servers} servers, ${size.clients} clients`,
    `moves     ${moves.join(', ')}`,
    '',
    ...(rows.length === 0 ? [] : [...aligned([head, ...rows]), '']),
    `looked at ${grouped(counts.states)} states, ${grouped(counts.transitions)} transitions in ${spanOf(seconds)}: ${grouped(Math.round(counts.states / seconds))} states/s, ${grouped(Math.round(counts.transitions / seconds))} transitions/s`,
    `complete  ${completeText(counts.complete)}${isStopped ? `, ended ${most === undefined ? '' : 'by time '}before depth ${depth} with ${departures}` : ''}`,
    ...(counts.isFull ? ['memory    the table of states is full: some work was done more than once'] : []),
    '',
  ];
  if (found === null) return [...lines, painted('green', 'nothing was found')].join('\n');
  return [
    ...lines,
    `${painted('red', found.signature)}  ${found.violation.reason}`,
    `path      ${found.length} events and moves from the start, ${found.departures} of them departures`,
    replay!,
  ].join('\n');
}

function completeText(complete: Bounds | null): string {
  if (complete === null) return 'nothing';
  return `every path of up to ${complete.depth} events and moves with up to ${complete.budget} departures`;
}

export function progressText({ complete, states, transitions, cut }: SearchCounts, seconds: number): string {
  const done = complete === null ? 'nothing complete' : `complete to ${complete.depth}/${complete.budget}`;
  return `${done}, ${grouped(states)} states, ${grouped(Math.round(transitions / seconds))} transitions/s, ${grouped(cut)} cut, ${spanOf(seconds)}`;
}

// ── options ──

function readStart(text: string): string {
  if (STARTS.some(({ name }) => name === text)) return text;
  throw new InvalidArgumentError(`Expected one of ${STARTS.map(({ name }) => name).join(', ')}.`);
}

function readMoves(text: string): readonly PaidMove[] {
  const kinds = text.split(',');
  const stranger = kinds.find((kind) => !(PAID_MOVES as readonly string[]).includes(kind));
  if (stranger === undefined) return kinds as PaidMove[];
  throw new InvalidArgumentError(`Expected some of ${PAID_MOVES.join(',')}, with commas between.`);
}

function readJumps(text: string): readonly number[] {
  const jumps = text.split(',').map(Number);
  if (jumps.every((ms) => Number.isSafeInteger(ms) && ms !== 0 && Math.abs(ms) <= 31_536_000_000))
    return jumps;
  throw new InvalidArgumentError('Expected milliseconds with commas between, such as 3600000,-3600000.');
}

function readDepartures(text: string): number {
  return text === '0' ? 0 : readUpTo(MOST_DEPARTURES)(text);
}

function readUpTo(most: number): (text: string) => number {
  return (text) => {
    const number = readCount(text);
    if (number <= most) return number;
    throw new InvalidArgumentError(`Expected at most ${most}.`);
  };
}
