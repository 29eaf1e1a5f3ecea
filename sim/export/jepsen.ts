// The history of a run as Jepsen's checkers read it: a vector of operations in EDN, each with :index, :time (ns), :process, :type,
// :f and :value.

import type { Recording } from '../explain/recording.ts';
import { type CallOfRun, callsOf, type Moment, momentsOf } from './calls.ts';

export function jepsenOf(recording: Recording): string {
  const moments = momentsOf(callsOf(recording));
  const operations = moments.map((moment, index) => {
    const { call, at } = moment;
    return edn({
      index,
      time: at * 1000,
      process: call.process,
      type: new Keyword(moment.kind === 'begins' ? 'invoke' : call.end),
      f: new Keyword(call.call),
      value: valueIn(moment),
      ...(moment.kind === 'ends' && call.end !== 'ok' ? { error: call.code } : {}),
    });
  });
  return `[${operations.join('\n ')}]\n`;
}

function valueIn({ kind, call }: Moment): Fields {
  const asked = { client: call.client, key: call.key, units: call.units, handle: handleOf(kind, call) };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== null));
}

function handleOf(kind: Moment['kind'], { handle, givenHandle, end }: CallOfRun): string | null {
  return kind === 'ends' && end === 'ok' ? givenHandle : handle;
}

class Keyword {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** Whole numbers, texts, keywords, null and maps with keywords as keys. */
function edn(value: unknown): string {
  if (value === null) return 'nil';
  if (value instanceof Keyword) return `:${value.name}`;
  if (typeof value === 'string') return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value).map(([name, each]) => `:${name} ${edn(each)}`);
  return `{${entries.join(' ')}}`;
}
