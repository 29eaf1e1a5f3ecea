// How much a pool keeps at one moment, in the tables of its servers and on their disks: the most of any server. It reads all
// that it counts, so it is for measurements and not for what runs at every event.

import { imageOf } from '../../src/core/server/state.ts';
import { writeSnapshotRecords } from '../../src/storage/record.ts';
import { Writer } from '../../src/wire/fields.ts';
import type { World } from '../world/world.ts';
import { ServerMachine } from './server-machine.ts';

export interface StoredSizes {
  readonly live: number;
  readonly tombstones: number;
  /** Of the present state, as a log would begin with it. */
  readonly imageBytes: number;
  readonly diskBytes: number;
  readonly files: number;
}

export function storedSizes(world: World, servers: number): StoredSizes {
  let most: StoredSizes = { live: 0, tombstones: 0, imageBytes: 0, diskBytes: 0, files: 0 };
  for (let node = 0; node < servers; node++) {
    const machine = world.machine(node);
    const server = machine instanceof ServerMachine ? machine.view?.server : undefined;
    const register = server?.register ?? null;
    const disk = world.hosts[node]!.diskImage() ?? new Map<string, Uint8Array>();
    const image = new Writer();
    if (register !== null) writeSnapshotRecords(image, server!.meta.store, imageOf(register));
    most = {
      live: Math.max(most.live, register?.table.live.size ?? 0),
      tombstones: Math.max(most.tombstones, register?.table.ended.size ?? 0),
      imageBytes: Math.max(most.imageBytes, image.at),
      diskBytes: Math.max(
        most.diskBytes,
        [...disk.values()].reduce((sum, { length }) => sum + length, 0),
      ),
      files: Math.max(most.files, disk.size),
    };
  }
  return most;
}
