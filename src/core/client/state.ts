// What the client library knows: its list of servers, and for each handle what it holds, until when, and which call is
// under way about it [§10]. Each handle has a connection of its own, so that a reset on one disturbs no other.

import type { Code } from '../codes.ts';
import type { ConnectionId, HandleId, Host, LicenseKey, Term } from '../ids.ts';
import type { CallKind } from '../message.ts';
import type { Settings } from '../settings.ts';
import type { CivilTime, Duration, Instant, Stamp } from '../time.ts';

/** One call of the application, or of the library's own timer, while it is under way. */
export interface Task {
  readonly call: CallKind;
  /** The application's number for it; null = the library's own (a timed renewal, a release of a dead handle). */
  id: number | null;
  readonly beganAt: Instant;
  /** The servers of this pass along the list, in order, and how many of them were begun. */
  order: readonly Host[];
  begun: number;
  /** The server that is being asked now. */
  target: Host;
  /** Servers that did not answer in this pass: a hint at one of them is not followed. */
  silent: Host[];
  redirects: number;
  /** An update whose license has expired on the Leader: it is sent on to each other server once [§10]. */
  isMoved: boolean;
  phase: 'hello' | 'call' | 'pause';
  /** When the present attempt, or the pause, ends. */
  dueAt: Instant;
  /** The most telling code met so far; null = nobody has answered. */
  met: Code | null;
  /** An update along the whole list; the first one after a quiet time asks only the server it knows [§10]. */
  readonly isWholeList: boolean;
}

export interface Handle {
  readonly handle: HandleId;
  readonly key: LicenseKey;
  readonly units: number;
  /** `asking`: never granted so far · `held` · `dead`: must not be used any more, may still have to be released. */
  state: 'asking' | 'held' | 'dead';
  /** Handle status as the interface shows it: VLS_NO_UPDATES_SO_FAR, VLS_REMOTE_UPDATE, VLS_CONTACT_FAILOVER_SERVER. */
  status: Code;
  attempt: number;
  /** When each attempt that may still be answered was sent: monotonic and wall [§9]. */
  sent: Map<number, { readonly at: Instant; readonly wall: CivilTime }>;
  life: Duration;
  /** Own clock's instant at which the library stops to believe in it; moved only by an answer. */
  deadline: Instant;
  /** The same by the wall clock, which goes on while a machine sleeps. */
  wallDeadline: CivilTime;
  /** When the library renews it by itself, by whichever clock gets there first. */
  renewAt: Instant;
  renewWallAt: CivilTime;
  /** When it next compares its clocks: after a sleep only the wall clock shows that it is time. */
  lookAt: Instant;
  /** When a dead handle need not be released any more: the pool has taken it back by itself. */
  forgetAt: Instant;
  server: Host;
  connection: ConnectionId | null;
  connectedTo: Host | null;
  /** Newest received on this connection. */
  term: Term;
  stamp: Stamp;
  stampedAt: Instant;
  task: Task | null;
}

export interface Client {
  readonly settings: Settings;
  readonly owner: string;
  /** The failover list, in order of preference. */
  servers: readonly Host[];
  /** Version of the file that the list came from; 0 = from the application's own settings. */
  fileVersion: number;
  /** The server that answered last as the Leader. */
  server: Host;
  readonly driftPpm: number;
  readonly handles: Map<HandleId, Handle>;
  readonly byConnection: Map<ConnectionId, HandleId>;
}

/** A call as the application makes it. `id` is the application's own, unique while the call is under way. */
export type ApplicationRequest =
  | { readonly kind: 'request'; readonly id: number; readonly key: LicenseKey; readonly units: number }
  | { readonly kind: 'update' | 'release'; readonly id: number; readonly handle: HandleId }
  | { readonly kind: 'status'; readonly id: number; readonly key: LicenseKey };

export function newClient(
  settings: Settings,
  owner: string,
  servers: readonly Host[],
  driftPpm: number,
): Client {
  return {
    settings,
    owner,
    servers,
    fileVersion: 0,
    server: servers[0]!,
    driftPpm,
    handles: new Map(),
    byConnection: new Map(),
  };
}

/** True while the library believes that the application holds this handle. */
export function isHeld(client: Client, handle: HandleId, now: Instant, wall: CivilTime): boolean {
  const found = client.handles.get(handle);
  return found !== undefined && found.state === 'held' && now < found.deadline && wall < found.wallDeadline;
}
