// The nearest passing twin: the same run without one fault, or without one move of a hand that steers it, or else without one
// session of a client, which passes. Chance comes in named streams, so the two are the same run up to where what was left out
// first matters; of several twins the one that parts last says most.

import { describeFault } from '../faults/index.ts';
import { replaced } from '../scenario/axis.ts';
import { describeMove } from '../scenario/moves.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { simulate } from '../simulate.ts';
import { record } from './record.ts';
import type { RecordedEvent, Recording } from './recording.ts';
import { eventText, secondsText } from './words.ts';

export interface Twin {
  /** What it lacks. */
  readonly without: string;
  readonly scenario: Scenario;
  readonly parting: Parting;
}

/** The first event that is not the same in both: undefined = that run has no more. */
export interface Parting {
  readonly at: number;
  readonly node: string;
  readonly failing: RecordedEvent | undefined;
  readonly passing: RecordedEvent | undefined;
}

const MOST_TWINS = 24;

/** Null: nothing single can be left out so that it passes. */
export function nearestTwin(failing: Recording): Twin | null {
  return (
    nearestOf(withoutFault(failing.scenario), failing) ??
    nearestOf(withoutMove(failing.scenario), failing) ??
    nearestOf(withoutSession(failing.scenario), failing)
  );
}

function nearestOf(siblings: readonly Sibling[], failing: Recording): Twin | null {
  let nearest: Twin | null = null;
  for (const { without, scenario } of siblings.slice(0, MOST_TWINS)) {
    if (!passes(scenario)) continue;
    const parting = partingOf(failing, record(scenario));
    if (parting !== null && (nearest === null || parting.at > nearest.parting.at))
      nearest = { without, scenario, parting };
  }
  return nearest;
}

type Events = Pick<Recording, 'events'>;

/** Faults themselves are not compared, only what comes of them on a node. */
export function partingOf(failing: Events, passing: Events): Parting | null {
  const ofA = failing.events.filter(({ node }) => node !== undefined);
  const ofB = passing.events.filter(({ node }) => node !== undefined);
  for (let place = 0; place < Math.max(ofA.length, ofB.length); place++) {
    const a = ofA[place];
    const b = ofB[place];
    if (a !== undefined && b !== undefined && isSame(a, b)) continue;
    const first = a === undefined || (b !== undefined && b.at < a.at) ? b! : a;
    return { at: first.at, node: first.node!, failing: a, passing: b };
  }
  return null;
}

export function twinLines({ without, parting }: Twin): string[] {
  const [first, ...sides] = partingLines(parting, ['failing', 'passing']);
  return [`Without ${without} it passes. ${first}`, ...sides];
}

export function partingLines(
  { at, node, failing, passing }: Parting,
  names: readonly [string, string],
): string[] {
  const side = (event: RecordedEvent | undefined): string =>
    event === undefined ? 'nothing any more' : `${secondsText(event.at)}  ${eventText(event)}`;
  const width = Math.max(...names.map(({ length }) => length));
  return [
    `The two part at ${secondsText(at)}, at ${node}:`,
    '',
    `    ${names[0].padEnd(width)}   ${side(failing)}`,
    `    ${names[1].padEnd(width)}   ${side(passing)}`,
  ];
}

interface Sibling {
  readonly without: string;
  readonly scenario: Scenario;
}

function withoutFault(scenario: Scenario): Sibling[] {
  return scenario.faults.map((fault, place) => ({
    without: `the fault at ${fault.at / 1_000_000} s (${describeFault(fault)})`,
    scenario: { ...scenario, faults: scenario.faults.filter((_, at) => at !== place) },
  }));
}

/** The last moves first. */
function withoutMove({ moves = [], ...scenario }: Scenario): Sibling[] {
  return moves
    .map((move, place) => ({
      without: `the move ${describeMove(move, scenario.servers)}`,
      scenario: { ...scenario, moves: moves.filter((_, at) => at !== place) },
    }))
    .reverse();
}

/** The last sessions first. */
function withoutSession(scenario: Scenario): Sibling[] {
  return scenario.clients.flatMap((client, place) =>
    Array.from({ length: client.sessions }, (_, session) => client.sessions - 1 - session)
      .filter((session) => !client.skip.includes(session))
      .map((session) => ({
        without: `session ${session + 1} of c${place + 1}`,
        scenario: {
          ...scenario,
          clients: replaced(scenario.clients, place, { ...client, skip: [...client.skip, session] }),
        },
      })),
  );
}

function passes(scenario: Scenario): boolean {
  try {
    return simulate(scenario).violations.length === 0;
  } catch {
    return false;
  }
}

function isSame(a: RecordedEvent, b: RecordedEvent): boolean {
  return a.at === b.at && a.kind === b.kind && a.node === b.node && essence(a) === essence(b);
}

function essence({ from, bytes, content, notes }: RecordedEvent): string {
  return JSON.stringify([from, bytes, content, notes]);
}
