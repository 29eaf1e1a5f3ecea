// What the disk does to a server [16.16]: while it has no room the server takes nothing, and a Leader whose own disk is stuck
// leaves office. Nothing here is durable: a server whose disk is full could not even write that it is.

import type { ConnectionId } from '../ids.ts';
import type { Append, ClientMessage } from '../message.ts';
import { elapsed, type Instant, NO_DURATION, type Stamp } from '../time.ts';
import type { ServerTurn } from '../turn.ts';
import { codeWhenNotLeading } from './answers.ts';
import { becomeFollower } from './office.ts';
import { answerTo, hostKnownAs, leaderHint, resetElectionTimer, type Server } from './state.ts';

/** True when it only says so to whoever asks: whatever else followed from a message could not be kept. */
export function takesNothing(server: Server): boolean {
  return server.isUnfit && server.role.kind !== 'leader';
}

/**
 * Answers wait for the Leader's own disk, whoever else confirms its rounds. Not sooner than after an election time-out: to find
 * another Leader takes as long [6.32].
 */
export function isDiskStuck(server: Server, now: Instant): boolean {
  return server.syncingSince !== null && elapsed(server.syncingSince, now) > server.settings.electionTimeout;
}

/** The batch that is under way found no room. A Leader goes on for now: there may be room again soon. */
export function becomeUnfit(server: Server, turn: ServerTurn): void {
  if (server.isUnfit) return;
  server.isUnfit = true;
  turn.note({ kind: 'disk full' });
  server.canvass = null;
  if (server.role.kind === 'leader') return;
  if (server.role.kind !== 'follower') becomeFollower(server, turn.now);
  server.fetch = null;
  server.loans.clear();
}

/** There was room after all: it follows what it hears next, and waits a whole time-out for that. */
export function becomeFit(server: Server, turn: ServerTurn): void {
  server.isUnfit = false;
  turn.note({ kind: 'disk has room' });
  resetElectionTimer(server, turn.now);
}

/**
 * Takes nothing of it, and says so at once, of what is on the disk and of nothing else. Without this answer a Leader would take
 * it for silent, and it would have to be present for `stableFor` anew when there is room [8.6].
 */
export function declineAppend(server: Server, message: Append, turn: ServerTurn): void {
  const { durableMeta: meta } = server;
  // Nothing is said of a boot or of a store that the disk does not know of.
  if (meta === null || meta.poolId !== message.header.poolId || meta.store !== server.meta.store) return;
  const host = message.notice?.leader ?? hostKnownAs(server, message.header.from);
  if (host === null) return;
  if (message.term >= server.meta.promised) {
    server.leaderHeardAt = turn.now;
    resetElectionTimer(server, turn.now);
  }
  turn.sendEarly(host, {
    kind: 'append-reply',
    header: {
      poolId: meta.poolId,
      from: meta.slot,
      store: meta.store,
      incarnation: server.incarnation,
      durable: server.durablePosition,
      booted: server.bootPosition,
    },
    term: message.term,
    round: message.round,
    ok: false,
    position: server.durablePosition,
    promised: meta.promised,
    isMember: meta.isMember,
    wall: turn.wall,
    isUnfit: true,
    fileOffer: null,
  });
}

/** It leads nobody: that needs no disk, and else each client that tries this server first would wait for nothing. */
export function declineClient(
  server: Server,
  connection: ConnectionId,
  message: ClientMessage,
  turn: ServerTurn,
): void {
  if (message.kind === 'hello') {
    turn.answerEarly(connection, {
      kind: 'hello-reply',
      term: 0,
      stamp: 0 as number as Stamp,
      hint: leaderHint(server),
    });
    return;
  }
  const code = codeWhenNotLeading(server, message);
  turn.answerEarly(connection, answerTo(server, message, code, NO_DURATION, null, turn.now));
}
