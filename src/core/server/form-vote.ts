// The vote for a formation or a re-formation [§14]: a promise, told to the host that asked, since nobody may have a slot yet.

import type { Host } from '../ids.ts';
import type { Form, ReForm } from '../message.ts';
import type { ServerTurn } from '../turn.ts';
import { becomeFollower, stepDown } from './office.ts';
import { isPromisedTo, promise } from './promises.ts';
import { headerOf, type Server } from './state.ts';

/** Promises and says so, unless a higher term is promised, or a Leader is heard. To whom it is promised already is told again. */
export function voteToForm(
  server: Server,
  { header, host, term }: Form | ReForm,
  hearsLeader: boolean,
  turn: ServerTurn,
): void {
  const { promised } = server.meta;
  const { store, incarnation } = header;
  if (!isPromisedTo(server, term, header)) {
    if (term <= promised) {
      rejectForm(server, host, promised, false, turn);
      return;
    }
    if (hearsLeader) {
      rejectForm(server, host, 0, false, turn);
      return;
    }
    if (server.role.kind === 'leader') stepDown(server, 'a higher promise', turn);
    promise(server, term, { store, incarnation }, turn);
    becomeFollower(server, turn.now);
  }
  turn.send(host, { kind: 'form-vote', header: headerOf(server), term, host: server.host });
}

/** `formed`: there is a pool already, and the other one is to be admitted to it. */
export function rejectForm(
  server: Server,
  to: Host,
  promised: number,
  formed: boolean,
  turn: ServerTurn,
): void {
  turn.send(to, { kind: 'reject', header: headerOf(server), promised, formed });
}
