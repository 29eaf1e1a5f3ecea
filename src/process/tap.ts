// A tap on a server's process: what comes in and what leaves, as messages. For protocol logs and for checkers; nothing
// that a tap does is felt by the server.

import type { ConnectionId, Host } from '../core/ids.ts';
import type { Call, ReplyToClient, ServerMessage } from '../core/message.ts';

export interface Tap {
  /** Leaves for another server now. */
  sent(to: Host, message: ServerMessage): void;
  answered(connection: ConnectionId, message: ReplyToClient): void;
  /** Arrived; the server steps on it next. */
  received(message: ServerMessage): void;
  called(connection: ConnectionId, call: Call): void;
  /** A batch of writes is on the medium; what it made durable is known, nothing that waited for it has left yet. */
  synced(): void;
}

/** The same for a client's process. */
export interface ClientTap {
  /** Arrived on a connection that is open; the library steps on it next. */
  received(message: ReplyToClient): void;
}
