// What is kept of a run to tell it from another one: every event with its digest, and the outcome. Where two recordings of
// one seed differ, the first differing event is named so that a person can go there.

import { firstDivergence, Trace, type TraceRecord } from '../../sim/kernel/trace.ts';
import { scenarioOf } from '../../sim/scenario/arbitrary.ts';
import type { Scenario } from '../../sim/scenario/scenario.ts';
import { type Run, simulate } from '../../sim/simulate.ts';
import { eventName } from '../../sim/world/event-kind.ts';

export interface Recording {
  readonly seed: number;
  readonly trace: Trace;
  /** The outcome as JSON. */
  readonly outcome: string;
}

/** Records in this process, from the sources that the test imports. */
export function record(seed: number): Recording {
  const trace = new Trace('all');
  return { seed, trace, outcome: JSON.stringify(simulate(scenarioOf(seed), { trace })) };
}

/** Steps a run on to its end as `simulate` does. */
export function finish(run: Run, trace: Trace): Recording {
  const { seed, endsAt } = run.scenario;
  while (run.step());
  if (run.broken === null) run.checker.ended(endsAt);
  return { seed, trace, outcome: JSON.stringify(run.outcome()) };
}

const RECORD_BYTES = 32;

/** What record.mjs has written, by seed. */
export function readRecordings(file: Uint8Array): Map<number, Recording> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const recordings = new Map<number, Recording>();
  for (let at = 0; at < file.length; ) {
    const seed = view.getFloat64(at, true);
    const events = view.getUint32(at + 8, true);
    const outcomeEnd = at + 16 + view.getUint32(at + 12, true);
    const outcome = new TextDecoder().decode(file.subarray(at + 16, outcomeEnd));
    const trace = new Trace('all');
    at = outcomeEnd;
    for (let event = 0; event < events; event++, at += RECORD_BYTES) {
      const [kind, from, to, length] = [8, 12, 16, 20].map((offset) => view.getInt32(at + offset, true));
      const [low, high] = [24, 28].map((offset) => view.getInt32(at + offset, true));
      trace.record(view.getFloat64(at, true), kind!, from!, to!, length!, high!, low!);
    }
    recordings.set(seed, { seed, trace, outcome });
  }
  return recordings;
}

const MOST_LINES = 3;

/** One line for each of the first seeds that are not the same in both; empty when all are. */
export function differences(expected: readonly Recording[], seen: ReadonlyMap<number, Recording>): string[] {
  const lines = expected.flatMap((one) => {
    const other = seen.get(one.seed);
    const difference = other === undefined ? `seed ${one.seed} was not run` : differenceOf(one, other);
    return difference === null ? [] : [difference];
  });
  const more = lines.length - MOST_LINES;
  return more <= 0 ? lines : [...lines.slice(0, MOST_LINES), `and ${more} seeds more`];
}

/** Null when both are the same run, event by event, and ended alike. */
export function differenceOf(a: Recording, b: Recording): string | null {
  const parting = firstDivergence(a.trace, b.trace);
  if (parting !== null) {
    const scenario = scenarioOf(a.seed);
    const { index } = parting;
    return `seed ${a.seed}, event ${index}: ${eventText(parting.a, scenario)}; the other time ${eventText(parting.b, scenario)}`;
  }
  return a.outcome === b.outcome
    ? null
    : `seed ${a.seed}: the same ${a.trace.length} events, but another outcome: ${changedFields(a.outcome, b.outcome).join('; ')}`;
}

function changedFields(a: string, b: string): string[] {
  const [first, second] = [a, b].map((text) => JSON.parse(text) as Record<string, unknown>);
  return Object.keys({ ...first, ...second }).flatMap((name) => {
    const [one, other] = [first, second].map((outcome) => JSON.stringify(outcome![name]) ?? 'nothing');
    return one === other ? [] : [`${name} ${one}, the other time ${other}`];
  });
}

function eventText(event: TraceRecord | undefined, scenario: Scenario): string {
  if (event === undefined) return 'the run had ended';
  const { at, kind, from, to, length, digest } = event;
  const sender = from < 0 ? '' : ` from ${nodeName(from, scenario)}, ${length} bytes`;
  return `at ${(at / 1_000_000).toFixed(6)} s ${eventName(kind)} of ${nodeName(to, scenario)}${sender} (digest ${digest})`;
}

function nodeName(node: number, { servers }: Scenario): string {
  if (node < 0) return 'the world';
  return node < servers ? `s${node + 1}` : `c${node - servers + 1}`;
}
