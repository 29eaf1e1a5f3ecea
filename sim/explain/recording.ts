// A recorded run: what happened, event by event, why, and what servers and clients said and did in it. The one source of every
// later view of a run (the causal chain, the twin, replays, reports); plain data, as JSON one line an event.
//
// The first line of a `trace.ndjson` is the head; then comes one line an event, in order:
//   id       1 = the first event of the run
//   at       true time, µs
//   kind     boot, delivery, wake, disk done, committed, fault begins, fault ends, call, late delivery, no room
//   node     s1 … are servers, c1 … clients, by their places in the plan; absent: an event of no node
//   from     who sent the frame that arrives
//   bytes    its length
//   content  its checksum; of a fault its place in the plan
//   cause    the id of the event that asked for it: the sending of what arrives, the arming of a timer, the order to a disk, the
//            milestone that a fault waited for; 0 = it was there from the beginning
//   notes    what was done in it, in order; each has a `what`, and a `node` if that is another one than the event's

import type { ServerEvent } from '../../src/core/turn.ts';
import type { Violation } from '../outcome.ts';
import type { Scenario } from '../scenario/scenario.ts';

export const TRACE_SCHEMA = 'regency-sim/trace@1';

/** What a note may be of: what the world and the observers tell, or an event of the protocol by its kind. */
export type NoteName =
  | 'sent'
  | 'lost'
  | 'received'
  | 'asked'
  | 'answered'
  | 'learned'
  | 'called'
  | 'returned'
  | 'believes'
  | 'believes no more'
  | 'booted'
  | 'crashed'
  | 'process gone'
  | 'synced'
  | 'clock changed'
  | 'file put'
  | 'fault begins'
  | 'fault ends'
  | 'core begins'
  | 'reached'
  | 'violated'
  | ServerEvent['kind'];

export interface Note {
  readonly what: NoteName;
  readonly [field: string]: unknown;
}

export interface RecordedEvent {
  readonly id: number;
  readonly at: number;
  readonly kind: string;
  readonly node?: string;
  readonly from?: string;
  readonly bytes?: number;
  readonly content?: number;
  readonly cause: number;
  readonly notes: readonly Note[];
}

export interface Recording {
  readonly scenario: Scenario;
  readonly events: readonly RecordedEvent[];
  readonly digest: string;
  readonly violations: readonly Violation[];
}

/** The text of a `trace.ndjson`. */
export function ndjsonOf({ scenario, events, digest, violations }: Recording, build: string): string {
  const head = {
    schema: TRACE_SCHEMA,
    build,
    seed: scenario.seed,
    environment: scenario.environment,
    servers: scenario.servers,
    clients: scenario.clients.length,
    events: events.length,
    digest,
    violations,
  };
  return `${[head, ...events].map((each) => JSON.stringify(each)).join('\n')}\n`;
}
