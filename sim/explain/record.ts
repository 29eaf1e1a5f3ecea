// Runs a scenario once more with the recorder on: the run is the same, event for event.

import type { Scenario } from '../scenario/scenario.ts';
import { Run } from '../simulate.ts';
import { Recorder } from './recorder.ts';
import type { Recording } from './recording.ts';

export function record(scenario: Scenario): Recording {
  const recorder = new Recorder(scenario.servers);
  const run = new Run(scenario, undefined, recorder);
  while (run.step());
  if (run.broken === null) run.checker.ended(scenario.endsAt);
  const { digest, violations } = run.outcome();
  const events = recorder.take().map((event) => {
    const seen = violations.filter((violation) => violation.event === event.id);
    const notes = seen.map(({ property, reason }) => ({ what: 'violated' as const, property, reason }));
    return seen.length === 0 ? event : { ...event, notes: [...event.notes, ...notes] };
  });
  return { scenario, events, digest, violations };
}
