// What could have been otherwise at an event: the same scenario but for one fault, or for the fate of one message. Chance comes in
// named streams, so that everything before stays as it was.

import type { RecordedEvent } from '../explain/recording.ts';
import type { Disturbance } from '../explain/timeline.ts';
import { describeFault } from '../faults/index.ts';
import { replaced } from '../scenario/axis.ts';
import type { FaultPlan, Scenario } from '../scenario/scenario.ts';

export interface WhatIf {
  /** Goes on from "what if …". */
  readonly text: string;
  readonly scenario: Scenario;
}

/** µs. */
const MOVES = [-500_000, 500_000] as const;
const OUTAGE = 2_000_000;
const LATE = 1_000_000;

/**
 * `lasting` = the faults that began at that event or before it, and last. `sentAt` = when the message that arrives in it was
 * sent, µs; null = none arrives.
 */
export function whatIfs(
  scenario: Scenario,
  event: RecordedEvent,
  lasting: readonly Disturbance[],
  sentAt: number | null,
): WhatIf[] {
  return [
    ...(sentAt === null ? [] : ofMessage(scenario, event, sentAt)),
    ...lasting.flatMap(({ fault }) => ofFault(scenario, fault)),
    ...ofNode(scenario, event),
  ];
}

function ofMessage(scenario: Scenario, { from, node }: RecordedEvent, sentAt: number): WhatIf[] {
  if (from === undefined || node === undefined) return [];
  const links = [[placeOf(from, scenario), placeOf(node, scenario)]];
  const during = { at: sentAt, until: sentAt + 1, links };
  return [
    {
      text: `this message from ${from} to ${node} were lost`,
      scenario: withFault(scenario, { kind: 'one-way-cut', ...during }),
    },
    {
      text: `it came a second later`,
      scenario: withFault(scenario, { kind: 'delay', ...during, shape: 'fixed', by: LATE }),
    },
  ];
}

function ofFault(scenario: Scenario, place: number): WhatIf[] {
  const fault = scenario.faults[place];
  if (fault === undefined) return [];
  const text = describeFault(fault);
  const without = scenario.faults.filter((_, at) => at !== place);
  const moves = fault.when === undefined ? MOVES : [];
  return [
    { text: `there were no: ${text}`, scenario: { ...scenario, faults: without } },
    ...moves
      .filter((by) => fault.at + by >= 0)
      .map((by) => ({
        text: `this came ${Math.abs(by) / 1_000_000} s ${by < 0 ? 'earlier' : 'later'}: ${text}`,
        scenario: {
          ...scenario,
          faults: replaced(scenario.faults, place, { ...fault, at: fault.at + by, until: fault.until + by }),
        },
      })),
  ];
}

function ofNode(scenario: Scenario, { node, at }: RecordedEvent): WhatIf[] {
  if (node === undefined || !node.startsWith('s')) return [];
  const target = { server: placeOf(node, scenario) };
  const during = { at: at + 1, until: Math.min(at + OUTAGE, scenario.endsAt) };
  return [
    {
      text: `${node} died now, for two seconds, with all that was not synced`,
      scenario: withFault(scenario, { kind: 'crash', ...during, target, survivePpm: 0, torn: false }),
    },
    {
      text: `${node} stood still now, for two seconds`,
      scenario: withFault(scenario, { kind: 'pause', ...during, target }),
    },
    {
      text: `${node} were cut off now, for two seconds`,
      scenario: withFault(scenario, {
        kind: 'partition',
        ...during,
        split: { isolate: target },
        among: 'all',
      }),
    },
  ];
}

function withFault(scenario: Scenario, fault: FaultPlan): Scenario {
  return { ...scenario, faults: [...scenario.faults, fault] };
}

function placeOf(node: string, { servers }: Scenario): number {
  const number = Number(node.slice(1)) - 1;
  return node.startsWith('s') ? number : servers + number;
}
