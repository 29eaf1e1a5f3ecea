// Promises [§3, §7]: the one durable thing on which every election rests. To whom, and that they only grow.

import { assert } from '../assert.ts';
import type { Term } from '../ids.ts';
import { metaOf, type Promisee } from '../state.ts';
import type { ServerTurn } from '../turn.ts';
import type { Server } from './state.ts';

/** Records a promise; nothing that rests on it leaves before it is on disk. */
export function promise(server: Server, term: Term, to: Promisee | null, turn: ServerTurn): void {
  assert(term >= server.meta.promised, 'promises only grow');
  server.meta = metaOf({ ...server.meta, promised: term, promisedTo: to });
  // Whoever borrowed this server's state did so under the promise that ends here.
  server.loans.clear();
  seeTerm(server, term);
  turn.metaChanged();
}

/**
 * Somebody has a term, promised here or not: the next one of this server's own is above it [7.27]. Else whoever has it would not
 * follow, and the new Leader would have to go for its sake.
 */
export function seeTerm(server: Server, term: Term): void {
  if (term > server.highestTermSeen) server.highestTermSeen = term;
}

export function isPromisedTo(server: Server, term: Term, to: Promisee): boolean {
  const { promised, promisedTo } = server.meta;
  return (
    term === promised &&
    promisedTo !== null &&
    promisedTo.store === to.store &&
    promisedTo.incarnation === to.incarnation
  );
}
