// Coming to office [§7, §14]: one new state, made from the adopted one, opens the term, and a round carries it.

import type { Term } from '../ids.ts';
import type { ServerTurn } from '../turn.ts';
import { noteReign } from './office.ts';
import { beginRound, newLeader } from './rounds.ts';
import type { Register, Server } from './state.ts';

export function takeOffice(
  server: Server,
  register: Register,
  term: Term,
  viaHandOver: boolean,
  turn: ServerTurn,
): void {
  const adopted = register.position;
  const opening = { base: adopted, position: { term, index: adopted.index + 1 }, operations: [] };
  register.position = opening.position;
  turn.appended(opening);
  // No reign known in this boot: the whole pool was down, as far as this server can tell.
  const isFirstReign = server.reign === null;
  noteReign(server, server.meta.slot, term, viaHandOver, turn.now);
  server.isLed = true;
  server.hasYielded = false;
  server.standsBack = false;
  server.sawMajority = null;
  server.canvass = null;
  server.fetch = null;
  server.loans.clear();
  server.role = newLeader(register, term, viaHandOver, opening, isFirstReign, turn.now);
  turn.note({ kind: 'elected', term, adopted });
  beginRound(server, server.role, turn);
}
