// Coming to know of a reign, and leaving office [§6, §8].

import { assert } from '../assert.ts';
import type { Slot, Term } from '../ids.ts';
import { type Duration, earlier, elapsed, type Instant } from '../time.ts';
import type { ServerTurn, StepDownReason } from '../turn.ts';
import { answerAllNotLeading } from './answers.ts';
import { hostOf, isFrozen, recordOf, resetElectionTimer, type Server } from './state.ts';

/** Not a Leader: forgets a running election or fetch and waits a whole time-out. */
export function becomeFollower(server: Server, now: Instant): void {
  server.role = { kind: 'follower' };
  server.fetch = null;
  server.isLed = false;
  server.lastAppend = null;
  resetElectionTimer(server, now);
}

/** Leaves office. What was not answered is answered "not the leader": its outcome is unknown, the client retries. */
export function stepDown(server: Server, reason: StepDownReason, turn: ServerTurn): void {
  const { role } = server;
  assert(role.kind === 'leader', 'only a Leader steps down');
  turn.note({ kind: 'stepped down', term: role.term, reason });
  // Once frozen it has promised the lead away; during a trial it has not.
  const hint = isFrozen(role) && server.register !== null ? hostOf(server.register, role.handOver!.to) : null;
  server.loans.clear();
  // As if its own last quorum had been a Leader's sign of life: no canvass before a whole time-out has passed.
  server.leaderHeardAt = earlier(turn.now, server.settings.electionTimeout);
  becomeFollower(server, turn.now);
  answerAllNotLeading(server, role, hint, turn);
}

/**
 * A new reign is known. Judges the one that ended: a short reign that ended without a hand-over counts against its
 * Leader when it wants to lead again, a long one clears it [8.13].
 */
export function noteReign(
  server: Server,
  leader: Slot,
  term: Term,
  viaHandOver: boolean,
  now: Instant,
): void {
  const ended = server.reign;
  if (ended !== null && ended.term === term) return;
  if (ended !== null) {
    // Whoever succeeds it: one that dies and is elected again, over and over, flaps as well.
    const record = recordOf(server, ended.leader);
    if (elapsed(ended.since, now) >= server.settings.flapWindow) record.failures = 0;
    else if (!viaHandOver) record.failures = Math.min(5, record.failures + 1);
  }
  server.reign = { leader, term, since: now };
  server.claims.clear();
}

/** How long a server must be present before it may lead again: doubled per recent short reign [§5]. */
export function stableFor(server: Server, slot: Slot): Duration {
  const { stableFor, longestStableFor } = server.settings;
  return Math.min(longestStableFor, stableFor * 2 ** recordOf(server, slot).failures) as Duration;
}
