// Tombstones must not become the table [3.5, 5.3]: what many short grants leave behind is bounded by settings, not by time.

import { expect, test } from 'vitest';
import { storedSizes } from '../../sim/pool/stored-sizes.ts';
import { settingsOf } from '../../sim/scenario/settings.ts';
import { shortGrants } from '../../sim/scenario/short-grants.ts';
import { Run } from '../../sim/simulate.ts';

const SECOND = 1_000_000;

/** As the codec writes them: a live handle with this test's names, a tombstone alone in its delta, all else of an image. */
const LIVE_BYTES = 60;
const TOMBSTONE_BYTES = 22;
const CHARTER_BYTES = 4096;

test('tombstones, images and logs stay within what settings allow, however many grants there were', () => {
  const seconds = 240;
  const run = new Run({ ...shortGrants(7, 100, seconds), logLimitBytes: 65_536 });
  run.context.observer = {};
  const { servers, logLimitBytes } = run.scenario;
  const { tombstoneRetention, purgeInterval, heartbeatInterval } = settingsOf(run.scenario);
  // What is old enough is known to the purge interval, and stays for one more; a tick may be late by a heartbeat, and a
  // second passes between two looks of this test.
  const intervals = Math.ceil(tombstoneRetention / purgeInterval) + 1;
  const remembered = Math.ceil((intervals * (purgeInterval + heartbeatInterval)) / SECOND) + 1;
  const grants: number[] = [];
  let most = 0;
  for (let second = 1; second <= seconds; second++) {
    while (run.step(second * SECOND));
    expect(run.broken).toBeNull();
    grants.push(run.context.counts.grants);
    const sizes = storedSizes(run.world, servers);
    const lately = grants.at(-1)! - (grants.at(-1 - remembered) ?? 0);
    const clients = run.scenario.clients.length;
    expect(sizes.live).toBeLessThanOrEqual(clients);
    expect(sizes.tombstones).toBeLessThanOrEqual(lately + clients);
    const image = CHARTER_BYTES + LIVE_BYTES * sizes.live + TOMBSTONE_BYTES * sizes.tombstones;
    expect(sizes.imageBytes).toBeLessThanOrEqual(image);
    // Meta and two copies of a log; while it is rewritten, two more, under other names.
    expect(sizes.files).toBeLessThanOrEqual(5);
    // What is added until the limit is noticed is less than an image.
    expect(sizes.diskBytes).toBeLessThanOrEqual(2 * (Math.max(logLimitBytes, 4 * image) + image) + 2 * image);
    most = Math.max(most, sizes.tombstones);
  }
  // The bounds would say little if there had been nothing to forget.
  expect(grants.at(-1)!).toBeGreaterThan(1.9 * most);
  expect(most).toBeGreaterThan(5000);
});
