// What must be true of one server after each of its steps [§18]: the local facts. What takes several servers to see is
// checked from outside, by `properties`.

import { assert } from '../assert.ts';
import type { Server } from './state.ts';

/** Throws BrokenFact when the server's own state contradicts itself. O(1): it runs after every step. */
export function checkServer(server: Server): void {
  const { register, meta, role } = server;
  if (register !== null) {
    assert(meta.promised >= register.position.term, 'no state is stored that was not promised first [I11]');
  }
  switch (role.kind) {
    case 'leader':
      assert(register !== null && register.position.term === role.term, 'a Leader stands in its own term');
      assert(role.confirmedRound <= role.round, 'no round is confirmed before it begins');
      assert(meta.promised === role.term, 'a Leader has promised nobody a later term');
      assert(server.fetch === null, 'a Leader fetches no state');
      assert(role.handOver === null || role.isActive, 'only an active Leader hands over');
      break;
    case 'candidate':
    case 'founder':
      assert(meta.promised === role.term, 'a candidate has promised nobody a later term');
      break;
    case 'follower':
      break;
  }
}
