// The timers of the protocol [§5], as durations of the local monotonic clock. One value for a whole pool.

import { type Duration, milliseconds } from './time.ts';

export interface Settings {
  /** A Leader begins a round at least this often. */
  readonly heartbeatInterval: Duration;
  /** A Follower of rank r stands after electionTimeout + r · electionStagger of silence. */
  readonly electionTimeout: Duration;
  readonly electionStagger: Duration;
  /**
   * A Leader none of whose rounds begun since then is confirmed steps down (liveness only). Well below attemptTimeout: an
   * answer waits for a round, and clients must not give a Leader up that still holds its office.
   */
  readonly quorumTimeout: Duration;
  /** Per phase of a reclaim, beside two of the Leader's present round trips. */
  readonly handOverTimeout: Duration;
  /** Uninterrupted presence before a reclaim, doubled per recent failure … */
  readonly stableFor: Duration;
  /** … up to this. */
  readonly longestStableFor: Duration;
  /** How long a Leader waits for a better server rather than hand over twice. */
  readonly handOverWait: Duration;
  readonly trialPause: Duration;
  /** A reign shorter than this that ended without hand-over counts as a failure of its Leader. */
  readonly flapWindow: Duration;
  /** A request whose stamp is older is answered HELLO. */
  readonly strayAge: Duration;
  readonly tombstoneRetention: Duration;
  readonly purgeInterval: Duration;
  /** The longest interval between two committed marks of pool time [§11]. */
  readonly highWaterInterval: Duration;
  /** A change of members whose newcomers are not ready after this is refused [13.6]. */
  readonly changeTimeout: Duration;
  /** Client: per attempt, between tries after a fail-over, per call. */
  readonly attemptTimeout: Duration;
  readonly retryInterval: Duration;
  readonly callTimeout: Duration;
  /** Bounds: calls waiting for a round or held by a freeze; tombstones; deltas kept for followers; handles in one part of a state. */
  readonly mostPending: number;
  readonly mostTombstones: number;
  readonly mostDeltas: number;
  readonly handlesPerPart: number;
}

export const DEFAULT_SETTINGS: Settings = Object.freeze({
  heartbeatInterval: milliseconds(200),
  electionTimeout: milliseconds(1500),
  electionStagger: milliseconds(150),
  quorumTimeout: milliseconds(1000),
  handOverTimeout: milliseconds(1000),
  stableFor: milliseconds(2000),
  longestStableFor: milliseconds(60_000),
  handOverWait: milliseconds(5000),
  trialPause: milliseconds(2000),
  flapWindow: milliseconds(60_000),
  strayAge: milliseconds(30_000),
  tombstoneRetention: milliseconds(61_500),
  purgeInterval: milliseconds(10_000),
  highWaterInterval: milliseconds(60_000),
  changeTimeout: milliseconds(60_000),
  attemptTimeout: milliseconds(1500),
  retryInterval: milliseconds(2000),
  callTimeout: milliseconds(30_000),
  mostPending: 10_000,
  mostTombstones: 2_000_000,
  mostDeltas: 20_000,
  handlesPerPart: 512,
});
