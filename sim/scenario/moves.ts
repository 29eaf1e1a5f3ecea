// The moves of a hand that steers a run, for people.

import type { Move } from './scenario.ts';

/** `before event 57: s2 dies, and what was not synced is lost`. */
export function describeMove(move: Move, servers: number): string {
  return `before event ${move.before}: ${textOf(move, (node) => nameOf(node, servers))}`;
}

function nameOf(node: number, servers: number): string {
  return node < servers ? `s${node + 1}` : `c${node - servers + 1}`;
}

function textOf(move: Move, named: (node: number) => string): string {
  switch (move.move) {
    case 'hold':
      return 'the message or the sync that would be next waits';
    case 'copy':
      return 'the message that is next comes twice: a copy of it waits';
    case 'release':
      return `number ${move.held + 1} of what waits is next`;
    case 'crash':
      return `${named(move.node)} dies, and ${move.keeps ? 'all that it wrote is on its disk' : 'what was not synced is lost'}`;
    case 'restart':
      return `${named(move.node)} starts`;
    case 'pause':
      return `${named(move.node)} stands still`;
    case 'resume':
      return `${named(move.node)} goes on`;
    case 'cut':
      return `${move.nodes.map(named).join(' ')} and the other servers do not reach each other`;
    case 'mend':
      return `number ${move.cut + 1} of the cuts is over`;
    case 'jump':
      return `the wall clock of ${named(move.node)} jumps by ${move.byMs} ms`;
  }
}
