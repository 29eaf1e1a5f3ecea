// Answers on their way to clients [§6]: those that claim something about the table wait here for their round; those that
// claim nothing leave at once.

import {
  type Code,
  LS_INSUFFICIENTUNITS,
  VLS_LEADER_NOT_PRESENT,
  VLS_MAJORITY_RULE_FAILURE,
  VLS_MSG_TO_LEADER,
} from '../codes.ts';
import type { ConnectionId, Host } from '../ids.ts';
import type { Call, Tokens } from '../message.ts';
import { type Duration, NO_DURATION } from '../time.ts';
import type { ServerTurn } from '../turn.ts';
import { kick } from './rounds.ts';
import { answerTo, type Leader, type Server } from './state.ts';

/** Why this server cannot be the one to ask: it has no Leader's word, so it says nothing about tokens. */
export function codeWhenNotLeading(server: Server, call: Call): Code {
  // A moved update ends at a server without tokens [§10]; no round is needed, the MOVED before it had one.
  if (call.call === 'update' && call.moved) return LS_INSUFFICIENTUNITS;
  if (server.role.kind === 'follower' && server.isLed) return VLS_MSG_TO_LEADER;
  return server.sawMajority === false ? VLS_MAJORITY_RULE_FAILURE : VLS_LEADER_NOT_PRESENT;
}

/** Keeps the answer for the next round to begin, and sees to it that one begins. */
export function answerAfterRound(
  server: Server,
  leader: Leader,
  connection: ConnectionId,
  call: Call,
  code: Code,
  life: Duration,
  tokens: Tokens | null,
  turn: ServerTurn,
): void {
  leader.pending.push({ round: leader.round + 1, connection, call, code, life, tokens });
  kick(server, leader, turn);
}

export function answerNow(
  server: Server,
  connection: ConnectionId,
  call: Call,
  code: Code,
  turn: ServerTurn,
): void {
  turn.answer(connection, answerTo(server, call, code, NO_DURATION, null, turn.now));
}

/** A round is confirmed: every answer that waited for it, or for an earlier one, leaves. */
export function answerConfirmed(server: Server, leader: Leader, turn: ServerTurn): void {
  const { pending } = leader;
  let next = leader.pendingFrom;
  while (next < pending.length && pending[next]!.round <= leader.confirmedRound) {
    const { connection, call, code, life, tokens } = pending[next]!;
    turn.answer(connection, answerTo(server, call, code, life, tokens, turn.now));
    next++;
  }
  leader.pendingFrom = next;
  if (next === pending.length) {
    leader.pending = [];
    leader.pendingFrom = 0;
  } else if (next > 1024 && next * 2 > pending.length) {
    leader.pending = pending.slice(next);
    leader.pendingFrom = 0;
  }
}

/**
 * A Leader left office: whoever still waits is told so, and does not wait for its disk, which may be why it left. The outcome
 * of what was pending is unknown [6.30].
 */
export function answerAllNotLeading(
  server: Server,
  left: Leader,
  successor: Host | null,
  turn: ServerTurn,
): void {
  const tell = (connection: ConnectionId, call: Call): void => {
    const code = successor !== null && !call.moved ? VLS_MSG_TO_LEADER : codeWhenNotLeading(server, call);
    turn.answerEarly(connection, {
      ...answerTo(server, call, code, NO_DURATION, null, turn.now),
      hint: successor,
    });
  };
  for (let i = left.pendingFrom; i < left.pending.length; i++)
    tell(left.pending[i]!.connection, left.pending[i]!.call);
  for (const { connection, call } of left.held) tell(connection, call);
}
