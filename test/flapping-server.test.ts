// A preferred server that comes and goes every 3 seconds for an hour, in a pool of three: the pool must not follow it. What
// an administrator fears of redundancy is that it makes one bad machine worse than no second one.

import { describe, expect, test } from 'vitest';
import type { Scenario } from '../sim/scenario/scenario.ts';
import { simulate } from '../sim/simulate.ts';
import { busyClient, busyPool, SECOND } from './scenario/busy-pool.ts';

const HOUR = 3600 * SECOND;

/** s1 is `upFor` µs up and then down for the rest of 3 s, again and again. */
function flapping(upFor: number): Scenario {
  const client = busyClient(4 * SECOND, 4 * SECOND);
  return busyPool({
    environment: 'E2',
    licenses: [{ feature: 'cad', version: '1.0', hardLimit: 10, keyLifetimeMs: 300_000 }],
    clients: [client, client, client],
    faults: [
      {
        kind: 'crash-loop',
        at: 60 * SECOND,
        until: 60 * SECOND + HOUR,
        target: { server: 0 },
        downFor: 3 * SECOND - upFor,
        upFor,
        survivePpm: 0,
        torn: false,
      },
    ],
    chaosUntil: 60 * SECOND + HOUR,
    clientsUntil: 90 * SECOND + HOUR,
    endsAt: 120 * SECOND + HOUR,
  });
}

describe('A pool of three with one server flapping every 3 s for an hour', () => {
  for (const upFor of [500_000, 1_500_000, 2_000_000, 2_500_000, 2_900_000]) {
    test(`does not follow it when it is up for ${upFor / 1000} ms each time`, () => {
      const { violations, counts } = simulate(flapping(upFor));
      expect(violations).toEqual([]);
      expect(counts.serverCrashes).toBeGreaterThanOrEqual(1199);
      // The first election; s1 again after its first crash and until two of its reigns were short; s2; one reclaim of s1
      // before its failures ask for more presence than it ever has, s2 after that, and s1 when it is well again.
      expect(counts.takeOvers! + counts.reclaims!).toBeLessThanOrEqual(8);
      expect(counts.requestsOk).toBeGreaterThan(1000);
      expect(counts.requestsFailed).toBe(0);
      expect(counts.beliefsTerminated! + counts.beliefsLapsed!).toBe(0);
    });
  }
});
