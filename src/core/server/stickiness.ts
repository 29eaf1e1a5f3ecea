// Whether a server has reason to believe that its Leader serves [7.20]. A liveness device only: safety never rests on it.

import { type Duration, earlier, type Instant } from '../time.ts';
import type { Server } from './state.ts';

/** True: it refuses unsolicited pre-votes and prepares. */
export function isSticky(server: Server, now: Instant): boolean {
  const { quorumTimeout, electionTimeout } = server.settings;
  switch (server.role.kind) {
    case 'leader':
      return server.role.lastQuorumAt > earlier(now, quorumTimeout);
    case 'follower':
      return server.leaderHeardAt > earlier(now, (0.8 * electionTimeout) as Duration);
    case 'candidate':
    case 'founder':
      return false;
  }
}
