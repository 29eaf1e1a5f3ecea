// How large a scenario is for whoever has to understand it.

import type { Scenario } from '../scenario/scenario.ts';

export interface Size {
  readonly faults: number;
  /** Of a hand that steers it. */
  readonly moves: number;
  readonly servers: number;
  readonly clients: number;
  /** Sessions that clients may begin. */
  readonly sessions: number;
  readonly licenses: number;
  readonly settings: number;
  readonly seconds: number;
}

export function sizeOf(scenario: Scenario): Size {
  return {
    faults: scenario.faults.length,
    moves: scenario.moves?.length ?? 0,
    servers: scenario.servers,
    clients: scenario.clients.length,
    sessions: scenario.clients.reduce(
      (sum, { sessions, skip }) => sum + sessions - skip.filter((session) => session < sessions).length,
      0,
    ),
    licenses: scenario.licenses.length,
    settings: Object.keys(scenario.settings).length,
    seconds: scenario.endsAt / 1_000_000,
  };
}

/** `2 faults, 3 servers, 1 client with 4 sessions, 7.8 s`. */
export function sizeText({ faults, moves, servers, clients, sessions, seconds }: Size): string {
  return [
    counted(faults, 'fault'),
    ...(moves === 0 ? [] : [counted(moves, 'move')]),
    counted(servers, 'server'),
    clients === 0 ? 'no client' : `${counted(clients, 'client')} with ${counted(sessions, 'session')}`,
    `${seconds} s`,
  ].join(', ');
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
