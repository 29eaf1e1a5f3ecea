// A Leader leaves office by an operator's word [8.18], say before its machine is switched off: to the best of the others, by the
// same trial, freeze and hand-over as in a reclaim; and if that comes to nothing, without a successor.

import type { OrderOutcome } from '../message.ts';
import { type Duration, earlier, type Instant } from '../time.ts';
import type { ServerTurn } from '../turn.ts';
import { stepDown } from './office.ts';
import { couldLead, isSettled, tryOut } from './reclaim.ts';
import type { Leader, Peer, Register, Server } from './state.ts';

export function standDown(server: Server, turn: ServerTurn): OrderOutcome {
  const { role: leader, register } = server;
  if (leader.kind !== 'leader' || !leader.isActive || register === null) return 'not leading';
  if (leader.handOver !== null) return 'handing over';
  server.standsBack = true;
  const next = successor(server, leader, register, turn.now);
  if (next === null) stepDown(server, 'an operator told it to', turn);
  else tryOut(server, leader, next, turn);
  return 'obeyed';
}

/** The best of the others that is present and has everything; null = nobody is. */
function successor(server: Server, leader: Leader, register: Register, now: Instant): Peer | null {
  if (!isSettled(leader, register)) return null;
  const silentSince = earlier(now, (3 * server.settings.heartbeatInterval) as Duration);
  for (const slot of register.membership.members) {
    const peer = leader.peers.get(slot);
    if (slot === server.meta.slot || peer === undefined || peer.heardAt <= silentSince) continue;
    if (couldLead(leader, register, peer)) return peer;
  }
  return null;
}
