import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stream } from '../../sim/kernel/chance.ts';
import { cloneGraph } from '../../sim/kernel/clone.ts';
import { Disk } from '../../sim/world/disk.ts';
import type { DiskCommand, Files } from '../../src/storage/disk-command.ts';

const NOTHING_SURVIVES = { survivePpm: 0, torn: false };
const ALL_SURVIVES = { survivePpm: 1_000_000, torn: false };

function bytes(...values: number[]): Uint8Array {
  return new Uint8Array(values);
}

function done(disk: Disk, ...batch: DiskCommand[]): Disk {
  disk.issue(batch);
  disk.complete();
  return disk;
}

function contents(files: Files): Record<string, number[]> {
  return Object.fromEntries([...files].map(([name, each]) => [name, [...each]]));
}

const write = (file: string, offset: number, ...values: number[]): DiskCommand => {
  return { kind: 'write', file, offset, bytes: bytes(...values) };
};
const sync = (file: string): DiskCommand => ({ kind: 'sync', file });
const syncDirectory: DiskCommand = { kind: 'sync-directory' };

const command: fc.Arbitrary<DiskCommand> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      file: fc.constantFrom('x', 'y'),
      offset: fc.nat({ max: 12 }),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 6 }),
    }),
  },
  fc.record({
    kind: fc.constant('truncate' as const),
    file: fc.constantFrom('x', 'y'),
    length: fc.nat({ max: 12 }),
  }),
  fc.constantFrom(sync('x'), sync('y'), syncDirectory, { kind: 'unlink' as const, file: 'y' }),
);

/** The same commands on plain arrays; what is synced of a file that is not there is nothing. */
function asWritten(commands: readonly DiskCommand[]): Record<string, number[]> {
  const files = new Map<string, number[]>();
  for (const each of commands) {
    if (each.kind === 'unlink') files.delete(each.file);
    if (each.kind !== 'write' && each.kind !== 'truncate') continue;
    const file = files.get(each.file) ?? [];
    files.set(each.file, file);
    const end = each.kind === 'write' ? each.offset + each.bytes.length : each.length;
    while (file.length < end) file.push(0);
    if (each.kind === 'truncate') file.length = each.length;
    else for (const [i, byte] of each.bytes.entries()) file[each.offset + i] = byte;
  }
  return Object.fromEntries(files);
}

/** Leaves out the syncs of files that do not exist then. */
function possible(commands: readonly DiskCommand[]): DiskCommand[] {
  const names = new Set<string>();
  return commands.filter((each) => {
    if (each.kind === 'write' || each.kind === 'truncate') names.add(each.file);
    if (each.kind === 'unlink') names.delete(each.file);
    return each.kind !== 'sync' || names.has(each.file);
  });
}

const batch = fc.array(command, { maxLength: 20 }).map(possible);

describe('a disk', () => {
  it('shows everything that was written, synced or not', () => {
    fc.assert(
      fc.property(batch, (commands) => {
        expect(contents(done(new Disk(), ...commands).files())).toEqual(asWritten(commands));
      }),
    );
  });

  it('keeps all of it through a power failure when everything survives', () => {
    fc.assert(
      fc.property(batch, (commands) => {
        const disk = done(new Disk(), ...commands);
        disk.crash(stream(1, 'disk'), ALL_SURVIVES);
        expect(contents(disk.files())).toEqual(asWritten(commands));
      }),
    );
  });

  it('keeps what was synced through any power failure', () => {
    fc.assert(
      fc.property(batch, batch, fc.nat(), (synced, commands, seed) => {
        const disk = done(new Disk(), ...synced);
        for (const name of disk.files().keys()) done(disk, sync(name));
        done(disk, syncDirectory);
        const before = contents(disk.files());
        const after = possible([write('x', 0, 1), write('y', 0, 1), ...commands]).slice(2);
        const unsynced = after.filter((each) => each.kind === 'write' || each.kind === 'unlink');
        done(disk, ...unsynced);
        disk.crash(stream(seed, 'disk'), NOTHING_SURVIVES);
        expect(contents(disk.files())).toEqual(before);
      }),
    );
  });

  it('loses a file whose name was never synced, and finds one again whose removal was not', () => {
    const disk = done(new Disk(), write('x', 0, 1), sync('x'), syncDirectory);
    done(disk, write('y', 0, 2), sync('y'), { kind: 'unlink', file: 'x' });
    disk.crash(stream(1, 'disk'), NOTHING_SURVIVES);
    expect(contents(disk.files())).toEqual({ x: [1] });
  });

  it('has a renamed file under either name until the directory is synced', () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const disk = done(new Disk(), write('x.tmp', 0, 1), sync('x.tmp'), syncDirectory);
      done(disk, { kind: 'rename', from: 'x.tmp', to: 'x' });
      disk.crash(stream(seed, 'disk'), { survivePpm: 500_000, torn: true });
      seen.add(JSON.stringify(contents(disk.files())));
    }
    expect([...seen].sort()).toEqual(['{"x":[1]}', '{"x.tmp":[1]}']);
  });

  it('leaves of two writes that were not synced either, both or none, and of a torn one any first part', () => {
    const whole = new Set<string>();
    const torn = new Set<string>();
    for (let seed = 0; seed < 300; seed++) {
      for (const [seen, isTorn] of [[whole, false] as const, [torn, true] as const]) {
        const disk = done(new Disk(), write('x', 0, 9, 9, 9, 9), sync('x'), syncDirectory);
        done(disk, write('x', 1, 1, 2), write('x', 3, 3));
        disk.crash(stream(seed, 'disk'), { survivePpm: 500_000, torn: isTorn });
        seen.add(contents(disk.files()).x!.join());
      }
    }
    expect([...whole].sort()).toEqual(['9,1,2,3', '9,1,2,9', '9,9,9,3', '9,9,9,9']);
    expect(torn).toContain('9,1,9,9');
    expect(torn).toContain('9,1,0,3');
  });

  it('has done a first part of the batch under way when the power fails, and respects its syncs', () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 100; seed++) {
      const disk = done(new Disk(), write('x', 0, 0), write('y', 0, 0), sync('x'), sync('y'), syncDirectory);
      disk.issue([write('x', 0, 1), sync('x'), write('y', 0, 1), sync('y')]);
      disk.crash(stream(seed, 'disk'), { survivePpm: 500_000, torn: false });
      const { x, y } = contents(disk.files());
      seen.add(`${x}${y}`);
    }
    expect([...seen].sort()).toEqual(['00', '10', '11']);
  });

  it('shows what a process had written when it died, and may lose it when the power fails later', () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const disk = done(new Disk(), write('x', 0, 0), sync('x'), syncDirectory);
      disk.issue([write('x', 0, 1), sync('x')]);
      const chance = stream(seed, 'disk');
      disk.stopUnderWay(chance);
      const shown = contents(disk.files()).x;
      disk.crash(chance, NOTHING_SURVIVES);
      outcomes.add(`${shown} then ${contents(disk.files()).x}`);
    }
    expect([...outcomes].sort()).toEqual(['0 then 0', '1 then 0', '1 then 1']);
  });

  it('crashes the same way by the same chance, also as a clone', () => {
    fc.assert(
      fc.property(batch, batch, fc.nat(), (first, second, seed) => {
        const disk = done(new Disk(), ...first);
        disk.issue(possible([...first, ...second]).slice(0));
        const clone = cloneGraph(disk);
        disk.crash(stream(seed, 'disk'), { survivePpm: 400_000, torn: true });
        const left = contents(disk.files());
        done(disk, write('x', 0, 1, 2, 3));
        clone.crash(stream(seed, 'disk'), { survivePpm: 400_000, torn: true });
        expect(contents(clone.files())).toEqual(left);
      }),
    );
  });

  it('rots where it is told, is wiped, and is put back to an image, which nothing written later changes', () => {
    const disk = done(new Disk(), write('x', 0, 1, 2, 3), sync('x'), syncDirectory);
    const image = disk.image();
    disk.rot('x', 1, 100);
    expect(contents(disk.files())).toEqual({ x: [1, 253, 252] });
    disk.wipe();
    expect(contents(disk.files())).toEqual({});
    disk.restore(image);
    done(disk, write('x', 0, 7));
    disk.crash(stream(1, 'disk'), NOTHING_SURVIVES);
    expect(contents(disk.files())).toEqual({ x: [1, 2, 3] });
    expect(contents(image)).toEqual({ x: [1, 2, 3] });
  });

  it('writes as much of a batch as there is room for, and nothing after that', () => {
    const disk = done(new Disk(), write('x', 0, 1, 2, 3));
    disk.setCapacity(5, false);
    disk.issue([write('x', 2, 7, 8), write('y', 0, 9)]);
    expect(disk.complete()).toBe(true);
    disk.issue([write('x', 0, 4), write('x', 3, 5, 6, 7), write('x', 0, 0), { kind: 'unlink', file: 'y' }]);
    expect(disk.complete()).toBe(false);
    expect(contents(disk.files())).toEqual({ x: [4, 2, 7, 5], y: [9] });
    disk.setCapacity(6, false);
    disk.issue([write('x', 3, 5, 6)]);
    expect(disk.complete()).toBe(true);
    expect(contents(disk.files())).toEqual({ x: [4, 2, 7, 5, 6], y: [9] });
  });

  it('that copies on write needs room for what is written in place', () => {
    const disk = done(new Disk(), write('x', 0, 1, 2, 3));
    disk.setCapacity(4, true);
    disk.issue([write('x', 0, 7)]);
    expect(disk.complete()).toBe(true);
    disk.issue([write('x', 0, 8, 9)]);
    expect(disk.complete()).toBe(false);
    expect(contents(disk.files())).toEqual({ x: [8, 2, 3] });
  });
});
