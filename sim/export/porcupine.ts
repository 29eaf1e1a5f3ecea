// The calls of a run as a JSON list that Go reads into `[]porcupine.Operation`: ClientId, Input, Call, Output, Return. Times in ns. What
// nobody knows the end of may have its effect at any time after it began, so it returns when the run does, with a null output.

import type { Recording } from '../explain/recording.ts';
import { type CallOfRun, callsOf } from './calls.ts';

export function porcupineOf(recording: Recording): string {
  const endsAt = Math.max(recording.scenario.endsAt, recording.events.at(-1)?.at ?? 0);
  const operations = callsOf(recording).map((call) => JSON.stringify(operationOf(call, endsAt)));
  return `[${operations.join(',\n ')}]\n`;
}

function operationOf(call: CallOfRun, endsAt: number): object {
  const { process, client, key, units, handle, end, code, givenHandle } = call;
  const isKnown = end !== 'info' && call.to !== null;
  return {
    ClientId: process,
    Input: { op: call.call, client, key, units, handle },
    Call: call.from * 1000,
    Output: isKnown ? { ok: end === 'ok', code, handle: givenHandle } : null,
    Return: (isKnown ? call.to : endsAt) * 1000,
  };
}
